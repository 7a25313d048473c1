import type { Application, AskedOverride } from './application';

/** A filing as the receiving school sends it: the application, and its words. */
export interface FilingInput {
  application: Application;
  /** The ground in words. */
  groundText?: string;
  overrides: AskedOverride[];
}
