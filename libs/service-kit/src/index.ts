/** What every service needs to stand up: settings, clock, log, health, problem answers, boot. Knows no business. */
export { ApiProblems, Problem } from './api-problems';
export * from './boot';
export * from './clock';
export { Health } from './health';
export { Allow, AllowService, Open, RIGHTS, type Rights } from './rights';
export { ApiChange, ApiCommand, IdempotencyKey, IfMatch, IsLegalDate } from './http-input';
export { type Page, pageOf, PageQuery } from './page';
/** Stands in contracts, so that a worker thread that refuses need not load what a service needs to stand up. */
export {
  invalidInput,
  notFound,
  problemOf,
  type Refusal,
  refuse,
  Refused,
  staleVersion,
  wrongState,
} from '#libs/contracts';
export { Rounds } from './rounds';
export { LOG, ServiceModule } from './service.module';
export { Settings } from './settings';
export { ApiUpload, fileOf, type Upload, type UploadedFile } from './upload';
export { inputValidation } from './validation';
