import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import type { LocalDate } from '#libs/policy';
import { durably, Once } from '#libs/messaging';
import { Clock, invalidInput, notFound, refuse, staleVersion } from '#libs/service-kit';
import { ClassRepository, OfficeRepository } from '../places';
import { Policies } from '../policies';
import { studyElsewhere } from '../students/student';
import { StudentRepository } from '../students/student.repository';

export const studyKinds = ['inclusivePlacement', 'specialSchool', 'recordSchool'] as const;
export type StudyKind = (typeof studyKinds)[number];

export interface StudyPlaceInput {
  student: string;
  version: number;
  kind: StudyKind;
  from: LocalDate;
  /** Class in which the child is taught; absent for `recordSchool`. */
  class?: string;
  /** Digest of the guardian's consent in the dossier of the record. */
  consent?: string;
}

/**
 * A child is taught at another school than the one that keeps its record: inclusive placement from a special school, or
 * the other way (NAT-SP1). The record stays, by choice and with the guardian's consent; seat and place of study are two
 * fields (D5-09), and the child is counted by its seat alone.
 */
@Injectable()
export class SetStudyPlace {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `no-consent`, `not-this-placement`, `invalid-input` */
  run(actor: Actor, key: string, input: StudyPlaceInput): Promise<{ student: string; version: number }> {
    return this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body: { act: 'study-place', input } }, async () => {
          const record = await this.students.find(input.student, session);
          const post = record && actor.posts.find(({ office }) => office === record.school);
          if (!record || !post || record.registration === 'undone') throw notFound();
          if (record.version !== input.version) throw staleVersion(input.version, record.version);
          const moment = { on: this.clock.today(), at: this.clock.now(), by: actor.account };
          const place = await this.placeOf(input, record.school);
          if (place && !Object.values(record.dossier).includes(input.consent ?? '')) {
            const pack = await this.policies.packFor(record.path, input.from);
            throw noConsent(pack.rule('NAT-SP1')?.citation);
          }
          const change = studyElsewhere(
            record,
            { kind: input.kind, from: input.from, ...place },
            input.consent,
            moment,
          );
          await this.students.save(session, [change]);
          const subject = { kind: 'student', id: record._id, version: change.record.version };
          const act = 'registry.student.study-place';
          await this.audit.write(
            [{ act, account: actor.account, post: post._id, subject, at: moment.at, fields: [input.kind] }],
            session,
          );
          return { student: record._id, version: change.record.version };
        }),
      durably,
    );
  }

  /** The special school of the pair is one of the two: which one, the kind says. Undefined: at the record school again. */
  private async placeOf({ kind, class: classId }: StudyPlaceInput, recordSchool: string) {
    if (kind === 'recordSchool') return undefined;
    const found = classId === undefined ? null : await this.classes.find(classId);
    if (!found) throw noClass();
    const [from, to] = await Promise.all([this.offices.find(recordSchool), this.offices.find(found.school)]);
    const isSpecial = (one: typeof from) => one?.school?.type === 'special';
    const right = kind === 'inclusivePlacement' ? isSpecial(from) && !isSpecial(to) : !isSpecial(from) && isSpecial(to);
    if (!right || found.school === recordSchool) throw notThisPlacement(kind);
    return { school: found.school, path: found.path, class: found._id };
  }
}

const noClass = () =>
  invalidInput([
    {
      field: 'class',
      code: 'no-such-class',
      message: { zh: '没有这个班级。', en: 'There is no such class.' },
      remedy: { zh: '请填写学生就读的班级。', en: 'Name the class in which the child is taught.' },
    },
  ]);

const noConsent = (citation: Parameters<typeof refuse>[1]['citation']) =>
  refuse('no-consent', {
    status: 422,
    title: { zh: '缺少监护人同意书', en: 'The guardian’s consent is missing' },
    detail: {
      zh: '学籍保留在原学校的，须经监护人同意，同意书存入学籍档案。',
      en: 'That the record stays at this school is a choice with the guardian’s consent, which is filed in the dossier.',
    },
    remedy: {
      zh: '请先上传同意书，再填写其编号。',
      en: 'Attach the consent to the dossier first and name its digest.',
    },
    ...(citation && { citation }),
  });

const notThisPlacement = (kind: StudyKind) =>
  refuse('not-this-placement', {
    status: 422,
    title: { zh: '不属于该类就读', en: 'Not a placement of this kind' },
    detail:
      kind === 'inclusivePlacement'
        ? {
            zh: '随班就读是特殊教育学校的学生到普通学校就读。',
            en: 'Inclusive placement brings a pupil of a special school to an ordinary one.',
          }
        : {
            zh: '到特殊教育学校就读的是普通学校的学生。',
            en: 'This placement brings a pupil of an ordinary school to a special one.',
          },
    remedy: {
      zh: '请核对学校和班级；其他情况请办理转学。',
      en: 'Check school and class; anything else is a transfer.',
    },
    facts: { kind },
  });
