import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { staleVersion } from '#libs/service-kit';
import { Sealed } from '#libs/protection';
import { finish, lease, progress } from '../long-work/leased.repository';
import { BadRow, Batch, BatchState } from './batch';

const working: BatchState[] = ['checking', 'committing', 'undoing'];

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
  lease(owner: string): Promise<Batch | null> {
    return lease(this.batches, working, owner);
  }

  /** Notes progress and keeps the lease. @throws LeaseLost */
  progress(batch: string, owner: string, change: Partial<Batch>, session?: ClientSession): Promise<void> {
    return progress(this.batches, batch, owner, change, session);
  }

  /** Ends a run: the batch is in its next state and nobody's. @throws LeaseLost */
  finish(batch: string, owner: string, change: Partial<Batch>, session?: ClientSession): Promise<void> {
    return finish(this.batches, batch, owner, { $set: change, $inc: { version: 1 } }, session);
  }
}
