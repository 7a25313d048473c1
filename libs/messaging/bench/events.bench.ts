/**
 * `events`: from a state change in one service to its effect in another (document and outbox row in one transaction,
 * relay, broker, inbox and effect in one transaction), against the Kafka client alone with the same messages. The effect
 * writes what came in a row at once; `events.one-by-one` is the same with a write per event.
 * `events.floor`: the same messages with every document that our way writes, by plain insertMany and bulkWrite without
 * order, progress or leases: what the two engines themselves take. Both sides run in one process, alternated.
 * `events.one`: milliseconds from one change to its effect when nothing else happens, against produce and consume.
 *
 * `--size N` sets the number of events. One JSON line per figure; `ours` and `raw` are medians of 5 rounds.
 */
import 'reflect-metadata';
import { Consumer, Kafka, Producer } from 'kafkajs';
import { Connection, createConnection } from 'mongoose';
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { NewEvent, ReceivedEvent, registryEvents } from '#libs/contracts';
import { Health, Settings } from '#libs/service-kit';
import { EventBusServer } from '../src/event-bus.server';
import { Inbox } from '../src/inbox';
import { JournalClient } from '../src/journal.client';
import { ensureTopics, kafkaFor, producerOf } from '../src/kafka';
import { Outbox } from '../src/outbox';
import { Parking } from '../src/parking';
import { Relay } from '../src/relay';
import { MessagingStore, OutboxRow } from '../src/store';
import { messageOf } from '../src/wire';
import { rowId, shardOf } from '../src/shard';

const perTransaction = 500;
const rounds = 5;

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const print = (name: string, ours: number, raw: number, unit: string, n: number): void => {
  const line = { name, ours: +ours.toPrecision(4), raw: +raw.toPrecision(4), ratio: +(ours / raw).toFixed(2), unit, n };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Counts up to a goal, and tells when it is reached. */
class Arrivals {
  private left = 0;
  private reached: () => void = () => undefined;

  expect(count: number): Promise<void> {
    this.left = count;
    return new Promise((resolve) => (this.reached = resolve));
  }

  count(arrived: number): void {
    this.left -= arrived;
    if (this.left <= 0) this.reached();
  }
}

let made = 0;
const newEvents = (n: number): NewEvent[] =>
  Array.from({ length: n }, () => ({
    definition: registryEvents.studentEntered,
    aggregateId: `0197f0aa-0000-7000-8000-${String(made++).padStart(12, '0')}`,
    seq: 1,
    effectiveOn: '2026-09-01',
    recordedAt: new Date(),
    data: {
      school: '2152010001',
      path: '/520000/520100/520103/2152010001/',
      class: '2152010001-2026-1-1',
      stage: 'primary',
      entryYear: 2026,
      sex: '1',
      birthMonth: '2020-03',
      hasIdNumber: true,
      marks: [],
      batch: '0197f0aa-0000-7000-8000-00000000beef',
    },
  }));

const rowOf = (event: NewEvent): OutboxRow => ({
  _id: rowId(event.aggregateId, event.seq),
  aggregateId: event.aggregateId,
  seq: event.seq,
  shard: shardOf(event.aggregateId),
  type: event.definition.type,
  data: event.data,
  effectiveOn: event.effectiveOn,
  recordedAt: event.recordedAt,
  at: new Date(),
  position: null,
});

interface State {
  _id: string;
  version: number;
  data: unknown;
}

const stateOf = (event: Pick<NewEvent, 'aggregateId' | 'seq' | 'data'>): State => ({
  _id: event.aggregateId,
  version: event.seq,
  data: event.data,
});

const inChunks = async <T>(list: T[], act: (chunk: T[]) => Promise<unknown>): Promise<void> => {
  for (let from = 0; from < list.length; from += perTransaction) await act(list.slice(from, from + perTransaction));
};

class Sides {
  readonly effects = new Arrivals();
  readonly heard = new Arrivals();
  /** Whether the effect writes what came in a row at once (`OnMany`), or one by one (`On`). */
  many = true;

  private constructor(
    readonly owner: MessagingStore,
    readonly other: MessagingStore,
    readonly outbox: Outbox,
    private readonly relay: Relay,
    private readonly server: EventBusServer,
    private readonly kafka: Kafka,
    private readonly producer: Producer,
    private readonly consumer: Consumer,
    private readonly rawTopic: string,
    private readonly withWrites: { on: boolean },
  ) {}

  static async open(): Promise<Sides> {
    const runId = `bench_${randomBytes(4).toString('hex')}`;
    const settings = (name: string) =>
      Settings.fromEnvironment(name, {
        ...process.env,
        XUEJI_RUN_ID: runId,
        XUEJI_GATEWAY_URL: 'http://127.0.0.1:9',
      });
    const connect = (name: string): Promise<Connection> => {
      const url = new URL(process.env.XUEJI_MONGO_URL!);
      url.pathname = `/xueji_${runId}_${name}`;
      return createConnection(url.href, { writeConcern: { w: 'majority', journal: true } }).asPromise();
    };
    const log = pino({ level: 'warn' }, process.stderr);
    const owner = await new MessagingStore(await connect('registry')).prepare();
    const other = await new MessagingStore(await connect('transfer')).prepare();
    const consumes = { owner: 'transfer' as const, consumes: ['registry' as const] };
    const owns = { owner: 'registry' as const, consumes: [] };
    const inbox = new Inbox(other, consumes);
    const parking = new Parking(other, inbox, new JournalClient(settings('transfer')), log);
    const health = new Health(other.connection);
    const kafka = kafkaFor(settings('bench'), log);
    const rawTopic = `${runId}.raw`;
    await ensureTopics(kafka, [rawTopic]);
    const sides = new Sides(
      owner,
      other,
      new Outbox(owner, owns),
      new Relay(owner, owns, settings('registry'), log),
      new EventBusServer(consumes, settings('transfer'), inbox, parking, log, health),
      kafka,
      producerOf(kafka),
      kafka.consumer({ groupId: `${runId}.raw`, maxWaitTimeInMs: 500 }),
      rawTopic,
      { on: false },
    );
    inbox.on(registryEvents.studentEntered.type, async (events, session) => {
      if (sides.many) await sides.copies.insertMany(events.map(stateOf), { session });
      else for (const event of events) await sides.copies.insertOne(stateOf(event), { session });
    });
    return sides;
  }

  private get copies() {
    return this.other.connection.collection<State>('copies');
  }

  async start(): Promise<void> {
    for (const { connection } of [this.owner, this.other]) {
      for (const name of ['states', 'copies']) await connection.createCollection(name);
    }
    // An effect counts when it is durable: when the transaction of its chunk has ended.
    const server = this.server as unknown as { apply: (...args: unknown[]) => Promise<void> };
    const apply = server.apply.bind(this.server);
    server.apply = async (...args) => {
      await apply(...args);
      this.effects.count((args[0] as ReceivedEvent[]).length);
    };
    this.relay.onApplicationBootstrap();
    this.server.listen(() => undefined);
    await this.producer.connect();
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [this.rawTopic], fromBeginning: true });
    await this.consumer.run({
      eachBatch: async ({ batch }) => {
        if (this.withWrites.on) await this.writeCopies(batch.messages.map(({ key }) => String(key)));
        this.heard.count(batch.messages.length);
      },
    });
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.relay.beforeApplicationShutdown();
    await this.producer.disconnect();
    await this.consumer.disconnect();
    const admin = this.kafka.admin();
    await admin.connect();
    const prefix = this.rawTopic.slice(0, this.rawTopic.indexOf('.'));
    await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(prefix)) });
    await admin.disconnect();
    for (const { connection } of [this.owner, this.other]) {
      await connection.dropDatabase();
      await connection.close();
    }
  }

  async ours(events: NewEvent[], many: boolean): Promise<void> {
    this.many = many;
    const done = this.effects.expect(events.length);
    await inChunks(events, (chunk) =>
      this.owner.transaction(async (session) => {
        await this.owner.connection.collection<State>('states').insertMany(chunk.map(stateOf), { session });
        await this.outbox.add(session, chunk);
      }),
    );
    await done;
  }

  async raw(events: NewEvent[], withWrites: boolean): Promise<void> {
    this.withWrites.on = withWrites;
    const done = this.heard.expect(events.length);
    await inChunks(events, async (chunk) => {
      const rows = chunk.map(rowOf);
      if (withWrites) await this.writeStates(chunk, rows);
      const messages = rows.map((row) => messageOf('registry', row));
      await this.producer.send({ topic: this.rawTopic, acks: -1, messages });
    });
    await done;
  }

  private async writeStates(events: NewEvent[], rows: OutboxRow[]): Promise<void> {
    await this.owner.connection.collection<State>('raw_states').insertMany(events.map(stateOf), { ordered: false });
    const outbox = this.owner.connection.collection<OutboxRow>('raw_outbox');
    await outbox.insertMany(rows, { ordered: false });
    await outbox.bulkWrite(
      rows.map(({ _id }, index) => ({ updateOne: { filter: { _id }, update: { $set: { position: index } } } })),
      { ordered: false },
    );
  }

  private async writeCopies(keys: string[]): Promise<void> {
    const { connection } = this.other;
    const rows = keys.map((_id) => ({ _id, source: 'registry', aggregateId: _id, seq: 1 }));
    await connection.collection<{ _id: string }>('raw_inbox').insertMany(rows, { ordered: false });
    await connection.collection<{ _id: string }>('raw_copies').insertMany(rows, { ordered: false });
  }
}

