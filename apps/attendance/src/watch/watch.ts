import {
  attendanceEvents as events,
  type DataOf,
  type EventDefinition,
  type Grounds,
  type LetterRecipient,
  type NewEvent,
  type Stage,
} from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import { letterInEvent, type Letter } from './letter';

/** `ended`: the child is back or on no roll any more, until a correction says otherwise. `withdrawn`: it never held. */
export type WatchState = 'suspected' | 'reported' | 'proposed' | 'dropout' | 'ended' | 'withdrawn';
export type EndReason = DataOf<typeof events.dropoutSuspicionWithdrawn>['reason'];

export interface Visit {
  id: string;
  on: LocalDate;
  inVain: boolean;
  account: string;
  at: Date;
}

export interface Entry {
  on: LocalDate;
  at: Date;
  what: 'suspected' | 'changed' | 'visited' | 'reported' | 'proposed' | 'confirmed' | 'returned' | 'withdrawn';
  account: string;
  facts?: Record<string, unknown>;
}

/** The watch over one spell of one child. Holds no name, no number and no words about a child. */
export interface Watch {
  _id: string;
  /** Sequence of the last event. */
  version: number;
  student: string;
  /** Where the child is to be called. */
  school: string;
  path: string;
  class: string;
  stage: Stage;
  /** `counted` by roll calls, or `stated` by the school where no text counts days. */
  basis: 'counted' | 'stated';
  since: LocalDate;
  /** The days counted (GZ-DO2). */
  days: LocalDate[];
  suspectedOn: LocalDate;
  /** Pack in force on that day; it judges to the end. */
  pack: string;
  state: WatchState;
  visits: Visit[];
  /** With its letters the return procedure starts (GZ-DO3, GZ-DO4). */
  report?: { on: LocalDate; account: string; letters: LetterOfWatch[]; dueOn?: LocalDate };
  proposedOn?: LocalDate;
  dropout?: { on: LocalDate; account: string; letters: LetterOfWatch[] };
  closed?: { reason: EndReason; on: LocalDate; at: Date };
  log: Entry[];
}

export interface LetterOfWatch {
  no: string;
  to: LetterRecipient[];
  on: LocalDate;
  withdrawnBy?: string;
}

export interface Moment {
  on: LocalDate;
  at: Date;
  account: string;
}

/** Next state of a watch with what goes with it into one transaction. */
export interface Change {
  watch: Watch;
  events: NewEvent[];
  /** Day that ends the time to come back, to be armed. */
  arm?: LocalDate;
  /** Nobody waits for that day any more. */
  disarm?: true;
  letters?: Letter[];
}

export const isOpen = ({ state }: Pick<Watch, 'state'>): boolean => state !== 'ended' && state !== 'withdrawn';

/** State that the acts so far make, when nothing has ended the watch. */
export const stateOf = ({ dropout, proposedOn, report }: Watch): WatchState => {
  if (dropout) return 'dropout';
  if (proposedOn) return 'proposed';
  return report ? 'reported' : 'suspected';
};

/** A watch with one more event, and one more line in its log. */
export const tell = <E extends EventDefinition>(
  watch: Watch,
  definition: E,
  data: DataOf<E>,
  moment: Moment,
  entry: Pick<Entry, 'what' | 'facts'>,
  grounds: Pick<Grounds, 'rules'> & { effectiveOn?: LocalDate } = {},
): { watch: Watch; event: NewEvent } => {
  const { effectiveOn = moment.on, rules } = grounds;
  const version = watch.version + 1;
  const line: Entry = { on: effectiveOn, at: moment.at, account: moment.account, ...entry };
  const event: NewEvent = {
    definition,
    aggregateId: watch._id,
    seq: version,
    effectiveOn,
    recordedAt: moment.at,
    data,
    caseId: watch._id,
    pack: watch.pack,
    ...(rules && { rules }),
  };
  return { watch: { ...watch, version, log: [...watch.log, line] }, event };
};

const who = ({ student, school, path }: Watch) => ({ student, school, path });

/** A teacher was at the child's home (GZ-DO9). */
export const recordVisit = (watch: Watch, visit: Visit, moment: Moment): Change => {
  const told = tell(
    { ...watch, visits: [...watch.visits, visit] },
    events.homeVisitRecorded,
    { ...who(watch), on: visit.on, inVain: visit.inVain },
    moment,
    { what: 'visited', facts: { inVain: visit.inVain } },
    { effectiveOn: visit.on, rules: ['GZ-DO9'] },
  );
  return { watch: told.watch, events: [told.event] };
};

