/** Events, problem documents and code sets that services share. Imports no framework and no service. */
export * from './codes';
export * from './event';
export * from './problem';
export * from './refused';
export * as registryEvents from './registry';
export * as closingEvents from './closing';
export * as placementEvents from './placement';
export * as transferEvents from './transfer';
export * as attendanceEvents from './attendance';
export * as archiveEvents from './archive';
export * as partEvents from './parts';
export { allEvents, definitionOf } from './all-events';
