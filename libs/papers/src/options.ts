export const PAPERS = Symbol('papers');

export interface PapersOptions {
  /** Service that keeps them; its name begins the acts of the audit rows. */
  owner: string;
  collection: string;
  /** Duty under which they are read. */
  duty: string;
}
