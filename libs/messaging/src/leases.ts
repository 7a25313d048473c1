import { randomUUID } from 'node:crypto';
import { Logger } from 'pino';
import { shards } from './shard';
import { LeaseRow, MessagingStore } from './store';

export interface LeaseTiming {
  /** Milliseconds for which a lease is good without renewal. */
  length: number;
  /** Milliseconds between renewals. */
  renewal: number;
}

export type HeldShard = Pick<Required<LeaseRow>, '_id' | 'shard' | 'token'>;

type Row = Required<LeaseRow> & { alive: boolean };

/** How many shards one of several instances should hold. */
export const fairShare = (members: number): number => Math.ceil(shards / Math.max(members, 1));

const later = (length: number) => ({ $add: ['$$NOW', length] });

/**
 * Which shards this instance publishes. Instances of one service share them evenly; those of a dead one are taken when
 * its leases run out. Times are the server's, so that clocks of hosts do not matter.
 */
export class Leases {
  readonly me = randomUUID();
  private mine: HeldShard[] = [];
  private goodUntil = 0;
  private timer?: NodeJS.Timeout;
  private beating = false;
  private turn: Promise<void> = Promise.resolve();
  private surplus = 0;

  constructor(
    private readonly store: MessagingStore,
    private readonly log: Logger,
    private readonly timing: LeaseTiming,
    private readonly onChange: () => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.beat(), this.timing.renewal);
    this.beat();
  }

  /** Gives everything back, so that others need not wait for expiry. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.turn;
    this.mine = [];
    await this.rows.deleteOne({ _id: this.me });
    await this.rows.updateMany({ kind: 'shard', holder: this.me }, { $set: { holder: null, until: new Date(0) } });
  }

  /** Shards that this instance may publish now, as far as it knows; the store has the last word when rows are marked. */
  held(): HeldShard[] {
    return performance.now() < this.goodUntil ? this.mine : [];
  }

  /** Gives shards beyond the fair share to others. Called between two batches, when nothing of them is under way. */
  async handOver(): Promise<void> {
    if (this.surplus === 0) return;
    await this.alone(async () => {
      const given = this.mine.splice(-this.surplus, this.surplus);
      this.surplus = 0;
      for (const shard of given) await this.giveBack(shard);
    });
  }

  private get rows() {
    return this.store.leases;
  }

  private beat(): void {
    // A beat that is late, as when the store is away, is not followed by a queue of others.
    if (this.beating) return;
    this.beating = true;
    void this.alone(() => this.renewAndBalance())
      .catch((error: unknown) => this.log.warn({ err: error }, 'relay leases could not be renewed'))
      .finally(() => (this.beating = false));
  }

  /** One change of what is held at a time: a beat must not put back what a hand-over has just given. */
  private alone(change: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(change);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async renewAndBalance(): Promise<void> {
    const until = later(this.timing.length);
    const from = performance.now();
    await this.rows.bulkWrite(
      [
        { updateOne: { filter: { _id: this.me }, update: [{ $set: { kind: 'member', until } }], upsert: true } },
        { updateMany: { filter: { kind: 'shard', holder: this.me }, update: [{ $set: { until } }] } },
      ],
      { ordered: false },
    );
    const rows = await this.rows
      .aggregate<LeaseRow & { alive: boolean }>([{ $set: { alive: { $gt: ['$until', '$$NOW'] } } }])
      .toArray();
    const members = rows.filter((row) => row.kind === 'member' && row.alive).length;
    const ofShards = rows.filter((row): row is Row => row.kind === 'shard');
    this.mine = ofShards.filter((row) => row.holder === this.me);
    // A margin for the way of the answer and for clocks that do not run evenly.
    this.goodUntil = from + this.timing.length * 0.8;
    const share = fairShare(members);
    const free = ofShards.filter((row) => !row.holder || (!row.alive && row.holder !== this.me));
    for (const row of free.slice(0, Math.max(share - this.mine.length, 0))) await this.take(row);
    this.surplus = Math.max(this.mine.length - share, 0);
    if (this.surplus) this.onChange();
  }

  private async take({ _id, token }: Row): Promise<void> {
    const taken = await this.rows.findOneAndUpdate(
      { _id, token, $or: [{ holder: null }, { $expr: { $lte: ['$until', '$$NOW'] } }] },
      [{ $set: { holder: this.me, until: later(this.timing.length), token: { $add: ['$token', 1] } } }],
      { returnDocument: 'after' },
    );
    if (!taken) return;
    this.mine = [...this.mine, taken as Row];
    this.onChange();
  }

  private async giveBack({ _id, token }: HeldShard): Promise<void> {
    await this.rows.updateOne({ _id, holder: this.me, token }, { $set: { holder: null, until: new Date(0) } });
  }
}
