/**
 * `rollcall`: a morning of roll calls, taken in and judged, against plain writes of the same documents. Ours is the use case
 * as the route calls it: one transaction per class with idempotency row, register, roll call, event, audit row, and the
 * judgement of the children concerned. Raw writes the same documents class by class, each class in one transaction, and
 * reads nothing. Both sides run so many classes at a time, alternated in one process.
 *
 * `rollcall.memory`: peak of the process over a morning of all children, against one of a tenth of them (bytes).
 * `--size N` sets the number of children (100,000), in classes of 50 with 3 % exceptions. `ours` and `raw` are medians.
 */
import 'reflect-metadata';
import { getConnectionToken } from '@nestjs/mongoose';
import { NestFactory } from '@nestjs/core';
import { Connection } from 'mongoose';
import { randomBytes, randomUUID } from 'node:crypto';
import { Actor, type Post } from '#libs/access';
import { MessagingStore, Relay } from '#libs/messaging';
import { TakeRollCall } from '../src/roll-call/take-roll-call';
import type { AbsenceKind, Exception } from '../src/roll-call/roll-call';
import { openEnd, type Student } from '../src/roster/student';

const perClass = 50;
const atOnce = 16;
const rounds = 5;
const school = '2152010301';
const path = `/520000/520100/520103/${school}/`;
const days = ['2026-09-01', '2026-09-02', '2026-09-03', '2026-09-04', '2026-09-07', '2026-09-08', '2026-09-09'];
const kinds: AbsenceKind[] = ['unexcused', 'sick', 'late', 'personal', 'earlyLeave'];

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
};
const print = (name: string, ours: number, raw: number, unit: string, n: number): void => {
  const line = { name, ours: +ours.toPrecision(4), raw: +raw.toPrecision(4), ratio: +(ours / raw).toFixed(2), unit, n };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** So many at a time, in order. */
const sideBySide = async <T>(list: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < list.length) await act(list[next++]);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
};

interface ClassOf {
  id: string;
  children: string[];
}

class Morning {
  private readonly store: MessagingStore;
  private readonly take: TakeRollCall;
  private readonly connection: Connection;

  constructor(app: Awaited<ReturnType<typeof NestFactory.createApplicationContext>>) {
    this.store = app.get(MessagingStore);
    this.take = app.get(TakeRollCall);
    this.connection = app.get<Connection>(getConnectionToken());
  }

  private collection<T extends object = object>(name: string) {
    return this.connection.collection<T & { _id: string }>(name);
  }

  /** Offices, a term, and classes of children, written as the events of the registry would have. */
  async prepare(classes: number): Promise<ClassOf[]> {
    const parts = path.split('/').filter(Boolean);
    await this.collection('offices').insertMany(
      parts.map((_id, at) => ({
        _id,
        kind: ['province', 'city', 'county', 'school'][at],
        name: _id,
        path: `/${parts.slice(0, at + 1).join('/')}/`,
        lines: at === 0 ? [{ line: 'guizhou', from: '2014-03-01' }] : [],
        ...(at > 0 && { parent: parts[at - 1] }),
        ...(at === 3 && { school: { type: 'primary', stages: ['primary'], managedBy: parts[2] } }),
        version: 1,
      })),
    );
    const term = { office: '520000', schoolYear: '2026', term: '1', closed: [], makeUp: [], version: 1 };
    await this.collection('terms').insertOne({
      ...{ _id: '520000/2026/1', ...term, firstDay: '2026-09-01', lastDay: '2027-01-22' },
    });
    const made: ClassOf[] = [];
    for (let n = 0; n < classes; n++) {
      const id = `c${n}`;
      const children = Array.from({ length: perClass }, () => randomUUID());
      made.push({ id, children });
      await this.collection('classes').insertOne({
        ...{ _id: id, school, path, stage: 'primary', entryYear: 2024, name: id, version: 1 },
      });
      const stay = { school, path, class: id, stage: 'primary' as const, from: '2026-09-01' };
      await this.collection<Student>('students').insertMany(
        children.map((_id) => ({
          ...{ _id, seats: [{ ...stay, seq: 1 }], study: [], marks: [], stays: [{ ...stay, to: openEnd }], version: 1 },
        })),
      );
    }
    return made;
  }

  ours(classes: readonly ClassOf[], day: string): Promise<void> {
    const post: Post = { _id: 'p', account: 'a', role: 'clerk', office: school, path, from: '2014-03-01', version: 1 };
    const actor = new Actor('a', [post]);
    return sideBySide(classes, (one) =>
      this.take.run(actor, randomUUID(), {
        ...{ class: one.id, day, session: 'day' as const, exceptions: exceptionsOf(one) },
      }),
    );
  }

