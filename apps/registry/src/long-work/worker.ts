import { Injectable, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Logger } from 'pino';
import { Rounds } from '#libs/service-kit';
import { LeaseLost } from './leased';

/**
 * Does long work of one kind, one piece at a time per instance. The work is a document with a lease and a checkpoint; each
 * step moves the checkpoint in its own transaction, so a run killed anywhere and taken up by any instance ends like one
 * clean run.
 */
@Injectable()
export abstract class Worker<W> implements OnApplicationBootstrap, OnApplicationShutdown {
  protected readonly owner = randomUUID();
  private readonly rounds: Rounds;

  constructor(log: Logger) {
    this.rounds = new Rounds(
      () => this.drain(),
      // The lease runs out and the work is taken up again where it stood.
      (fault) => fault instanceof LeaseLost || log.error({ err: fault }, 'a run of long work stopped'),
    );
  }

  protected get stopping(): boolean {
    return this.rounds.stopping;
  }

  /** Takes the next piece of work, or null. */
  protected abstract next(): Promise<W | null>;

  /** Does it to its end, or returns early when `stopping`. */
  protected abstract run(work: W): Promise<void>;

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  /** Looks for work now. */
  wake(): void {
    this.rounds.wake();
  }

  private async drain(): Promise<void> {
    for (let work = await this.next(); work && !this.stopping; work = await this.next()) await this.run(work);
  }
}
