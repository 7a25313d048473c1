import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import type { LocalDate } from '#libs/policy';
import type { Case } from './case';

/** Cases by id. Everything about them happened on the day it was recorded, so one time is enough. */
@Injectable()
export class CasesRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get cases() {
    return this.connection.collection<Case>('cases');
  }

  async onModuleInit(): Promise<void> {
    await this.cases.createIndexes([
      { key: { 'from.path': 1, filedOn: 1 }, name: 'from' },
      { key: { 'to.path': 1, filedOn: 1 }, name: 'to' },
      { key: { 'steps.path': 1, 'steps.dueOn': 1 }, name: 'steps' },
    ]);
  }

  async put(session: ClientSession, { _id, ...rest }: Case): Promise<void> {
    await this.cases.replaceOne({ _id }, rest, { upsert: true, session, ignoreUndefined: true });
  }

  /** Changes a case; of one not heard of there is nothing to count. */
  async change(session: ClientSession, id: string, next: (one: Case) => Case): Promise<void> {
    const found = await this.cases.findOne({ _id: id }, { session });
    if (found) await this.put(session, next(found));
  }

  /** Cases that were open on a day and have a step under a path. */
  openAt(path: string, on: LocalDate): Promise<Case[]> {
    return this.cases
      .find({
        filedOn: { $lte: on },
        $and: [
          { $or: [{ endedOn: { $exists: false } }, { endedOn: { $gt: on } }] },
          { steps: { $elemMatch: { path: { $gte: path, $lt: `${path.slice(0, -1)}0` }, arrivedOn: { $lte: on } } } },
        ],
      })
      .toArray();
  }

  /** Cases with a step under a path whose due day lies in a period. */
  dueWithin(path: string, from: LocalDate, to: LocalDate): Promise<Case[]> {
    const due = { $gte: from, $lte: to };
    return this.cases
      .find({ steps: { $elemMatch: { path: { $gte: path, $lt: `${path.slice(0, -1)}0` }, dueOn: due } } })
      .toArray();
  }
}
