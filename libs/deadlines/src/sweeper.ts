import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from 'pino';
import { Clock, LOG } from '#libs/service-kit';
import { DeadlineFiring } from './firing';
import { DeadlineHandlers } from './on-deadline';
import { Alarm, DeadlineRows } from './rows';
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
      await this.sweep().catch((error: Error) => this.log.warn({ reason: error.name }, 'sweep of deadlines cut off'));
      await pause(this.timing.sweepEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Oldest first. A deadline that refuses is passed over, so it holds up no other. */
  private async sweep(): Promise<void> {
    const until = new Date(this.clock.now().getTime() - this.timing.graceMs);
    let batch: Alarm[] = [];
    for await (const alarm of this.rows.armed(this.handlers.kinds, until).sort({ alarmAt: 1 })) {
      if (this.stopping.signal.aborted) return;
      batch.push(alarm);
      if (batch.length < this.timing.concurrency) continue;
      await this.fireAll(batch);
      batch = [];
    }
    await this.fireAll(batch);
  }

  private async fireAll(alarms: Alarm[]): Promise<void> {
    await Promise.all(alarms.map(({ _id, version }) => this.firing.fire(_id, version, 'sweeper')));
  }
}
