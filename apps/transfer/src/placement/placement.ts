import { DataOf, EventDefinition, Grounds, NewEvent, placementEvents as events, Stage } from '#libs/contracts';
import type { Citation } from '#libs/contracts';
import { LocalDate, Party, startOf } from '#libs/policy';
import {
  Acted,
  answerStep,
  begin,
  closeRest,
  findOverdue,
  Impossible,
  isLate,
  mayWithdraw,
  notBegun,
  openSteps,
  PartyPlace,
  PlannedStep,
  remind,
  Review,
  Step,
  StepDue,
} from '#libs/review';

/**
 * `filed`: the registry is asked to hold the records. `inReview`: the parties act. `seating`: all agreed, the registry is
 * asked to seat the entrants. `completed`, `ended`: over.
 */
export const placementStates = ['filed', 'inReview', 'seating', 'completed', 'ended'] as const;
export type PlacementState = (typeof placementStates)[number];
export type Outcome = DataOf<typeof events.placementEnded>['outcome'];

/** An entrant of a case, in a document of its own: a September has hundreds of thousands. */
export interface Entrant {
  /** `<case>/<student>` */
  _id: string;
  case: string;
  student: string;
  class: string;
  state: 'asked' | 'held' | 'refused' | 'placed' | 'released';
  /** Why the registry refused, and by which rules. */
  code?: string;
  rules?: string[];
}

/** How many entrants stand where. */
export type Counts = Record<Entrant['state'], number>;

/** A line of the timeline. */
export interface Entry {
  on: LocalDate;
  at: Date;
  what:
    | 'filed'
    | 'held'
    | 'stepOpened'
    | 'reminded'
    | 'overdue'
    | 'acted'
    | 'seatsAsked'
    | 'placed'
    | 'withdrawn'
    | 'ended'
    | 'registrySilent';
  step?: Party;
  office?: string;
  account?: string;
  citation?: Citation;
  facts?: Record<string, unknown>;
}

/** The entrants that one school has graduated and another enrols: one case, one review, whatever their number. */
export interface Placement {
  _id: string;
  /** Sequence of the last event. */
  version: number;
  state: PlacementState;
  /** Stage that they enter. */
  stage: Stage;
  entryYear: number;
  parties: Record<Party, PartyPlace>;
  lines: Record<Party, string>;
  packs: Record<Party, string>;
  filing: {
    on: LocalDate;
    at: Date;
    account: string;
    post: string;
    act: PlannedStep['act'];
    citation: Citation;
    /** Day of entry into the new school. */
    entryOn: LocalDate;
    /** First day of the term that they enter; undefined: no term is known. */
    termFrom?: LocalDate;
    /** Last day of the window (GZ-CA3). */
    due: StepDue;
    late: boolean;
  };
  review: Review<Party>;
  counts: Counts;
  waitingFor: string[];
  provisional?: true;
  outcome?: { kind: 'completed' | Outcome; on: LocalDate; at: Date; ground?: string };
  log: Entry[];
}

export const timerKinds = {
  reminder: 'placement.step-reminder',
  overdue: 'placement.step-overdue',
  registrySilent: 'placement.registry-silent',
} as const;

export type Timer = { kind: string; subject: string; key: string } & (
  { dueOn: LocalDate; dueAt?: undefined } | { dueAt: Date; dueOn?: undefined }
);

export interface Change {
  placement: Placement;
  events: NewEvent[];
  arm: Timer[];
  cancel: string[] | 'all';
}

export interface Moment {
  on: LocalDate;
  at: Date;
}

/** How long a party has, by its own pack (NAT-GR2, GZ-EN4, CZ-PR3). */
export type StepClock = (
  step: Pick<PlannedStep, 'pack' | 'path'>,
  arrivedOn: LocalDate,
  filing: Pick<Placement['filing'], 'entryOn' | 'termFrom'>,
) => StepDue;

const registryAnswersWithinMs = 3_600_000;
const reminderAtMs = 8 * 3_600_000;

/** Collects what one decision says, with gapless sequence numbers. */
class Draft {
  private readonly said: NewEvent[] = [];
  private readonly arm: Timer[] = [];
  private cancel: string[] | 'all' = [];

  constructor(
    private next: Placement,
    private readonly moment: Moment,
  ) {}

  set(patch: Partial<Placement>): this {
    this.next = { ...this.next, ...patch };
    return this;
  }

  note(entry: Omit<Entry, 'on' | 'at'>): this {
    return this.set({ log: [...this.next.log, { ...this.moment, ...entry }] });
  }

  say<E extends EventDefinition>(definition: E, data: DataOf<E>, grounds: Omit<Grounds, 'caseId'> = {}): this {
    const version = this.next.version + 1;
    const { on: effectiveOn, at: recordedAt } = this.moment;
    const { _id } = this.next;
    this.said.push({
      definition,
      aggregateId: _id,
      seq: version,
      effectiveOn,
      recordedAt,
      caseId: _id,
      ...grounds,
      data,
    });
    return this.set({ version });
  }

