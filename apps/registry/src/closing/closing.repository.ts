import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Outbox } from '#libs/messaging';
import { staleVersion } from '#libs/service-kit';
import { Changed, Closing, ClosingState } from './closing';

const open: ClosingState[] = ['announced', 'passing', 'handingOver'];

@Injectable()
export class ClosingRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly outbox: Outbox,
  ) {}

  get closings() {
    return this.connection.collection<Closing>('closings');
  }

  async onModuleInit(): Promise<void> {
    await this.closings.createIndexes([
      { key: { path: 1, _id: -1 }, name: 'scope' },
      { key: { school: 1 }, name: 'openOfSchool', unique: true, partialFilterExpression: { state: { $in: open } } },
      { key: { state: 1, 'lease.until': 1 }, name: 'work' },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Closing | null> {
    return this.closings.findOne({ _id: id }, { session });
  }

  /** Saves the next state with its events; it rests on the version that was read. @throws stale-version */
  async save(session: ClientSession, { closing, events }: Changed): Promise<void> {
    const before = closing.version - events.length;
    const { matchedCount, upsertedCount } = await this.closings.replaceOne(
      { _id: closing._id, version: before },
      closing,
      {
        session,
        upsert: before === 0,
        ignoreUndefined: true,
      },
    );
    if (matchedCount + upsertedCount !== 1) throw staleVersion(before, closing.version);
    await this.outbox.add(session, events);
  }
}
