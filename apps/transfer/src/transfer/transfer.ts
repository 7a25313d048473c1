import { Citation, DataOf, EventDefinition, Grounds, NewEvent, Stage, transferEvents as events } from '#libs/contracts';
import type { Phase, Party } from '#libs/policy';
import { LocalDate, startOf } from '#libs/policy';
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
  stepOf,
} from '#libs/review';
import type { Application } from './application';
import type { Check } from './situation';

/**
 * `filed`: the registry is asked to hold the record. `inReview`: the parties act. `moving`: all agreed, the registry is
 * asked to move the seat. `completed`: the seat has moved, the file is on its way. `closed`: the file was received too, and
 * only now the case is over (GZ-TR12). `ended`: over without a move.
 */
export type TransferState = 'filed' | 'inReview' | 'moving' | 'completed' | 'closed' | 'ended';

/** Nothing runs any more but, after a move, the hand-over of the file. */
const isOver = (state: TransferState): boolean => state === 'completed' || state === 'closed' || state === 'ended';

export type Outcome = DataOf<typeof events.transferEnded>['outcome'];

/** One line of the timeline: who, what, when, by which article. */
export interface Entry {
  on: LocalDate;
  at: Date;
  what:
    | 'filed'
    | 'held'
    | 'holdRefused'
    | 'stepOpened'
    | 'dueChanged'
    | 'reminded'
    | 'overdue'
    | 'handoverOverdue'
    | 'acted'
    | 'refusalListed'
    | 'refusalReviewed'
    | 'withdrawn'
    | 'violation'
    | 'moveAsked'
    | 'moved'
    | 'moveRefused'
    | 'fileReceived'
    | 'registrySilent';
  step?: Party;
  office?: string;
  account?: string;
  citation?: Citation;
  facts?: Record<string, unknown>;
}

/** The handover must be done within a time of a party's own approval (CZ-TR18). */
export interface Handover {
  since: LocalDate;
  due: StepDue;
  overdueOn?: LocalDate;
}

/** A case of transfer. Holds no name, no number and no words about a child. */
export interface Transfer {
  _id: string;
  /** Sequence of the last event. */
  version: number;
  state: TransferState;
  student: string;
  stage: Stage;
  /** Part of a record's life that a transfer belongs to (FJ-ST1). */
  phase?: { phase: Phase; citation: Citation };
  to: { class: string };
  parties: Record<Party, PartyPlace>;
  lines: Record<Party, string>;
  /** Packs that judge, to the end of the case. */
  packs: Record<Party, string>;
  application: Application;
  overrides: { rule: string; citation: Citation; person: string }[];
  /** Rule broken if the student studies at the new school before approval; absent where the pack lets it. */
  earlyStudy?: Citation;
  filing: {
    on: LocalDate;
    at: Date;
    account: string;
    post: string;
    act: PlannedStep['act'];
    citation: Citation;
    /** When the filing was due after the consent. */
    due: StepDue;
    late: boolean;
  };
  /** Everything that was checked at filing. */
  checks: Check[];
  review: Review<Party>;
  /** By party that has approved, the receiving school included. */
  handovers: Partial<Record<Party, Handover>>;
  /** The file has followed: received item by item by the new school (GZ-TR12). */
  file?: { copy: string; receivedOn: LocalDate; items: number; late: boolean; rules: string[] };
  /** Offices whose turn it is. */
  waitingFor: string[];
  /** Set while a due day that runs may still move with an order on working days. */
  provisional?: true;
  violations: { rule: string; citation: Citation; on: LocalDate; facts: Record<string, unknown> }[];
  outcome?: {
    kind: 'completed' | Outcome;
    on: LocalDate;
    at: Date;
    code?: string;
    citations?: Citation[];
    facts?: Record<string, unknown>;
    step?: Party;
  };
  log: Entry[];
}

/** A refusal that is put before the office above (GZ-TR11, R5-36, FJ-C7). */
export interface Refusal {
  _id: string;
  case: string;
  student: string;
  step: Party;
  office: string;
  /** Post and account that refused. */
  account: string;
  ground: string;
  proof: 'proven' | 'disproved' | 'notShown' | 'unknown';
  citation?: Citation;
  facts: Record<string, unknown>;
  listedAt: { office: string; path: string };
  on: LocalDate;
  at: Date;
  reviewed?: { finding: 'founded' | 'unfounded'; account: string; post: string; on: LocalDate; at: Date };
}

