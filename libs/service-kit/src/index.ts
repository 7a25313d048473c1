/** What every service needs to stand up: settings, clock, log, health, problem answers, boot. Knows no business. */
export { ApiProblems, Problem } from './api-problems';
export * from './boot';
export * from './clock';
export { Health } from './health';
export { Allow, AllowService, Open, RIGHTS, type Rights } from './rights';
export { ApiChange, ApiCommand, IdempotencyKey, IfMatch, IsLegalDate } from './http-input';
export { type Page, pageOf, PageQuery } from './page';
export * from './refused';
export { LOG, ServiceModule } from './service.module';
export { Settings } from './settings';
export { inputValidation } from './validation';
