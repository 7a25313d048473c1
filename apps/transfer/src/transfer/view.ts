import type { LocalDate, Pack, RefusalGround, WorkingCalendar } from '#libs/policy';
import { answersTo, groundsAt, Step, wordOf } from '#libs/review';
import type { Refusal, Transfer } from './transfer';
import { isWithdrawable } from './transfer';

/** What a view needs beside the case. */
export interface Lookups {
  today: LocalDate;
  names: ReadonlyMap<string, string>;
  packOf(id: string): Pack;
  calendarOf(path: string): WorkingCalendar;
}

type StepView = ReturnType<typeof stepView>;

/** Working days after today up to the due day; negative once it has passed, null where there is no number. */
const daysLeft = (step: Step, { today, calendarOf }: Lookups): number | null =>
  step.due?.dueOn === undefined ? null : calendarOf(step.path).workingDaysBetween(today, step.due.dueOn);

const stepView = (step: Step, transfer: Transfer, look: Lookups) => {
  const { act, due } = step;
  const open = step.state === 'open';
  const grounds = look.packOf(step.pack).setting<RefusalGround[]>('transfer.refusalGrounds');
  return {
    step: step.key,
    parties: step.parties,
    office: step.office,
    name: look.names.get(step.office),
    above: step.above,
    act,
    line: step.line,
    pack: step.pack,
    citation: step.citation,
    state: step.state,
    ...(step.arrivedOn && { arrivedOn: step.arrivedOn }),
    ...(due && {
      dueOn: due.dueOn ?? null,
      ...(due.dueOn !== undefined
        ? { provisional: due.provisional, dueBy: due.citation }
        : { notConfigured: { parameter: due.parameter, citation: due.citation } }),
    }),
    ...(open && {
      workingDaysLeft: daysLeft(step, look),
      late: due?.dueOn !== undefined && look.today > due.dueOn,
      answers: answersTo[act].map((answer) => ({ answer, word: wordOf(act, answer) })),
      grounds: grounds.configured
        ? groundsAt(grounds.value, transfer.stage).map(({ code, text, citation }) => ({ code, text, citation }))
        : [],
    }),
    ...(step.remindedOn && { remindedOn: step.remindedOn }),
    ...(step.overdueOn && { overdueOn: step.overdueOn, escalatedTo: step.above }),
    ...(step.acted && { acted: { ...step.acted, word: wordOf(act, step.acted.answer) } }),
  };
};

/** A case as a party sees it: every step, act, person, article and day. */
export const viewOf = (transfer: Transfer, refusals: readonly Refusal[], look: Lookups) => {
  const { application, filing, parties } = transfer;
  const named = (office: string) => ({ school: office, name: look.names.get(office) });
  return {
    id: transfer._id,
    version: transfer.version,
    change: 'transfer',
    state: transfer.state,
    phase: transfer.phase,
    student: transfer.student,
    stage: transfer.stage,
    from: named(parties.outSchool.office),
    to: { ...named(parties.inSchool.office), class: transfer.to.class },
    parties,
    lines: transfer.lines,
    packs: transfer.packs,
    application: {
      ground: application.ground,
      facts: application.facts,
      newCounty: application.newCounty,
      consentOn: application.consentOn,
      form: application.form,
      papers: application.papers,
      firstDayOfStudy: application.firstDayOfStudy,
    },
    overrides: transfer.overrides,
    filing: {
      on: filing.on,
      at: filing.at,
      account: filing.account,
      act: filing.act,
      citation: filing.citation,
      dueOn: filing.due.dueOn ?? null,
      ...(filing.due.dueOn !== undefined && { provisional: filing.due.provisional, dueBy: filing.due.citation }),
      late: filing.late,
    },
    checks: transfer.checks.map(({ rule, outcome, strength, message, citation, facts }) => ({
      rule,
      outcome,
      strength,
      message,
      citation,
      facts,
    })),
    order: transfer.review.order,
    steps: transfer.review.steps.map((step): StepView => stepView(step, transfer, look)),
    handovers: Object.entries(transfer.handovers).map(([party, { since, due, overdueOn }]) => ({
      party,
      since,
      dueOn: due.dueOn ?? null,
      citation: due.citation,
      ...(overdueOn && { overdueOn }),
    })),
    waitingFor: transfer.waitingFor,
    withdrawable: isWithdrawable(transfer),
    /** An unfinished transfer whose planned first day of study has come (GZ-TR8). */
    studyBeforeApproval:
      transfer.earlyStudy !== undefined &&
      (transfer.state === 'filed' || transfer.state === 'inReview') &&
      application.firstDayOfStudy !== undefined &&
      application.firstDayOfStudy < look.today,
    violations: transfer.violations,
    refusals: refusals.map(refusalView),
    ...(transfer.outcome && { outcome: transfer.outcome }),
    ...(transfer.file && { file: transfer.file }),
    timeline: transfer.log.map((entry) => ({
      ...entry,
      ...(entry.office && { officeName: look.names.get(entry.office) }),
    })),
  };
};

/** A case in a list. */
export const lineOf = (transfer: Transfer, look: Lookups) => ({
  id: transfer._id,
  version: transfer.version,
  state: transfer.state,
  student: transfer.student,
  stage: transfer.stage,
  from: transfer.parties.outSchool.office,
  to: transfer.parties.inSchool.office,
  filedOn: transfer.filing.on,
  waitingFor: transfer.review.steps
    .filter(({ state }) => state === 'open')
    .map((step) => ({
      step: step.key,
      office: step.office,
      dueOn: step.due?.dueOn ?? null,
      workingDaysLeft: daysLeft(step, look),
      overdue: step.due?.dueOn !== undefined && look.today > step.due.dueOn,
    })),
  ...(transfer.outcome && { outcome: transfer.outcome.kind }),
});

export const refusalView = ({ _id, listedAt, ...refusal }: Refusal) => ({
  id: _id,
  ...refusal,
  listedAt: listedAt.office,
});

/** Offices named in a view. */
export const officesIn = ({ parties }: Transfer): string[] =>
  Object.values(parties).flatMap(({ office, above }) => [office, above]);
