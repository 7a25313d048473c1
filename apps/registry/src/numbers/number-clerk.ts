import { Inject, Injectable, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Logger } from 'pino';
import { Pack } from '#libs/policy';
import { Clock, LOG, Refused, Rounds } from '#libs/service-kit';
import { Audit } from '#libs/audit';
import { OfficeRepository } from '../places';
import { Policies } from '../policies';
import { ChildVault } from '../students/child-vault';
import { StudentRecord } from '../students/record';
import { Change, Moment, number } from '../students/student';
import { ClaimKey, StudentRepository } from '../students/student.repository';
import { Conversions } from './conversions';
import { NationalAnswer, NationalPort, NationalRequest } from './national-port';
import { NumberRequest, numberKindOf } from './number-request';
import { NumberRequests } from './number-requests';

export abstract class ClerkPace {
  /** Real milliseconds between two rounds. */
  abstract every: number;
  /** Real milliseconds after which a request without an answer is asked for again. */
  abstract askAgainAfter: number;
}

const batchSize = 500;
const duplicateKey = 11000;

/**
 * Brings numbers from the national system. Nothing waits for it: requests stand in the store, are handed over by batch,
 * asked for again while no answer comes, and an answer takes effect once, however often and in whatever order it comes.
 */
@Injectable()
export class NumberClerk implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly rounds: Rounds;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(LOG) private readonly log: Logger,
    private readonly requests: NumberRequests,
    private readonly port: NationalPort,
    private readonly pace: ClerkPace,
    private readonly students: StudentRepository,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
    private readonly conversions: Conversions,
    private readonly vault: ChildVault,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {
    this.rounds = new Rounds(
      () => this.round(),
      (fault) => log.warn({ err: fault }, 'the national system was not reached'),
      pace.every,
    );
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  wake(): void {
    this.rounds.wake();
  }

  /** Asks for what is due, then hears what was answered. */
  async round(): Promise<void> {
    await this.askDue();
    await this.hear();
  }

  private async askDue(): Promise<void> {
    for (;;) {
      const due = await this.requests.requests
        .find({
          $or: [
            { state: 'wanted' },
            { state: 'asked', askedAt: { $lt: new Date(Date.now() - this.pace.askAgainAfter) } },
          ],
        })
        .limit(batchSize)
        .toArray();
      if (due.length === 0) return;
      await this.port.ask(await this.describe(due));
      // Marked after the handing over: dying between the two asks twice under one id, which is one question.
      await this.requests.requests.updateMany(
        { _id: { $in: due.map((request) => request._id) }, state: { $in: ['wanted', 'asked'] } },
        { $set: { state: 'asked', askedAt: new Date() }, $inc: { asked: 1 } },
      );
      if (due.length < batchSize) return;
    }
  }

  private async describe(due: NumberRequest[]): Promise<NationalRequest[]> {
    const records = new Map((await this.students.findMany(due.map((one) => one.student))).map((one) => [one._id, one]));
    const schools = new Map(
      (await this.offices.findMany([...records.values()].map((one) => one.school))).map((one) => [one._id, one]),
    );
    return Promise.all(
      due.flatMap((request) => {
        const record = records.get(request.student);
        return record
          ? [this.describeOne(request, record, schools.get(record.school)?.parent ?? record.keyCounty)]
          : [];
      }),
    );
  }

  private async describeOne(
    request: NumberRequest,
    record: StudentRecord,
    divisionCode: string,
  ): Promise<NationalRequest> {
    const idNumber =
      request.kind === 'convert-to-G'
        ? await this.conversions.idNumberOf(record)
        : record.sealed.idNumber && (await this.vault.open(record.sealed.idNumber, record._id, 'idNumber'));
    return {
      requestId: request._id,
      kind: request.kind,
      ...(idNumber && request.kind !== 'issue-L' && { idNumber }),
      birthDate: record.birthDate,
      sex: record.sex,
      divisionCode,
      schoolCode: record.school,
    };
  }

  private async hear(): Promise<void> {
    const cursors = this.connection.collection<{ _id: string; cursor: string }>('national_cursor');
    for (;;) {
      const after = (await cursors.findOne({ _id: 'answers' }))?.cursor;
      const { answers, cursor } = await this.port.answers(after);
      await this.applyAll(answers);
      // The cursor moves after its answers took effect: dying in between hears them twice, with one effect.
      if (cursor !== undefined && cursor !== after) {
        await cursors.updateOne({ _id: 'answers' }, { $set: { cursor } }, { upsert: true });
      }
      if (answers.length === 0 || cursor === undefined || cursor === after) return;
    }
  }

  /** A batch in one transaction; if it meets something in its way, one by one, so that one answer delays no other. */
  private async applyAll(answers: NationalAnswer[]): Promise<void> {
    const given = answers.filter(
      (answer) => answer.outcome === 'refused' || (answer.outcome === 'issued' && answer.number),
    );
    if (given.length === 0) return;
    try {
      await this.apply(given);
    } catch {
      for (const answer of given) await this.applyPatiently(answer);
    }
  }

  private async applyPatiently(answer: NationalAnswer): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.apply([answer]);
      } catch (fault) {
        if ((fault as { code?: number }).code === duplicateKey) return this.dispute(answer);
        // The record changed while the number was written: read it again.
        const stale = fault instanceof Refused && fault.refusal.slug === 'stale-version';
        if (!stale || attempt >= 5) throw fault;
      }
    }
  }

  /** A number that another person has is never given a second time; the request stays to be looked at by people. */
  private async dispute({ requestId }: NationalAnswer): Promise<void> {
    await this.requests.requests.updateOne(
      { _id: requestId, state: { $ne: 'answered' } },
      { $set: { state: 'refused', reason: 'number-of-another' } },
    );
    this.log.error({ requestId }, 'the national system issued a number that another person has');
  }

  private async apply(answers: NationalAnswer[]): Promise<void> {
    // Twice in one batch is once; a number that was issued outweighs a refusal, in whatever order they come.
    const byRequest = new Map<string, NationalAnswer>();
    for (const answer of answers) {
      if (byRequest.get(answer.requestId)?.outcome !== 'issued') byRequest.set(answer.requestId, answer);
    }
    await this.connection.transaction(async (session) => {
      const { requests } = this.requests;
      const open = await requests
        .find({ _id: { $in: [...byRequest.keys()] }, state: { $ne: 'answered' } }, { session })
        .toArray();
      if (open.length === 0) return;
      const at = this.clock.now();
      const moment: Moment = { on: this.clock.today(), at, by: 'national' };
      const records = new Map(
        (
          await this.students.findMany(
            open.map((one) => one.student),
            session,
          )
        ).map((one) => [one._id, one]),
      );
      const packs = new Map<string, Pack>();
      const changes: Change[] = [];
      const claims: { key: ClaimKey; student: string }[] = [];
      for (const request of open) {
        const answer = byRequest.get(request._id);
        if (answer?.outcome !== 'issued' || !answer.number) continue;
        const record = records.get(request.student);
        if (!record) throw new Error('a number was issued for a record that is not there');
        const index = this.vault.numberIndex(answer.number);
        if (record.index.numbers.includes(index)) continue;
        const pack = packs.get(record.path) ?? (await this.policies.packFor(record.path, moment.on));
        packs.set(record.path, pack);
        const converted = request.kind === 'convert-to-G';
        const rules = (converted ? ['GZ-NO5', 'NAT-NO1'] : ['GZ-NO3', 'NAT-NO1', 'CZ-NO1']).filter((id) =>
          pack.rule(id),
        );
        changes.push(
          number(
            converted ? await this.conversions.complete(session, record, moment) : record,
            {
              kind: numberKindOf(request.kind),
              sealed: this.vault.seal(answer.number, record, 'number'),
              index,
              issuedAt: at,
            },
            moment,
            { pack: pack.id, rules },
          ),
        );
        claims.push({ key: { kind: 'number', index }, student: record._id });
      }
      await requests.bulkWrite(
        open.map(({ _id }) => {
          const answer = byRequest.get(_id);
          const state = answer?.outcome === 'issued' ? ('answered' as const) : ('refused' as const);
          return {
            updateOne: {
              filter: { _id },
              update: { $set: { state, ...(answer?.reason && { reason: answer.reason }) } },
            },
          };
        }),
        { session },
      );
      await this.students.claim(session, claims);
      await this.students.save(session, changes);
      await this.audit.write(
        changes.map(({ record }) => ({
          act: 'registry.number.issued',
          account: 'national',
          subject: { kind: 'student', id: record._id, version: record.version },
          at,
        })),
        session,
      );
    });
  }
}
