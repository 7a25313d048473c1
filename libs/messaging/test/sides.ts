import { createConnection, Connection } from 'mongoose';
import { Kafka, KafkaConfig, Partitioners } from 'kafkajs';
import pino from 'pino';
import { NewEvent, Owner, registryEvents } from '#libs/contracts';
import { Health, Settings } from '#libs/service-kit';
import { Corner } from '#libs/testing';
import { EventBusServer } from '../src/event-bus.server';
import { Effect, Inbox } from '../src/inbox';
import { JournalClient } from '../src/journal.client';
import { JournalController } from '../src/journal.controller';
import { kafkaFor, ownTopic, partitions } from '../src/kafka';
import { MessagingOptions } from '../src/options';
import { Outbox } from '../src/outbox';
import { Parking } from '../src/parking';
import { Relay } from '../src/relay';
import { MessagingStore } from '../src/store';
import { JournalEntry } from '../src/wire';

export const quiet = pino({ level: process.env.XUEJI_TEST_LOG ?? 'silent' });

export const settingsOf = (corner: Corner, service: Owner): Settings =>
  Settings.fromEnvironment(service, {
    ...corner.environment(service),
    XUEJI_GATEWAY_URL: 'http://127.0.0.1:9',
    XUEJI_SERVICES: process.env.XUEJI_SERVICES,
  });

export const kafkaIn = (corner: Corner, overrides: Partial<KafkaConfig> = {}): Kafka =>
  kafkaFor(settingsOf(corner, 'registry'), quiet, overrides);

export const topicIn = (corner: Corner, owner: Owner): string => ownTopic(settingsOf(corner, owner), owner);

/** Keys that the client puts on the same partition. */
export const onOnePartition = (count: number): string[] => {
  const partitionOf = Partitioners.DefaultPartitioner();
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    ...{ partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1] },
    partitionId,
  }));
  const isFirst = (key: string) => partitionOf({ topic: '', partitionMetadata, message: { key, value: '' } }) === 0;
  return Array.from({ length: count * 40 }, (_, n) => `same-${n}`)
    .filter(isFirst)
    .slice(0, count);
};

/** A small event of the registry: the mark tells the consumer under test what to do. */
export const marked = (aggregateId: string, seq: number, mark = 'leftBehind'): NewEvent => ({
  definition: registryEvents.studentMarked,
  aggregateId,
  seq,
  effectiveOn: '2026-09-01',
  recordedAt: new Date('2026-09-01T01:00:00Z'),
  data: { mark, from: '2026-09-01' },
});

/** One that the consumer under test hears by the row. */
export const submitted = (aggregateId: string, seq: number): NewEvent => ({
  ...marked(aggregateId, seq),
  definition: registryEvents.studentSubmitted,
  data: { authority: '520103', school: '2152010001' },
});

/** The parts of an owner in this process: its store and outbox, and relays on request. */
export class OwnerSide {
  readonly outbox: Outbox;
  private readonly relays: Relay[] = [];

  private constructor(
    readonly corner: Corner,
    readonly connection: Connection,
    readonly store: MessagingStore,
    readonly options: MessagingOptions,
  ) {
    this.outbox = new Outbox(store, options);
  }

  static async open(corner: Corner, owner: Owner = 'registry'): Promise<OwnerSide> {
    const connection = await createConnection(corner.mongoUrl(owner)).asPromise();
    const store = await new MessagingStore(connection).prepare();
    return new OwnerSide(corner, connection, store, { owner, consumes: [] });
  }

  write(...events: NewEvent[]): Promise<void> {
    return this.store.transaction((session) => this.outbox.add(session, events));
  }

  startRelay(): Relay {
    const relay = this.newRelay();
    relay.onApplicationBootstrap();
    this.relays.push(relay);
    return relay;
  }

  newRelay(): Relay {
    return new Relay(this.store, this.options, settingsOf(this.corner, this.options.owner), quiet);
  }

  async close(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.beforeApplicationShutdown()));
    await this.connection.close();
  }
}

/** Reads the owner's journal without the way over HTTP. */
export class DirectJournal extends JournalClient {
  private readonly journal: JournalController;
  /** While set, the owner does not answer. */
  away?: Error;

  constructor(owner: OwnerSide) {
    super(settingsOf(owner.corner, 'transfer'));
    this.journal = new JournalController(owner.store, owner.options);
  }

  override async ofAggregate(_: Owner, aggregateId: string, after: number): Promise<JournalEntry[]> {
    if (this.away) throw this.away;
    return overTheWire(await this.journal.ofAggregate(aggregateId, after));
  }

  override async ofShard(_: Owner, shard: number, after: number): Promise<JournalEntry[]> {
    if (this.away) throw this.away;
    return overTheWire(await this.journal.ofShard(shard, after));
  }
}

const overTheWire = ({ events }: { events: JournalEntry[] }): JournalEntry[] =>
  JSON.parse(JSON.stringify(events)) as JournalEntry[];

/** The parts of a consumer in this process. Its effect on the store can be counted: `effects` holds a row per effect. */
export class ConsumerSide {
  readonly inbox: Inbox;
  readonly parking: Parking;
  readonly server: EventBusServer;

  private constructor(
    readonly connection: Connection,
    readonly store: MessagingStore,
    readonly journal: DirectJournal,
    settings: Settings,
    options: MessagingOptions,
  ) {
    this.inbox = new Inbox(store, options);
    this.parking = new Parking(store, this.inbox, journal, quiet);
    this.server = new EventBusServer(options, settings, this.inbox, this.parking, quiet, new Health(connection));
    this.inbox.on(registryEvents.studentMarked.type, async (events, session) => {
      for (const { aggregateId, seq } of events) await this.effects.insertOne({ key: aggregateId, seq }, { session });
    });
  }

  static async open(owner: OwnerSide, options: Partial<MessagingOptions> = {}): Promise<ConsumerSide> {
    const connection = await createConnection(owner.corner.mongoUrl('transfer')).asPromise();
    const store = await new MessagingStore(connection).prepare();
    await connection.collection('effects').createIndex({ key: 1 });
    return new ConsumerSide(connection, store, new DirectJournal(owner), settingsOf(owner.corner, 'transfer'), {
      owner: 'transfer',
      consumes: ['registry'],
      ...options,
    });
  }

  /** Adds an effect of `student-marked`; called before the one that writes `effects`, so that it can stop it. */
  before(effect: Effect): void {
    const type = registryEvents.studentMarked.type;
    const known = (this.inbox as unknown as { effects: Map<string, Effect[]> }).effects;
    known.set(type, [effect, ...(known.get(type) ?? [])]);
  }

  get effects() {
    return this.connection.collection<{ key: string; seq: number }>('effects');
  }

  /** Sequences applied, by key, in the order in which they were applied. */
  async history(): Promise<Record<string, number[]>> {
    const rows = await this.effects.find().sort({ _id: 1 }).toArray();
    const history: Record<string, number[]> = {};
    for (const { key, seq } of rows) (history[key] ??= []).push(seq);
    return history;
  }

  listen(): void {
    this.server.listen(() => undefined);
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.parking.beforeApplicationShutdown();
    await this.connection.close();
  }
}