/** A deadline to arm, as libs/deadlines takes it. */
export type Timer = { kind: TimerKind; subject: string; key: string } & (
  { dueOn: LocalDate; dueAt?: undefined } | { dueAt: Date; dueOn?: undefined }
);

export const timerKinds = {
  reminder: 'transfer.step-reminder',
  overdue: 'transfer.step-overdue',
  handover: 'transfer.handover-overdue',
  registrySilent: 'transfer.registry-silent',
} as const;
export type TimerKind = (typeof timerKinds)[keyof typeof timerKinds];

/** Next state with everything that is written beside it in one transaction. */
export interface Change {
  transfer: Transfer;
  events: NewEvent[];
  arm: Timer[];
  /** Ids of deadlines that no longer matter; `all`: the case is over. */
  cancel: string[] | 'all';
  listed?: Refusal;
}

/** Legal day and business time of a change. */
export interface Moment {
  on: LocalDate;
  at: Date;
}

/** How long offices have, by their own packs. */
export interface Clocks {
  /** One clock for each reviewer from arrival, or one for all from the filing: the pack says what starts it. */
  review(step: Pick<PlannedStep, 'pack' | 'path'>, arrivedOn: LocalDate, filedOn: LocalDate): StepDue;
  /** Undefined where the pack has no such clock. */
  handover(party: Pick<PlannedStep, 'pack' | 'path'>, approvedOn: LocalDate): StepDue | undefined;
}

/** Business time in which the registry is expected to answer before an operator is told. */
export const registryAnswersWithinMs = 3_600_000;
/** Reminders go out in the morning of the due day, Asia/Shanghai. */
const reminderAtMs = 8 * 3_600_000;

const timerId = (kind: TimerKind, subject: string, key: string) => `${kind}/${subject}/${key}`;

/** Collects what one decision says, with gapless sequence numbers. */
class Draft {
  private readonly said: NewEvent[] = [];
  private readonly arm: Timer[] = [];
  private cancel: string[] | 'all' = [];
  private listed?: Refusal;

  constructor(
    private next: Transfer,
    private readonly moment: Moment,
  ) {}

  get transfer(): Transfer {
    return this.next;
  }

  set(patch: Partial<Transfer>): this {
    this.next = { ...this.next, ...patch };
    return this;
  }

  note(entry: Omit<Entry, 'on' | 'at'>): this {
    return this.set({ log: [...this.next.log, { ...this.moment, ...entry }] });
  }

  say<E extends EventDefinition>(definition: E, data: DataOf<E>, grounds: Omit<Grounds, 'caseId'> = {}): this {
    const version = this.next.version + 1;
    this.said.push({
      definition,
      aggregateId: this.next._id,
      seq: version,
      effectiveOn: this.moment.on,
      recordedAt: this.moment.at,
      caseId: this.next._id,
      ...grounds,
      data,
    });
    return this.set({ version });
  }

  timer(
    timer: Omit<Extract<Timer, { dueOn: LocalDate }>, 'subject'> | Omit<Extract<Timer, { dueAt: Date }>, 'subject'>,
  ): this {
    this.arm.push({ ...timer, subject: this.next._id });
    return this;
  }

  /** Told again and again while the registry owes an answer. */
  awaitRegistry(key: 'hold' | 'move'): this {
    const dueAt = new Date(this.moment.at.getTime() + registryAnswersWithinMs);
    return this.timer({ kind: timerKinds.registrySilent, key, dueAt });
  }

  stop(kind: TimerKind, key: string): this {
    if (this.cancel !== 'all') this.cancel.push(timerId(kind, this.next._id, key));
    return this;
  }

  list(refusal: Refusal): this {
    this.listed = refusal;
    return this;
  }

