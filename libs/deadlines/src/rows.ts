import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection, mongo } from 'mongoose';
import { DeadlineRow } from './deadline';

/** The collection of this service's deadlines, the only truth about them. */
@Injectable()
export class DeadlineRows implements OnModuleInit {
  constructor(@InjectConnection() readonly connection: Connection) {}

  get collection() {
    return this.connection.collection<DeadlineRow>('deadlines');
  }

  /** Only open deadlines are indexed: what is over, and kept for ever, costs one entry. */
  async onModuleInit(): Promise<void> {
    await this.connection.asPromise();
    await this.collection.createIndexes([
      { key: { kind: 1, alarmAt: 1 }, name: 'armed', partialFilterExpression: { state: 'armed' } },
      { key: { subject: 1 }, name: 'open', partialFilterExpression: { state: { $in: ['armed', 'failed'] } } },
      { key: { state: 1, alarmAt: 1 }, name: 'failed', partialFilterExpression: { state: 'failed' } },
      { key: { firedBy: 1, firedAt: 1 }, name: 'fired', partialFilterExpression: { state: 'fired' } },
    ]);
  }

  /** Armed deadlines of these kinds whose alarm lies in (after, until]; each with no more than an alarm needs. */
  armed(kinds: string[], until: Date, after?: Date) {
    const alarmAt = { $lte: until, ...(after && { $gt: after }) };
    return this.collection.find<Alarm>({ state: 'armed', kind: { $in: kinds }, alarmAt }, { projection: alarmFields });
  }

  /** The store's own time of now; a change stream from here misses nothing that is committed later. */
  async operationTime(): Promise<mongo.Timestamp> {
    const { operationTime } = await this.connection.db!.command({ ping: 1 });
    return operationTime as mongo.Timestamp;
  }

  /** Those of these ids that are armed, with an alarm no later than `until`. */
  armedAmong(ids: string[], until: Date) {
    const filter = { _id: { $in: ids }, state: 'armed' as const, alarmAt: { $lte: until } };
    return this.collection.find<Alarm>(filter, { projection: alarmFields });
  }
}

const alarmFields = { kind: 1, version: 1, alarmAt: 1 };

export type Alarm = Pick<DeadlineRow, '_id' | 'kind' | 'version' | 'alarmAt'>;