  awaitRegistry(key: 'hold' | 'seat'): this {
    const dueAt = new Date(this.moment.at.getTime() + registryAnswersWithinMs);
    this.arm.push({ kind: timerKinds.registrySilent, subject: this.next._id, key, dueAt });
    return this;
  }

  stop(kind: string, key: string): this {
    if (this.cancel !== 'all') this.cancel.push(`${kind}/${this.next._id}/${key}`);
    return this;
  }

  opened(steps: Step<Party>[]): this {
    for (const step of steps) {
      const due = step.due?.dueOn !== undefined ? step.due : undefined;
      this.note({
        what: 'stepOpened',
        step: step.key,
        office: step.office,
        citation: step.citation,
        facts: due ? { dueOn: due.dueOn, provisional: due.provisional } : { notConfigured: true },
      }).say(
        events.placementStepOpened,
        {
          step: step.key,
          act: step.act,
          office: step.office,
          path: step.path,
          line: step.line,
          arrivedOn: this.moment.on,
          ...(due && { dueOn: due.dueOn, ...(due.provisional && { provisional: true }) }),
        },
        { pack: step.pack, rules: [...new Set([step.citation.rule, ...(due ? [due.citation.rule] : [])])] },
      );
      if (!due) continue;
      const dueAt = new Date(startOf(due.dueOn).getTime() + reminderAtMs);
      this.arm.push({ kind: timerKinds.reminder, subject: this.next._id, key: step.key, dueAt });
      this.arm.push({ kind: timerKinds.overdue, subject: this.next._id, key: step.key, dueOn: due.dueOn });
    }
    return this;
  }

  over(kind: 'completed' | Outcome, ground?: string): this {
    this.cancel = 'all';
    const { counts } = this.next;
    const released = counts.released + counts.asked + counts.held;
    return this.set({
      ...(kind !== 'completed' && { counts: { ...counts, asked: 0, held: 0, released } }),
      state: kind === 'completed' ? 'completed' : 'ended',
      review: closeRest(this.next.review),
      outcome: { kind, ...this.moment, ...(ground && { ground }) },
    });
  }

  done(): Change {
    const { provisional: _, ...next } = this.next;
    const mayMove = openSteps(next.review).some(({ due }) => due?.dueOn !== undefined && due.provisional);
    return {
      placement: {
        ...next,
        waitingFor: openSteps(next.review).map(({ office }) => office),
        ...(mayMove && this.cancel !== 'all' && { provisional: true as const }),
      },
      events: this.said,
      arm: this.arm,
      cancel: this.cancel,
    };
  }
}

export type Filing = Pick<Placement, '_id' | 'stage' | 'entryYear' | 'parties' | 'lines' | 'packs'> & {
  order: Review['order'];
  steps: PlannedStep<Party>[];
  filing: Omit<Placement['filing'], 'late' | 'on' | 'at'>;
  entrants: { student: string; class: string }[];
};

const nobody: Counts = { asked: 0, held: 0, refused: 0, placed: 0, released: 0 };

/** Accepted at this moment, whether the registry is up or not; a filing after the window is late, and processed. */
export const filePlacement = ({ order, steps, filing, entrants, ...rest }: Filing, moment: Moment): Change => {
  const placement: Placement = {
    ...rest,
    version: 0,
    state: 'filed',
    filing: { ...filing, ...moment, late: isLate(filing.due, moment.on) },
    review: notBegun(order, steps),
    counts: { ...nobody, asked: entrants.length },
    waitingFor: [],
    log: [],
  };
  const { inSchool, outSchool } = placement.parties;
  return new Draft(placement, moment)
    .note({
      what: 'filed',
      step: 'inSchool',
      office: inSchool.office,
      account: filing.account,
      citation: filing.citation,
      facts: { entrants: entrants.length, dueOn: filing.due.dueOn ?? null, late: placement.filing.late },
    })
    .say(
      events.placementFiled,
      {
        entrants,
        from: { school: outSchool.office, path: outSchool.path },
        to: { school: inSchool.office, path: inSchool.path },
        stage: placement.stage,
        entryYear: placement.entryYear,
        filedBy: filing.account,
      },
      { pack: placement.packs.inSchool, rules: [filing.citation.rule] },
    )
    .awaitRegistry('hold')
    .done();
};

/** The registry has answered for every entrant, or for some more of them. @param counts after the answer */
export const answered = (before: Placement, counts: Counts, clock: StepClock, moment: Moment): Change => {
  const draft = new Draft(before, moment).set({ counts });
  if (before.state === 'filed' && counts.asked === 0) {
    draft.stop(timerKinds.registrySilent, 'hold');
    if (counts.held === 0)
      return draft
        .note({ what: 'ended', facts: { refused: counts.refused } })
        .over('holdRefused')
        .say(events.placementEnded, { students: [], outcome: 'holdRefused' })
        .done();
    const { review, opened } = begin(before.review, moment.on, (step, on) => clock(step, on, before.filing));
    return draft
      .set({ state: 'inReview', review })
      .note({ what: 'held', facts: { held: counts.held, refused: counts.refused } })
      .opened(opened)
      .done();
  }
  if (before.state === 'seating' && counts.held === 0) {
    const { office: school, path } = before.parties.inSchool;
    return draft
      .note({ what: 'placed', facts: { placed: counts.placed, refused: counts.refused } })
      .over('completed')
      .say(events.placementCompleted, { to: { school, path }, placed: counts.placed, refused: counts.refused })
      .done();
  }
  return draft.done();
};