  /** A party's own approval starts its clock of the handover, where its pack has one (CZ-TR18). */
  startHandover(party: Party, since: LocalDate, clocks: Clocks): this {
    const { path } = this.next.parties[party];
    const due = clocks.handover({ pack: this.next.packs[party], path }, since);
    if (!due) return this;
    if (due.dueOn) this.timer({ kind: timerKinds.handover, key: party, dueOn: due.dueOn });
    return this.set({ handovers: { ...this.next.handovers, [party]: { since, due } } });
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
        events.transferStepOpened,
        {
          step: step.key,
          act: step.act,
          office: step.office,
          path: step.path,
          line: step.line,
          arrivedOn: this.moment.on,
          ...(due && { dueOn: due.dueOn, ...(due.provisional && { provisional: true }) }),
        },
        { pack: step.pack, rules: [step.citation.rule] },
      );
      if (due) this.stepTimers(step.key, due.dueOn);
    }
    return this;
  }

  /** A reminder in the morning of the due day, the escalation at its end. */
  stepTimers(key: Party, dueOn: LocalDate): this {
    const dueAt = new Date(startOf(dueOn).getTime() + reminderAtMs);
    return this.timer({ kind: timerKinds.reminder, key, dueAt }).timer({ kind: timerKinds.overdue, key, dueOn });
  }

  /** Ends without a move; the registry lets go of record and seat. */
  end(
    kind: Outcome,
    more: Partial<NonNullable<Transfer['outcome']>> = {},
    grounds: Omit<Grounds, 'caseId'> = {},
  ): this {
    this.cancel = 'all';
    return this.set({
      state: 'ended',
      review: closeRest(this.next.review),
      outcome: { kind, ...this.moment, ...more },
    }).say(events.transferEnded, { student: this.next.student, outcome: kind }, grounds);
  }

  complete(movedOn: LocalDate): this {
    this.cancel = 'all';
    const violations = this.next.violations.map(({ rule }) => rule);
    return this.set({ state: 'completed', outcome: { kind: 'completed', ...this.moment, on: movedOn } })
      .note({ what: 'moved', facts: { movedOn } })
      .say(events.transferCompleted, {
        student: this.next.student,
        movedOn,
        ...(violations.length && { violations }),
      });
  }

  done(): Change {
    const { provisional: _, ...next } = this.next;
    const running = [...openSteps(next.review), ...Object.values(next.handovers)];
    const mayMove = this.cancel !== 'all' && running.some(({ due }) => due?.dueOn !== undefined && due.provisional);
    return {
      transfer: {
        ...next,
        waitingFor: openSteps(next.review).map(({ office }) => office),
        ...(mayMove && { provisional: true }),
      },
      events: this.said,
      arm: this.arm,
      cancel: this.cancel,
      ...(this.listed && { listed: this.listed }),
    };
  }
}

/** What a filing has, before the case exists. */
export type Filing = Omit<
  Transfer,
  | 'version'
  | 'state'
  | 'review'
  | 'handovers'
  | 'waitingFor'
  | 'provisional'
  | 'violations'
  | 'outcome'
  | 'log'
  | 'filing'
> & {
  order: Review['order'];
  steps: PlannedStep<Party>[];
  filing: Omit<Transfer['filing'], 'late' | 'on' | 'at'>;
};

/** Accepted at this moment, whether the registry is up or not; late filing is recorded and processed (GZ-TR6). */
export const fileTransfer = ({ order, steps, filing, ...rest }: Filing, clocks: Clocks, moment: Moment): Change => {
  const transfer: Transfer = {
    ...rest,
    version: 0,
    state: 'filed',
    filing: { ...filing, ...moment, late: isLate(filing.due, moment.on) },
    review: notBegun(order, steps),
    handovers: {},
    waitingFor: [],
    violations: [],
    log: [],
  };
  const { inSchool, outSchool } = transfer.parties;
  return new Draft(transfer, moment)
    .note({
      what: 'filed',
      step: 'inSchool',
      office: inSchool.office,
      account: filing.account,
      citation: filing.citation,
      facts: {
        consentOn: transfer.application.consentOn,
        dueOn: filing.due.dueOn ?? null,
        late: transfer.filing.late,
        overrides: transfer.overrides.map(({ rule }) => rule),
      },
    })
    .say(
      events.transferFiled,
      {
        student: transfer.student,
        from: { school: outSchool.office, path: outSchool.path },
        to: { school: inSchool.office, path: inSchool.path, class: transfer.to.class },
        stage: transfer.stage,
        filedBy: filing.account,
        overrides: transfer.overrides.map(({ rule }) => rule),
      },
      { pack: transfer.packs.inSchool, rules: [filing.citation.rule] },
    )
    .startHandover('inSchool', transfer.application.consentOn, clocks)
    .awaitRegistry('hold')
    .done();
};

/** The registry holds the record and keeps the seat: the first step begins today. Undefined: answered before. */
export const recordHeld = (before: Transfer, clocks: Clocks, moment: Moment): Change | undefined => {
  if (before.state !== 'filed') return undefined;
  const { review, opened } = begin(before.review, moment.on, (step, on) => clocks.review(step, on, before.filing.on));
  return new Draft(before, moment)
    .set({ state: 'inReview', review })
    .note({ what: 'held' })
    .stop(timerKinds.registrySilent, 'hold')
    .opened(opened)
    .done();
};

