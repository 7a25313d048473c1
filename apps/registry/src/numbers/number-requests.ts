import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { OfficeKind, ProblemItem } from '#libs/contracts';
import { Pack } from '#libs/policy';
import { StudentRecord } from '../students/record';
import { NumberRequest, requestId, RequestKind } from './number-request';
import { temporaryProblem } from './temporary-number';

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
   * without one, where the line knows temporary numbers and the confirming office is the one that approves them (GZ-NO4).
   * Whoever has a number keeps it (GZ-NO2, CZ-NO1).
   * @returns children for whom none could be asked, each with the reason
   */
  async ask(
    session: ClientSession,
    confirmed: readonly StudentRecord[],
    pack: Pack,
    office: OfficeKind,
  ): Promise<{ student: string; problem: ProblemItem }[]> {
    const due = confirmed.filter((record) => record.numbers.length === 0);
    const onId = due.filter((record) => record.documentType === 'residentId');
    const temporary = due.filter((record) => record.documentType !== 'residentId');
    const problem = temporaryProblem(pack, office);
    await this.add(session, [
      ...onId.map(({ _id }) => ({ student: _id, kind: 'issue-G' as const })),
      ...(problem ? [] : temporary.map(({ _id }) => ({ student: _id, kind: 'issue-L' as const }))),
    ]);
    return problem ? temporary.map(({ _id }) => ({ student: _id, problem })) : [];
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
