/**
 * The law as dated data: lines and packs, their rules and values, the working-day calendar, and the catalogue of rules.
 * Pure but for reading its own files at start. Refuses: deciding a case, knowing a service, a clock, a store.
 */
export * from './local-date';
export * from './parameters';
export type { PackFile, RuleEntry, Strength, ValueEntry } from './pack-file';
export { strengths } from './pack-file';
export { Pack, UnknownParameter } from './pack';
export type { Configured, NotConfigured, RuleInForce, Setting } from './setting';
export { Loosened } from './merge';
export * from './policy';
export * from './difference';
export * from './load-policy';
export * from './calendar';
export * from './school-days';
export * from './catalogue';
export { gradeIn, schoolYearOf } from './school-year';
export * from './limits';
export { type BindingCap, capNow, formingCap, lifeCap } from './class-cap';
export { recordAuthority } from './record-authority';
export * from './findings';
