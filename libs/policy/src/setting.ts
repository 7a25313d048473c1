import type { Citation } from '#libs/contracts';
import type { Strength } from './pack-file';
import type { ClockStart, Unit } from './parameters';

/** A value that the law gives, with everything needed to apply and to cite it. */
export interface Configured<T = unknown> {
  configured: true;
  parameter: string;
  value: T;
  unit?: Unit;
  /** Whether the number itself is within the limit, or reaches the threshold. */
  inclusive?: boolean;
  startsAt?: ClockStart;
  strength: Strength;
  /** The nearest line's article. */
  citation: Citation;
  /** Every article that shaped the value, nearest first. */
  citations: Citation[];
  /** Why this value, where the text does not say it in so many words. */
  reading?: string;
  /** A limit of a line further up in a unit that cannot be compared; it holds as well, so the earlier day decides. */
  alsoWithin?: { value: number; unit: Unit; inclusive: boolean; citation: Citation }[];
}

/** Neither allowed nor refused: no text gives the value (R5-01). Must be reported, never passed silently. */
export interface NotConfigured {
  configured: false;
  parameter: string;
  /** The article that names the matter and leaves the number out; absent when every text is silent. */
  citation?: Citation;
}

export type Setting<T = unknown> = Configured<T> | NotConfigured;

export interface RuleInForce {
  citation: Citation;
  strength: Strength;
}
