import { gradesOfStage, type Stage } from '#libs/contracts';
import type { LocalDate } from './local-date';

/** School year of a day: it begins on 1 September. */
export const schoolYearOf = (on: LocalDate): number => Number(on.slice(0, 4)) - (on.slice(5) < '09-01' ? 1 : 0);

/** Grade of a cohort in a school year, 1–12. */
export const gradeIn = (stage: Stage, entryYear: number, schoolYear: number): number =>
  gradesOfStage[stage].first + schoolYear - entryYear;
