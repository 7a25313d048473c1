import type { ClientSession } from 'mongoose';
import type { CopyKind, CopyReason, PartOwner, Stage } from '#libs/contracts';

/** What an owner is asked for. */
export interface AskedPart {
  /** Copy id. */
  copy: string;
  student: string;
  kind: CopyKind;
  reason: CopyReason;
  school: string;
  path: string;
  stage: Stage;
  /** What was recorded later is left out. */
  asOf: Date;
  /** Version of the record at that moment. */
  version: number;
  case?: string;
}

/** A paper of the part: its bytes lie in the owner's `Files` under their digest. */
export interface PartPaper {
  /** SHA-256 of the clear bytes, hex. */
  digest: string;
  /** What it is, as the owner names it: `basicInfoForm`, `contactForm`. */
  name: string;
}

/** Everything that one owner holds of one child, as it goes into the copy. */
export interface Part {
  /** Canonical JSON is made of it; values of protected fields stand in it clear. */
  data: Record<string, unknown>;
  papers: PartPaper[];
  /** Things in it, counted: facts, papers, cases, rows. */
  items: number;
  /** How far the history of each aggregate went that it was made from. */
  positions: { id: string; seq: number }[];
}

/** How a service gathers its part. One class per owner. */
export abstract class PartSource {
  /**
   * Reads through the session, so that the part is of one moment of the store.
   * @throws when something that must be there is not heard of yet: tried again later
   */
  abstract collect(asked: AskedPart, session: ClientSession): Promise<Part>;
}

/** How the part lies in the bag: `data/parts/<owner>.json`. */
export interface PartDocument {
  format: 'xueji-part-1';
  owner: PartOwner;
  copy: string;
  student: string;
  asOf: string;
  positions: Part['positions'];
  papers: { digest: string; name: string; missing?: true }[];
  data: Part['data'];
}
