/** An invented province for the demo, tests and benches: places, children, wrong rows, filled workbooks. */
export { type ArchiveEntry, zip } from './archive';
export * from './children';
export * from './hostile-files';
export * from './places';
export { Random } from './random';
export * from './rows';
export * from './spoiled-rows';
export * from './workbook';
