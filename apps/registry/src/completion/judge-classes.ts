import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { gradesOfStage, ProblemItem } from '#libs/contracts';
import { type LocalDate, type Pack, termsAt } from '#libs/policy';
import { notFound } from '#libs/service-kit';
import { Authorities } from '../enrolment/authorities';
import { NumberRequest, requestId, requestKinds } from '../numbers/number-request';
import { ClassRepository, gradeOn, isSchool, Office, OfficeRepository, SchoolClass, TermRepository } from '../places';
import { Policies } from '../policies';
import { onRoll, StudentRecord } from '../students/record';
import { StudentRepository } from '../students/student.repository';
import { CompletionRepository } from './completion.repository';
import { ClassToEnd, CompletionWish, Judged, judgeClass } from './judge-class';

export interface ClassesJudged {
  office: Office;
  county: string;
  pack: Pack;
  classes: { one: ClassToEnd; authority: string; onRoll: number; judged: Judged }[];
  problems: ProblemItem[];
}

/** Reads everything about the classes named and judges them; writes nothing. */
@Injectable()
export class JudgeClasses {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly offices: OfficeRepository,
    private readonly classes: ClassRepository,
    private readonly terms: TermRepository,
    private readonly authorities: Authorities,
    private readonly policies: Policies,
    private readonly students: StudentRepository,
    private readonly completions: CompletionRepository,
  ) {}

  async run(school: string, wish: CompletionWish, today: LocalDate, session?: ClientSession): Promise<ClassesJudged> {
    const office = await this.offices.find(school, session);
    if (!office || !isSchool(office)) throw notFound();
    const pack = await this.policies.packFor(office.path, today);
    const own = new Map((await this.classes.ofSchool(school, session)).map((one) => [one._id, one]));
    const named = wish.classes.map((one) => one.class);
    const byClass = Map.groupBy(
      await this.students.students.find({ class: { $in: named }, path: office.path, ...onRoll }, { session }).toArray(),
      (record) => record.class,
    );
    const numbersOpen = await this.openNumbers([...byClass.values()].flat(), session);
    const papers = await this.papersOf(school, wish, session);
    const terms = termsAt(office.path, await this.terms.on([office.path], session));
    const judged: ClassesJudged = { office, county: office.parent ?? school, pack, classes: [], problems: [] };
    if (wish.on > today) judged.problems.push(inTheFuture);
    for (const classWish of wish.classes) {
      const found = own.get(classWish.class);
      if (!found || named.indexOf(classWish.class) !== judged.classes.length) {
        judged.problems.push({ ...noSuchClass, field: classWish.class });
        continue;
      }
      const one = classToEnd(found, wish.on);
      const finalYear = String(Number(found.schoolYear) + gradesOfStage[found.stage].last - found.grade);
      const lastDay = terms.find((term) => term.schoolYear === finalYear && term.term === '2')?.lastDay;
      const here = byClass.get(one._id) ?? [];
      const result = judgeClass(classWish, {
        one,
        onRoll: here,
        numbersOpen,
        papers,
        ...(lastDay !== undefined && { lastDay }),
        on: wish.on,
        pack,
      });
      const { _id: authority } = await this.authorities.of(school, one.stage, today);
      judged.classes.push({ one, authority, onRoll: here.length, judged: withAuthority(result, pack) });
      judged.problems.push(...result.problems);
    }
    return judged;
  }

  /** Students for whom the national system owes a number. */
  async openNumbers(records: StudentRecord[], session?: ClientSession): Promise<Set<string>> {
    const ids = records.flatMap((record) => requestKinds.map((kind) => requestId(record._id, kind)));
    const open = await this.connection
      .collection<NumberRequest>('number_requests')
      .find({ _id: { $in: ids }, state: { $in: ['wanted', 'asked'] } }, { session, projection: { student: 1 } })
      .toArray();
    return new Set(open.map(({ student }) => student));
  }

  private async papersOf(school: string, wish: CompletionWish, session?: ClientSession): Promise<Set<string>> {
    const digests = wish.classes.flatMap((one) => [one.proof, ...one.children.map((child) => child.proof)]);
    const ids = [...new Set(digests)].flatMap((digest) => (digest ? [`${school}/${digest}`] : []));
    const found = await this.completions.proofs.find({ _id: { $in: ids } }, { session }).toArray();
    return new Set(found.map(({ digest }) => digest));
  }
}

const classToEnd = (one: SchoolClass, on: LocalDate): ClassToEnd => ({
  _id: one._id,
  name: one.name,
  stage: one.stage,
  entryYear: one.entryYear,
  grade: gradeOn(one, on),
  reserved: one.seats.reserved,
});

/** GZ-GR6: the city for ordinary senior, the county for compulsory students; resolved as the record authority is. */
const withAuthority = (judged: Judged, pack: Pack): Judged => {
  const rule = pack.rule('GZ-GR6');
  return rule ? { ...judged, rules: [...judged.rules, rule.citation.rule] } : judged;
};

const inTheFuture: ProblemItem = {
  field: 'on',
  code: 'in-the-future',
  message: { zh: '完结日期不能晚于今天。', en: 'The day of the ending cannot lie in the future.' },
};

const noSuchClass: ProblemItem = {
  code: 'no-such-class',
  message: {
    zh: '本校没有这个班级，或在清单中重复。',
    en: 'The school has no such class, or it stands twice in the list.',
  },
  remedy: { zh: '请核对班级。', en: 'Check the class.' },
};
