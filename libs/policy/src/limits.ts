import type { Configured } from './setting';

/**
 * Whether a number keeps a limit: at most the value, or below it where the text says 不足.
 * `within(cap50, 50)` is true, the 51st is not.
 */
export const within = (limit: Configured<number>, n: number): boolean =>
  limit.inclusive ? n <= limit.value : n < limit.value;

/** Whether a number reaches a threshold: 10 weeks and more (included), above 8 weeks (not included). */
export const reaches = (threshold: Configured<number>, n: number): boolean =>
  threshold.inclusive ? n >= threshold.value : n > threshold.value;
