/** The collection workbook: its format as data, the blank template, reading and checking rows, the workbook given back. */
export { type Cell, type CellFault, type Cells } from './cell';
export { type CheckedRow, type RowContext, checkRow } from './check-row';
export { type ChildEntry, cellsOf, differences } from './child-entry';
export { type Duplicate, DuplicateFinder } from './duplicate-finder';
export { type CollectionFormat, type Column, type ColumnKey, columnKeys, currentFormat, formatOf } from './format';
export { type GuardedWorkbook, type WorkbookLimits, guardWorkbook, workbookLimits } from './guard-workbook';
export { type ReadOptions, type WorkbookContent, type WorkbookRow, readWorkbook } from './read-workbook';
export { type WorkbookSchool } from './lay-workbook';
export { type TemplateRequest, makeTemplate } from './make-template';
export { type BadRow, type ReturnRequest, markedWorkbook } from './return-workbook';
