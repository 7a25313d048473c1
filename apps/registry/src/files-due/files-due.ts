import type { Stage } from '#libs/contracts';
import {
  addDays,
  type Due,
  type LocalDate,
  type Pack,
  termsAt,
  type SchoolTerm,
  type WorkingCalendar,
} from '#libs/policy';
import type { Cohort } from '../places/cohort';

/** No text says when to remind; a week leaves time for a collection. */
const remindedDaysBefore = 7;

export const cohortId = ({ school, stage, entryYear }: Omit<Cohort, 'path'>): string =>
  `${school}/${stage}/${entryYear}`;

/** How a school stands with the files of a cohort. */
export interface FilesDue {
  /** `<school>/<stage>/<entry year>` */
  _id: string;
  school: string;
  path: string;
  stage: Stage;
  entryYear: number;
  /** Sequence of the last event; 0 before the first. */
  version: number;
  /** Last day for the files of children who entered on the first day of school. */
  dueOn?: LocalDate;
  remindedOn?: LocalDate;
  /** Day on which files were found not made in time. */
  lateSince?: LocalDate;
  /** Files that were made after their own day. */
  madeLate: number;
}

/**
 * Last day for the files of a cohort (GZ-EN3, NAT-EN3, CZ-EN2). The clock starts on the day of entry: for a cohort that is
 * the first day of school of its year. Undefined while no term is set, or where no text gives a time.
 */
export const filesDue = (
  { path, stage, entryYear }: Cohort,
  pack: Pack,
  terms: readonly SchoolTerm[],
  calendar: WorkingCalendar,
): Due | undefined => {
  const first = termsAt(path, terms).find((one) => one.schoolYear === String(entryYear) && one.term === '1');
  const within = pack.setting<number>(`newRecord.deadline.${stage}`);
  return first && within.configured ? calendar.due(first.firstDay, within) : undefined;
};

/** Day on which a school is reminded, given the due day. */
export const remindedOn = (dueOn: LocalDate): LocalDate => addDays(dueOn, -remindedDaysBefore);

/** What the register holds of a cohort. */
export interface FilesMade {
  /** Children entered, by class of the cohort; a class that nobody was entered into counts 0. */
  classes: { class: string; entered: number }[];
  /** Children entered whose number is not asked for, since nobody has confirmed them. */
  unconfirmed: number;
  /** Places of the plan, where the authority approved one. */
  planned?: number;
}

export interface FilesLacking {
  entered: number;
  /** Classes of the starting grade into which nobody was entered. */
  emptyClasses: number;
  planned?: number;
  /** Only where the file is not made before its number is asked for. */
  unconfirmed?: number;
}

/**
 * What is still to be made; undefined when nothing is known to lack. Nobody tells the register how many children came, so
 * it goes by the classes that were opened and the plan that was approved.
 */
export const filesLacking = ({ classes, unconfirmed, planned }: FilesMade, pack: Pack): FilesLacking | undefined => {
  const until = pack.setting<string>('newRecord.deadline.until');
  const numberToo = until.configured && until.value === 'numberAskedFor';
  const entered = classes.reduce((sum, one) => sum + one.entered, 0);
  const emptyClasses = classes.filter((one) => one.entered === 0).length;
  const lacking = emptyClasses > 0 || (planned !== undefined && entered < planned) || (numberToo && unconfirmed > 0);
  if (!lacking) return undefined;
  return { entered, emptyClasses, ...(planned !== undefined && { planned }), ...(numberToo && { unconfirmed }) };
};

/** Rule of the time by which the files are made. */
export const rulesOf = (pack: Pack, stage: Stage): string[] => {
  const within = pack.setting<number>(`newRecord.deadline.${stage}`);
  return within.configured ? [within.citation.rule] : [];
};
