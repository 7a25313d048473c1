import type { ColumnKey } from './format';

/** A cell that holds no value of its own: what it is, and what a reader of the sheet sees in it. */
export interface CellFault {
  fault: 'formula' | 'error';
  shown: string;
}

/** A cell as it stands in the workbook, or a value of the HTTP form. */
export type Cell = string | number | boolean | Date | CellFault;

export type Cells = Partial<Record<ColumnKey, Cell>>;

export const isFault = (cell: Cell | undefined): cell is CellFault =>
  typeof cell === 'object' && !(cell instanceof Date) && 'fault' in cell;

/** Date of an Excel date cell, which the reader gives as midnight UTC. */
export const dateOf = (cell: Date): string => cell.toISOString().slice(0, 10);

/** What stands in the cell, without blanks around it. */
export const textOf = (cell: Cell | undefined): string => {
  if (cell === undefined || cell === null) return '';
  if (isFault(cell)) return cell.shown;
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? '?' : dateOf(cell);
  const text = typeof cell === 'string' ? cell.trim() : String(cell);
  // What `trim` leaves: blanks without width, which some input methods and web pages add.
  return text.includes('\u200B') || text.includes('\u2060')
    ? text.replace(/^[\s\u200B\u2060]+|[\s\u200B\u2060]+$/g, '')
    : text;
};

/** Texts that a spreadsheet program may run as a formula when they are typed or pasted again. */
export const looksLikeFormula = (text: string): boolean => /^'?[=+@\t\r]/.test(text) || /^'?-(?!\d)/.test(text);
