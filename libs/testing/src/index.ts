/** Engines, processes, waits and a movable clock for tests and the demo. No product file imports it. */
export type { WithoutLine } from './crash-points/without-line';
export * from './engines';
export * from './moved-clock';
export { OwnRedis } from './own-redis';
export * from './places';
export * from './processes';
export { type Answer, type InProcess, type Sent, ServiceInProcess } from './service-in-process';
export * from './wait';
