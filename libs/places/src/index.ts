/**
 * Offices, classes and terms as a service has heard of them from the registry: who is above whom, whose line judges, who
 * keeps a school's records. A read copy; what a class may hold and what is open today, the registry alone says.
 */
export type { SchoolClass } from './class';
export * from './office';
export { PlacesConsumer } from './places.consumer';
export { PlacesRepository } from './places.repository';
export { termAt, type Term } from './term';
