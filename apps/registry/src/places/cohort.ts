import type { Stage } from '#libs/contracts';

/** Pupils who enter a stage of a school in one year. */
export interface Cohort {
  school: string;
  /** Path of the school. */
  path: string;
  stage: Stage;
  entryYear: number;
}

/** The cohorts of some classes, each once. */
export const cohortsOf = (classes: readonly Cohort[]): Cohort[] => [
  ...new Map(
    classes.map(({ school, path, stage, entryYear }) => [
      `${school}/${stage}/${entryYear}`,
      { school, path, stage, entryYear },
    ]),
  ).values(),
];
