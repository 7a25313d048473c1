import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { staleVersion } from '#libs/service-kit';
import { Sealed } from '#libs/protection';
import { BadRow, Batch, BatchState } from './batch';

const working: BatchState[] = ['checking', 'committing', 'undoing'];
const leaseFor = 15_000;

@Injectable()
export class BatchRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get batches() {
    return this.connection.collection<Batch>('collections');
  }

  get badRows() {
    return this.connection.collection<BadRow & { cells: Sealed }>('collection_bad_rows');
  }

  async onModuleInit(): Promise<void> {
    await this.batches.createIndexes([
      { key: { path: 1, _id: -1 }, name: 'scope' },
      { key: { state: 1, 'lease.until': 1 }, name: 'work' },
      { key: { file: 1 }, name: 'file' },
    ]);
    await this.badRows.createIndexes([{ key: { batch: 1, row: 1 }, name: 'batch', unique: true }]);
  }

  async insert(batch: Batch, session: ClientSession): Promise<void> {
    await this.batches.insertOne(batch, { session });
  }

  /** @throws stale-version when the batch changed since it was read. */
  async save(batch: Batch, session?: ClientSession): Promise<void> {
    const { _id, lease: _lease, ...rest } = batch;
    const { matchedCount } = await this.batches.updateOne(
      { _id, version: batch.version - 1 },
      { $set: rest },
      { session },
    );
    if (matchedCount !== 1) throw staleVersion(batch.version - 1, batch.version);
  }

  /** Takes the next batch that has work and no living worker. */
  async lease(owner: string): Promise<Batch | null> {
    const now = new Date();
    return this.batches.findOneAndUpdate(
      { state: { $in: working }, $or: [{ lease: { $exists: false } }, { 'lease.until': { $lt: now } }] },
      { $set: { lease: { owner, until: new Date(now.getTime() + leaseFor) } } },
      { sort: { _id: 1 }, returnDocument: 'after' },
    );
  }

  /**
   * Notes progress and keeps the lease. @throws when the lease is another's: the work of this run then rolls back with
   * the transaction it was done in.
   */
  async progress(batch: string, owner: string, change: Partial<Batch>, session?: ClientSession): Promise<void> {
    const { matchedCount } = await this.batches.updateOne(
      { _id: batch, 'lease.owner': owner },
      { $set: { ...change, 'lease.until': new Date(Date.now() + leaseFor) } },
      { session },
    );
    if (matchedCount !== 1) throw new LeaseLost(batch);
  }

  /** Ends a run: the batch is in its next state and nobody's. */
  async finish(batch: string, owner: string, change: Partial<Batch>, session?: ClientSession): Promise<void> {
    const { matchedCount } = await this.batches.updateOne(
      { _id: batch, 'lease.owner': owner },
      { $set: change, $unset: { lease: 1 }, $inc: { version: 1 } },
      { session },
    );
    if (matchedCount !== 1) throw new LeaseLost(batch);
  }
}

/** Another instance has taken the batch over. */
export class LeaseLost extends Error {
  constructor(batch: string) {
    super(`the lease of batch ${batch} is another's`);
    this.name = 'LeaseLost';
  }
}
