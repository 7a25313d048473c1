/** Offices, schools, terms, classes with their seats, posts. Decides nothing about a pupil. */
export { authorityOf } from './authority';
export { CarryOut } from './carry-out';
export { ClassRepository } from './class.repository';
export { gradeOn, type SchoolClass, type Seats } from './class';
export { idsOn, isSchool, lineAt, standsOn, type Office, type School, type SchoolOffice } from './office';
export { OfficeRepository } from './office.repository';
export { PlacesModule } from './places.module';
export { type Term } from './term';
export { TermRepository } from './term.repository';
