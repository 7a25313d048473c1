/**
 * Codes and forms of values that national standards fix: resident ID numbers, divisions through time, ethnic groups,
 * names, telephones, school codes. Pure functions over data files. Refuses: rules of legal texts, clocks, databases, and
 * offering a correction of anybody's identity.
 */
export { type Checked, type ValueProblem, halfWidth, hasFullWidthDigits } from './check';
export * from './code-sets';
export { isDate } from './dates';
export * from './divisions';
export * from './names';
export * from './phones';
export * from './resident-id';
export * from './school-code';