/** Why the registry said no, with the articles found in the packs. */
export interface RegistryRefusal {
  code: string;
  citations: Citation[];
  facts: Record<string, unknown>;
}

/** The registry refuses to hold, or to move. Undefined: the case waits for no such answer. */
export const refusedByRegistry = (before: Transfer, why: RegistryRefusal, moment: Moment): Change | undefined => {
  if (before.state !== 'filed' && before.state !== 'moving') return undefined;
  const [kind, what] =
    before.state === 'filed' ? (['holdRefused', 'holdRefused'] as const) : (['moveRefused', 'moveRefused'] as const);
  const { code, citations, facts } = why;
  return new Draft(before, moment)
    .note({ what, ...(citations[0] && { citation: citations[0] }), facts: { code, ...facts } })
    .end(kind, { code, citations, facts }, { rules: citations.map(({ rule }) => rule) })
    .done();
};

/** Who acts on a step. */
export type StepAct = Pick<Acted, 'answer' | 'account' | 'post' | 'ground'>;

/**
 * A party answers its step; a refusal has been weighed before and stands. With the last agreement the registry is asked
 * to move the seat. A refusal of the old school goes to its authority as well (R5-36): `listed`.
 */
export const actOnStep = (
  before: Transfer,
  key: string,
  by: StepAct,
  clocks: Clocks,
  moment: Moment,
  refusal: { citation?: Citation; listed?: Refusal } = {},
): Change | Impossible<Party> => {
  const answered = answerStep(before.review, key, { ...by, ...moment }, (step, on) =>
    clocks.review(step, on, before.filing.on),
  );
  if ('impossible' in answered) return answered;
  const { review, step, opened, done } = answered;
  const acted = step.acted!;
  const draft = new Draft(before, moment).set({ review });
  draft
    .note({
      what: 'acted',
      step: step.key,
      office: step.office,
      account: by.account,
      citation: step.citation,
      facts: { answer: by.answer, late: acted.late, ...(by.ground && { ground: by.ground }) },
    })
    .say(
      events.transferStepActed,
      {
        step: step.key,
        act: step.act,
        outcome: step.state === 'refused' ? 'refused' : 'agreed',
        office: step.office,
        account: by.account,
        late: acted.late,
        ...(by.ground && { ground: by.ground }),
      },
      { pack: step.pack, rules: [step.citation.rule] },
    )
    .stop(timerKinds.reminder, step.key)
    .stop(timerKinds.overdue, step.key);
  if (step.state === 'refused') {
    if (refusal.listed) noteListed(draft, refusal.listed);
    const citations = refusal.citation ? [refusal.citation] : [];
    return draft.end('refused', { code: by.ground, step: step.key, citations }).done();
  }
  draft.startHandover(step.key, moment.on, clocks).opened(opened);
  return (done ? askToMove(draft, moment) : draft).done();
};

/** Every party has agreed. A first day of study before today was before the approval (GZ-TR8). */
const askToMove = (draft: Draft, moment: Moment): Draft => {
  const { application, earlyStudy, parties, student, to, packs, review } = draft.transfer;
  const first = application.firstDayOfStudy;
  if (earlyStudy && first && first < moment.on) {
    const violation = {
      rule: earlyStudy.rule,
      citation: earlyStudy,
      on: moment.on,
      facts: { firstDayOfStudy: first, approvedOn: moment.on },
    };
    draft
      .set({ violations: [...draft.transfer.violations, violation] })
      .note({ what: 'violation', office: parties.inSchool.office, citation: earlyStudy, facts: violation.facts });
  }
  return draft
    .set({ state: 'moving' })
    .note({ what: 'moveAsked' })
    .say(
      events.transferMoveAsked,
      { student, to: { school: parties.inSchool.office, path: parties.inSchool.path, class: to.class } },
      { pack: packs.inSchool, rules: [...new Set(review.steps.map(({ citation }) => citation.rule))] },
    )
    .awaitRegistry('move');
};

const noteListed = (draft: Draft, refusal: Refusal): Draft =>
  draft
    .list(refusal)
    .note({
      what: 'refusalListed',
      step: refusal.step,
      office: refusal.office,
      account: refusal.account,
      ...(refusal.citation && { citation: refusal.citation }),
      facts: { ground: refusal.ground, proof: refusal.proof, listedAt: refusal.listedAt.office },
    })
    .say(events.transferRefusalListed, {
      step: refusal.step,
      office: refusal.office,
      account: refusal.account,
      ground: refusal.ground,
      listedAt: refusal.listedAt.office,
    });

