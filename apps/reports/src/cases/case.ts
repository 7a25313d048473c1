import type { Stage } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

/** One party's step of a case: when it came, when it is due, when it was done. */
export interface Step {
  step: string;
  office: string;
  path: string;
  arrivedOn: LocalDate;
  /** Absent: the pack gives no number. */
  dueOn?: LocalDate;
  actedOn?: LocalDate;
  outcome?: 'agreed' | 'refused';
}

/** A movement under review, as its events tell. */
export interface Case {
  _id: string;
  student: string;
  stage: Stage;
  from: { school: string; path: string };
  to: { school: string; path: string };
  filedOn: LocalDate;
  steps: Step[];
  endedOn?: LocalDate;
  outcome?: string;
}

/** What a case waits for on a day: the step that has come and is not done. */
export const waitingOn = (one: Case, on: LocalDate): Step | undefined => {
  if (one.filedOn > on || (one.endedOn !== undefined && one.endedOn <= on)) return undefined;
  return one.steps.findLast(({ arrivedOn, actedOn }) => arrivedOn <= on && (actedOn === undefined || actedOn > on));
};

/** A step done after its day, or not done on a later one (DQ28). */
export const lateOn = ({ dueOn, arrivedOn, actedOn }: Step, on: LocalDate): boolean =>
  dueOn !== undefined && arrivedOn <= on && dueOn < (actedOn !== undefined && actedOn <= on ? actedOn : on);

/** A step that opens, or goes to another office before anybody acted. */
export const opened = (steps: readonly Step[], step: Step): Step[] => [
  ...steps.filter((other) => other.step !== step.step || other.actedOn !== undefined),
  step,
];

/** Changes the open step of that name. */
export const changed = (steps: readonly Step[], name: string, change: Partial<Step>): Step[] =>
  steps.map((step) => (step.step === name && step.actedOn === undefined ? { ...step, ...change } : step));
