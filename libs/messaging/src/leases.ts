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

/** How many shards one of several instances should hold. */
export const fairShare = (members: number): number => Math.ceil(shards / Math.max(members, 1));

const later = (length: number) => ({ $add: ['$$NOW', length] });

/**
 * Which shards this instance publishes. Instances of one service share them evenly; those of a dead one are taken when
 * its leases run out. Times are the server's, so that clocks of hosts do not matter.
 */
export class Leases {
  readonly me = randomUUID();
  /** Shard → token, as far as this instance knows; the store has the last word when rows are marked. */
  private held = new Map<number, number>();
  private goodUntil = 0;
  private timer?: NodeJS.Timeout;
  private beating?: Promise<void>;
  private readonly busy = new Set<number>();

  constructor(
    private readonly store: MessagingStore,
    private readonly log: Logger,
    private readonly timing: LeaseTiming,
    private readonly onTaken: () => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.beat(), this.timing.renewal);
    this.beat();
  }

  /** Gives everything back, so that others need not wait for expiry. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    this.held.clear();
    await this.rows.deleteOne({ _id: this.me });
    await this.rows.updateMany({ kind: 'shard', holder: this.me }, { $set: { holder: null, until: new Date(0) } });
  }

  /** Token of a shard that this instance may publish now. */
  tokenOf(shard: number): number | undefined {
    return performance.now() < this.goodUntil ? this.held.get(shard) : undefined;
  }

  get shards(): number[] {
    return [...this.held.keys()];
  }

  /** While the work lasts the shard is not handed to another instance. */
  async keeping<T>(shard: number, work: () => Promise<T>): Promise<T> {
    this.busy.add(shard);
    try {
      return await work();
    } finally {
      this.busy.delete(shard);
    }
  }

  private get rows() {
    return this.store.leases;
  }

  private beat(): void {
    this.beating ??= this.renewAndBalance()
      .catch((error: unknown) => this.log.warn({ err: error }, 'relay leases could not be renewed'))
      .finally(() => (this.beating = undefined));
  }

  private async renewAndBalance(): Promise<void> {
    const until = later(this.timing.length);
    const from = performance.now();
    await this.rows.updateOne({ _id: this.me }, [{ $set: { kind: 'member', until } }], { upsert: true });
    await this.rows.updateMany({ kind: 'shard', holder: this.me }, [{ $set: { until } }]);
    const rows = await this.rows
      .aggregate<LeaseRow & { alive: boolean }>([{ $set: { alive: { $gt: ['$until', '$$NOW'] } } }])
      .toArray();
    const members = rows.filter((row) => row.kind === 'member' && row.alive).length;
    const mine = rows.filter((row) => row.kind === 'shard' && row.holder === this.me);
    this.held = new Map(mine.map((row) => [row.shard as number, row.token as number]));
    // A margin for the way of the answer and for clocks that do not run evenly.
    this.goodUntil = from + this.timing.length * 0.8;
    const share = fairShare(members);
    const free = rows.filter((row) => row.kind === 'shard' && row.holder !== this.me && (!row.holder || !row.alive));
    for (const row of free.slice(0, Math.max(share - mine.length, 0))) await this.take(row);
    const surplus = mine.filter((row) => !this.busy.has(row.shard as number)).slice(0, mine.length - share);
    if (mine.length > share) for (const row of surplus) await this.giveBack(row);
  }

  private async take({ _id, shard, token }: LeaseRow): Promise<void> {
    const taken = await this.rows.findOneAndUpdate(
      { _id, token, $or: [{ holder: null }, { $expr: { $lte: ['$until', '$$NOW'] } }] },
      [{ $set: { holder: this.me, until: later(this.timing.length), token: { $add: ['$token', 1] } } }],
      { returnDocument: 'after' },
    );
    if (!taken) return;
    this.held.set(shard as number, taken.token as number);
    this.onTaken();
  }

  private async giveBack({ _id, shard, token }: LeaseRow): Promise<void> {
    this.held.delete(shard as number);
    await this.rows.updateOne({ _id, holder: this.me, token }, { $set: { holder: null, until: new Date(0) } });
  }
}