/** A refusal that does not stand: the step stays open, and the office above sees it. */
export const listRefusal = (before: Transfer, refusal: Refusal, moment: Moment): Change =>
  noteListed(new Draft(before, moment), refusal).done();

/**
 * The office above has verified a refusal on its list. `founded` on a step still open: the refusal stands by its word, and
 * the case ends. Otherwise the finding is recorded and nothing else changes.
 */
export const reviewRefusal = (
  before: Transfer,
  refusal: Refusal,
  by: { finding: 'founded' | 'unfounded'; account: string; post: string },
  clocks: Clocks,
  moment: Moment,
): Change => {
  const draft = new Draft(before, moment)
    .list({ ...refusal, reviewed: { ...by, ...moment } })
    .note({
      what: 'refusalReviewed',
      step: refusal.step,
      office: refusal.listedAt.office,
      account: by.account,
      ...(refusal.citation && { citation: refusal.citation }),
      facts: { ground: refusal.ground, finding: by.finding },
    })
    .say(events.transferRefusalReviewed, {
      step: refusal.step,
      office: refusal.office,
      ground: refusal.ground,
      finding: by.finding,
      reviewedBy: refusal.listedAt.office,
      account: by.account,
    });
  const open = before.state === 'inReview' && stepOf(before.review, refusal.step)?.state === 'open';
  if (by.finding === 'unfounded' || !open) return draft.done();
  const change = actOnStep(
    draft.transfer,
    refusal.step,
    { answer: 'refuse', account: by.account, post: by.post, ground: refusal.ground },
    clocks,
    moment,
    refusal.citation ? { citation: refusal.citation } : {},
  );
  if ('impossible' in change) return draft.done();
  const first = draft.done();
  return { ...change, events: [...first.events, ...change.events], listed: first.listed };
};

/**
 * Due days that were counted through days without an order are counted again by the orders now known, those of the
 * handover too. Undefined: none of them has changed.
 */
export const recountDue = (before: Transfer, clocks: Clocks, moment: Moment): Change | undefined => {
  if (isOver(before.state)) return undefined;
  const draft = new Draft(before, moment);
  const differs = (
    due: StepDue | undefined,
    again: StepDue | undefined,
  ): again is Extract<StepDue, { dueOn: LocalDate }> =>
    due?.dueOn !== undefined &&
    due.provisional &&
    again?.dueOn !== undefined &&
    (again.dueOn !== due.dueOn || !again.provisional);
  for (const step of openSteps(before.review)) {
    const due = clocks.review(step, step.arrivedOn!, before.filing.on);
    if (!differs(step.due, due)) continue;
    const review = { ...draft.transfer.review };
    review.steps = review.steps.map((one) => (one.key === step.key ? { ...one, due } : one));
    draft
      .set({ review })
      .note({
        what: 'dueChanged',
        step: step.key,
        office: step.office,
        citation: due.citation,
        facts: { dueOn: due.dueOn },
      })
      .say(events.transferStepDueChanged, {
        step: step.key,
        office: step.office,
        dueOn: due.dueOn,
        ...(due.provisional && { provisional: true }),
      })
      .stepTimers(step.key, due.dueOn);
  }
  for (const [key, handover] of Object.entries(before.handovers)) {
    const party = key as Party;
    const due = clocks.handover({ pack: before.packs[party], path: before.parties[party].path }, handover.since);
    if (!differs(handover.due, due)) continue;
    draft
      .set({ handovers: { ...draft.transfer.handovers, [party]: { ...handover, due } } })
      .timer({ kind: timerKinds.handover, key: party, dueOn: due.dueOn });
  }
  return draft.transfer === before ? undefined : draft.done();
};

/** Undefined: nothing to remind of any more. */
export const remindStep = (before: Transfer, key: string, moment: Moment): Change | undefined => {
  const flagged = before.state === 'inReview' ? remind(before.review, key, moment.on) : undefined;
  const due = flagged?.step.due?.dueOn;
  if (!flagged || due === undefined) return undefined;
  const { review, step } = flagged;
  return new Draft(before, moment)
    .set({ review })
    .note({ what: 'reminded', step: step.key, office: step.office, citation: step.citation, facts: { dueOn: due } })
    .say(events.transferStepReminded, { step: step.key, office: step.office, dueOn: due })
    .done();
};

