/**
 * `reports`: entries of children folded into lives by the built reports service, against a bare kafkajs consumer that
 * writes the same documents (children, spells, progress) by insertMany with the same indexes. Both find the events of a
 * round waiting in the broker: the service is stopped like a process without a turn while they are published, the bare
 * consumer is paused. Alternated, medians of 5 rounds; `--size N` sets the events of a round.
 */
import { Kafka, logLevel } from 'kafkajs';
import { createConnection, mongo } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { NewEvent, registryEvents } from '#libs/contracts';
import { MessagingStore, Outbox, Relay } from '#libs/messaging';
import { Settings } from '#libs/service-kit';
import { ownCorner, OwnProcess, until } from '#libs/testing';

const rounds = 5;
const perTransaction = 500;

type Row = mongo.Document & { _id: string };

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const entryOf = (n: number): NewEvent => ({
  definition: registryEvents.studentEntered,
  aggregateId: randomUUID(),
  seq: 1,
  effectiveOn: '2026-09-01',
  recordedAt: new Date(),
  data: {
    school: '2152010001',
    path: '/520000/520100/520103/2152010001/',
    class: `2152010001-${n % 40}`,
    stage: 'primary',
    entryYear: 2026,
    sex: n % 2 ? '1' : '2',
    birthMonth: '2020-03',
    hasIdNumber: true,
    marks: [],
  },
});

const main = async (): Promise<void> => {
  const at = process.argv.indexOf('--size');
  const n = at < 0 ? 5_000 : Number(process.argv[at + 1]);
  if (!(n > 0)) throw new Error('--size is no number above 0');
  const corner = ownCorner();
  const log = pino({ level: 'warn' }, process.stderr);
  const env = { ...corner.environment('registry'), XUEJI_GATEWAY_URL: 'http://127.0.0.1:9' };
  const connect = (service: string) =>
    createConnection(corner.mongoUrl(service), { writeConcern: { w: 'majority', journal: true } }).asPromise();
  const registry = await new MessagingStore(await connect('registry')).prepare();
  const owns = { owner: 'registry' as const, consumes: [] };
  const outbox = new Outbox(registry, owns);
  const relay = new Relay(registry, owns, Settings.fromEnvironment('registry', { ...process.env, ...env }), log);
  relay.onApplicationBootstrap();
  const service = await OwnProcess.start({
    name: `${corner.runId}-reports`,
    entry: 'apps/reports/src/main.ts',
    env: { ...corner.environment('reports'), XUEJI_GATEWAY_URL: 'http://127.0.0.1:9', XUEJI_LOG_LEVEL: 'warn' },
    within: 120_000,
  });
  const store = await connect('reports');
  const kafka = new Kafka({ brokers: corner.kafkaBrokers, logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${corner.runId}.raw`, maxWaitTimeInMs: 500 });
  const names = ['children', 'spells', 'inbox'] as const;
  let copies = new Map<string, Record<(typeof names)[number], Row[]>>();
  let heard = 0;
  try {
    for (const name of names) {
      const copy = await store.createCollection(`raw_${name}`);
      const indexes = (await store.collection(name).indexes()).filter((index) => index.name !== '_id_');
      if (indexes.length)
        await copy.createIndexes(indexes.map(({ v: _v, ...index }) => index) as mongo.IndexDescription[]);
    }
    const publish = async (): Promise<string[]> => {
      const events = Array.from({ length: n }, (_, index) => entryOf(index));
      for (let from = 0; from < n; from += perTransaction)
        await registry.transaction((session) => outbox.add(session, events.slice(from, from + perTransaction)));
      await until(async () => (await registry.outbox.countDocuments({ position: null })) === 0, {
        within: 60_000,
        message: 'the events are not published',
      });
      return events.map(({ aggregateId }) => aggregateId);
    };
    await consumer.connect();
    await consumer.subscribe({ topics: [corner.topic('registry')], fromBeginning: false });
    await consumer.run({
      eachBatch: async ({ batch }) => {
        const found = batch.messages.map(({ key }) => copies.get(String(key))).filter((one) => one !== undefined);
        for (const name of names) {
          const rows = found.flatMap((one) => one[name]);
          if (rows.length) await store.collection<Row>(`raw_${name}`).insertMany(rows, { ordered: false });
        }
        heard += found.length;
      },
    });
    await pause(5_000);
    const [ours, raw]: [number[], number[]] = [[], []];
    for (let round = 0; round <= rounds; round += 1) {
      consumer.pause([{ topic: corner.topic('registry') }]);
      const before = await store.collection('children').countDocuments();
      process.kill(service.pid!, 'SIGSTOP');
      const ids = await publish();
      let from = performance.now();
      process.kill(service.pid!, 'SIGCONT');
      await until(async () => (await store.collection('children').countDocuments()) === before + n, {
        within: 120_000,
        every: 20,
        message: 'the service has not folded them',
      });
      const took = performance.now() - from;
      copies = new Map();
      const all = {
        children: await store
          .collection<Row>('children')
          .find({ _id: { $in: ids } })
          .toArray(),
        spells: await store
          .collection<Row>('spells')
          .find({ student: { $in: ids } })
          .toArray(),
        inbox: await store
          .collection<Row>('inbox')
          .find({ aggregateId: { $in: ids } })
          .toArray(),
      };
      for (const id of ids) copies.set(id, { children: [], spells: [], inbox: [] });
      for (const row of all.children) copies.get(row._id)!.children.push(row);
      for (const row of all.spells) copies.get(String(row.student))!.spells.push(row);
      for (const row of all.inbox) copies.get(String(row.aggregateId))!.inbox.push(row);
      heard = 0;
      from = performance.now();
      consumer.resume([{ topic: corner.topic('registry') }]);
      await until(() => heard === n, { within: 120_000, every: 20, message: 'the bare consumer has not written them' });
      // The first round warms both sides up.
      if (round > 0) {
        ours.push(took);
        raw.push(performance.now() - from);
      }
    }
    const perSecond = (milliseconds: number) => Math.round((n * 1_000) / milliseconds);
    const [o, r] = [perSecond(median(ours)), perSecond(median(raw))];
    process.stdout.write(
      `${JSON.stringify({ name: 'reports.fold', ours: o, raw: r, ratio: +(o / r).toFixed(2), unit: 'events/s', n })}\n`,
    );
  } finally {
    await consumer.disconnect();
    await relay.beforeApplicationShutdown();
    if (service.pid) process.kill(service.pid, 'SIGCONT');
    await service.stop();
    await store.close();
    await registry.connection.close();
    await corner.drop();
  }
};

void main();
