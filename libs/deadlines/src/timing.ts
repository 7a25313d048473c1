/** Real time of the machinery, in milliseconds, except where business time is named. */
export interface Timing {
  /** Alarms due within this span of business time are kept in Redis; later ones only in MongoDB. */
  horizonMs: number;
  /** The sweeper looks this often for what no alarm announced. */
  sweepEveryMs: number;
  /** Span of business time that a due deadline is left to its alarm. */
  graceMs: number;
  /** Redis is asked this often whether it still holds what it was given. */
  checkEveryMs: number;
  /** Deadlines fired side by side by one instance. */
  concurrency: number;
}

export const usualTiming: Timing = {
  horizonMs: 48 * 3_600_000,
  sweepEveryMs: 60_000,
  graceMs: 5_000,
  checkEveryMs: 5_000,
  concurrency: 4,
};

export const TIMING = Symbol('xueji:deadline-timing');
