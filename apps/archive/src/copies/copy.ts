import { Citation, CopyKind, CopyReason, PartOwner, Stage } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import type { PayloadFile } from '#libs/proofs';

/**
 * `new`: heard of, the law not looked up. `asked`: the owners freeze their parts. `pulling`: all frozen, fetched by digest.
 * `inReview`: whole; the producing office looks at what is missing and records its review. `ready`: to be sealed. `sealed`:
 * a leaf of the log, for ever. `notKept`: no pack knows such a copy; shown to the operator, never dropped in silence.
 */
export type CopyState = 'new' | 'asked' | 'pulling' | 'inReview' | 'ready' | 'sealed' | 'notKept';

export interface CopyPaper {
  /** SHA-256, hex. */
  digest: string;
  name: string;
  /** The owner names it and no longer has it. */
  missing?: true;
}

/** What one owner contributes. */
export interface CopyPart {
  owner: PartOwner;
  /** Set once frozen. */
  digest?: string;
  bytes?: number;
  items?: number;
  positions?: { id: string; seq: number }[];
  /** Set once fetched and found to be what the digest says. */
  papers?: CopyPaper[];
}

/** Something that the file should hold and does not (SCH3-AR1). */
export interface Missing {
  /** `basicInfo`, `results` …, or `paper:<name>`. */
  item: string;
  owner?: PartOwner;
  citation?: Citation;
}

/** Who keeps the copy: the school itself, or whoever took over from it (NAT-MG1, NAT-MG2). */
export interface Custody {
  keeper: string;
  kind: 'school' | 'unit';
  /** Path that decides who may see it. */
  path: string;
  since: LocalDate;
  /** Closing by which it came here; absent for the first keeper. */
  closing?: string;
}

export interface Copy {
  /** `<student>.<kind>.<seq of the event that led to it>` */
  _id: string;
  /** Sequence of the last event told. */
  version: number;
  state: CopyState;
  student: string;
  kind: CopyKind;
  reason: CopyReason;
  school: string;
  path: string;
  stage: Stage;
  class: string;
  /** Case that led to it. */
  case?: string;
  /** How the stage ended. */
  ending?: string;
  /** Legal day of the end or the move. */
  on: LocalDate;
  /** What was recorded later is not part of it. */
  asOf: Date;
  /** Version of the record at that moment. */
  record: number;
  /** Data key under which its bytes lie. */
  county: string;
  pack?: string;
  citations: Citation[];
  parts: CopyPart[];
  /** Payload of the bag without `copy.json`, which is written from this document. */
  files: PayloadFile[];
  missing: Missing[];
  review?: {
    required: Citation;
    /** Recorded by the producing office. */
    done?: { account: string; post: string; on: LocalDate; at: Date };
  };
  sealed?: {
    on: LocalDate;
    at: Date;
    /** Digests of the tag manifests: what stands for the whole bag. */
    sha256: string;
    sm3: string;
    leaf: number;
  };
  custody: Custody;
  formerCustody: Custody[];
  /** Real time before which nobody tries (again). */
  notBefore: Date;
  tries: number;
  lastFault?: string;
  lease?: { owner: string; until: Date };
}

export const copyId = (student: string, kind: CopyKind, seq: number): string => `${student}.${kind}.${seq}`;

/** A part was frozen. Undefined: heard before, or not asked. */
export const withPart = (copy: Copy, part: Omit<Required<CopyPart>, 'papers'>): Copy | undefined => {
  if (copy.state !== 'asked' || copy.parts.find(({ owner }) => owner === part.owner)?.digest !== undefined)
    return undefined;
  const parts = copy.parts.map((one) => (one.owner === part.owner ? { ...one, ...part } : one));
  const all = parts.every(({ digest }) => digest !== undefined);
  return { ...copy, parts, state: all ? 'pulling' : 'asked' };
};
