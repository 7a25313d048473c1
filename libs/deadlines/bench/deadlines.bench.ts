/**
 * `arm`: business transactions that arm deadlines, until every alarm is set in Redis, against BullMQ's addBulk of the same
 * alarms alone. `rebuild`: all alarms of a wiped Redis set anew, against reading the same documents; once with the dues
 * spread over half a year, as a province has them, and once with every due inside the horizon, the worst that can be.
 *
 * `--size N` sets the number of deadlines. One JSON line per figure; `ours` and `raw` are medians, in deadlines a second.
 */
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Queue } from 'bullmq';
import { Connection, createConnection } from 'mongoose';
import pino from 'pino';
import { Clock } from '#libs/service-kit';
import { AlarmPlace, AlarmQueue } from '../src/alarm-queue';
import { alarmIdOf, DeadlineRow, NewDeadline } from '../src/deadline';
import { Deadlines } from '../src/deadlines';
import { Feeder } from '../src/feeder';
import { DeadlineFiring } from '../src/firing';
import { DeadlineHandlers } from '../src/on-deadline';
import { DeadlineRows } from '../src/rows';
import { usualTiming } from '../src/timing';

const kind = 'bench.step-due';
const perTransaction = 500;
const rounds = 5;
const hour = 3_600_000;
const day = 24 * hour;

class Now extends Clock {
  now(): Date {
    return new Date();
  }

  onMove(): void {}
}

interface Bench {
  connection: Connection;
  rows: DeadlineRows;
  deadlines: Deadlines;
  queue: AlarmQueue;
  feeder: Feeder;
  raw: Queue;
}

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const report = (name: string, ours: number[], raw: number[], n: number): void => {
  const [our, floor] = [n / median(ours), n / median(raw)];
  const figure = {
    name,
    ours: Math.round(our),
    raw: Math.round(floor),
    ratio: +(our / floor).toFixed(2),
    unit: '1/s',
    n,
  };
  process.stdout.write(`${JSON.stringify(figure)}\n`);
};

const dues = (n: number, spread: number): NewDeadline[] =>
  Array.from({ length: n }, (_, i) => ({
    kind,
    subject: `case-${i}`,
    key: 'step',
    dueAt: new Date(Date.now() + hour + (i * spread) / n),
    data: { step: 'outAuthority' },
  }));

const armAll = async ({ connection, deadlines }: Bench, list: NewDeadline[]): Promise<void> => {
  for (let from = 0; from < list.length; from += perTransaction)
    await connection.transaction((session) => deadlines.arm(session, list.slice(from, from + perTransaction)));
};

const delayed = async (queue: Queue, n: number): Promise<void> => {
  for (;;) {
    if ((await queue.getDelayedCount()) >= n) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const empty = async ({ rows, raw }: Bench): Promise<void> => {
  await raw.drain(true);
  await rows.collection.deleteMany({});
};

const addRaw = async (queue: Queue, list: NewDeadline[]): Promise<void> => {
  for (let from = 0; from < list.length; from += 1_000) {
    const page = list.slice(from, from + 1_000).map((one, i) => ({
      name: kind,
      data: { id: `raw/${from + i}`, version: 1 },
      opts: { jobId: alarmIdOf(`raw/${from + i}`, 1), delay: one.dueAt!.getTime() - Date.now() },
    }));
    await queue.addBulk(page);
  }
};

const arm = async (bench: Bench, n: number): Promise<void> => {
  const [ours, raw]: number[][] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const list = dues(n, 24 * hour);
    const our = await seconds(() => Promise.all([armAll(bench, list), delayed(bench.raw, n)]));
    await empty(bench);
    const floor = await seconds(() => addRaw(bench.raw, list));
    await empty(bench);
    // The first round warms both sides.
    if (round) {
      ours!.push(our);
      raw!.push(floor);
    }
  }
  report('deadlines.arm', ours!, raw!, n);
};

const rebuild = async (bench: Bench, name: string, n: number, spread: number): Promise<void> => {
  await armAll(bench, dues(n, spread));
  const [ours, raw]: number[][] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    await bench.raw.drain(true);
    const our = await seconds(() => bench.feeder.rebuild());
    const floor = await seconds(async () => {
      for await (const _row of bench.rows.collection.find<DeadlineRow>({ state: 'armed' }).batchSize(1_000));
    });
    if (round) {
      ours!.push(our);
      raw!.push(floor);
    }
  }
  report(name, ours!, raw!, n);
  await empty(bench);
};

const open = async (): Promise<Bench> => {
  const run = `bench_${randomBytes(4).toString('hex')}`;
  const mongoUrl = new URL(process.env.XUEJI_MONGO_URL!);
  mongoUrl.pathname = `/xueji_${run}`;
  const connection = await createConnection(mongoUrl.href, {
    writeConcern: { w: 'majority', journal: true },
  }).asPromise();
  const place: AlarmPlace = { redisUrl: process.env.XUEJI_REDIS_URL!, prefix: `xueji-${run}`, name: 'bench-deadlines' };
  const clock = new Now();
  const log = pino({ level: 'warn' });
  const rows = new DeadlineRows(connection);
  await rows.onModuleInit();
  const handlers = { kinds: [kind], of: () => async () => undefined } as unknown as DeadlineHandlers;
  const queue = new AlarmQueue(new DeadlineFiring(rows, handlers, clock, log), clock, place, usualTiming, log);
  const feeder = new Feeder(rows, handlers, queue, clock, usualTiming, log);
  feeder.start();
  const raw = new Queue(place.name, { prefix: place.prefix, connection: { url: place.redisUrl } });
  return { connection, rows, deadlines: new Deadlines(rows, handlers), queue, feeder, raw };
};

const main = async (): Promise<void> => {
  const at = process.argv.indexOf('--size');
  const size = at < 0 ? 20_000 : Number(process.argv[at + 1]);
  if (!(size > 0)) throw new Error('--size is no number above 0');
  const bench = await open();
  try {
    await arm(bench, size);
    await rebuild(bench, 'deadlines.rebuild', size, 182 * day);
    await rebuild(bench, 'deadlines.rebuild-all-near', size, 24 * hour);
  } finally {
    await bench.feeder.stop();
    await bench.raw.obliterate({ force: true });
    await bench.raw.close();
    await bench.connection.dropDatabase();
    await bench.connection.close();
  }
};

void main();