export const ofWatch = ({ _id, to, alsoTo = [], on }: Letter): LetterOfWatch => ({ no: _id, to: [to, ...alsoTo], on });

/** County, township and community are written to; from here the time to come back runs (GZ-DO3, GZ-DO4). */
export const report = (
  watch: Watch,
  letters: Letter[],
  dueOn: LocalDate | undefined,
  rules: string[],
  moment: Moment,
): Change => {
  const own = { on: moment.on, account: moment.account, letters: letters.map(ofWatch), ...(dueOn && { dueOn }) };
  const told = tell(
    { ...watch, state: 'reported', report: own },
    events.dropoutReported,
    { ...who(watch), about: 'suspicion', letters: letters.map(letterInEvent), ...(dueOn && { dueOn }) },
    moment,
    { what: 'reported', facts: { letters: letters.map(({ _id }) => _id) } },
    { rules },
  );
  return { watch: told.watch, events: [told.event], letters, ...(dueOn && { arm: dueOn }) };
};

/** The time to come back has passed (GZ-DO5). Undefined: nothing waits for it any more. */
export const propose = (watch: Watch, moment: Moment): Change | undefined => {
  const dueOn = watch.report?.dueOn;
  if (watch.state !== 'reported' || dueOn === undefined || moment.on <= dueOn) return undefined;
  const told = tell(
    { ...watch, state: 'proposed', proposedOn: moment.on },
    events.dropoutProposed,
    { ...who(watch), dueOn },
    moment,
    { what: 'proposed', facts: { dueOn } },
    { rules: ['GZ-DO5'] },
  );
  return { watch: told.watch, events: [told.event] };
};

/** The school confirms; what the law asks to be reported of it goes out with it (GZ-DO5, NAT-DO1, CZ-WD9). */
export const confirm = (watch: Watch, letters: Letter[], rules: string[], moment: Moment): Change => {
  const own = { on: moment.on, account: moment.account, letters: letters.map(ofWatch) };
  const confirmed = tell(
    { ...watch, state: 'dropout', dropout: own },
    events.dropoutConfirmed,
    { ...who(watch), on: moment.on },
    moment,
    { what: 'confirmed' },
    { rules },
  );
  if (letters.length === 0) return { watch: confirmed.watch, events: [confirmed.event], disarm: true };
  const reported = tell(
    confirmed.watch,
    events.dropoutReported,
    { ...who(watch), about: 'dropout', letters: letters.map(letterInEvent) },
    moment,
    { what: 'reported', facts: { letters: letters.map(({ _id }) => _id) } },
    { rules: letters[0].rules },
  );
  return { watch: reported.watch, events: [confirmed.event, reported.event], letters, disarm: true };
};

/** A child that had dropped out is at school again from a day on. Its record had stayed open (NAT-DO2). */
export const recordReturn = (watch: Watch, on: LocalDate, moment: Moment): Change => {
  const told = tell(
    { ...watch, state: 'ended', closed: { reason: 'returned', on, at: moment.at } },
    events.dropoutReturned,
    { ...who(watch), on, dropoutOn: watch.dropout!.on },
    moment,
    { what: 'returned' },
    { effectiveOn: on },
  );
  return { watch: told.watch, events: [told.event], disarm: true };
};

/** The school states what no text lets anybody count: the child is away since a day. */
export const stateAbsence = (
  about: Pick<Watch, '_id' | 'student' | 'school' | 'path' | 'class' | 'stage' | 'since' | 'pack'>,
  moment: Moment,
): Change => {
  const fresh: Watch = {
    ...about,
    version: 0,
    basis: 'stated',
    days: [],
    suspectedOn: moment.on,
    state: 'suspected',
    visits: [],
    log: [],
  };
  const told = tell(
    fresh,
    events.dropoutSuspected,
    { ...who(fresh), class: fresh.class, stage: fresh.stage, days: [], since: fresh.since },
    moment,
    { what: 'suspected', facts: { since: fresh.since } },
  );
  return { watch: told.watch, events: [told.event] };
};

/** The dropout of a watch as the count of days knows it. */
export const dropoutOf = (watch: Watch) =>
  watch.dropout && watch.state !== 'withdrawn'
    ? {
        watch: watch._id,
        reportedOn: watch.report?.on ?? watch.dropout.on,
        on: watch.dropout.on,
        ...(watch.closed && { until: watch.closed.on }),
      }
    : undefined;
