import type { Ending, RegistrationState, Stage } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

/** A student as this service has heard: where the seat is, what stands in the way. No name, no number. */
export interface StudentCopy {
  _id: string;
  school: string;
  path: string;
  class: string;
  stage: Stage;
  /** Cohort: year of entry into the stage. */
  entryYear: number;
  registration: RegistrationState;
  marks: { mark: string; from: LocalDate; to?: LocalDate }[];
  /** The stage has ended; absent: on roll. */
  ended?: { ending: Ending; stage: Stage; on: LocalDate };
  /** Case that holds the record, and the class that keeps a seat for it. */
  held?: { case: string; toClass: string };
  /** Sequence and time of the last event heard. */
  version: number;
  recordedAt: Date;
}

/** Marks in force on a day, first and last day included. */
export const marksOn = ({ marks }: Pick<StudentCopy, 'marks'>, on: LocalDate): string[] =>
  marks.filter(({ from, to }) => from <= on && (to === undefined || on <= to)).map(({ mark }) => mark);
