import type { LocalDate } from '#libs/policy';
import { Answer, answersTo, isPossible } from './acts';
import { isLate, StepDue } from './due';
import type { PlannedStep } from './plan';

export interface Acted {
  answer: Answer;
  /** Legal day of the act. */
  on: LocalDate;
  at: Date;
  account: string;
  post: string;
  late: boolean;
  /** Ground of a refusal that stands. */
  ground?: string;
}

/** `closed`: the case ended before this step was done. */
export type StepState = 'waiting' | 'open' | 'agreed' | 'refused' | 'closed';

export interface Step<P extends string = string> extends PlannedStep<P> {
  state: StepState;
  /** Day on which the case reached the office; its clock runs from here. */
  arrivedOn?: LocalDate;
  due?: StepDue;
  remindedOn?: LocalDate;
  /** Day on which it was found overdue and escalated. */
  overdueOn?: LocalDate;
  acted?: Acted;
}

/** Steps one after another or side by side. */
export interface Review<P extends string = string> {
  order: 'sequence' | 'parallel';
  steps: Step<P>[];
}

export type DueOf<P extends string> = (step: PlannedStep<P>, arrivedOn: LocalDate) => StepDue;

export interface Progress<P extends string> {
  review: Review<P>;
  /** Steps that have just begun. */
  opened: Step<P>[];
}

/** Why an answer could not be taken. */
export type Impossible<P extends string> =
  | { impossible: 'notOpen'; step?: Step<P>; open: Step<P>[] }
  | { impossible: 'noSuchAnswer'; step: Step<P>; possible: readonly Answer[] };

export type Answered<P extends string> = Progress<P> & {
  step: Step<P>;
  /** Every party has agreed. */
  done: boolean;
};

export const notBegun = <P extends string>(order: Review['order'], steps: readonly PlannedStep<P>[]): Review<P> => ({
  order,
  steps: steps.map((step) => ({ ...step, state: 'waiting' })),
});

export const openSteps = <P extends string>({ steps }: Review<P>): Step<P>[] =>
  steps.filter(({ state }) => state === 'open');

export const stepOf = <P extends string>({ steps }: Review<P>, key: string): Step<P> | undefined =>
  steps.find((step) => step.key === key);

export const allAgreed = <P extends string>({ steps }: Review<P>): boolean =>
  steps.every(({ state }) => state === 'agreed');

/** Whether the one who started it may still take it back: until the last act. */
export const mayWithdraw = <P extends string>(review: Review<P>): boolean =>
  !allAgreed(review) && review.steps.every(({ state }) => state !== 'refused' && state !== 'closed');

const replace = <P extends string>(review: Review<P>, step: Step<P>): Review<P> => ({
  ...review,
  steps: review.steps.map((one) => (one.key === step.key ? step : one)),
});

/** Opens what may begin now: the first of those left, or all of them. */
const openNext = <P extends string>(review: Review<P>, on: LocalDate, dueOf: DueOf<P>): Progress<P> => {
  const waiting = review.steps.filter(({ state }) => state === 'waiting');
  const next = review.order === 'parallel' ? waiting : openSteps(review).length > 0 ? [] : waiting.slice(0, 1);
  const opened = next.map((step): Step<P> => ({ ...step, state: 'open', arrivedOn: on, due: dueOf(step, on) }));
  return { review: opened.reduce(replace, review), opened };
};

/** The case reaches its first office, or all of them at once. Begun already: nothing happens. */
export const begin = <P extends string>(review: Review<P>, on: LocalDate, dueOf: DueOf<P>): Progress<P> =>
  review.steps.some(({ state }) => state !== 'waiting') ? { review, opened: [] } : openNext(review, on, dueOf);

/**
 * A party answers its open step. A refusal is to be weighed before (`weighRefusal`): here it stands, and closes the rest.
 * Being late changes nothing but the flag: no text refuses a late act, and none lets silence approve (GZ-TR7).
 */
export const answerStep = <P extends string>(
  review: Review<P>,
  key: string,
  act: Omit<Acted, 'late'>,
  dueOf: DueOf<P>,
): Answered<P> | Impossible<P> => {
  const step = stepOf(review, key);
  if (step?.state !== 'open') return { impossible: 'notOpen', step, open: openSteps(review) };
  if (!isPossible(step.act, act.answer)) return { impossible: 'noSuchAnswer', step, possible: answersTo[step.act] };
  const refused = act.answer === 'refuse';
  const acted: Step<P> = {
    ...step,
    state: refused ? 'refused' : 'agreed',
    acted: { ...act, late: isLate(step.due, act.on) },
  };
  const after = replace(review, acted);
  if (refused) return { review: closeRest(after), opened: [], step: acted, done: false };
  return { ...openNext(after, act.on, dueOf), step: acted, done: allAgreed(after) };
};

/** Ends what has not been done. */
export const closeRest = <P extends string>(review: Review<P>): Review<P> => ({
  ...review,
  steps: review.steps.map((step) =>
    step.state === 'waiting' || step.state === 'open' ? { ...step, state: 'closed' } : step,
  ),
});

export interface Flagged<P extends string> {
  review: Review<P>;
  step: Step<P>;
}

const flag = <P extends string>(review: Review<P>, step: Step<P>): Flagged<P> => ({
  review: replace(review, step),
  step,
});

/** The step's office is reminded, once; undefined when there is nothing to remind of. */
export const remind = <P extends string>(review: Review<P>, key: string, on: LocalDate): Flagged<P> | undefined => {
  const step = stepOf(review, key);
  if (step?.state !== 'open' || step.remindedOn) return undefined;
  return flag(review, { ...step, remindedOn: on });
};

/**
 * The step's day has passed without an act: flagged, to be told to the office above. The step stays open: nobody's
 * silence approves, refuses or closes anything (GZ-TR7). Undefined when the step is done, or in time, or flagged already.
 */
export const findOverdue = <P extends string>(
  review: Review<P>,
  key: string,
  on: LocalDate,
): Flagged<P> | undefined => {
  const step = stepOf(review, key);
  if (step?.state !== 'open' || step.overdueOn || !isLate(step.due, on)) return undefined;
  return flag(review, { ...step, overdueOn: on });
};
