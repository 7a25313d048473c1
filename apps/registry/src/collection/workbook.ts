/** The collection workbook: its format as data, the blank template, reading and checking rows, the workbook given back. */
export { type Cell, type CellFault, type Cells } from './workbook/cell';
export { type CheckedRow, type RowContext, checkRow } from './workbook/check-row';
export { type ChildEntry, cellsOf, differences } from './workbook/child-entry';
export { type Duplicate, DuplicateFinder } from './workbook/duplicate-finder';
export {
  type CollectionFormat,
  type Column,
  type ColumnKey,
  columnKeys,
  currentFormat,
  formatOf,
} from './workbook/format';
export { type GuardedWorkbook, type WorkbookLimits, guardWorkbook, workbookLimits } from './workbook/guard-workbook';
export { type ReadOptions, type WorkbookContent, type WorkbookRow, readWorkbook } from './workbook/read-workbook';
export { type WorkbookSchool } from './workbook/lay-workbook';
export { type TemplateRequest, makeTemplate } from './workbook/make-template';
export { type BadRow, type ReturnRequest, markedWorkbook } from './workbook/return-workbook';
