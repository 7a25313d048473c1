import { createConnection, Connection } from 'mongoose';
import { createHash, randomBytes } from 'node:crypto';
import { Settings } from '#libs/service-kit';
import { Corner, ownCorner } from '#libs/testing';
import { Files, Keyring } from '../src';

jest.setTimeout(60_000);

describe('files', () => {
  let corner: Corner;
  let connection: Connection;
  let files: Files;

  beforeAll(async () => {
    corner = ownCorner();
    connection = await createConnection(corner.mongoUrl('registry')).asPromise();
    const environment = { ...corner.environment('registry'), XUEJI_GATEWAY_URL: 'http://127.0.0.1:9' };
    const keyring = new Keyring(connection, Settings.fromEnvironment('registry', environment));
    await keyring.onModuleInit();
    files = new Files(connection, keyring);
  });
  afterAll(async () => {
    await connection.close();
    await corner.drop();
  });

  // More than one chunk of the store.
  const bytes = () => randomBytes(600_000);

  it('lie sealed, are found by the digest of their clear bytes, and are gone when deleted', async () => {
    const paper = bytes();
    const { digest, size } = await files.put(paper, '520103');
    expect(digest).toBe(createHash('sha256').update(paper).digest('hex'));
    expect(size).toBe(paper.length);
    expect(await files.get(digest)).toEqual(paper);
    const chunks = await connection.collection<{ data: { buffer: Buffer } }>('files.chunks').find().toArray();
    expect(Buffer.concat(chunks.map(({ data }) => data.buffer)).includes(paper.subarray(0, 64))).toBe(false);
    await files.delete(digest);
    expect(await files.get(digest)).toBeUndefined();
  });

  it('go with the transaction that deletes them, or stay', async () => {
    const paper = bytes();
    const { digest } = await files.put(paper, '520103');
    expect(await files.sizes([digest, 'no-digest'])).toEqual(new Map([[digest, paper.length]]));
    const refused = connection.transaction(async (session) => {
      await files.delete(digest, session);
      throw new Error('not after all');
    });
    await expect(refused).rejects.toThrow('not after all');
    expect(await files.get(digest)).toEqual(paper);
    await connection.transaction((session) => files.delete(digest, session));
    expect(await files.get(digest)).toBeUndefined();
  });

  it('written again are one file', async () => {
    const paper = bytes();
    const first = await files.put(paper, '520103');
    expect(await files.put(paper, '520302')).toEqual(first);
    expect(await connection.collection('files.files').countDocuments({ filename: first.digest })).toBe(1);
  });

  it('written by many at the same moment are whole, for each of them', async () => {
    const paper = bytes();
    const written = await Promise.all(Array.from({ length: 12 }, () => files.put(paper, '520103')));
    expect(new Set(written.map(({ digest }) => digest)).size).toBe(1);
    const [{ digest }] = written;
    expect(await files.get(digest)).toEqual(paper);
    await files.delete(digest);
    expect(await files.get(digest)).toBeUndefined();
  });

  it('can be written after a writing that died half-way', async () => {
    const paper = bytes();
    const { digest } = await files.put(paper, '520103');
    // What a process that is killed leaves behind: chunks, and no file.
    await connection.collection('files.files').deleteOne({ filename: digest });
    expect(await files.get(digest)).toBeUndefined();
    expect(await files.put(paper, '520103')).toEqual({ digest, size: paper.length });
    expect(await files.get(digest)).toEqual(paper);
  });
});
