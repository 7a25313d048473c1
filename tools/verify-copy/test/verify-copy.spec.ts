import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicForm } from '#libs/proofs';
import { root } from '#libs/testing';
import { Changes, example, Example } from './example';

/** A folder with the verifier and nothing else of the project: what a stranger has. */
const folder = mkdtempSync(join(tmpdir(), 'verify-copy-'));
const verifier = join(folder, 'verify-copy.mjs');
copyFileSync(join(root, 'tools/verify-copy/verify-copy.mjs'), verifier);
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (made: Example, head: unknown = made.heads, ...more: string[]) => {
  const [zip, published] = [join(folder, 'copy.zip'), join(folder, 'head.json')];
  writeFileSync(zip, await made.zip());
  writeFileSync(published, JSON.stringify(head));
  const { status, stdout, stderr } = spawnSync(process.execPath, [verifier, zip, published, ...more], {
    cwd: folder,
    encoding: 'utf8',
    env: {},
  });
  return { status, out: stdout + stderr };
};

describe('the stranger’s command', () => {
  it('finds a genuine copy genuine, and says in two languages what it looked at', async () => {
    const made = await example();
    const { status, out } = await run(made);
    expect(out).toContain('真实 · genuine');
    expect(status).toBe(0);
    for (const word of ['SHA-256', 'SM3', 'RFC 8785', 'leaf 2', 'log of 5 leaves', 'compare it with another source'])
      expect(out).toContain(word);
  });

  it('takes the key from the command line, as text or file, and then trusts no other', async () => {
    const made = await example();
    expect((await run(made, made.head, '--key', made.publicKey)).out).toContain('given by you');
    const pem = join(folder, 'key.pem');
    writeFileSync(pem, made.publicKey);
    expect((await run(made, made.head, '--key', pem)).status).toBe(0);
    const other = publicForm(generateKeyPairSync('ed25519').privateKey);
    expect(await run(made, made.heads, '--key', other)).toMatchObject({ status: 1, out: /not the key/ });
    expect(await run(made, made.head)).toMatchObject({ status: 1, out: /there is no key/ });
  });

  const paper = (files: Map<string, Buffer>) => [...files.keys()].find((path) => path.startsWith('data/files/'))!;
  const text = (files: Map<string, Buffer>, path: string, change: (text: string) => string) =>
    files.set(path, Buffer.from(change(files.get(path)!.toString())));
  const tampered: [what: string, changes: Changes, named: RegExp][] = [
    [
      'a paper changed',
      { files: (files) => files.set(paper(files), Buffer.from('x')) },
      /data\/files\/.* does not have the digest/,
    ],
    ['a paper taken out', { files: (files) => files.delete(paper(files)) }, /data\/files\/.* is missing/],
    [
      'a paper slipped in',
      { files: (files) => files.set('data/files/more', Buffer.from('x')) },
      /more is not named in manifest-sha256/,
    ],
    [
      'a part changed',
      { files: (files) => text(files, 'data/parts/registry.json', (t) => t.replace('王', '黄')) },
      /registry.json does not have the digest/,
    ],
    [
      'a manifest changed',
      { files: (files) => text(files, 'manifest-sha256.txt', (t) => t.replace(/^./, '0')) },
      /manifest-sha256.txt does not have the digest|does not have/,
    ],
    [
      'the manifest of SM3 changed',
      { files: (files) => text(files, 'manifest-sm3.txt', (t) => t.split('\n').slice(1).join('\n')) },
      /manifest-sm3.txt does not have/,
    ],
    [
      'a tag manifest changed',
      { files: (files) => text(files, 'tagmanifest-sm3.txt', (t) => t.split('\n').slice(1).join('\n')) },
      /does not name bag-info/,
    ],
    [
      'a tag manifest with another order',
      {
        files: (files) =>
          text(files, 'tagmanifest-sha256.txt', (t) => `${t.trim().split('\n').reverse().join('\n')}\n`),
      },
      /another sha256 of the bag/,
    ],
    [
      'the declaration changed',
      { files: (files) => text(files, 'bagit.txt', (t) => t.replace('1.0', '0.97')) },
      /BagIt 1.0/,
    ],
    [
      'a file beside the bag',
      { files: (files) => files.set('note.txt', Buffer.from('x')) },
      /note.txt belongs to nothing/,
    ],
    [
      'a part in no canonical form',
      { payload: (payload) => payload.set('parts/registry.json', Buffer.from('{"a": 1}')) },
      /not in canonical form/,
    ],
    [
      'a part that the copy does not name',
      { payload: (payload) => payload.set('parts/registry.json', Buffer.from('{"a":1}')) },
      /not the part that the copy names/,
    ],
    [
      'a statement of another day',
      { statement: (statement) => (statement.sealedOn = '2026-07-05') },
      /differ in sealedOn/,
    ],
    [
      'a statement of another school',
      { statement: (statement) => (statement.school = '2152000002') },
      /differ in school/,
    ],
    [
      'a statement of another bag',
      { statement: (statement) => (statement.sm3 = '00'.repeat(32)) },
      /another sm3 of the bag/,
    ],
    [
      'a statement changed after it became a leaf',
      { proof: (proof) => (proof.statement = { ...(proof.statement as object), note: 'x' }) },
      /not the hash of the statement/,
    ],
    [
      'another place in the log',
      { proof: (proof) => (proof.leaf = { ...(proof.leaf as object), index: 3 }) },
      /not in the tree/,
    ],
    ['a path cut short', { proof: (proof) => (proof.path as string[]).pop() }, /not in the tree/],
    ['no statement', { proof: (proof) => delete proof.statement }, /no statement/],
    [
      'a head that was signed before the copy was sealed',
      { head: (head) => ({ ...head, at: '2027-07-05T01:00:00.000Z' }) },
      /sealed after the head/,
    ],
    ['a head with another root', { head: (head) => ({ ...head, root: '00'.repeat(32) }) }, /not in the tree/],
  ];
  it.each(tampered)('names %s', async (_, changes, named) => {
    const { status, out } = await run(await example(changes));
    expect(out).toMatch(named);
    expect(out).toContain('✗');
    expect(status).toBe(1);
  });

  it('names a head that was changed after signing, and one that is not there', async () => {
    const made = await example();
    const changed = { heads: [{ ...made.head, at: '2028-01-01T00:00:00.000Z' }], keys: made.heads.keys };
    expect(await run(made, changed)).toMatchObject({ status: 1, out: /signature of the head is false/ });
    const other = { heads: [{ ...made.head, size: 4 }], keys: made.heads.keys };
    expect(await run(made, other)).toMatchObject({ status: 1, out: /not among those given/ });
  });

  it.each([0, 40, -60, -23])('names a zip damaged at %i', async (where) => {
    const made = await example();
    const zip = await made.zip();
    zip[where < 0 ? zip.length + where : where] ^= 0x41;
    expect(await run({ ...made, zip: () => Promise.resolve(zip) })).toMatchObject({ status: 1, out: /✗/ });
    expect(await run({ ...made, zip: () => Promise.resolve(zip.subarray(0, 100)) })).toMatchObject({
      status: 1,
      out: /no whole zip/,
    });
  });

  it('says how it is used, and that is not a verdict', () => {
    expect(spawnSync(process.execPath, [verifier]).status).toBe(2);
    expect(spawnSync(process.execPath, [verifier, 'none.zip', 'none.json']).status).toBe(2);
  });
});

