/**
 * `seal`: records made into copies that are sealed (canonical JSON of the part, SHA-256 and SM3, bag, leaf of the log, copy,
 * event, audit row), against the bare insert of the same documents and the SHA-256 of the same bytes.
 *
 * `--size N` sets the number of records. `ours` and `raw` are medians of five rounds, in records a second. `memory` is the
 * peak of the resident set after N against after a tenth of it.
 */
import 'reflect-metadata';
import { Connection, createConnection, mongo } from 'mongoose';
import { randomBytes, randomUUID } from 'node:crypto';
import { Audit } from '#libs/audit';
import { MessagingStore, Outbox } from '#libs/messaging';
import { canonicalBytes, digests, sha256 } from '#libs/proofs';
import { SystemClock } from '#libs/service-kit';
import { CopiesRepository } from '../src/copies/copies.repository';
import type { Copy } from '../src/copies/copy';
import { SealBatch } from '../src/copies/seal-batch';
import { HandoversRepository } from '../src/handovers/handovers.repository';
import { LogRepository } from '../src/log/log.repository';

const rounds = 5;
const at = process.argv.indexOf('--size');
const size = at < 0 ? 2_000 : Number(process.argv[at + 1]);
const per = Math.max(Math.round(size / rounds), 100);

/** What a child's part looks like: some 4 kB. */
const partOf = (student: string) => ({
  format: 'xueji-part-1',
  owner: 'registry',
  student,
  data: {
    basicInfo: { name: '王㛃', address: '贵州省贵阳市云岩区'.repeat(8) },
    events: Array.from({ length: 12 }, (_, seq) => ({
      seq,
      type: 'cn.xueji.registry.student-marked.v1',
      at: '2026-09-01T01:00:00Z',
      data: { school: '2152010301', class: randomUUID() },
    })),
    audit: Array.from({ length: 12 }, () => ({ act: 'registry.student.read', account: randomUUID() })),
  },
});

const copyOf = (student: string, bytes: Buffer): Copy => ({
  _id: `${student}.permanent.9`,
  version: 1,
  state: 'ready',
  student,
  kind: 'permanent',
  reason: 'stageEnd',
  school: '2152010301',
  path: '/520000/520100/520103/2152010301/',
  stage: 'primary',
  class: 'class-1',
  on: '2027-07-05',
  asOf: new Date(),
  record: 9,
  county: '520103',
  pack: 'guizhou-2014',
  citations: [],
  parts: [{ owner: 'registry', digest: sha256(bytes), bytes: bytes.length, items: 24, positions: [], papers: [] }],
  files: [{ path: 'parts/registry.json', size: bytes.length, ...digests(bytes) }],
  missing: [],
  custody: { keeper: '2152010301', kind: 'school', path: '/520000/', since: '2027-07-05' },
  formerCustody: [],
  notBefore: new Date(),
  tries: 0,
});

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
};
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const report = (figure: Record<string, unknown>): void => {
  process.stdout.write(`${JSON.stringify(figure)}\n`);
};

const main = async (): Promise<void> => {
  if (!process.env.XUEJI_MONGO_URL) throw new Error('XUEJI_MONGO_URL is missing: run it by npm run bench -- archive');
  const url = new URL(process.env.XUEJI_MONGO_URL);
  url.pathname = `/xueji_bench_${randomBytes(6).toString('hex')}`;
  const connection: Connection = await createConnection(url.href, {
    writeConcern: { w: 'majority', journal: true },
  }).asPromise();
  const store = await new MessagingStore(connection).prepare();
  const outbox = new Outbox(store, { owner: 'archive', consumes: [] });
  const copies = new CopiesRepository(connection);
  const log = new LogRepository(connection);
  const audit = new Audit(connection);
  const handovers = new HandoversRepository(connection, outbox, {} as never, audit);
  for (const one of [copies, log, audit, handovers]) await one.onModuleInit();
  const sealing = new SealBatch(store, outbox, copies, handovers, log, audit, new SystemClock());
  const bare = ['copies', 'log_leaves', 'log_nodes', 'outbox', 'audit', 'handovers'];
  for (const name of bare) {
    const indexes = await connection.collection(name).indexes();
    const made = indexes.filter(({ name: own }) => own !== '_id_').map(({ v: _v, ...index }) => index);
    await connection.createCollection(`raw_${name}`);
    if (made.length) await connection.collection(`raw_${name}`).createIndexes(made as mongo.IndexDescription[]);
  }
  const [ours, raw, memory]: number[][] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const parts = Array.from({ length: per }, () => partOf(randomUUID()));
    ours.push(
      await seconds(async () => {
        for (let i = 0; i < per; i += 100) {
          const ready = parts.slice(i, i + 100).map((part) => copyOf(part.student, canonicalBytes(part)));
          await copies.copies.insertMany(ready, { ignoreUndefined: true });
          while ((await sealing.run()) > 0);
        }
      }),
    );
    // The same documents, as they now lie there, and the same bytes.
    const texts = parts.map((part) => Buffer.from(JSON.stringify(part)));
    const ids = parts.map(({ student }) => `${student}.permanent.9`);
    const written = await Promise.all([
      connection
        .collection('copies')
        .find({ _id: { $in: ids } as never })
        .toArray(),
      connection
        .collection('log_leaves')
        .find({ copy: { $in: ids } })
        .toArray(),
      connection
        .collection('log_nodes')
        .find({})
        .sort({ $natural: -1 })
        .limit(per * 2)
        .toArray(),
      connection
        .collection('outbox')
        .find({ aggregateId: { $in: ids } })
        .toArray(),
      connection
        .collection('audit')
        .find({ 'subject.id': { $in: ids } })
        .toArray(),
    ]);
    raw.push(
      await seconds(async () => {
        for (const text of texts) sha256(text);
        for (let i = 0; i < per; i += 100)
          await Promise.all(
            written.map((rows, of): Promise<unknown> => {
              const some = of === 2 ? rows.slice(i * 2, i * 2 + 200) : rows.slice(i, i + 100);
              const fresh = of === 2 ? some.map((row) => ({ ...row, _id: randomUUID() as never })) : some;
              return fresh.length ? connection.collection(`raw_${bare[of]}`).insertMany(fresh) : Promise.resolve();
            }),
          );
      }),
    );
    memory.push(process.memoryUsage().rss);
  }
  const [our, floor] = [per / median(ours), per / median(raw)];
  const figure = { ours: Math.round(our), raw: Math.round(floor), ratio: +(our / floor).toFixed(2) };
  report({ name: 'seal', ...figure, unit: 'records/s', n: per * rounds });
  const [first, last] = [memory[0] / 1e6, Math.max(...memory) / 1e6];
  report({
    name: 'seal memory',
    ours: Math.round(last),
    raw: Math.round(first),
    ratio: +(last / first).toFixed(2),
    unit: 'MB',
    n: per * rounds,
  });
  await connection.dropDatabase();
  await connection.close();
};

main().catch((fault: unknown) => {
  process.stderr.write(`${String(fault)}\n`);
  process.exit(1);
});