/** The day has passed: flagged and told to the office above, never approved by silence (GZ-TR7). */
export const escalateStep = (before: Transfer, key: string, moment: Moment): Change | undefined => {
  const flagged = before.state === 'inReview' ? findOverdue(before.review, key, moment.on) : undefined;
  const due = flagged?.step.due;
  if (!flagged || due?.dueOn === undefined) return undefined;
  const { review, step } = flagged;
  return new Draft(before, moment)
    .set({ review })
    .note({
      what: 'overdue',
      step: step.key,
      office: step.office,
      citation: due.citation,
      facts: { dueOn: due.dueOn, escalatedTo: step.above },
    })
    .say(
      events.transferStepOverdue,
      { step: step.key, office: step.office, dueOn: due.dueOn, escalatedTo: step.above },
      { pack: step.pack, rules: [due.citation.rule] },
    )
    .done();
};

/** A party's time for the handover after its own approval has passed (CZ-TR18); who holds it up stands beside it. */
export const escalateHandover = (before: Transfer, party: string, moment: Moment): Change | undefined => {
  const handover = before.handovers[party as Party];
  const due = handover?.due;
  if (!handover || due?.dueOn === undefined || handover.overdueOn || !isLate(due, moment.on)) return undefined;
  if (isOver(before.state)) return undefined;
  const key = party as Party;
  const { office, above } = before.parties[key];
  return new Draft(before, moment)
    .set({ handovers: { ...before.handovers, [key]: { ...handover, overdueOn: moment.on } } })
    .note({
      what: 'handoverOverdue',
      step: key,
      office,
      citation: due.citation,
      facts: { dueOn: due.dueOn, escalatedTo: above, waitingFor: before.waitingFor },
    })
    .say(
      events.transferStepOverdue,
      { step: key, office, dueOn: due.dueOn, escalatedTo: above, clock: 'handover' },
      { pack: before.packs[key], rules: [due.citation.rule] },
    )
    .done();
};

/** The registry owes an answer for too long: for the operator's eyes, and asked about again. Undefined: it has answered. */
export const registrySilent = (before: Transfer, key: string, moment: Moment): Change | undefined => {
  if (!(before.state === 'filed' && key === 'hold') && !(before.state === 'moving' && key === 'move')) return undefined;
  const draft = new Draft(before, moment);
  if (before.log.at(-1)?.what !== 'registrySilent') draft.note({ what: 'registrySilent', facts: { waitingFor: key } });
  return draft.awaitRegistry(key).done();
};

/** Whether the one who filed may still take it back: until the last act. */
export const isWithdrawable = ({ state, review }: Transfer): boolean =>
  (state === 'filed' || state === 'inReview') && mayWithdraw(review);

/** Taken back by the receiving school. @returns undefined when it is too late */
export const withdraw = (before: Transfer, account: string, moment: Moment): Change | undefined =>
  isWithdrawable(before)
    ? new Draft(before, moment)
        .note({ what: 'withdrawn', step: 'inSchool', office: before.parties.inSchool.office, account })
        .end('withdrawn')
        .done()
    : undefined;

/** The seat has moved. Undefined: heard before, or not of this case's doing. */
export const recordMoved = (before: Transfer, movedOn: LocalDate, moment: Moment): Change | undefined => {
  if (before.state !== 'moving') return undefined;
  const completed = new Draft(before, moment).complete(movedOn);
  return (before.file ? close(completed) : completed).done();
};

/**
 * The new school has the file: after the move the case is over (GZ-TR12). Heard before the registry's answer it is kept, and
 * the move then closes the case. Undefined: it was over before.
 */
export const recordFileReceived = (
  before: Transfer,
  file: NonNullable<Transfer['file']>,
  moment: Moment,
): Change | undefined => {
  if (before.file || before.state === 'closed' || before.state === 'ended') return undefined;
  const draft = new Draft({ ...before, file }, moment).note({
    what: 'fileReceived',
    step: 'inSchool',
    office: before.parties.inSchool.office,
    facts: { receivedOn: file.receivedOn, items: file.items, late: file.late },
  });
  return (before.state === 'completed' ? close(draft) : draft).done();
};

const close = (draft: Draft): Draft => {
  const { student, file, packs } = draft.transfer;
  const { receivedOn, items, late, rules } = file!;
  return draft
    .set({ state: 'closed' })
    .say(events.transferClosed, { student, receivedOn, items, late }, { pack: packs.outSchool, rules });
};