const throughput = async (sides: Sides, n: number): Promise<void> => {
  const ways = {
    rows: () => sides.ours(newEvents(n), true),
    single: () => sides.ours(newEvents(n), false),
    raw: () => sides.raw(newEvents(n), false),
    floor: () => sides.raw(newEvents(n), true),
  };
  const taken = { rows: [] as number[], single: [] as number[], raw: [] as number[], floor: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
      const time = await seconds(ways[way]);
      // The first round warms every side.
      if (round) taken[way].push(time);
    }
  }
  const rate = (way: keyof typeof ways) => n / median(taken[way]);
  print('events', rate('rows'), rate('raw'), '1/s', n);
  print('events.one-by-one', rate('single'), rate('raw'), '1/s', n);
  print('events.floor', rate('rows'), rate('floor'), '1/s', n);
};

const latency = async (sides: Sides): Promise<void> => {
  const taken = { ours: [] as number[], raw: [] as number[] };
  for (let round = 0; round < 20; round++) {
    taken.ours.push(1_000 * (await seconds(() => sides.ours(newEvents(1), false))));
    taken.raw.push(1_000 * (await seconds(() => sides.raw(newEvents(1), false))));
  }
  print('events.one', median(taken.ours), median(taken.raw), 'ms', taken.ours.length);
};

const main = async (): Promise<void> => {
  const at = process.argv.indexOf('--size');
  const size = at < 0 ? 4_000 : Number(process.argv[at + 1]);
  if (!(size > 0)) throw new Error('--size is no number above 0');
  const sides = await Sides.open();
  try {
    await sides.start();
    await throughput(sides, size);
    await latency(sides);
  } finally {
    await sides.stop();
  }
};

void main();
