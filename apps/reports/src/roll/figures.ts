import { gradesOfStage, type Stage } from '#libs/contracts';
import { gradeIn, type LocalDate, schoolYearOf } from '#libs/policy';

/** By what a head count may be broken down; several at once. */
export const breakdowns = ['office', 'school', 'class', 'stage', 'grade', 'sex', 'age', 'status', 'mark'] as const;
export type Breakdown = (typeof breakdowns)[number];

/** Children that are alike in everything that is counted. */
export interface Cell {
  /** Office directly under the one asked for; its own id for a school. */
  office: string;
  school: string;
  class: string;
  stage: Stage;
  entryYear: number;
  sex: '1' | '2';
  birthMonth: string;
  confirmed: boolean;
  marks: string[];
  count: number;
}

export interface Row {
  by: Partial<Record<Breakdown, string>>;
  count: number;
}

/**
 * Completed years on a day. The events carry the month of birth alone, so a child counts as a year older from the first of
 * that month.
 */
export const ageOn = (birthMonth: string, on: LocalDate): number => {
  const [year, month] = on.split('-').map(Number);
  const [bornIn, bornMonth] = birthMonth.split('-').map(Number);
  return year - bornIn - (month < bornMonth ? 1 : 0);
};

const keysOf: Record<Breakdown, (cell: Cell, on: LocalDate) => string[]> = {
  office: (cell) => [cell.office],
  school: (cell) => [cell.school],
  class: (cell) => [cell.class],
  stage: (cell) => [cell.stage],
  grade: ({ stage, entryYear }, on) => [gradeText(stage, entryYear, on)],
  sex: ({ sex }) => [sex],
  age: ({ birthMonth }, on) => [String(ageOn(birthMonth, on))],
  status: ({ confirmed }) => [confirmed ? 'confirmed' : 'pending'],
  mark: ({ marks }) => (marks.length ? marks : ['none']),
};

/** A cohort past its last grade is shown as `beyond`: its stage has not been ended. */
const gradeText = (stage: Stage, entryYear: number, on: LocalDate): string => {
  const grade = gradeIn(stage, entryYear, schoolYearOf(on));
  const { first, last } = gradesOfStage[stage];
  return grade < first ? 'before' : grade > last ? 'beyond' : String(grade);
};

/** Rows of a head count, sorted by their keys. By `mark` a child with two marks stands in two rows; the total counts it once. */
export const rowsOf = (cells: readonly Cell[], by: readonly Breakdown[], on: LocalDate): Row[] => {
  const rows = new Map<string, Row>();
  for (const cell of cells) {
    let partial: Partial<Record<Breakdown, string>>[] = [{}];
    for (const name of by) {
      const keys = keysOf[name](cell, on);
      partial = partial.flatMap((one) => keys.map((key) => ({ ...one, [name]: key })));
    }
    for (const one of partial) {
      const id = by.map((name) => one[name]).join('\u0000');
      const row = rows.get(id);
      if (row) row.count += cell.count;
      else rows.set(id, { by: one, count: cell.count });
    }
  }
  return [...rows.entries()].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).map(([, row]) => row);
};

/** What a breakdown has to be read from the spells; what is not asked for is not grouped by. */
export const fieldsFor = (by: readonly Breakdown[]): (keyof Omit<Cell, 'count' | 'office'>)[] => {
  const fields = new Set<keyof Omit<Cell, 'count' | 'office'>>();
  for (const name of by) {
    if (name === 'grade') fields.add('stage').add('entryYear');
    else if (name === 'age') fields.add('birthMonth');
    else if (name === 'status') fields.add('confirmed');
    else if (name === 'mark') fields.add('marks');
    else if (name !== 'office') fields.add(name);
  }
  return [...fields];
};
