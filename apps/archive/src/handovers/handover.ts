import { archiveEvents as events, Citation, DataOf, EventDefinition, NewEvent } from '#libs/contracts';
import { LocalDate, startOf } from '#libs/policy';
import { isLate, StepDue } from '#libs/review';

/**
 * `new`: heard of, the law not looked up. `open`: the old school has to send the file. `delivered`: the new school has to
 * confirm it, item by item. `received`: over, and with it the case of the movement (GZ-TR12).
 */
export type HandoverState = 'new' | 'open' | 'delivered' | 'received';

export interface Side {
  school: string;
  path: string;
}

/** A thing of the file: the electronic record, or a paper by its name. */
export interface HandoverItem {
  item: string;
  delivered?: true;
  received?: true;
  /** The receiving school did not find it. */
  missing?: true;
}

export interface Entry {
  on: LocalDate;
  at: Date;
  what: 'opened' | 'listed' | 'delivered' | 'returned' | 'received' | 'reminded' | 'overdue';
  office?: string;
  account?: string;
  citation?: Citation;
  facts?: Record<string, unknown>;
}

/** The file of a child that has moved, on its way. */
export interface Handover {
  /** `file.<case>` */
  _id: string;
  version: number;
  state: HandoverState;
  case: string;
  student: string;
  copy: string;
  reason: 'transfer' | 'placement';
  from: Side;
  to: Side;
  /** Legal day on which the record moved: the clock starts. */
  movedOn: LocalDate;
  /** Offices above the two schools, who are told when it is late. */
  above: { from?: string; to?: string };
  pack?: string;
  citations: Citation[];
  due?: StepDue;
  /** Known once the copy is sealed. */
  items?: HandoverItem[];
  overdueOn?: LocalDate;
  receivedOn?: LocalDate;
  late?: boolean;
  log: Entry[];
  /** Path of the schools, for scope. */
  paths: string[];
}

export interface Moment {
  on: LocalDate;
  at: Date;
}

export const timers = { reminder: 'archive.file-reminder', overdue: 'archive.file-overdue' } as const;

export type Timer =
  | { kind: string; subject: string; key: string; dueOn: LocalDate; dueAt?: undefined }
  | { kind: string; subject: string; key: string; dueAt: Date; dueOn?: undefined };

export interface Change {
  handover: Handover;
  events: NewEvent[];
  arm: Timer[];
  /** The file has arrived: nothing is due any more. */
  over?: true;
}

const reminderAtMs = 8 * 3_600_000;

export const newHandover = (
  moved: { aggregateId: string; effectiveOn: LocalDate },
  {
    copy,
    caseId,
    reason,
    from,
    to,
  }: { copy: string; caseId: string; reason: Handover['reason']; from: Side; to: Side },
): Handover => ({
  _id: `file.${caseId}`,
  version: 0,
  state: 'new',
  case: caseId,
  student: moved.aggregateId,
  copy,
  reason,
  from: { school: from.school, path: from.path },
  to: { school: to.school, path: to.path },
  movedOn: moved.effectiveOn,
  above: {},
  citations: [],
  log: [],
  paths: [from.path, to.path],
});

const told = <E extends EventDefinition>(
  before: Handover,
  next: Omit<Handover, 'version'>,
  definition: E,
  more: Omit<DataOf<E>, 'case' | 'student' | 'copy'>,
  moment: Moment,
): Change => {
  const handover = { ...next, version: before.version + 1 };
  const { case: caseId, student, copy, pack, citations } = handover;
  return {
    handover,
    events: [
      {
        definition,
        aggregateId: handover._id,
        seq: handover.version,
        effectiveOn: moment.on,
        recordedAt: moment.at,
        caseId,
        ...(pack && { pack }),
        rules: citations.map(({ rule }) => rule),
        data: { case: caseId, student, copy, ...more } as DataOf<E>,
      },
    ],
    arm: [],
  };
};

const noted = (handover: Handover, moment: Moment, entry: Omit<Entry, 'on' | 'at'>): Entry[] => [
  ...handover.log,
  { ...moment, ...entry },
];

