import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, until } from '#libs/testing';
import type { Copy } from '../src/copies/copy';
import type { Verification } from '../src/verify/verify-archive';
import { Owners, school } from './owners';

jest.setTimeout(600_000);

const becomes = (owners: Owners, student: string, state: Copy['state']) =>
  until(
    async () => {
      const copy = await owners.collection<Omit<Copy, '_id'>>('archive', 'copies').findOne({ student });
      return copy?.state === state ? copy : undefined;
    },
    {
      within: 180_000,
      message: async () => JSON.stringify(await owners.collection('archive', 'copies').findOne({ student })),
    },
  );

const review = async (owners: Owners, student: string) => {
  const copy = await becomes(owners, student, 'inReview');
  const body = { school, copies: [copy._id], missingSeen: copy.missing.map(({ item }) => item) };
  await until(async () => (await owners.call('clerk', 'POST', 'copies/reviews', body)).status === 200, {
    within: 60_000,
    message: async () =>
      `reviewed: ${JSON.stringify((await owners.call('clerk', 'POST', 'copies/reviews', body)).body)}`,
  });
  return copy._id;
};

describe('a copy of everything that every service holds of a child', () => {
  let owners: Owners;
  beforeAll(async () => (owners = await Owners.start()));
  afterAll(() => owners.stop());

  it('holds the thing that each of them was given, by digest, and a stranger finds it genuine', async () => {
    const { student, digests } = await owners.child();
    const id = await review(owners, student);
    await becomes(owners, student, 'sealed');
    const head = await until(
      async () => {
        const found = await owners.call<{ heads: { size: number }[] }>('clerk', 'GET', 'log/heads/newest');
        return found.status === 200 ? found.body : undefined;
      },
      { within: 90_000, message: 'the head is signed' },
    );
    const exported = await owners.call('archiveKeeper', 'GET', `copies/${id}/export`);
    const folder = mkdtempSync(join(tmpdir(), 'whole-file-'));
    const [zip, published] = [join(folder, 'copy.zip'), join(folder, 'head.json')];
    writeFileSync(zip, exported.raw);
    writeFileSync(published, JSON.stringify(head));
    const verifier = join(root, 'tools/verify-copy/verify-copy.mjs');
    const run = spawnSync(process.execPath, [verifier, zip, published], { encoding: 'utf8' });
    expect(run.stdout + run.stderr).toContain('genuine');
    expect(run.status).toBe(0);
    // What was given, byte for byte, under its digest; and the words that lay sealed, readable in the copy.
    for (const digest of Object.values(digests)) expect(exported.raw.includes(`data/files/${digest}`)).toBe(true);
    for (const text of ['520103201501011234', '王㛃', '随父母搬迁', '"reason":"sick"', 'student-ended'])
      expect(exported.raw.includes(text)).toBe(true);
    rmSync(folder, { recursive: true });
    // The heads are kept by every owner, and the archive's own verification asks them.
    await until(async () => (await owners.collection('registry', 'archive_heads').countDocuments()) > 0, {
      within: 90_000,
      message: 'the registry keeps the head',
    });
    const { body } = await owners.call<Verification>('auditor', 'POST', 'operator/verify', {});
    expect(body.findings).toEqual([]);
    expect(Object.keys(body.anchors)).toEqual(['registry', 'transfer', 'attendance']);
    const audit = await owners.collection('registry', 'audit').countDocuments({ act: 'registry.part.freeze' });
    expect(audit).toBe(1);
  });

  /** Every copy so far is one leaf of one signed log, told once, and the verification finds nothing. */
  const whole = async () => {
    const copies = await owners.collection('archive', 'copies').countDocuments({ state: 'sealed' });
    const work = () => owners.call<{ leaves: number; head: number }>('auditor', 'GET', 'operator/work');
    await until(async () => ((found) => found.leaves === copies && found.head === copies)((await work()).body), {
      within: 90_000,
      message: async () => `${copies} leaves under a head: ${JSON.stringify((await work()).body)}`,
    });
    const { body } = await owners.call<Verification>('auditor', 'POST', 'operator/verify', {});
    expect(body.findings).toEqual([]);
    expect(await owners.collection('archive', 'outbox').countDocuments({ type: /copy-sealed/ })).toBe(copies);
  };

  const dies = async () => {
    await owners.process('archive').ended(120_000);
    await owners.corner.endLeftTransactions();
    await owners.process('archive').restart();
  };

  // Each moment by what its transaction writes: asked (the first copy-asked), pulled, the leaf, the head.
  const moments: [point: string, where: string, after: number, reviewed: boolean][] = [
    ['before-commit', 'copies', 0, false],
    ['before-commit', 'outbox', 0, false],
    ['before-commit', 'log_state', 0, true],
    ['after-commit', 'outbox', 0, false],
    ['after-commit', 'log_leaves', 0, true],
    ['before-commit', 'log_heads', 0, true],
    ['after-commit', 'log_heads', 0, true],
  ];
  it.each(moments)('killed %s of %s it ends like one clean run', async (point, where, after, reviewed) => {
    await owners.restartArchive([point]);
    if (!reviewed) owners.arm(where, after);
    const { student } = await owners.child();
    if (!reviewed) await dies();
    await becomes(owners, student, 'inReview');
    if (reviewed) owners.arm(where, after);
    await review(owners, student).catch(() => undefined);
    if (reviewed) await dies();
    await becomes(owners, student, 'sealed');
    await whole();
  });

  it('control: a leaf written outside the transaction of its seal stays behind, and is found and named', async () => {
    await owners.restartArchive(['without-line', 'before-commit']);
    const { student } = await owners.child();
    await becomes(owners, student, 'inReview');
    const before = await owners.collection('archive', 'copies').countDocuments({ state: 'sealed' });
    owners.arm('log_state');
    await review(owners, student).catch(() => undefined);
    await owners.process('archive').ended(120_000);
    await owners.corner.endLeftTransactions();
    await owners.process('archive').restart([]);
    const { body } = await owners.call<Verification>('auditor', 'POST', 'operator/verify', {});
    expect(body.leaves).toBe(before + 1);
    expect(body.findings.map(({ harm, what }) => `${harm}: ${what}`)).toContain(`added: leaf ${before}`);
  });
});
