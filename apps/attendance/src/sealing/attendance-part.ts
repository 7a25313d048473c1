import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Audit } from '#libs/audit';
import { localDateOf } from '#libs/policy';
import { AskedPart, Part, PartSource } from '#libs/sealing';
import type { Leave } from '../leave/leave';
import { RollCallsRepository } from '../roll-call/roll-calls.repository';
import { LettersRepository } from '../watch/letters.repository';
import { WatchesRepository } from '../watch/watches.repository';
import { WordsRepository } from '../words/words.repository';

/**
 * The attendance service's part of a copy: absences by day and counted by kind, leave with its papers, the watch with visits
 * and letters, what was written in words, audit rows; up to the moment of the copy.
 */
@Injectable()
export class AttendancePart extends PartSource {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly rollCalls: RollCallsRepository,
    private readonly watches: WatchesRepository,
    private readonly letters: LettersRepository,
    private readonly words: WordsRepository,
    private readonly audit: Audit,
  ) {
    super();
  }

  async collect({ student, asOf }: AskedPart, session: ClientSession): Promise<Part> {
    const named = await this.rollCalls.naming(student, '0000-01-01', localDateOf(asOf), session);
    const absences = named.flatMap(({ day, session: of, class: classId, exceptions }) =>
      exceptions.filter((one) => one.student === student).map((one) => ({ day, session: of, class: classId, ...one })),
    );
    const counted: Record<string, number> = {};
    for (const { kind } of absences) counted[kind] = (counted[kind] ?? 0) + 1;
    const filed = await this.connection
      .collection<Leave>('leaves')
      .find({ student }, { session })
      .sort({ _id: 1 })
      .toArray();
    const leaves = await Promise.all(
      filed
        .filter(({ asked }) => asked.at <= asOf)
        .map(async (leave) => ({ ...leave, words: await this.words.about(leave._id, session) })),
    );
    const known = await this.watches.ofStudents([student], session);
    const watches = await Promise.all(
      known
        .filter(({ log }) => log[0].at <= asOf)
        .map(async (watch) => ({
          ...watch,
          letters: await this.letters.ofWatch(watch._id, session),
          words: await this.words.about(watch._id, session),
        })),
    );
    const ids = [student, ...leaves.map(({ _id }) => _id), ...watches.map(({ _id }) => _id)];
    const audit = await this.audit.upTo(ids, asOf, session);
    const papers = leaves.flatMap(({ papers: digests }) => digests.map((digest) => ({ name: 'leave', digest })));
    return {
      data: { absences: { counted, days: absences }, leaves, watches, audit },
      papers: [...new Map(papers.map((paper) => [paper.digest, paper])).values()],
      items: absences.length + leaves.length + watches.length + papers.length + audit.length,
      positions: watches.map(({ _id, version }) => ({ id: _id, seq: version })),
    };
  }
}
