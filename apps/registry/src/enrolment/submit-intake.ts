import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { ProblemItem } from '#libs/contracts';
import { Clock, refuse } from '#libs/service-kit';
import { StudentRecord } from '../students/record';
import { Change, submit } from '../students/student';
import { StudentRepository } from '../students/student.repository';
import { Authorities } from './authorities';

export interface Submitted {
  submitted: number;
  /** Children that stay with the school, each with the reason. */
  kept: { student: string; problem: ProblemItem }[];
}

const chunk = 500;

/**
 * The school records its check and submits to the record authority (GZ-EN1, GZ-NO3). The second look is another
 * person's: nobody checks what they entered (SCH9-EN2, GZ-RO15).
 */
@Injectable()
export class SubmitIntake {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly authorities: Authorities,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** Submits every entered child of the school, or those named; one sent back is submitted again only by name. */
  async run(actor: Actor, school: string, named?: string[]): Promise<Submitted> {
    const post = actor.postOf(school);
    const done: Submitted = { submitted: 0, kept: [] };
    let after = '';
    for (;;) {
      const waiting = await this.students.students
        .find({
          path: post.path,
          registration: named ? { $in: ['entered' as const, 'returned' as const] } : 'entered',
          _id: { $gt: after, ...(named && { $in: named }) },
        })
        .sort({ _id: 1 })
        .limit(chunk)
        .toArray();
      if (waiting.length === 0) break;
      after = waiting[waiting.length - 1]._id;
      await this.submitChunk(waiting, actor, post._id, done);
    }
    if (named && done.submitted === 0 && done.kept.length === 0) {
      throw refuse('nothing-to-submit', {
        status: 409,
        title: { zh: '没有可提交的学生', en: 'Nothing to submit' },
        detail: {
          zh: '所列学生都不是“已录入”或“已退回”状态。',
          en: 'None of the children named is entered or sent back.',
        },
        remedy: { zh: '请刷新名单后再试。', en: 'Read the list again.' },
      });
    }
    return done;
  }

  private async submitChunk(waiting: StudentRecord[], actor: Actor, post: string, done: Submitted): Promise<void> {
    const moment = { on: this.clock.today(), at: this.clock.now(), by: actor.account };
    const own = waiting.filter((record) => wroteIn(record, actor.account));
    const others = waiting.filter((record) => !wroteIn(record, actor.account));
    done.kept.push(...own.map((record) => ({ student: record._id, problem: ownEntry })));
    const changes: Change[] = [];
    for (const record of others) {
      const authority = await this.authorities.of(record.school, record.stage, moment.on);
      changes.push(submit(record, authority._id, moment));
    }
    await this.connection.transaction(async (session) => {
      await this.students.save(session, changes);
      await this.audit.write(
        changes.map(({ record }) => ({
          act: 'registry.student.submit',
          account: actor.account,
          post,
          subject: { kind: 'student', id: record._id, version: record.version },
          at: moment.at,
        })),
        session,
      );
    });
    done.submitted += changes.length;
  }
}

/** Whether an account entered the record, or corrected what stands in it since. */
const wroteIn = (record: StudentRecord, account: string): boolean =>
  record.enteredBy === account ||
  record.facts.some((fact) => fact.by === account && fact.recordedAt >= record.enteredAt);

const ownEntry: ProblemItem = {
  code: 'own-entry',
  message: { zh: '录入人不能审核自己录入的学生。', en: 'Nobody checks what they entered themselves.' },
  remedy: { zh: '请由分管校领导或其他人员审核提交。', en: 'Let the deputy head or another person check it.' },
};
