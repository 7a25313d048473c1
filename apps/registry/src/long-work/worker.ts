import { Injectable, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Logger } from 'pino';
import { LeaseLost } from './leased';

/**
 * Does long work of one kind, one piece at a time per instance. The work is a document with a lease and a checkpoint; each
 * step moves the checkpoint in its own transaction, so a run killed anywhere and taken up by any instance ends like one
 * clean run.
 */
@Injectable()
export abstract class Worker<W> implements OnApplicationBootstrap, OnApplicationShutdown {
  protected readonly owner = randomUUID();
  protected stopping = false;
  private timer?: NodeJS.Timeout;
  private running?: Promise<void>;

  constructor(private readonly log: Logger) {}

  /** Takes the next piece of work, or null. */
  protected abstract next(): Promise<W | null>;

  /** Does it to its end, or returns early when `stopping`. */
  protected abstract run(work: W): Promise<void>;

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), 1_000);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Looks for work now. */
  wake(): void {
    if (this.running || this.stopping) return;
    this.running = this.drain().finally(() => {
      this.running = undefined;
    });
  }

  private async drain(): Promise<void> {
    try {
      for (let work = await this.next(); work && !this.stopping; work = await this.next()) await this.run(work);
    } catch (fault) {
      // The lease runs out and the work is taken up again where it stood.
      if (!(fault instanceof LeaseLost)) this.log.error({ err: fault }, 'a run of long work stopped');
    }
  }
}
