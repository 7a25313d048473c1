import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Actor, type Post } from '#libs/access';
import { type LocalDate, type Party } from '#libs/policy';
import { notFound, refuse, type Refused } from '#libs/service-kit';
import { countyOf, lineOf, Office, OfficeTree, PlacesRepository } from '#libs/places';
import { Law } from '../law/law';
import { marksOn, StudentCopy } from '../students/student-copy';
import { StudentsRepository } from '../students/students.repository';
import { Application } from './application';
import { notHeardOf, planOrRefuse } from './plan-or-refuse';
import { ReviewPlan, transferAt } from './review-plan';
import { checksOf } from './rules';
import { Check, Side, Situation } from './situation';
import { Transfer } from './transfer';

/** A wish to transfer with everything that is known about it. */
export interface Dossier {
  /** The receiving school's post under which the actor files. */
  post: Post;
  situation: Situation;
  plan: ReviewPlan;
  checks: Check[];
  /** Time of the last event heard about the student. */
  asOf: Date;
}

/** Puts together what the rules look at, out of the copies. */
@Injectable()
export class Dossiers {
  constructor(
    private readonly law: Law,
    private readonly places: PlacesRepository,
    private readonly students: StudentsRepository,
  ) {}

  /** @throws Refused `not-found`, `only-receiving-school`, `no-transfer`, `not-heard-of-yet`, `no-route` … */
  async open(actor: Actor, application: Application, on: LocalDate): Promise<Dossier> {
    const to = await this.places.class(application.toClass);
    const student = await this.students.find(application.student);
    if (!to || !student || student.registration === 'undone') throw notFound();
    const [inSchool, outSchool] = await Promise.all([
      this.places.office(to.school),
      this.places.office(student.school),
    ]);
    if (!inSchool || !outSchool) throw notHeardOf();
    const tree = await this.places.treeOver([inSchool, outSchool]);
    const post = actor.posts.find(({ office }) => office === inSchool._id);
    if (!post) throw this.foreign(actor, outSchool, tree, on);
    if (inSchool._id === outSchool._id) throw noTransfer('same-school');
    const plan = this.plan(inSchool, outSchool, student, on, tree);
    const situation: Situation = {
      on,
      application,
      student: factsAbout(student, on),
      out: await this.side(outSchool, on, tree),
      in: {
        ...(await this.side(inSchool, on, tree)),
        class: { stage: to.stage, entryYear: to.entryYear },
        taken: await this.students.taken(to._id),
      },
    };
    const packs = { in: plan.packs.inSchool, out: plan.packs.outSchool };
    // Another stage is no transfer anywhere; where the pack has a rule on the grade, that rule says so.
    if (to.stage !== student.stage && !packs.in.setting('transfer.sameGrade').configured)
      throw noTransfer('other-stage');
    return { post, situation, plan, checks: checksOf(situation, packs), asOf: student.recordedAt };
  }

  /** A filed case as it stands today: what was stated then, what the registry has told since. */
  async ofCase(transfer: Transfer, session?: ClientSession): Promise<Situation> {
    const { parties, application, filing, to } = transfer;
    const [inSchool, outSchool, student, toClass] = [
      await this.places.office(parties.inSchool.office, session),
      await this.places.office(parties.outSchool.office, session),
      await this.students.find(transfer.student, session),
      await this.places.class(to.class, session),
    ];
    if (!inSchool || !outSchool || !student || !toClass) throw notHeardOf();
    const tree = await this.places.treeOver([inSchool, outSchool], session);
    return {
      on: filing.on,
      application,
      student: factsAbout(student, filing.on),
      out: await this.side(outSchool, filing.on, tree, session),
      in: {
        ...(await this.side(inSchool, filing.on, tree, session)),
        class: { stage: toClass.stage, entryYear: toClass.entryYear },
      },
    };
  }

  private async side(school: Office, on: LocalDate, tree: OfficeTree, session?: ClientSession): Promise<Side> {
    const term = await this.places.termAt(school.path, on, session);
    return { school, county: countyOf(school, tree), ...(term && { term }) };
  }

  private plan(
    inSchool: Office,
    outSchool: Office,
    { stage }: StudentCopy,
    on: LocalDate,
    tree: OfficeTree,
  ): ReviewPlan {
    return planOrRefuse({ in: inSchool, out: outSchool }, transferAt(stage), on, this.law.policy, tree);
  }

  /** Whoever is not the receiving school starts nothing (NAT-TR1, CZ-TR6); only the old school may know that there is one. */
  private foreign(actor: Actor, outSchool: Office, tree: OfficeTree, on: LocalDate): Refused {
    if (!actor.posts.some(({ office }) => office === outSchool._id)) return notFound();
    const pack = this.law.policy.packAt(lineOf(outSchool, tree, on), on);
    const citation = (pack.rule('CZ-TR6') ?? pack.rule('NAT-TR1'))?.citation;
    if (!citation) return notFound();
    return refuse('only-receiving-school', {
      status: 422,
      title: { zh: '转学由转入学校启动', en: 'The receiving school starts a transfer' },
      detail: {
        zh: '转学手续由转入学校在系统中启动，原学校不能启动。',
        en: 'Only the receiving school starts the handover in the system; the old school cannot.',
      },
      remedy: { zh: '请家长向转入学校提出申请。', en: 'Have the family apply at the receiving school.' },
      citation,
    });
  }
}

const factsAbout = (student: StudentCopy, on: LocalDate): Situation['student'] => ({
  school: student.school,
  class: student.class,
  stage: student.stage,
  entryYear: student.entryYear,
  registration: student.registration,
  marks: marksOn(student, on),
  ...(student.held && { held: student.held.case }),
});

export const mustActOf = (plan: Pick<ReviewPlan, 'parties'>, party: Party) => ({
  party,
  office: plan.parties[party].office,
});

const why = {
  'same-school': {
    zh: '学生已在该校就读，换班不是转学。',
    en: 'The student is at this school already; another class is no transfer.',
  },
  'other-stage': {
    zh: '班级与学生不在同一学段，升学不是转学。',
    en: 'The class is of another stage; promotion to the next stage is no transfer.',
  },
};

const noTransfer = (code: keyof typeof why): Refused =>
  refuse(code, {
    status: 422,
    title: { zh: '不是转学', en: 'Not a transfer' },
    detail: why[code],
    remedy: { zh: '请核对转入班级。', en: 'Check the class.' },
  });
