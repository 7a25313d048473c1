/**
 * `import`: a workbook of 2,000 children of one school with 40 classes, from its upload to the committed collection
 * (guard, encrypted file, check in the worker thread, the clerk's word, read again, judged, sealed, written with claims,
 * seats, journal and audit), against insertMany of every document that this left in the store. Alternated, medians of 5.
 * `import.check` and `import.commit` are its two halves against the same floor; `import.cpu` is what this process's CPUs
 * take for a row, all threads, without the store's.
 *
 * `--size N`: N rows in workbooks of 2,000 against the first 10,000 of them, in one process: `import.peak-memory` in MB,
 * `import.live-heap` in MB, `import.cost-per-row` and `import.cpu-per-row` in microseconds; `ours` is the whole, `raw` the
 * first 10,000 rows. The CPUs' part tells more where other work on the machine comes and goes.
 *
 * No relay runs: publishing is measured by `events`. Numbers are asked for when the authority confirms, not here.
 */
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Batch } from '../src/collection/batch';
import { DecideBatch } from '../src/collection/decide-batch';
import { UploadWorkbook } from '../src/collection/upload-workbook';
import { OpenClass } from '../src/places/open-class';
import { RegistryCorner, TestSchool } from '../test/registry-corner';
import type { WorkbookOrder } from './make-workbooks';
import { RawCopy } from './raw-copy';

