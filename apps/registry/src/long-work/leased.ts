/** A document of long work: it has a state in which there is something to do, and at most one living worker. */
export interface Leased {
  _id: string;
  version: number;
  state: string;
  /** Who works on it; real time. */
  lease?: { owner: string; until: Date };
}

/** Another instance has taken the work over; what this one did since rolls back with its transaction. */
export class LeaseLost extends Error {
  constructor(work: string) {
    super(`the lease of ${work} is another's`);
    this.name = 'LeaseLost';
  }
}
