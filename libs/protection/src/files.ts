import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Connection, mongo } from 'mongoose';
import { Keyring } from './keyring';

export interface StoredFile {
  /** SHA-256 of the clear bytes, hex: the address. */
  digest: string;
  size: number;
}

interface FileMetadata {
  size: number;
  sealed: { s: 'A256GCM'; k: string; n: Buffer };
}

/**
 * Files lie encrypted in the owner's store, addressed by the digest of their clear bytes; nothing lies on a service's
 * disk. Writing the same bytes twice is one file. Object stores can take the bucket's place behind this class.
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
    const id = digest as unknown as mongo.ObjectId; // GridFS takes any id; its typing knows only ObjectId
    const upload = this.bucket().openUploadStreamWithId(id, digest, { metadata });
    const finished = once(upload, 'finish');
    upload.end(sealed.c);
    // Two uploads of the same bytes at once: the second finds the file there and is the same as done.
    await finished.catch(async (fault: unknown) => {
      if (!(await this.has(digest))) throw fault;
    });
    return { digest, size: bytes.length };
  }

  /** The clear bytes, or undefined when there is no such file. @throws when the stored bytes do not open. */
  async get(digest: string): Promise<Buffer | undefined> {
    const stored = await this.stored(digest);
    if (!stored) return undefined;
    const parts: Buffer[] = [];
    const stream = this.bucket().openDownloadStream(digest as unknown as mongo.ObjectId);
    for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
    const { sealed } = stored;
    const nonce = Buffer.isBuffer(sealed.n) ? sealed.n : Buffer.from((sealed.n as { buffer: Uint8Array }).buffer);
    return this.keyring.unsealBytes(
      { s: sealed.s, k: sealed.k, n: nonce, c: Buffer.concat(parts) },
      { collection: 'files', id: digest, field: 'bytes' },
    );
  }

  /** Sizes in bytes of those that are there, by digest. */
  async sizes(digests: readonly string[]): Promise<Map<string, number>> {
    if (digests.length === 0) return new Map();
    const found = await this.connection
      .collection<{ _id: string; metadata: FileMetadata }>('files.files')
      .find({ _id: { $in: [...digests] } }, { projection: { 'metadata.size': 1 } })
      .toArray();
    return new Map(found.map(({ _id, metadata }) => [_id, metadata.size]));
  }

  async delete(digest: string): Promise<void> {
    if (await this.has(digest)) await this.bucket().delete(digest as unknown as mongo.ObjectId);
  }

  private async has(digest: string): Promise<boolean> {
    return (await this.stored(digest)) !== undefined;
  }

  private async stored(digest: string): Promise<FileMetadata | undefined> {
    const file = await this.connection
      .collection<{ _id: string; metadata: FileMetadata }>('files.files')
      .findOne({ _id: digest });
    return file?.metadata;
  }
}
