import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { durably, Once } from '#libs/messaging';
import type { LocalDate } from '#libs/policy';
import { Clock, invalidInput, notFound, staleVersion, wrongState } from '#libs/service-kit';
import { Policies } from '../policies';
import { mark } from '../students/student';
import { StudentRepository } from '../students/student.repository';

export interface HomeTeachingInput {
  student: string;
  version: number;
  from: LocalDate;
  /** Last day; absent while it lasts. */
  to?: LocalDate;
}

/**
 * The school that teaches a severely disabled child at home keeps its record and marks it (NAT-SP2); attendance then leaves
 * the child out of the watch.
 */
@Injectable()
export class SetHomeTeaching {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly policies: Policies,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `wrong-state`, `invalid-input` */
  run(actor: Actor, key: string, input: HomeTeachingInput): Promise<{ student: string; version: number }> {
    return this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body: { act: 'home-teaching', input } }, async () => {
          const record = await this.students.find(input.student, session);
          const post = record && actor.posts.find(({ office }) => office === record.school);
          if (!record || !post || record.registration === 'undone') throw notFound();
          if (record.version !== input.version) throw staleVersion(input.version, record.version);
          const { from, to } = input;
          if (to !== undefined && to < from) throw wrongPeriod();
          const other = record.marks.find(
            (one) => one.mark === homeTeaching && one.from !== from && (one.to === undefined || one.to >= from),
          );
          if (other && (to === undefined || other.from <= to)) throw overlapping(other.from);
          const pack = await this.policies.packFor(record.path, from);
          const moment = { on: this.clock.today(), at: this.clock.now(), by: actor.account };
          const grounds = { pack: pack.id, rules: ['NAT-SP2'].filter((rule) => pack.rule(rule)) };
          const span = { mark: homeTeaching, from, ...(to !== undefined && { to }) };
          const change = mark(record, span, moment, grounds);
          await this.students.save(session, [change]);
          const subject = { kind: 'student', id: record._id, version: change.record.version };
          const act = 'registry.student.home-teaching';
          await this.audit.write([{ act, account: actor.account, post: post._id, subject, at: moment.at }], session);
          return { student: record._id, version: change.record.version };
        }),
      durably,
    );
  }
}

const homeTeaching = 'homeTeaching';

const wrongPeriod = () =>
  invalidInput([
    {
      field: 'to',
      code: 'ends-before-it-begins',
      message: { zh: '截止日不得早于起始日。', en: 'The last day does not lie before the first.' },
    },
  ]);

const overlapping = (from: LocalDate) =>
  wrongState(
    { zh: `该生自${from}起已标注送教上门。`, en: `The child is marked as taught at home from ${from} on.` },
    { zh: '请先填写其截止日。', en: 'Give that span its last day first.' },
    { from },
  );
