import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnProcess, until } from '#libs/testing';
import { Closing } from '../src/closing/closing';
import { RunClosing } from '../src/closing/run-closing';
import { Invariants } from '../src/invariants';
import { StudentRecord } from '../src/students/record';
import { child } from './children';
import { County } from './closings';
import { offices, RegistryCorner, TestSchool } from './registry-corner';

// Real processes, killed and started again, on a machine that others use.
jest.setTimeout(400_000);

const crashPoints = ['before-commit', 'after-commit'].map((name) => `libs/testing/src/crash-points/${name}.ts`);
const withoutLine = 'libs/testing/src/crash-points/without-line.ts';
const pupils = 600;
/** The write of seats takes its session; without it they change hands at once, whatever becomes of the transaction. */
const seatsInTransaction = '\\}\\)\\), \\{\\s+session\\s+\\}\\);\\s+return matchedCount === moves\\.length';

describe('a merger whose registry is killed with -9', () => {
  let registry: RegistryCorner;
  let county: County;
  let folder: string;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    county = new County(registry, offices.yunyan);
    folder = mkdtempSync(join(tmpdir(), 'closing-'));
    // The work is left to the processes that are killed.
    await registry.app.get(RunClosing).onApplicationShutdown();
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  const records = () => registry.connection.collection<StudentRecord>('students');

  /** A school with many pupils, every tenth of them a former one, and the school that it merges into. */
  const merging = async (): Promise<{ id: string; from: TestSchool; into: TestSchool }> => {
    registry.clock.set('2026-09-10');
    const from = await registry.school('yunyan');
    const into = await registry.school('yunyan');
    const second = await from.openClass('2班', 2026);
    const first = await registry.student((await from.enter(child(from))).student!);
    await records().deleteOne({ _id: first._id });
    const many = Array.from({ length: pupils }, (_, i): StudentRecord => ({
      ...first,
      _id: randomUUID(),
      version: 0,
      registration: 'confirmed',
      class: i % 2 ? second : from.classId,
      ...(i % 10 === 0 && { standing: { ending: 'graduation', stage: 'primary', on: '2026-07-10', completion: 'x' } }),
    }));
    await records().insertMany(many);
    for (const classId of [from.classId, second]) {
      const taken = many.filter((one) => one.class === classId && !one.standing).length;
      await registry.connection
        .collection<{ _id: string }>('classes')
        .updateOne({ _id: classId }, { $set: { 'seats.taken': taken } });
    }
    await registry.connection.collection('number_requests').deleteMany({});
    const id = await county.announce(from, { kind: 'merger', into: into.code, on: '2027-07-31' });
    await county.answer(id);
    await county.carryOut(id);
    return { id, from, into };
  };

  const start = (name: string, preload: string[], env: Record<string, string> = {}) =>
    OwnProcess.start({
      name: `${name}-${randomUUID().slice(0, 8)}`,
      entry: 'apps/registry/src/main.ts',
      within: 90_000,
      preload,
      // The corner has read its packs and thrown the folder away; those in force are enough here.
      env: { XUEJI_EXTRA_PACKS_DIR: '', ...env },
    });

  /** The lease of a dead worker ends by real time; the test does not wait for it, the store is told that it has. */
  const letLeaseEnd = (id: string) =>
    registry.connection
      .collection<Closing>('closings')
      .updateOne({ _id: id, lease: { $exists: true } }, { $set: { 'lease.until': new Date(0) } });

  const passedAll = (id: string) =>
    until(async () => (await county.closing(id)).state === 'handingOver', {
      within: 120_000,
      message: async () => JSON.stringify(await county.closing(id)),
    });

  /** Seats that the new classes count, and pupils on roll that sit in them. */
  const seatsCounted = async (id: string) =>
    Promise.all((await county.closing(id)).classes.map(async ({ to }) => (await registry.seats(to)).taken));
  const seatsThere = async (id: string) =>
    Promise.all(
      (await county.closing(id)).classes.map(({ to }) =>
        records().countDocuments({ class: to, standing: { $exists: false } }),
      ),
    );

  /** Everything that a clean run and an interrupted one must have in common. */
  const picture = async ({ id, from, into }: Awaited<ReturnType<typeof merging>>) => {
    const closing = await county.closing(id);
    const seats = await Promise.all(
      closing.classes.map(async (one) => [await registry.seats(one.from), await registry.seats(one.to)]),
    );
    const at = { path: into.path };
    const reseated = await registry.connection
      .collection('outbox')
      .countDocuments({ 'data.closing': id, type: 'cn.xueji.registry.student-reseated.v1' });
    return {
      state: closing.state,
      passed: closing.passed,
      left: await records().countDocuments({ path: from.path }),
      there: await records().countDocuments(at),
      ended: await records().countDocuments({ ...at, standing: { $exists: true } }),
      once: await records().countDocuments({ ...at, version: 1 }),
      inNewClasses: await records().countDocuments({ ...at, class: { $in: closing.classes.map((one) => one.to) } }),
      seats,
      reseated,
      audited: await registry.connection
        .collection('audit')
        .countDocuments({ act: 'registry.student.pass', at: { $exists: true } }),
      custodyAsked: (await county.told(id)).filter(({ type }) => type.includes('custody-asked')).length,
    };
  };

  /** Kills the registry at each of the moments. @returns how often it died */
  const killedAt = async (
    id: string,
    moments: { after: number }[],
    more: { preload?: string[]; env?: Record<string, string> } = {},
  ) => {
    let died = 0;
    for (const { after } of moments) {
      for (const point of crashPoints) {
        const file = join(folder, randomUUID());
        writeFileSync(file, JSON.stringify({ where: 'students', after }));
        const service = await start('closing-killed', [point, ...(more.preload ?? [])], {
          XUEJI_CRASH_FILE: file,
          ...more.env,
        });
        const over = async () => !service.isRunning() || (await county.closing(id)).state !== 'passing';
        await until(over, { within: 120_000, message: 'killed' });
        if (existsSync(`${file}.went-off`)) died += 1;
        await service.kill();
        await letLeaseEnd(id);
      }
    }
    return died;
  };

  it('at every kind of moment, and run again, ends like one clean run [GZ-MG1, NAT-MG1]', async () => {
    const clean = await merging();
    const service = await start('closing-clean', []);
    await passedAll(clean.id);
    await service.kill();
    const { audited, ...expected } = await picture(clean);
    expect(expected).toMatchObject({
      state: 'handingOver',
      left: 0,
      there: pupils,
      once: pupils,
      reseated: pupils,
      passed: pupils,
      ended: pupils / 10,
    });
    const killed = await merging();
    expect(await killedAt(killed.id, [{ after: 0 }])).toBe(2);
    const last = await start('closing-ends', []);
    await passedAll(killed.id);
    await last.kill();
    expect(await seatsCounted(killed.id)).toEqual(await seatsThere(killed.id));
    const { audited: after, ...found } = await picture(killed);
    expect(found).toEqual(expected);
    expect(after - audited).toBe(audited);
    expect(await registry.app.get(Invariants).count()).toMatchObject({ gaps: 0 });
  });

  it('is seen to go wrong where seats change hands outside the transaction (negative control)', async () => {
    const planted = await merging();
    const line = {
      file: 'apps/registry/src/places/class.repository.ts',
      line: seatsInTransaction,
      instead: '})), {}); return matchedCount === moves.length',
    };
    await killedAt(planted.id, [{ after: 0 }], {
      preload: [withoutLine],
      env: { XUEJI_WITHOUT_LINE: JSON.stringify(line) },
    });
    expect(await seatsCounted(planted.id)).not.toEqual(await seatsThere(planted.id));
  });
});
