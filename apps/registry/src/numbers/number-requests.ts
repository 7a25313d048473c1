import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { StudentRecord } from '../students/record';
import { NumberRequest, requestId, RequestKind } from './number-request';

/** Numbers that are due, kept until the national system has answered. */
@Injectable()
export class NumberRequests implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get requests() {
    return this.connection.collection<NumberRequest>('number_requests');
  }

  async onModuleInit(): Promise<void> {
    await this.requests.createIndexes([
      { key: { askedAt: 1 }, name: 'open', partialFilterExpression: { state: { $in: ['wanted', 'asked'] } } },
    ]);
  }

  /**
   * With the confirmation of a record a number is due: G on the resident ID number (NAT-NO1, GZ-NO1), L for a child
   * without household registration (GZ-NO4). Whoever has a number keeps it (GZ-NO2, CZ-NO1).
   */
  async ask(session: ClientSession, confirmed: readonly StudentRecord[]): Promise<void> {
    await this.add(
      session,
      confirmed
        .filter((record) => record.numbers.length === 0)
        .map((record) => ({ student: record._id, kind: record.documentType === 'residentId' ? 'issue-G' : 'issue-L' })),
    );
  }

  /** Repeating a request that exists changes nothing. */
  async add(session: ClientSession, wanted: { student: string; kind: RequestKind }[]): Promise<void> {
    if (wanted.length === 0) return;
    await this.requests.bulkWrite(
      wanted.map(({ student, kind }) => ({
        updateOne: {
          filter: { _id: requestId(student, kind) },
          update: { $setOnInsert: { student, kind, state: 'wanted' as const, asked: 0, createdAt: new Date() } },
          upsert: true,
        },
      })),
      { session, ordered: false },
    );
  }

  open(): Promise<number> {
    return this.requests.countDocuments({ state: { $in: ['wanted', 'asked'] } });
  }
}
