import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import type { Leg } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

/** A roll call of a class, as last corrected; `calledOn` is absent while only its absence has been told. */
export interface Call {
  /** `<class>/<day>/<session>`, or `<class>/<day>` for one that was missed. */
  _id: string;
  class: string;
  school: string;
  path: string;
  day: LocalDate;
  missed?: true;
  onRoll?: number;
  present?: number;
  legs?: Partial<Record<Leg, number>>;
}

@Injectable()
export class CallsRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get calls() {
    return this.connection.collection<Call>('calls');
  }

  async onModuleInit(): Promise<void> {
    await this.calls.createIndexes([{ key: { path: 1, day: 1, class: 1 }, name: 'path' }]);
  }

  async put(session: ClientSession, calls: readonly Call[]): Promise<void> {
    const last = new Map(calls.map((call) => [call._id, call]));
    await this.calls.bulkWrite(
      [...last.values()].map(({ _id, ...rest }) => ({
        replaceOne: { filter: { _id }, replacement: rest, upsert: true },
      })),
      { session, ordered: false },
    );
  }
}