/** The law is known: by the line of the old school, for leaving is judged by the sender (NAT-TR4, CZ-TR19). */
export const open = (
  before: Handover,
  law: { pack: string; citations: Citation[]; due: StepDue; above: Handover['above'] },
  moment: Moment,
): Change => {
  const { due } = law;
  const change = told(
    before,
    {
      ...before,
      ...law,
      state: 'open',
      log: noted(before, moment, { what: 'opened', citation: due.citation, facts: { dueOn: due.dueOn ?? null } }),
    },
    events.fileHandoverOpened,
    {
      from: before.from,
      to: before.to,
      ...(due.dueOn !== undefined && { dueOn: due.dueOn, ...(due.provisional && { provisional: true }) }),
    },
    moment,
  );
  if (due.dueOn === undefined) return change;
  const timer = { subject: before._id, key: 'file' };
  return {
    ...change,
    arm: [
      { ...timer, kind: timers.reminder, dueAt: new Date(startOf(due.dueOn).getTime() + reminderAtMs) },
      { ...timer, kind: timers.overdue, dueOn: due.dueOn },
    ],
  };
};

/** The old school has sent it. @returns what it left out instead, when the list is not whole */
export const deliver = (
  before: Handover,
  items: readonly string[],
  by: { account: string },
  moment: Moment,
): Change | { lacking: string[] } => {
  const list = before.items ?? [];
  const lacking = list.filter(({ item }) => !items.includes(item)).map(({ item }) => item);
  if (lacking.length > 0) return { lacking };
  return told(
    before,
    {
      ...before,
      state: 'delivered',
      items: list.map(({ item }) => ({ item, delivered: true })),
      log: noted(before, moment, {
        what: 'delivered',
        office: before.from.school,
        account: by.account,
        facts: { items: list.length },
      }),
    },
    events.fileDelivered,
    { school: before.to.school, items: list.length },
    moment,
  );
};

/** The new school answers for every item. @returns the items it said nothing about instead */
export const receive = (
  before: Handover,
  answer: { received: readonly string[]; missing: readonly string[] },
  by: { account: string },
  moment: Moment,
): Change | { unanswered: string[] } => {
  const list = before.items ?? [];
  const [received, missing] = [new Set(answer.received), new Set(answer.missing)];
  const unanswered = list.filter(({ item }) => received.has(item) === missing.has(item)).map(({ item }) => item);
  if (unanswered.length > 0) return { unanswered };
  const items = list.map(({ item }): HandoverItem => ({
    item,
    delivered: true,
    ...(missing.has(item) ? { missing: true } : { received: true }),
  }));
  const lacking = items.filter((one) => one.missing).map(({ item }) => item);
  const entry = { office: before.to.school, account: by.account };
  if (lacking.length > 0)
    return told(
      before,
      {
        ...before,
        state: 'open',
        items,
        log: noted(before, moment, { what: 'returned', ...entry, facts: { missing: lacking } }),
      },
      events.fileReturned,
      { school: before.from.school, missing: lacking.length },
      moment,
    );
  const late = isLate(before.due, moment.on);
  const change = told(
    before,
    {
      ...before,
      state: 'received',
      items,
      receivedOn: moment.on,
      late,
      log: noted(before, moment, { what: 'received', ...entry, facts: { items: items.length, late } }),
    },
    events.fileReceived,
    { school: before.to.school, items: items.length, receivedOn: moment.on, late },
    moment,
  );
  return { ...change, over: true };
};

/** Whose turn it is. */
export const waitsFor = ({ state, from, to }: Handover): string | undefined =>
  state === 'open' ? from.school : state === 'delivered' ? to.school : undefined;

export const remind = (before: Handover, moment: Moment): Change | undefined => {
  const office = waitsFor(before);
  const dueOn = before.due?.dueOn;
  if (!office || dueOn === undefined) return undefined;
  const log = noted(before, moment, { what: 'reminded', office, facts: { dueOn } });
  return told(before, { ...before, log }, events.fileReminded, { office, dueOn }, moment);
};

/** The day has passed: told to the office above the one that is late. The file is still to come. */
export const escalate = (before: Handover, moment: Moment): Change | undefined => {
  const office = waitsFor(before);
  const dueOn = before.due?.dueOn;
  if (!office || dueOn === undefined || before.overdueOn || !isLate(before.due, moment.on)) return undefined;
  const escalatedTo = (office === before.from.school ? before.above.from : before.above.to) ?? office;
  const log = noted(before, moment, {
    what: 'overdue',
    office,
    citation: before.due?.citation,
    facts: { dueOn, escalatedTo },
  });
  return told(
    before,
    { ...before, overdueOn: moment.on, log },
    events.fileOverdue,
    { office, dueOn, escalatedTo },
    moment,
  );
};
