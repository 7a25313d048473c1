import { localDateOf } from '#libs/policy';
import { Settings } from './settings';

/**
 * Business time: what legal dates and deadlines are judged by. Real time (leases, tokens, queues) is `Date.now()`.
 * Production has one source, the system's clock. Another source can only be named by `XUEJI_CLOCK_MODULE`, a module
 * that production images do not contain.
 */
export abstract class Clock {
  abstract now(): Date;

  /** Calls back when business time was moved; deadlines are then re-timed. The system's clock never moves. */
  abstract onMove(listener: () => void): void;

  /** Legal date of now in Asia/Shanghai, `YYYY-MM-DD`. */
  today(): string {
    return localDateOf(this.now());
  }
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  onMove(): void {}
}

class SuppliedClock extends Clock {
  constructor(private readonly source: { now(): Date; onMove(listener: () => void): void }) {
    super();
  }

  now(): Date {
    return this.source.now();
  }

  onMove(listener: () => void): void {
    this.source.onMove(listener);
  }
}

export const clockFrom = (settings: Settings): Clock => {
  if (!settings.clockModule) return new SystemClock();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the module is named by the environment, not known at build time
  const supplied = require(settings.clockModule) as { createClock(): { now(): Date; onMove(l: () => void): void } };
  return new SuppliedClock(supplied.createClock());
};
