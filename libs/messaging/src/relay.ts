import { BeforeApplicationShutdown, Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { Kafka, Producer } from 'kafkajs';
import { mongo } from 'mongoose';
import { Logger } from 'pino';
import { LOG, Settings } from '#libs/service-kit';
import { ensureTopics, kafkaFor, ownTopic, producerOf } from './kafka';
import { Leases, LeaseTiming } from './leases';
import { MESSAGING, MessagingOptions } from './options';
import { MessagingStore, OutboxRow } from './store';
import { messageOf } from './wire';

const batchSize = 500;
/** Shards published at the same time: while one waits for the store, another waits for the broker. */
const lanes = 3;
const polling = { shortest: 250, longest: 5_000 };
const leaseTiming: LeaseTiming = { length: 10_000, renewal: 3_000 };

/** Another instance holds the shard now; what was sent is on the log twice, which every inbox sorts out. */
class FencedOff extends Error {}

/** Cuts an aggregate where a sequence is missing: what follows a hole is never sent. Rows come sorted by aggregate and seq. */
export const withoutHoles = <T extends Pick<OutboxRow, 'aggregateId' | 'seq'>>(rows: T[]): T[] => {
  const sent: T[] = [];
  for (const row of rows) {
    const before = sent[sent.length - 1];
    if (before?.aggregateId !== row.aggregateId || row.seq === before.seq + 1) sent.push(row);
  }
  return sent;
};

/** Publishes the outbox: by state, in order per aggregate, each row with a position that has no gap in its shard. */
@Injectable()
export class Relay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly leases: Leases;
  private readonly kafka: Kafka;
  private readonly topic: string;
  private producer?: Producer;
  private readonly cursors = new Map<number, string>();
  private stream?: mongo.ChangeStream;
  private wake: () => void = () => undefined;
  private woken = false;
  private closing = false;
  private running?: Promise<void>;

  constructor(
    private readonly store: MessagingStore,
    @Inject(MESSAGING) private readonly options: MessagingOptions,
    settings: Settings,
    @Inject(LOG) private readonly log: Logger,
  ) {
    this.kafka = kafkaFor(settings, log);
    this.topic = ownTopic(settings, options.owner);
    this.leases = new Leases(store, log, leaseTiming, () => this.wakeUp());
  }

  onApplicationBootstrap(): void {
    this.leases.start();
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    this.wakeUp();
    await this.running;
    await this.stream?.close();
    await this.leases.stop();
    await this.dropProducer();
  }

  /** Rows written and not yet published. */
  pending(): Promise<number> {
    return this.store.outbox.countDocuments({ position: null }, { hint: 'unpublished' });
  }

  private async run(): Promise<void> {
    let wait = polling.shortest;
    while (!this.closing) {
      try {
        this.woken = false;
        this.listen();
        const published = await this.round();
        wait = published > 0 ? polling.shortest : Math.min(wait * 2, polling.longest);
        if (published === 0) await this.idle(wait);
      } catch (error) {
        if (!(error instanceof FencedOff)) this.log.warn({ err: error }, 'relay waits: store or broker is away');
        wait = Math.min(wait * 2, polling.longest);
        await this.idle(wait, true);
      }
    }
  }

  /** One look at every shard that has something to publish. Returns how many rows were published. */
  private async round(): Promise<number> {
    const shards = await this.store.outbox.distinct('shard', { position: null }, { hint: 'unpublished' });
    const mine = (shards as number[]).filter((shard) => this.leases.tokenOf(shard) !== undefined);
    let published = 0;
    const lane = async () => {
      for (let shard = mine.shift(); shard !== undefined; shard = mine.shift()) {
        const next = shard;
        published += await this.leases.keeping(next, () => this.publishShard(next));
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, mine.length) }, lane));
    return published;
  }

  private async publishShard(shard: number): Promise<number> {
    const rows = withoutHoles(await this.next(shard));
    const token = this.leases.tokenOf(shard);
    if (rows.length === 0 || token === undefined) return 0;
    await this.send(rows);
    await this.mark(shard, token, rows);
    return rows.length;
  }

  /**
   * The next rows in turn: the cursor moves over the aggregates, so that one with many events does not hold up the rest.
   * The read is a point in time that a majority holds: who sees an event sees all before it in its aggregate.
   */
  private async next(shard: number): Promise<OutboxRow[]> {
    const after = this.cursors.get(shard) ?? '';
    const find = (aggregateId: object) =>
      this.store.outbox
        .find({ shard, position: null, aggregateId }, { readConcern: { level: 'snapshot' } })
        .hint('unpublished')
        .sort({ aggregateId: 1, seq: 1 })
        .limit(batchSize)
        .toArray();
    let rows = await find({ $gt: after });
    if (rows.length === 0 && after !== '') rows = await find({ $gt: '' });
    const last = rows[rows.length - 1];
    this.cursors.set(shard, last && rows.length === batchSize ? last.aggregateId : '');
    return rows;
  }

  private async send(rows: OutboxRow[]): Promise<void> {
    const producer = await this.connectedProducer();
    try {
      await producer.send({
        topic: this.topic,
        acks: -1,
        messages: rows.map((row) => messageOf(this.options.owner, row)),
      });
    } catch (error) {
      await this.dropProducer();
      throw error;
    }
  }

  /** Gives positions. The lease row is written in the same transaction, so that a holder of yesterday is fenced off. */
  private async mark(shard: number, token: number, rows: OutboxRow[]): Promise<void> {
    await this.store.transaction(async (session) => {
      const lease = await this.store.leases.findOneAndUpdate(
        { _id: `shard-${shard}`, holder: this.leases.me, token },
        { $inc: { position: rows.length } },
        { session, returnDocument: 'before' },
      );
      if (!lease) throw new FencedOff(`shard ${shard}`);
      const first = (lease.position as number) + 1;
      const { modifiedCount } = await this.store.outbox.bulkWrite(
        rows.map(({ _id }, index) => ({
          updateOne: { filter: { _id, position: null }, update: { $set: { position: first + index } } },
        })),
        { session, ordered: false },
      );
      if (modifiedCount !== rows.length) throw new FencedOff(`shard ${shard}`);
    });
  }

  private async connectedProducer(): Promise<Producer> {
    if (this.producer) return this.producer;
    await ensureTopics(this.kafka, [this.topic]);
    const producer = producerOf(this.kafka);
    await producer.connect();
    return (this.producer = producer);
  }

  private async dropProducer(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  /** Only a wake-up: what it misses, the poll finds. A fresh stream is followed by a look, so nothing falls between. */
  private listen(): void {
    if (this.stream) return;
    const stream = this.store.outbox.watch([
      { $match: { operationType: 'insert' } },
      { $project: { _id: 1, operationType: 1 } },
    ]) as unknown as mongo.ChangeStream;
    this.stream = stream;
    stream.once('init', () => this.wakeUp());
    stream.on('change', () => this.wakeUp());
    stream.on('error', () => {
      this.stream = undefined;
      void stream.close().catch(() => undefined);
    });
  }

  private wakeUp(): void {
    this.woken = true;
    this.wake();
  }

  private async idle(milliseconds: number, deaf = false): Promise<void> {
    if (this.closing || (this.woken && !deaf)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        if (deaf && !this.closing) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}
