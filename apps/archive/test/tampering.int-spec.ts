import { mongo } from 'mongoose';
import { createHash } from 'node:crypto';
import { canonicalBytes, leafHash, SignedHead, signHead } from '#libs/proofs';
import type { Copy } from '../src/copies/copy';
import { HeadRow, Leaf } from '../src/log/log.repository';
import { SigningKey } from '../src/log/signing-key';
import type { Finding } from '../src/verify/verify-archive';
import { pdf, RunningArchive } from './running-archive';

jest.setTimeout(180_000);

interface Stores {
  copies: mongo.Collection<Copy>;
  leaves: mongo.Collection<Leaf>;
  nodes: mongo.Collection<{ _id: string; hash: unknown }>;
  heads: mongo.Collection<HeadRow>;
  state: mongo.Collection<{ _id: string; size: number }>;
  chunks: mongo.Collection<{ _id: mongo.ObjectId; files_id: mongo.ObjectId; data: mongo.Binary }>;
  files: mongo.Collection<{ _id: mongo.ObjectId; filename: string }>;
}

describe('whoever writes into MongoDB is found', () => {
  let archive: RunningArchive;
  let copies: Copy[];
  let s: Stores;
  let backup: Map<string, mongo.Document[]>;

  beforeAll(async () => {
    archive = await RunningArchive.start('2027-07-06');
    for (let i = 0; i < 6; i += 1) {
      archive.moveTo('2027-07-06', `1${i}:00`);
      await archive.sealPermanent({ papers: [{ owner: 'registry', name: 'photo', bytes: pdf(`photo ${i}`) }] });
      await archive.signed();
    }
    const of = <T extends mongo.Document>(name: string) => archive.connection.db!.collection<T>(name);
    s = {
      copies: of<Copy>('copies'),
      leaves: of<Leaf>('log_leaves'),
      nodes: of('log_nodes'),
      heads: of<HeadRow>('log_heads'),
      state: of('log_state'),
      chunks: of('files.chunks'),
      files: of('files.files'),
    };
    copies = await s.copies.find({}).sort({ 'sealed.leaf': 1 }).toArray();
    archive.anchored = (await s.heads.find({}).toArray()).map(({ _id, day: _day, ...head }) => head as SignedHead);
    backup = new Map();
    for (const [name, store] of Object.entries(s))
      backup.set(name, await (store as mongo.Collection).find({}).toArray());
  });
  afterEach(async () => {
    for (const [name, rows] of backup) {
      const store = s[name as keyof Stores] as unknown as mongo.Collection;
      await store.deleteMany({});
      if (rows.length) await store.insertMany(rows);
    }
  });
  afterAll(() => archive.stop());

  const named = (findings: Finding[]) => findings.map(({ harm, what }) => `${harm}: ${what}`);
  const hashOf = ({ statement }: Leaf) => leafHash(canonicalBytes(statement));
  const binary = (hash: Buffer) => new mongo.Binary(hash);
  /** A forger who has the signing key as well signs what the store now says. */
  const signAnew = async (size: number, root: string) => {
    const head = await s.heads.findOne({ _id: size });
    const { log, at, previous } = head!;
    const signed = signHead({ log, size, root, at, ...(previous && { previous }) }, archive.app.get(SigningKey).key);
    await s.heads.updateOne({ _id: size }, { $set: signed });
  };

  it('untouched it is found whole', async () => {
    expect(await archive.verify()).toEqual({
      copies: 6,
      leaves: 6,
      heads: 6,
      files: 18,
      anchors: { registry: 6, transfer: 6 },
      findings: [],
      more: 0,
    });
  });

  const cases: [what: string, harm: () => Promise<unknown>, expected: () => string[]][] = [
    [
      'edited: the school of a copy',
      () => s.copies.updateOne({ _id: copies[2]._id }, { $set: { school: '2152010999' } }),
      () => [`edited: copy ${copies[2]._id}`],
    ],
    [
      'edited: who reviewed it',
      () => s.copies.updateOne({ _id: copies[2]._id }, { $set: { 'review.done.account': 'other' } }),
      () => [`edited: copy ${copies[2]._id}`],
    ],
    [
      'edited: a digest of a file',
      () => s.copies.updateOne({ _id: copies[2]._id }, { $set: { 'files.0.sm3': '00'.repeat(32) } }),
      () => [`edited: copy ${copies[2]._id}`, `edited: file ${copies[2].files[0].sha256}`],
    ],
    [
      'edited: the list of what was missing',
      () => s.copies.updateOne({ _id: copies[2]._id }, { $set: { missing: [] } }),
      () => [`edited: copy ${copies[2]._id}`],
    ],
    [
      'edited: bytes of a file',
      async () => {
        const file = await s.files.findOne({ filename: copies[1].files[0].sha256 });
        const chunk = await s.chunks.findOne({ files_id: file!._id });
        const bytes = Buffer.from(chunk!.data.buffer);
        bytes[3] ^= 1;
        await s.chunks.updateOne({ _id: chunk!._id }, { $set: { data: binary(bytes) as never } });
      },
      () => [`edited: file ${copies[1].files[0].sha256}`],
    ],
    [
      'edited: a statement',
      () => s.leaves.updateOne({ _id: 3 }, { $set: { 'statement.stage': 'senior' } }),
      () => ['edited: leaf 3', 'edited: node 0/3', 'forged: head 4'],
    ],
    [
      'edited: a statement with its hash and node',
      async () => {
        await s.leaves.updateOne({ _id: 3 }, { $set: { 'statement.stage': 'senior' } });
        const hash = hashOf((await s.leaves.findOne({ _id: 3 }))!);
        await s.leaves.updateOne({ _id: 3 }, { $set: { hash: hash.toString('hex') } });
        await s.nodes.updateOne({ _id: '0/3' }, { $set: { hash: binary(hash) } });
      },
      () => [`edited: copy ${copies[3]._id}`, 'edited: node 1/1', 'forged: head 4'],
    ],
    [
      'edited: a node of the tree',
      () => s.nodes.updateOne({ _id: '1/0' }, { $set: { hash: binary(Buffer.alloc(32)) } }),
      () => ['edited: node 1/0'],
    ],
    [
      'edited: a head',
      () => s.heads.updateOne({ _id: 4 }, { $set: { root: '00'.repeat(32) } }),
      () => ['edited: head 4', 'deleted: head 5', 'forged: head 4'],
    ],
    ['deleted: a copy', () => s.copies.deleteOne({ _id: copies[4]._id }), () => [`deleted: copy ${copies[4]._id}`]],
    [
      'deleted: a file',
      () => s.files.deleteOne({ filename: copies[0].files[1].sha256 }),
      () => [`deleted: file ${copies[0].files[1].sha256}`],
    ],
    [
      'deleted: a leaf',
      () => s.leaves.deleteOne({ _id: 2 }),
      () => ['deleted: leaf 2', `added: copy ${copies[2]._id}`],
    ],
    ['deleted: a node', () => s.nodes.deleteOne({ _id: '2/0' }), () => ['deleted: node 2/0']],
    [
      'deleted: a head in the middle',
      () => s.heads.deleteOne({ _id: 3 }),
      () => ['deleted: head 4', 'deleted: head 3'],
    ],
    [
      'deleted: a copy with its leaf, the later ones moved up',
      async () => {
        await s.copies.deleteOne({ _id: copies[4]._id });
        const last = await s.leaves.findOne({ _id: 5 });
        await s.leaves.deleteMany({ _id: { $gte: 4 } });
        await s.leaves.insertOne({ ...last!, _id: 4 });
        await s.copies.updateOne({ _id: copies[5]._id }, { $set: { 'sealed.leaf': 4 } });
        await s.state.updateOne({}, { $set: { size: 5 } });
      },
      () => ['reordered: leaf 4', 'forged: head 5', 'truncated: head 6'],
    ],
    [
      'reordered: two statements change places',
      async () => {
        const [a, b] = [(await s.leaves.findOne({ _id: 1 }))!, (await s.leaves.findOne({ _id: 4 }))!];
        await s.leaves.deleteMany({ _id: { $in: [1, 4] } });
        await s.leaves.insertMany([
          { ...b, _id: 1 },
          { ...a, _id: 4 },
        ]);
      },
      () => ['reordered: leaf 1', 'reordered: leaf 4'],
    ],
    [
      'reordered: with nodes and copies, so that only time and heads remain',
      async () => {
        const [a, b] = [(await s.leaves.findOne({ _id: 0 }))!, (await s.leaves.findOne({ _id: 1 }))!];
        await s.leaves.deleteMany({ _id: { $in: [0, 1] } });
        await s.leaves.insertMany([
          { ...b, _id: 0 },
          { ...a, _id: 1 },
        ]);
        await s.nodes.updateOne({ _id: '0/0' }, { $set: { hash: binary(hashOf(b)) } });
        await s.nodes.updateOne({ _id: '0/1' }, { $set: { hash: binary(hashOf(a)) } });
        await s.copies.updateOne({ _id: a.copy }, { $set: { 'sealed.leaf': 99 } });
        await s.copies.updateOne({ _id: b.copy }, { $set: { 'sealed.leaf': 0 } });
        await s.copies.updateOne({ _id: a.copy }, { $set: { 'sealed.leaf': 1 } });
      },
      () => ['back-dated: leaf 0', 'back-dated: leaf 1', 'edited: node 1/0', 'forged: head 1', 'forged: head 2'],
    ],
    [
      'back-dated: a copy',
      () => s.copies.updateOne({ _id: copies[2]._id }, { $set: { 'sealed.at': new Date('2026-07-06T03:00:00Z') } }),
      () => [`back-dated: copy ${copies[2]._id}`],
    ],
    [
      'back-dated: a day of sealing',
      () => s.copies.updateOne({ _id: copies[2]._id }, { $set: { 'sealed.on': '2026-07-06' } }),
      () => [`back-dated: copy ${copies[2]._id}`],
    ],
    [
      'back-dated: a statement',
      () => s.leaves.updateOne({ _id: 2 }, { $set: { 'statement.sealedAt': '2026-07-06T03:00:00.000Z' } }),
      () => ['edited: leaf 2', 'back-dated: leaf 2', `back-dated: copy ${copies[2]._id}`],
    ],
    [
      'back-dated: a head',
      () => s.heads.updateOne({ _id: 4 }, { $set: { at: '2027-07-01T00:00:00.000Z' } }),
      () => ['edited: head 4', 'back-dated: head 4'],
    ],
    [
      'truncated: the last leaf',
      () => s.leaves.deleteOne({ _id: 5 }),
      () => ['truncated: leaf 5', `added: copy ${copies[5]._id}`],
    ],
    [
      'truncated: the last copies, leaves, nodes and heads, and the state says so too',
      async () => {
        await s.copies.deleteMany({ _id: { $in: [copies[4]._id, copies[5]._id] } });
        await s.leaves.deleteMany({ _id: { $gte: 4 } });
        await s.nodes.deleteMany({ _id: { $in: ['0/4', '0/5', '1/2'] } });
        await s.heads.deleteMany({ _id: { $gte: 5 } });
        await s.state.updateOne({}, { $set: { size: 4 } });
      },
      () => ['truncated: head 5', 'truncated: head 6'],
    ],
    [
      'truncated: the heads alone',
      () => s.heads.deleteMany({ _id: { $gte: 5 } }),
      () => ['truncated: head 5', 'truncated: head 6'],
    ],
    ['deleted: the state', () => s.state.deleteMany({}), () => ['deleted: log']],
    [
      'added: a copy that was never sealed calls itself so',
      () => s.copies.insertOne({ ...copies[0], _id: 'made-up', sealed: { ...copies[0].sealed!, leaf: 77 } }),
      () => ['added: copy made-up'],
    ],
    [
      'rewritten whole by one who has the key as well: what other services keep tells',
      async () => {
        await s.leaves.updateOne({ _id: 5 }, { $set: { 'statement.stage': 'senior' } });
        await s.copies.updateOne({ _id: copies[5]._id }, { $set: { stage: 'senior' } });
        const hash = hashOf((await s.leaves.findOne({ _id: 5 }))!);
        await s.leaves.updateOne({ _id: 5 }, { $set: { hash: hash.toString('hex') } });
        await s.nodes.updateOne({ _id: '0/5' }, { $set: { hash: binary(hash) } });
        const node = (...parts: Buffer[]) =>
          createHash('sha256')
            .update(Buffer.concat([Buffer.of(1), ...parts]))
            .digest();
        const stored = async (id: string) =>
          Buffer.from(((await s.nodes.findOne({ _id: id }))!.hash as mongo.Binary).buffer);
        const pair = node(await stored('0/4'), hash);
        await s.nodes.updateOne({ _id: '1/2' }, { $set: { hash: binary(pair) } });
        await signAnew(6, node(await stored('2/0'), pair).toString('hex'));
      },
      () => ['forged: head 6'],
    ],
  ];

  it.each(cases)('%s', async (_, harm, expected) => {
    await harm();
    const findings = named((await archive.verify()).findings);
    expect(findings).toEqual(expect.arrayContaining(expected()));
  });
});
