import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from 'pino';
import { Clock, LOG } from '#libs/service-kit';
import { DeadlineFiring } from './firing';
import { DeadlineHandlers } from './on-deadline';
import { DeadlineRows } from './rows';
import { Timing, TIMING } from './timing';

/** Fires what is due and was not announced, and comes back to what was refused. Needs nothing but MongoDB. */
@Injectable()
export class Sweeper {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly rows: DeadlineRows,
    private readonly handlers: DeadlineHandlers,
    private readonly firing: DeadlineFiring,
    private readonly clock: Clock,
    @Inject(TIMING) private readonly timing: Timing,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.sweep().catch(this.note);
      await pause(this.timing.sweepEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Oldest first. One that refuses is passed over, and one that is slow takes one place: neither holds up the others. */
  private async sweep(): Promise<void> {
    const until = new Date(this.clock.now().getTime() - this.timing.graceMs);
    const firing = new Set<Promise<unknown>>();
    try {
      for await (const { _id, version } of this.rows.armed(this.handlers.kinds, until).sort({ alarmAt: 1 })) {
        if (this.stopping.signal.aborted) return;
        const one: Promise<unknown> = this.firing.fire(_id, version, 'sweeper').catch(this.note);
        firing.add(one);
        void one.then(() => firing.delete(one));
        if (firing.size >= this.timing.concurrency) await Promise.race(firing);
      }
    } finally {
      await Promise.all(firing);
    }
  }

  /** The store is away; the next sweep finds the same. */
  private readonly note = (error: Error): void => {
    this.log.warn({ reason: error.name }, 'sweep of deadlines cut off');
  };
}
