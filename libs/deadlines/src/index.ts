/** Durable timers: armed in the transaction of the business change, fired once, whatever becomes of Redis. */
export { alarmPlace, DeadlinesModule, type DeadlinesOptions } from './deadlines.module';
export { Deadlines } from './deadlines';
export { DeadlinesStatus } from './deadlines-status';
export { OnDeadline } from './on-deadline';
export { alarmAtOf, deadlineId, type Due, type FiredBy, type FiredDeadline, type NewDeadline } from './deadline';
export type { Timing } from './timing';
