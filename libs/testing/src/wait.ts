import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** Limit in milliseconds; default 10 000. */
  within?: number;
  /** Pause between two looks in milliseconds; default 25. */
  every?: number;
  /** What was waited for; a function is asked at the end and may tell what was there instead. */
  message: string | (() => string | Promise<string>);
}

/**
 * Looks until the condition gives something truthy, and gives that back. A look that throws is a look that failed.
 * @throws Error with the message, the limit and the last error when the limit passes.
 */
export const until = async <T>(
  condition: () => T | Promise<T>,
  { within = 10_000, every = 25, message }: Patience,
): Promise<NonNullable<T>> => {
  const limit = performance.now() + within;
  let last: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= limit) {
      const text = typeof message === 'string' ? message : await message();
      throw new Error(`not within ${within} ms: ${text}`, last === undefined ? undefined : { cause: last });
    }
    await pause(every);
  }
};
