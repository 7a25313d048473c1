import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { ClientSession, Connection, mongo } from 'mongoose';
import { Keyring } from './keyring';

export interface StoredFile {
  /** SHA-256 of the clear bytes, hex: the address. */
  digest: string;
  size: number;
}

interface FileRow {
  _id: mongo.ObjectId;
  /** The digest. */
  filename: string;
  metadata: FileMetadata;
}

interface FileMetadata {
  size: number;
  sealed: { s: 'A256GCM'; k: string; n: Buffer };
}

/**
 * Files lie encrypted in the owner's store, addressed by the digest of their clear bytes; nothing lies on a service's
 * disk. The same bytes are written once; by two at the very same moment twice, and the first is the one read. Each writing
 * has an id of its own, so that one that died half-way stands in nobody's way. Object stores can take the bucket's place
 * behind this class.
 */
@Injectable()
export class Files {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly keyring: Keyring,
  ) {}

  private bucket() {
    if (!this.connection.db) throw new Error('the store is not connected');
    return new mongo.GridFSBucket(this.connection.db, { bucketName: 'files', writeConcern: { w: 'majority' } });
  }

  async put(bytes: Buffer, county: string): Promise<StoredFile> {
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (await this.has(digest)) return { digest, size: bytes.length };
    await this.keyring.ready(county);
    const sealed = this.keyring.sealBytes(bytes, county, { collection: 'files', id: digest, field: 'bytes' });
    const metadata: FileMetadata = { size: bytes.length, sealed: { s: sealed.s, k: sealed.k, n: sealed.n } };
    const upload = this.bucket().openUploadStream(digest, { metadata });
    const finished = once(upload, 'finish');
    upload.end(sealed.c);
    await finished;
    return { digest, size: bytes.length };
  }

  /** The clear bytes, or undefined when there is no such file. @throws when the stored bytes do not open. */
  async get(digest: string): Promise<Buffer | undefined> {
    const stored = await this.stored(digest);
    if (!stored) return undefined;
    const parts: Buffer[] = [];
    const stream = this.bucket().openDownloadStream(stored._id);
    for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
    const { sealed } = stored.metadata;
    const nonce = Buffer.isBuffer(sealed.n) ? sealed.n : Buffer.from((sealed.n as { buffer: Uint8Array }).buffer);
    return this.keyring.unsealBytes(
      { s: sealed.s, k: sealed.k, n: nonce, c: Buffer.concat(parts) },
      { collection: 'files', id: digest, field: 'bytes' },
    );
  }

  /** Sizes in bytes of those that are there, by digest. */
  async sizes(digests: readonly string[]): Promise<Map<string, number>> {
    if (digests.length === 0) return new Map();
    const found = await this.rows
      .find({ filename: { $in: [...digests] } }, { projection: { filename: 1, 'metadata.size': 1 } })
      .toArray();
    return new Map(found.map(({ filename, metadata }) => [filename, metadata.size]));
  }

  /** In the caller's transaction, if there is one: with what says that the file is gone, or not at all. Nothing there is no fault. */
  async delete(digest: string, session?: ClientSession): Promise<void> {
    const written = await this.rows.find({ filename: digest }, { session, projection: { _id: 1 } }).toArray();
    const ids = written.map(({ _id }) => _id);
    await this.rows.deleteMany({ _id: { $in: ids } }, { session });
    await this.connection.collection('files.chunks').deleteMany({ files_id: { $in: ids } }, { session });
  }

  private async has(digest: string): Promise<boolean> {
    return (await this.stored(digest)) !== undefined;
  }

  private get rows() {
    return this.connection.collection<FileRow>('files.files');
  }

  private async stored(digest: string): Promise<FileRow | undefined> {
    return (await this.rows.findOne({ filename: digest }, { sort: { _id: 1 } })) ?? undefined;
  }
}