  /** What ours wrote for these classes on a day, read back, so that raw writes the very same. */
  async written(classes: readonly ClassOf[], day: string): Promise<Map<string, Record<string, object[]>>> {
    const byClass = new Map<string, Record<string, object[]>>();
    for (const { id } of classes) {
      const call = `${id}/${day}/day`;
      byClass.set(id, {
        roll_calls: await this.collection('roll_calls').find({ _id: call }).toArray(),
        outbox: await this.collection('outbox').find({ aggregateId: call }).toArray(),
        audit: await this.collection('audit').find({ 'subject.id': call }).toArray(),
        registers: await this.collection('registers').find({ _id: id }).toArray(),
        commands: [{ _id: randomUUID(), bodyDigest: 'x'.repeat(43), at: new Date(), answer: { id: call } }],
      });
    }
    return byClass;
  }

  async raw(
    classes: readonly ClassOf[],
    documents: Map<string, Record<string, object[]>>,
    round: number,
  ): Promise<void> {
    await sideBySide(classes, ({ id }) =>
      this.store.transaction(async (session) => {
        for (const [name, rows] of Object.entries(documents.get(id)!))
          if (rows.length > 0)
            await this.collection(`raw_${name}`).insertMany(
              rows.map((row) => ({ ...row, _id: `${round}/${String((row as { _id: unknown })._id)}` })),
              { session },
            );
      }),
    );
  }

  /** The raw side has the indexes of ours. */
  async likeOurs(): Promise<void> {
    for (const name of ['roll_calls', 'outbox', 'audit', 'registers', 'commands']) {
      const indexes = await this.collection(name).indexes();
      for (const { key, name: index, unique, partialFilterExpression } of indexes)
        if (index !== '_id_')
          await this.collection(`raw_${name}`).createIndex(key, {
            ...{ name: index, ...(unique && { unique }), ...(partialFilterExpression && { partialFilterExpression }) },
          });
      await this.collection(`raw_${name}`).createIndex({ _id: 1 });
    }
  }

  async clear(): Promise<void> {
    await this.connection.dropDatabase();
  }
}

/** The same children of a class miss something each day, so that rows of days come about and are judged. */
const exceptionsOf = ({ id, children }: ClassOf): Exception[] => {
  const count = Number(id.slice(1)) % 2 === 0 ? 1 : 2;
  return children
    .slice(0, count)
    .map((student, n) => ({ student, kind: kinds[(Number(id.slice(1)) + n) % kinds.length] }));
};

const open = async (): Promise<Morning> => {
  const runId = `bench_${randomBytes(4).toString('hex')}`;
  const url = new URL(process.env.XUEJI_MONGO_URL!);
  url.pathname = `/xueji_${runId}_attendance`;
  Object.assign(process.env, {
    ...{ XUEJI_MONGO_URL: url.href, XUEJI_RUN_ID: runId, XUEJI_GATEWAY_URL: 'http://127.0.0.1:9' },
    ...{ XUEJI_LOG_LEVEL: 'error', XUEJI_CLOCK_MODULE: require.resolve('./september') },
  });
  // Read only now: the module takes its settings from the environment as it is loaded.
  const { AppModule } = await import('../src/app.module');
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  await app.get(Relay).beforeApplicationShutdown();
  return new Morning(app);
};

const main = async (): Promise<void> => {
  const at = process.argv.indexOf('--size');
  const size = at < 0 ? 100_000 : Number(process.argv[at + 1]);
  if (!(size >= perClass * 20)) throw new Error(`--size is no number of at least ${perClass * 20} children`);
  const morning = await open();
  try {
    const classes = await morning.prepare(Math.floor(size / perClass));
    await morning.likeOurs();
    const tenth = classes.slice(0, Math.floor(classes.length / 10));
    const taken = { ours: [] as number[], raw: [] as number[] };
    const peak = { tenth: 0, whole: 0 };
    for (let round = 0; round <= rounds; round++) {
      const day = days[round];
      const few = await seconds(() => morning.ours(tenth, day));
      if (round === 1) peak.tenth = process.memoryUsage().rss;
      const many = await seconds(() => morning.ours(classes.slice(tenth.length), day));
      if (round === 1) peak.whole = process.memoryUsage().rss;
      const documents = await morning.written(classes, day);
      const raw = await seconds(() => morning.raw(classes, documents, round));
      // The first round warms both sides.
      if (round > 0) {
        taken.ours.push(classes.length / (few + many));
        taken.raw.push(classes.length / raw);
      }
    }
    print('rollcall', median(taken.ours), median(taken.raw), 'classes/s', classes.length);
    print('rollcall.memory', peak.whole, peak.tenth, 'bytes', size);
  } finally {
    await morning.clear();
  }
  process.exit(0);
};

void main();
