import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { MessagingStore, Once } from '#libs/messaging';
import { PapersRepository } from '#libs/papers';
import { daysBetween, type LocalDate } from '#libs/policy';
import { Clock, invalidInput, notFound } from '#libs/service-kit';
import { StudentsRepository } from '../roster/students.repository';
import { WordsRepository } from '../words/words.repository';
import type { Leave, LeaveReason } from './leave';
import { LeavesRepository } from './leaves.repository';

export interface LeaveInput {
  student: string;
  from: LocalDate;
  to: LocalDate;
  reason: LeaveReason;
  words?: string;
  papers: string[];
}

const longest = 366;

/** A leave is asked for, before its days or after them, with its papers. It excuses nothing until it is granted. */
@Injectable()
export class FileLeave {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly students: StudentsRepository,
    private readonly leaves: LeavesRepository,
    private readonly papers: PapersRepository,
    private readonly words: WordsRepository,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `invalid-input` */
  async run(actor: Actor, key: string, input: LeaveInput): Promise<{ id: string; version: number; state: string }> {
    const { student: id, from, to, reason, words } = input;
    const student = await this.students.find(id);
    const stay = student?.stays.find((one) => one.from <= to && from <= one.to);
    if (!stay) throw notFound();
    const post = actor.postOf(stay.school);
    if (to < from || daysBetween(from, to) > longest) throw wrongPeriod();
    const lacking = await this.papers.lacking(stay.school, input.papers);
    if (lacking.length > 0) throw unknownPapers(input.papers, lacking);
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'leave', input } }, async () => {
        const asked = { account: actor.account, on: this.clock.today(), at: this.clock.now() };
        const { school, path } = stay;
        const leave: Leave = {
          ...{ _id: uuidv7(), version: 1, student: id, school, path, from, to, reason },
          ...{ papers: input.papers, state: 'asked', asked },
        };
        await this.leaves.save(session, leave);
        if (words) {
          const written = { what: 'leave', text: words, account: actor.account, at: asked.at };
          await this.words.write(session, { id: leave._id, path }, written);
        }
        const subject = { kind: 'leave', id: leave._id, version: 1 };
        await this.audit.write(
          [{ act: 'attendance.leave.file', account: actor.account, post: post._id, subject, at: asked.at }],
          session,
        );
        return { id: leave._id, version: 1, state: leave.state };
      }),
    );
  }
}

const wrongPeriod = () =>
  invalidInput([
    {
      field: 'to',
      code: 'period',
      message: {
        zh: `截止日须在起始日当天或之后${longest}天以内。`,
        en: `The last day lies on the first one or at most ${longest} days after it.`,
      },
    },
  ]);

export const unknownPapers = (given: readonly string[], lacking: readonly string[]) =>
  invalidInput(
    lacking.map((digest) => ({
      field: `papers.${given.indexOf(digest)}`,
      code: 'unknown-paper',
      message: { zh: '本校没有上传过这份材料。', en: 'The school has uploaded no such paper.' },
      remedy: { zh: '请先上传扫描件。', en: 'Upload the scan first.' },
    })),
  );