describe('a second implementation', () => {
  const bagit = join(root, '.run/engines/bagit');
  const fetched = ((): boolean => {
    if (existsSync(join(bagit, 'bagit.py'))) return true;
    mkdirSync(bagit, { recursive: true });
    const got = spawnSync(
      'python3',
      ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', bagit, 'bagit==1.9.0'],
      { timeout: 60_000 },
    );
    return got.status === 0 && existsSync(join(bagit, 'bagit.py'));
  })();
  const validate = (files: Map<string, Buffer>): string => {
    const bag = mkdtempSync(join(folder, 'bag-'));
    for (const [path, bytes] of files) {
      mkdirSync(join(bag, path, '..'), { recursive: true });
      writeFileSync(join(bag, path), bytes);
    }
    const program = 'import sys, bagit; print(bagit.Bag(sys.argv[1]).validate())';
    const { stdout, stderr } = spawnSync('python3', ['-c', program, bag], {
      env: { ...process.env, PYTHONPATH: bagit },
      encoding: 'utf8',
    });
    return stdout + stderr;
  };

  (fetched ? it : it.skip)('of BagIt (PyPI bagit) finds the same bag valid, and a damaged one not', async () => {
    let whole = new Map<string, Buffer>();
    await example({ files: (files) => (whole = new Map(files)) });
    expect(validate(whole)).toBe('True\n');
    const damaged = new Map(whole).set(
      [...whole.keys()].find((path) => path.startsWith('data/files/'))!,
      Buffer.from('%PDF-1.4 丙'),
    );
    expect(validate(damaged)).toMatch(/BagValidationError|BagError/);
  });

  it('of the digests (openssl) counts the same SM3 and SHA-256', async () => {
    let whole = new Map<string, Buffer>();
    await example({ files: (files) => (whole = new Map(files)) });
    for (const algorithm of ['sm3', 'sha256']) {
      const named = whole.get(`manifest-${algorithm}.txt`)!.toString().split('\n').filter(Boolean);
      for (const line of named) {
        const [digest, path] = line.split('  ');
        const out = execFileSync('openssl', ['dgst', `-${algorithm}`], { input: whole.get(path) }).toString();
        expect(out).toContain(digest);
      }
    }
  });
});

it('the verifier imports nothing but what comes with Node', () => {
  const source = readFileSync(join(root, 'tools/verify-copy/verify-copy.mjs'), 'utf8');
  const imported = [...source.matchAll(/(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, name]) => name);
  expect(imported.length).toBeGreaterThan(3);
  expect(imported.filter((name) => !name.startsWith('node:'))).toEqual([]);
});
