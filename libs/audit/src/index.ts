/** Audit rows: who changed or read what, under which post. Decides nothing and shows no values. */
export { Audit, type AuditRow } from './audit';
export { AuditModule } from './audit.module';
