import { BeforeApplicationShutdown, Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { Kafka, Message, Producer } from 'kafkajs';
import { mongo } from 'mongoose';
import { Logger } from 'pino';
import { LOG, Settings } from '#libs/service-kit';
import { ensureTopics, kafkaFor, ownTopic, producerOf } from './kafka';
import { HeldShard, Leases, LeaseTiming } from './leases';
import { MESSAGING, MessagingOptions } from './options';
import { MessagingStore, OutboxRow } from './store';
import { messageOf } from './wire';

/** Rows of a lane published together; fewer when they are large, for a read ends at the store's 16 MB. */
const batchSize = 1_000;
/** Bytes sent at once: with the largest event that the outbox takes still under the broker's limit of 1 MB. */
const sendSize = 700_000;
/** Lanes of shards that move beside each other: while one waits for the store, another waits for the broker. */
const laneCount = 2;
const polling = { shortest: 250, longest: 5_000 };
const leaseTiming: LeaseTiming = { length: 6_000, renewal: 2_000 };

/** Another instance holds the shard now; what was sent is on the log twice, which every inbox sorts out. */
class FencedOff extends Error {}

interface Lane {
  index: number;
  /** Last aggregate that had its turn; undefined at the start of a tour. */
  after?: Pick<OutboxRow, 'shard' | 'aggregateId'>;
}

/** Cuts an aggregate where a sequence is missing: what follows a hole is never sent. Rows come sorted by aggregate and seq. */
export const withoutHoles = <T extends Pick<OutboxRow, 'aggregateId' | 'seq'>>(rows: T[]): T[] => {
  const sent: T[] = [];
  for (const row of rows) {
    const before = sent[sent.length - 1];
    if (before?.aggregateId !== row.aggregateId || row.seq === before.seq + 1) sent.push(row);
  }
  return sent;
};

const inParts = (messages: Message[]): Message[][] => {
  const parts: Message[][] = [];
  let size = Infinity;
  for (const message of messages) {
    const own = 500 + Buffer.byteLength(message.value as string);
    if (size + own > sendSize) {
      parts.push([]);
      size = 0;
    }
    parts[parts.length - 1].push(message);
    size += own;
  }
  return parts;
};

/** Publishes the outbox: by state, in order per aggregate, each row with a position that has no gap in its shard. */
@Injectable()
export class Relay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly leases: Leases;
  private readonly kafka: Kafka;
  private readonly topic: string;
  private producer?: Producer;
  private sending: Promise<void> = Promise.resolve();
  private readonly lanes = Array.from({ length: laneCount }, (_, index): Lane => ({ index }));
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

  /** The next batch of every lane. Returns how many rows were published. */
  private async round(): Promise<number> {
    await this.leases.handOver();
    const ends = await Promise.allSettled(this.lanes.map((lane) => this.publishNext(lane)));
    let published = 0;
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason;
      published += end.value;
    }
    return published;
  }

  private async publishNext(lane: Lane): Promise<number> {
    const held = this.leases.held().filter(({ shard }) => shard % this.lanes.length === lane.index);
    const rows = withoutHoles(await this.next(lane, held));
    if (rows.length === 0) return 0;
    const used = held.filter(({ shard }) => rows.some((row) => row.shard === shard));
    const [last] = await Promise.all([
      this.lastPositions(used),
      this.send(rows.map((row) => messageOf(this.options.owner, row))),
    ]);
    await this.mark(used, last, rows);
    return rows.length;
  }

  /**
   * The next rows in turn: the lane's cursor moves over shards and aggregates, so that one with many events does not hold
   * up the rest. The read is a point in time that a majority holds: who sees an event sees all before it in its aggregate.
   */
  private async next(lane: Lane, held: HeldShard[]): Promise<OutboxRow[]> {
    if (held.length === 0) return [];
    const shards = held.map(({ shard }) => shard);
    const find = async (turn: object): Promise<{ rows: OutboxRow[]; isAll: boolean }> => {
      const cursor = this.store.outbox
        .find({ position: null, ...turn }, { readConcern: { level: 'snapshot' } })
        .hint('unpublished')
        .sort({ shard: 1, aggregateId: 1, seq: 1 })
        .limit(batchSize)
        .batchSize(batchSize + 1);
      try {
        const rows = (await cursor.hasNext()) ? cursor.readBufferedDocuments() : [];
        return { rows, isAll: rows.length < batchSize && cursor.id?.isZero() !== false };
      } finally {
        await cursor.close();
      }
    };
    const { after } = lane;
    const rest = after && [
      { shard: { $in: shards.filter((shard) => shard === after.shard) }, aggregateId: { $gt: after.aggregateId } },
      { shard: { $in: shards.filter((shard) => shard > after.shard) } },
    ];
    let found = rest && (await find({ $or: rest }));
    if (!found?.rows.length) found = await find({ shard: { $in: shards } });
    const { rows, isAll } = found;
    lane.after = isAll ? undefined : rows[rows.length - 1];
    return rows;
  }

  /** One at a time: the client numbers the batches of an idempotent producer wrongly when two are under way. */
  private send(messages: Message[]): Promise<void> {
    const sent = this.sending.then(() => this.sendNow(messages));
    this.sending = sent.catch(() => undefined);
    return sent;
  }

  private async sendNow(messages: Message[]): Promise<void> {
    try {
      const producer = await this.connectedProducer();
      for (const part of inParts(messages)) await producer.send({ topic: this.topic, acks: -1, messages: part });
    } catch (error) {
      await this.dropProducer();
      throw error;
    }
  }

  /** The last position given in each shard. Only its holder gives more, and the marking finds out whether that is still us. */
  private async lastPositions(shards: HeldShard[]): Promise<Map<number, number>> {
    const leases = await this.store.leases.find({ _id: { $in: shards.map(({ _id }) => _id) } }).toArray();
    return new Map(leases.map(({ shard, position }) => [shard as number, position as number]));
  }

  /** Gives positions. The leases are written in the same transaction, so that a holder of yesterday is fenced off. */
  private async mark(used: HeldShard[], last: ReadonlyMap<number, number>, rows: OutboxRow[]): Promise<void> {
    const reached = new Map(last);
    const marks = rows.map(({ _id, shard }) => {
      const position = (reached.get(shard) as number) + 1;
      reached.set(shard, position);
      return { updateOne: { filter: { _id }, update: { $set: { position } } } };
    });
    const fences = used.map(({ _id, shard, token }) => ({
      updateOne: {
        filter: { _id, holder: this.leases.me, token, position: last.get(shard) as number },
        update: { $set: { position: reached.get(shard) as number } },
      },
    }));
    // One look at all rows costs far less than a condition in every mark; a change after it is a write conflict.
    const unmarked = { _id: { $in: rows.map(({ _id }) => _id) }, position: null };
    await this.store.transaction(async (session) => {
      const fenced = await this.store.leases.bulkWrite(fences, { session, ordered: false });
      if (fenced.modifiedCount !== fences.length) throw new FencedOff();
      if ((await this.store.outbox.countDocuments(unmarked, { session })) !== rows.length) throw new FencedOff();
      await this.store.outbox.bulkWrite(marks, { session, ordered: false });
    });
  }

  private async connectedProducer(): Promise<Producer> {
    if (this.producer) return this.producer;
    await ensureTopics(this.kafka, [this.topic]);
    this.producer = producerOf(this.kafka);
    await this.producer.connect();
    return this.producer;
  }

  private async dropProducer(): Promise<void> {
    const dropped = this.producer;
    this.producer = undefined;
    await dropped?.disconnect().catch(() => undefined);
  }

  /** Only a wake-up: what it misses, the poll finds. A fresh stream is followed by a look, so nothing falls between. */
  private listen(): void {
    if (this.stream) return;
    const stream = this.store.outbox.watch(
      [{ $match: { operationType: 'insert' } }, { $project: { _id: 1, operationType: 1 } }],
      // How long the store holds a look open while there is nothing: a shorter time only costs idle round trips.
      { maxAwaitTimeMS: 10_000 },
    ) as unknown as mongo.ChangeStream;
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
