import type { LocalDate } from '#libs/policy';
import type { Breakdown, Row } from '../roll/figures';

/** Figures that were drawn once and are kept: the answer that was given, so that it can be drawn again and compared. */
export interface Drawing {
  _id: string;
  office: string;
  path: string;
  /** What for, e.g. `per-student funding`; a word of the office, not about a child. */
  purpose: string;
  on: LocalDate;
  knownOn: LocalDate;
  by: Breakdown[];
  total: number;
  rows: Row[];
  drawnAt: Date;
  account: string;
}

export interface Difference {
  by: Row['by'];
  /** Absent: the row is not there. */
  was?: number;
  is?: number;
}

/** Rows that two drawings, or a drawing and a return, do not have alike (DQ34, FJ-RP1). */
export const differencesOf = (was: readonly Row[], is: readonly Row[]): Difference[] => {
  const keyOf = ({ by }: Pick<Row, 'by'>) => JSON.stringify(Object.entries(by).sort(([a], [b]) => (a < b ? -1 : 1)));
  const before = new Map(was.map((row) => [keyOf(row), row]));
  const now = new Map(is.map((row) => [keyOf(row), row]));
  return [...new Set([...before.keys(), ...now.keys()])]
    .map((key) => ({
      by: (before.get(key) ?? now.get(key))!.by,
      was: before.get(key)?.count,
      is: now.get(key)?.count,
    }))
    .filter(({ was: a, is: b }) => a !== b);
};
