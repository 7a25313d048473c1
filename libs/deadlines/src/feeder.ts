import { Inject, Injectable } from '@nestjs/common';
import { mongo } from 'mongoose';
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from 'pino';
import { Clock, LOG } from '#libs/service-kit';
import { AlarmQueue } from './alarm-queue';
import { DeadlineHandlers } from './on-deadline';
import { Alarm, DeadlineRows } from './rows';
import { Timing, TIMING } from './timing';

const page = 1_000;
/** So many ids newly armed wait in memory at most; beyond, the change stream waits. */
const mostWaiting = 5_000;

/**
 * Sets the alarms of what is due inside the horizon. Everything is fed at boot, when Redis was away or forgot, and when
 * business time was moved; between, what the change stream names, and what the horizon reaches as time goes on. A missed
 * feeding is late by the sweeper's interval at most, so nothing here is remembered.
 */
@Injectable()
export class Feeder {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private lastTurn: Promise<unknown> = Promise.resolve();
  private changes: mongo.ChangeStream<Arming, Arming> | undefined;

  /** Makes hearing of single ones needless: it is read after what they changed. */
  private everything = true;
  private retime = false;
  private readonly armedNow = new Set<string>();
  private fedUntil = new Date(0);
  private wake = (): void => undefined;

  constructor(
    private readonly rows: DeadlineRows,
    private readonly handlers: DeadlineHandlers,
    private readonly queue: AlarmQueue,
    private readonly clock: Clock,
    @Inject(TIMING) private readonly timing: Timing,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  start(): void {
    this.queue.open(() => this.feedEverything());
    this.clock.onMove(() => {
      this.retime = true;
      this.feedEverything();
    });
    this.running = Promise.all([this.run(), this.listen()]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.changes?.close().catch(() => undefined);
    await this.running;
    await this.queue.close();
  }

  /** Drops every alarm and sets it anew from MongoDB. @returns how many were set. @throws when Redis is away or full */
  rebuild(): Promise<number> {
    return this.alone(async () => {
      await this.queue.drop();
      return this.feedHorizon();
    });
  }

  private feedEverything(): void {
    this.everything = true;
    this.wake();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    while (!signal.aborted) {
      if (!this.queue.isConnected) {
        this.everything = true;
        await this.nap(this.timing.checkEveryMs);
        continue;
      }
      try {
        await this.alone(() => this.turn());
        failures = 0;
        if (!this.isWanted) await this.nap(this.timing.checkEveryMs);
      } catch (error) {
        this.everything = true;
        if (failures++ === 0) this.log.warn({ reason: (error as Error).message }, 'alarms not set; trying again');
        await this.rest(Math.min(250 * 2 ** failures, 5_000));
      }
    }
  }

  private get isWanted(): boolean {
    return this.everything || this.retime || this.armedNow.size > 0 || this.stopping.signal.aborted;
  }

  private async turn(): Promise<void> {
    if (!(await this.queue.isMarked())) this.everything = true;
    if (this.retime) {
      this.retime = false;
      this.everything = true;
      await this.queue.drop();
    }
    if (this.everything) {
      this.everything = false;
      await this.feedHorizon();
    }
    await this.feedArmedNow();
    const reached = this.horizon();
    if (reached.getTime() - this.fedUntil.getTime() < this.timing.horizonMs / 48) return;
    await this.feed(this.rows.armed(this.handlers.kinds, reached, this.fedUntil));
    this.fedUntil = reached;
  }

  /** The mark stands before the first alarm: a Redis wiped half-way has lost it, and is fed again. */
  private async feedHorizon(): Promise<number> {
    const until = this.horizon();
    await this.queue.mark();
    const fed = await this.feed(this.rows.armed(this.handlers.kinds, until));
    this.fedUntil = until;
    this.log.debug({ fed }, 'alarms set');
    return fed;
  }

  private async feedArmedNow(): Promise<void> {
    const ids = [...this.armedNow];
    this.armedNow.clear();
    for (let from = 0; from < ids.length; from += page) {
      await this.feed(this.rows.armedAmong(ids.slice(from, from + page), this.horizon()));
    }
  }

  private async feed(alarms: AsyncIterable<Alarm>): Promise<number> {
    let batch: Alarm[] = [];
    let adding: Promise<void> = Promise.resolve();
    let fed = 0;
    const add = async () => {
      await adding;
      fed += batch.length;
      adding = this.queue.add(batch);
      adding.catch(() => undefined);
      batch = [];
    };
    for await (const alarm of alarms) if (batch.push(alarm) === page) await add();
    if (batch.length) await add();
    await adding;
    return fed;
  }

  private horizon(): Date {
    return new Date(this.clock.now().getTime() + this.timing.horizonMs);
  }

  /** Hears of what was armed or moved, after its commit, from an instant before everything is fed: nothing falls between. */
  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const startAtOperationTime = await this.rows.operationTime();
        this.feedEverything();
        this.changes = this.rows.collection.watch<Arming, Arming>(armings, {
          startAtOperationTime,
          maxAwaitTimeMS: 10_000,
        });
        for await (const { documentKey } of this.changes) await this.hear(documentKey._id);
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn({ reason: (error as Error).name }, 'change stream of deadlines lost; opened anew');
        await this.changes?.close().catch(() => undefined);
        await this.rest(1_000);
      }
    }
  }

  private async hear(id: string): Promise<void> {
    if (this.everything) return;
    this.armedNow.add(id);
    this.wake();
    while (this.armedNow.size > mostWaiting && !this.stopping.signal.aborted) await this.rest(50);
  }

  /** Turns never overlap: an alarm computed before a move of the clock is not set after it. */
  private alone<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.lastTurn.then(act, act);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Until something is wanted, or so many milliseconds. */
  private nap(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private rest(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

interface Arming {
  _id: unknown;
  documentKey: { _id: string };
}

/** Every arming and every move sets a new version; firing and cancelling do not. */
const armings = [
  {
    $match: {
      $or: [
        { operationType: { $in: ['insert', 'replace'] } },
        { operationType: 'update', 'updateDescription.updatedFields.version': { $exists: true } },
      ],
    },
  },
  { $project: { documentKey: 1 } },
];
