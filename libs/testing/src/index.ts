/** Engines, processes, waits and a movable clock for tests and the demo. No product file imports it. */
export * from './engines';
export * from './moved-clock';
export * from './places';
export * from './processes';
export * from './wait';