const rowsEach = 2_000;
const classesEach = 40;
const rounds = 5;
const small = 10_000;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const print = (name: string, ours: number, raw: number, unit: string, n: number): void => {
  const line = { name, ours: +ours.toPrecision(4), raw: +raw.toPrecision(4), ratio: +(ours / raw).toFixed(2), unit, n };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

interface Work {
  school: TestSchool;
  file: string;
}

/** Schools with 40 classes each, and a filled workbook for every one. */
const prepare = async (registry: RegistryCorner, folder: string, workbooks: number): Promise<Work[]> => {
  const works: Work[] = [];
  const orders: WorkbookOrder[] = [];
  for (let i = 0; i < workbooks; i++) {
    const school = await registry.school('yunyan');
    const wanted = Array.from({ length: classesEach - 1 }, (_, n) => ({
      school: school.code,
      stage: 'primary' as const,
      entryYear: 2026,
      grade: 1,
      name: `${n + 2}班`,
      schoolYear: '2026',
    }));
    const { classes } = await registry.app
      .get(OpenClass)
      .run(registry.actor('administrator', '/'), randomUUID(), wanted);
    const file = join(folder, `${school.code}.xlsx`);
    works.push({ school, file });
    orders.push({
      school: { code: school.code, name: (await registry.office(school.code)).name },
      county: '520103',
      classes: [{ id: school.classId, name: '1班' }, ...classes.map(({ id }, n) => ({ id, name: wanted[n]!.name }))],
      rows: rowsEach,
      from: i * rowsEach,
      today: registry.clock.today(),
      file,
    });
  }
  const maker = fork(join(__dirname, 'make-workbooks.js'));
  maker.send(orders);
  const [code] = (await once(maker, 'exit')) as [number];
  if (code !== 0) throw new Error('the workbooks could not be made');
  return works;
};

const reached = async (registry: RegistryCorner, id: string, state: Batch['state']): Promise<Batch> => {
  for (;;) {
    const batch = await registry.batch(id);
    if (batch.state === state) return batch;
    if (batch.state === 'broken') throw new Error(`the workbook was refused: ${JSON.stringify(batch.refusal)}`);
    await pause(5);
  }
};

/** Seconds of an import: until it is checked, from the clerk's word until it is written, and of this process's CPUs. */
interface Taken {
  check: number;
  commit: number;
  cpu: number;
}

const measured = async (work: () => Promise<unknown>): Promise<[time: number, cpu: number]> => {
  const before = process.cpuUsage();
  const from = performance.now();
  await work();
  const time = (performance.now() - from) / 1_000;
  const { user, system } = process.cpuUsage(before);
  return [time, (user + system) / 1e6];
};

/** The whole way of one workbook. The few children that look like others stay out, as a clerk would have it. */
const importOne = async (registry: RegistryCorner, { school, file }: Work): Promise<{ batch: Batch; taken: Taken }> => {
  const bytes = readFileSync(file);
  const { app } = registry;
  let batch!: Batch;
  const [check, checkCpu] = await measured(async () => {
    const { id } = await app.get(UploadWorkbook).run(school.clerk, randomUUID(), school.code, '学生.xlsx', bytes);
    batch = await reached(registry, id, 'checked');
  });
  const [commit, commitCpu] = await measured(async () => {
    await app.get(DecideBatch).commit(school.clerk, randomUUID(), batch._id, true);
    batch = await reached(registry, batch._id, 'committed');
  });
  if (batch.written.new < 0.99 * rowsEach) throw new Error(`too few were written: ${JSON.stringify(batch.written)}`);
  return { batch, taken: { check, commit, cpu: checkCpu + commitCpu } };
};

const ratio = async (registry: RegistryCorner, folder: string): Promise<void> => {
  let raw: RawCopy | undefined;
  const taken: { ours: Taken; raw: number; rawCpu: number }[] = [];
  for (const [round, work] of (await prepare(registry, folder, 1 + rounds)).entries()) {
    const { batch, taken: ours } = await importOne(registry, work);
    const copy = (raw ??= await RawCopy.open(registry.connection));
    const documents = await copy.take(batch);
    if (documents < 4 * batch.written.new) throw new Error(`the floor misses documents: ${documents}`);
    const [time, cpu] = await measured(() => copy.write());
    // The first round warms both sides.
    if (round) taken.push({ ours, raw: time, rawCpu: cpu });
  }
  const rate = (seconds: (one: (typeof taken)[number]) => number) => rowsEach / median(taken.map(seconds));
  const floor = rate((one) => one.raw);
  const whole = rate(({ ours }) => ours.check + ours.commit);
  print('import', whole, floor, '1/s', rowsEach);
  print(
    'import.check',
    rate(({ ours }) => ours.check),
    floor,
    '1/s',
    rowsEach,
  );
  print(
    'import.commit',
    rate(({ ours }) => ours.commit),
    floor,
    '1/s',
    rowsEach,
  );
  const cpuPerRow = (cpu: (one: (typeof taken)[number]) => number) => 1e6 / rate(cpu);
  print(
    'import.cpu',
    cpuPerRow(({ ours }) => ours.cpu),
    cpuPerRow((one) => one.rawCpu),
    'us',
    rowsEach,
  );
};

/** Megabytes that live after a full collection; what lies above them in the peak is garbage that V8 has not met yet. */
const liveHeap = (): number => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const shape = async (registry: RegistryCorner, folder: string, size: number): Promise<void> => {
  const [warm, ...works] = await prepare(registry, folder, 1 + Math.ceil(size / rowsEach));
  await importOne(registry, warm!);
  const first = small / rowsEach;
  const peak = () => process.resourceUsage().maxRSS / 1_024;
  const list: { time: number; cpu: number }[] = [];
  let [peakOfFirst, liveOfFirst] = [0, 0];
  for (const work of works) {
    const { taken } = await importOne(registry, work);
    list.push({ time: taken.check + taken.commit, cpu: taken.cpu });
    if (list.length === first) [peakOfFirst, liveOfFirst] = [peak(), liveHeap()];
  }
  const compare = (name: string, unit: string, value: (one: (typeof list)[number]) => number) =>
    print(name, median(list.map(value)), median(list.slice(0, first).map(value)), unit, size);
  print('import.peak-memory', peak(), peakOfFirst, 'MB', size);
  print('import.live-heap', liveHeap(), liveOfFirst, 'MB', size);
  compare('import.cost-per-row', 'us', (one) => (1e6 * one.time) / rowsEach);
  compare('import.cpu-per-row', 'us', (one) => (1e6 * one.cpu) / rowsEach);
};

const main = async (): Promise<void> => {
  const at = process.argv.indexOf('--size');
  const size = at < 0 ? 0 : Number(process.argv[at + 1]);
  if (at >= 0 && !(size > small)) throw new Error(`--size is no number above ${small}`);
  const folder = mkdtempSync(join(tmpdir(), 'import-bench-'));
  const registry = await RegistryCorner.start();
  try {
    registry.clock.set('2026-09-10');
    await (size ? shape(registry, folder, size) : ratio(registry, folder));
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true });
  }
};

void main();