export type StepAct = Pick<Acted, 'answer' | 'account' | 'post' | 'ground'>;

/**
 * A party answers its step; a refusal has been weighed before and stands. With the last agreement the registry is asked
 * to seat those it holds.
 */
export const actOnStep = (
  before: Placement,
  key: string,
  by: StepAct,
  held: { student: string; class: string }[],
  clock: StepClock,
  moment: Moment,
): Change | Impossible<Party> => {
  const result = answerStep(before.review, key, { ...by, ...moment }, (step, on) => clock(step, on, before.filing));
  if ('impossible' in result) return result;
  const { review, step, opened, done } = result;
  const late = step.acted!.late;
  const draft = new Draft(before, moment)
    .set({ review })
    .note({
      what: 'acted',
      step: step.key,
      office: step.office,
      account: by.account,
      citation: step.citation,
      facts: { answer: by.answer, late, ...(by.ground && { ground: by.ground }) },
    })
    .say(
      events.placementStepActed,
      {
        step: step.key,
        act: step.act,
        outcome: step.state === 'refused' ? 'refused' : 'agreed',
        office: step.office,
        account: by.account,
        late,
        ...(by.ground && { ground: by.ground }),
      },
      { pack: step.pack, rules: [step.citation.rule] },
    )
    .stop(timerKinds.reminder, step.key)
    .stop(timerKinds.overdue, step.key);
  if (step.state === 'refused') {
    const students = held.map(({ student }) => student);
    return draft.over('refused', by.ground).say(events.placementEnded, { students, outcome: 'refused' }).done();
  }
  draft.opened(opened);
  if (!done) return draft.done();
  const { office: school, path } = before.parties.inSchool;
  return draft
    .set({ state: 'seating' })
    .note({ what: 'seatsAsked', facts: { entrants: held.length } })
    .say(
      events.placementSeatsAsked,
      { entrants: held, to: { school, path }, stage: before.stage, entryYear: before.entryYear },
      { pack: before.packs.inSchool, rules: [...new Set(review.steps.map(({ citation }) => citation.rule))] },
    )
    .awaitRegistry('seat')
    .done();
};

export const isWithdrawable = ({ state, review }: Placement): boolean =>
  (state === 'filed' || state === 'inReview') && mayWithdraw(review);

/** Taken back by the enrolling school. Undefined: too late. */
export const withdraw = (before: Placement, students: string[], account: string, moment: Moment): Change | undefined =>
  isWithdrawable(before)
    ? new Draft(before, moment)
        .note({ what: 'withdrawn', step: 'inSchool', office: before.parties.inSchool.office, account })
        .over('withdrawn')
        .say(events.placementEnded, { students, outcome: 'withdrawn' })
        .done()
    : undefined;

/** Undefined: nothing to remind of any more. */
export const remindStep = (before: Placement, key: string, moment: Moment): Change | undefined => {
  const flagged = before.state === 'inReview' ? remind(before.review, key, moment.on) : undefined;
  const dueOn = flagged?.step.due?.dueOn;
  if (!flagged || dueOn === undefined) return undefined;
  const { review, step } = flagged;
  return new Draft(before, moment)
    .set({ review })
    .note({ what: 'reminded', step: step.key, office: step.office, citation: step.citation, facts: { dueOn } })
    .say(events.placementStepReminded, { step: step.key, office: step.office, dueOn })
    .done();
};

/** The day has passed: flagged and told to the office above, never approved by silence. */
export const escalateStep = (before: Placement, key: string, moment: Moment): Change | undefined => {
  const flagged = before.state === 'inReview' ? findOverdue(before.review, key, moment.on) : undefined;
  const due = flagged?.step.due;
  if (!flagged || due?.dueOn === undefined) return undefined;
  const { review, step } = flagged;
  const facts = { dueOn: due.dueOn, escalatedTo: step.above };
  return new Draft(before, moment)
    .set({ review })
    .note({ what: 'overdue', step: step.key, office: step.office, citation: due.citation, facts })
    .say(
      events.placementStepOverdue,
      { step: step.key, office: step.office, ...facts },
      { pack: step.pack, rules: [due.citation.rule] },
    )
    .done();
};

/** The registry owes an answer for too long: for the operator's eyes, and looked at again. Undefined: it has answered. */
export const registrySilent = (before: Placement, key: string, moment: Moment): Change | undefined => {
  if (!(before.state === 'filed' && key === 'hold') && !(before.state === 'seating' && key === 'seat'))
    return undefined;
  const draft = new Draft(before, moment);
  if (before.log.at(-1)?.what !== 'registrySilent') draft.note({ what: 'registrySilent', facts: { waitingFor: key } });
  return draft.awaitRegistry(key).done();
};
