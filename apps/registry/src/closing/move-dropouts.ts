import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Actor } from '#libs/access';
import { ProblemItem } from '#libs/contracts';
import { lifeCap } from '#libs/policy';
import { ClassRepository, OfficeRepository, SchoolClass, standsOn } from '../places';
import { Policies } from '../policies';
import { marked, onRoll, StudentRecord } from '../students/record';
import { handOver } from '../students/standing';
import { StudentRepository } from '../students/student.repository';
import { Closing, Moment, mustBe } from './closing';
import { ClosingPath } from './closing-path';
import { inPack } from './conduct-closing';
import { closingRefused } from './refusals';

/**
 * Seats of dropped-out pupils go to the school that the county names, by a closing act and no transfer: the record stays
 * open through the compulsory years (NAT-DO2), and nobody is there to apply for a transfer.
 */
@Injectable()
export class MoveDropouts {
  constructor(
    private readonly path: ClosingPath,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
  ) {}

  /** @param classes of the school named, one for each stage and cohort */
  run(actor: Actor, key: string, id: string, version: number, school: string, classes: string[]) {
    return this.path.decide(
      actor,
      key,
      { act: 'dropouts', id, version, ...{ school, classes } },
      async (closing, moment, session) => {
        mustBe(closing, 'announced');
        const to = await this.offices.find(school, session);
        const here = await this.students.students.find({ path: closing.path, ...onRoll }, { session }).toArray();
        const dropouts = here.filter((record) => marked(record, 'dropout', moment.on));
        const own = (await this.classes.ofSchool(school, session)).filter((one) => classes.includes(one._id));
        const stands = to && standsOn(to, moment.on) && !to.closing && to._id !== closing.school;
        if (!stands) throw closingRefused([{ field: 'school', code: 'no-such-school', message: noSchool }]);
        const seats = dropouts.map((record) => ({ record, to: own.find((one) => fits(one, record)) }));
        const problems = seats.flatMap(({ record, to: seat }) => against(record, seat));
        if (problems.length > 0) throw closingRefused(problems);
        await this.seat(
          closing,
          seats.map(({ record, to: seat }) => ({ record, to: seat! })),
          moment,
          actor.account,
          session,
        );
        return { closing, events: [] };
      },
    );
  }

  private async seat(
    closing: Closing,
    seats: { record: StudentRecord; to: SchoolClass }[],
    moment: Moment,
    by: string,
    session: ClientSession,
  ): Promise<void> {
    for (const [classId, those] of Map.groupBy(seats, ({ to }) => to._id)) {
      const { stage, path } = those[0].to;
      const cap = lifeCap(stage, await this.policies.packFor(path, moment.on));
      await this.classes.take(session, classId, those.length, cap?.value);
    }
    for (const [classId, those] of Map.groupBy(seats, ({ record }) => record.class))
      await this.classes.free(session, classId, those.length);
    const rules = inPack(['NAT-DO2', 'CZ-WD10'], this.policies.policy.pack(closing.pack));
    const changes = seats.map(({ record, to }) =>
      handOver(
        record,
        closing._id,
        { school: to.school, path: to.path, class: to._id },
        { ...moment, by },
        { pack: closing.pack, rules },
      ),
    );
    await this.students.save(session, changes);
  }
}

const fits = (one: SchoolClass, record: StudentRecord): boolean =>
  one.stage === record.stage && one.entryYear === record.entryYear;

const against = (record: StudentRecord, to: SchoolClass | undefined): ProblemItem[] => {
  const field = record._id;
  if (record.hold) return [{ field, code: 'held', message: { zh: '有在办的异动。', en: 'A movement is under way.' } }];
  if (to) return [];
  return [
    {
      field,
      code: 'no-class-for-cohort',
      message: {
        zh: `指定学校没有${record.entryYear}级（${record.stage}）的班级。`,
        en: `No class named is of the ${record.stage} cohort of ${record.entryYear}.`,
      },
      facts: { stage: record.stage, entryYear: record.entryYear },
    },
  ];
};

const noSchool = {
  zh: '指定的学校不存在、已撤并或正在撤并。',
  en: 'The school named does not stand, or is being closed itself.',
};
