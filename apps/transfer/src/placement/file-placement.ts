import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Actor, Post } from '#libs/access';
import type { ProblemItem, Stage } from '#libs/contracts';
import { MessagingStore, Once } from '#libs/messaging';
import { Office, PlacesRepository } from '#libs/places';
import type { LocalDate, Pack, Party } from '#libs/policy';
import { Clock, notFound, refuse } from '#libs/service-kit';
import { Law } from '../law/law';
import { StudentCopy } from '../students/student-copy';
import { StudentsRepository } from '../students/students.repository';
import { notHeardOf, planOrRefuse } from '../transfer/plan-or-refuse';
import { ComparePlan, stageBefore } from './compare-plan';
import { windowOf } from './clocks';
import { Entrant, filePlacement, Filing } from './placement';
import { PlacementRepository } from './placement.repository';

export interface PlacementWish {
  /** Enrolling school. */
  school: string;
  stage: Stage;
  entryYear: number;
  /** Day of entry. */
  entryOn: LocalDate;
  entrants: { student: string; class: string }[];
}

/** The number filed and placed beside the plan; `planned` null: none was approved, so nothing is compared. */
export interface Quota {
  planned: number | null;
  placed: number;
  underWay: number;
  /** Entrants above the plan, this filing included. */
  beyond: number;
}

export interface PlacementsFiled {
  cases: { id: string; from: string; entrants: number }[];
  quota: Quota;
  dueOn: LocalDate | null;
  late: boolean;
}

export interface Foreseen {
  cases: { from: string; entrants: number }[];
  quota: Quota;
  /** What cannot be filed. */
  problems: ProblemItem[];
  /** What the registry would refuse, as far as heard; it alone decides. */
  warnings: ProblemItem[];
}

/** Entrants of one case: what one transaction of the registry takes. */
const perCase = 250;

/**
 * The enrolling school takes over the files of its entrants (GZ-EN4, NAT-GR2); only it can start (NAT-TR1). Entrants from
 * one school are one case; a list makes as many cases as it has schools. Accepted even if the registry is down.
 */
@Injectable()
export class FilePlacement {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly places: PlacesRepository,
    private readonly students: StudentsRepository,
    private readonly placements: PlacementRepository,
    private readonly plans: ComparePlan,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  async foresee(actor: Actor, wish: PlacementWish): Promise<Foreseen> {
    actor.postOf(wish.school);
    const { groups, problems, warnings } = await this.sort(wish);
    const cases = groups.map(({ from, entrants }) => ({ from, entrants: entrants.length }));
    return { cases, quota: await this.quota(wish, wish.entrants.length), problems, warnings };
  }

  /** @throws Refused `not-found`, `placement-refused`, `no-route`, `not-heard-of-yet` */
  run(actor: Actor, key: string, wish: PlacementWish): Promise<PlacementsFiled> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'place', wish } }, async () => {
        const post = actor.postOf(wish.school);
        const { groups, problems } = await this.sort(wish, session);
        if (problems.length > 0) throw placementRefused(problems);
        const inSchool = await this.places.office(wish.school, session);
        if (!inSchool) throw notHeardOf();
        const quota = await this.quota(wish, wish.entrants.length, session);
        const cases: PlacementsFiled['cases'] = [];
        let due: { dueOn: LocalDate | null; late: boolean } = { dueOn: null, late: false };
        for (const { from, entrants } of groups) {
          const outSchool = await this.places.office(from, session);
          if (!outSchool) throw notHeardOf();
          const filing = await this.filingOf(post, inSchool, outSchool, wish, entrants, session);
          const change = filePlacement(filing, { on: this.clock.today(), at: this.clock.now() });
          const by = { act: 'transfer.placement.file', account: actor.account, post: post._id };
          await this.placements.save(session, change, by);
          await this.placements.addEntrants(
            session,
            entrants.map((one) => entrantOf(filing._id, one)),
          );
          cases.push({ id: filing._id, from, entrants: entrants.length });
          const { due: window, late } = change.placement.filing;
          due = { dueOn: window.dueOn ?? null, late };
        }
        await this.plans.arm(wish, session);
        return { cases, quota, ...due };
      }),
    );
  }

  /** By school that has them now, in pieces that the registry answers at once. */
  private async sort(wish: PlacementWish, session?: ClientSession) {
    const before = stageBefore(wish.stage);
    const copies = new Map(
      (
        await this.students.findMany(
          wish.entrants.map(({ student }) => student),
          session,
        )
      ).map((one) => [one._id, one]),
    );
    const problems: ProblemItem[] = [];
    const warnings: ProblemItem[] = [];
    const seen = new Set<string>();
    const known = wish.entrants.filter(({ student }, index) => {
      const copy = copies.get(student);
      const field = `entrants.${index}.student`;
      const wrong = seen.has(student) ? twice : !copy || copy.registration === 'undone' ? unknown : undefined;
      seen.add(student);
      if (wrong) problems.push({ ...wrong, field });
      else if (copy && copy.ended?.stage !== before) warnings.push({ ...notEnded(copy), field });
      return !wrong;
    });
    const bySchool = Map.groupBy(known, ({ student }) => copies.get(student)!.school);
    const groups = [...bySchool].flatMap(([from, entrants]) =>
      Array.from({ length: Math.ceil(entrants.length / perCase) }, (_, i) => ({
        from,
        entrants: entrants.slice(i * perCase, (i + 1) * perCase),
      })),
    );
    return { groups, problems, warnings };
  }

  private async filingOf(
    post: Post,
    inSchool: Office,
    outSchool: Office,
    wish: PlacementWish,
    entrants: PlacementWish['entrants'],
    session: ClientSession,
  ): Promise<Filing> {
    const before = stageBefore(wish.stage);
    if (!before) throw notFound();
    const tree = await this.places.treeOver([inSchool, outSchool], session);
    const movement = {
      route: wish.stage === 'senior' ? ('placement.route.senior' as const) : ('placement.route.junior' as const),
      stages: { in: wish.stage, out: before },
    };
    const schools = { in: inSchool, out: outSchool };
    const plan = planOrRefuse(schools, movement, this.clock.today(), this.law.policy, tree);
    const termFrom = await this.plans.termFrom(wish, session);
    return {
      _id: uuidv7(),
      stage: wish.stage,
      entryYear: wish.entryYear,
      parties: plan.parties,
      lines: plan.lines,
      packs: ids(plan.packs),
      order: plan.order,
      steps: plan.steps,
      entrants,
      filing: {
        account: post.account,
        post: post._id,
        act: plan.filing.act,
        citation: plan.filing.citation,
        entryOn: wish.entryOn,
        ...(termFrom !== undefined && { termFrom }),
        due: windowOf(plan.packs.inSchool, wish.entryOn, termFrom, this.law.calendar.forOffice(inSchool.path)),
      },
    };
  }

  private async quota(wish: PlacementWish, more: number, session?: ClientSession): Promise<Quota> {
    const plan = await this.plans.planOf(wish, session);
    const { placed, underWay } = await this.placements.progressOf(wish.school, wish.stage, wish.entryYear, session);
    const planned = plan?.planned ?? null;
    const beyond = planned === null ? 0 : Math.max(0, placed + underWay + more - planned);
    return { planned, placed, underWay, beyond };
  }
}

const entrantOf = (id: string, one: { student: string; class: string }): Entrant => ({
  _id: `${id}/${one.student}`,
  case: id,
  student: one.student,
  class: one.class,
  state: 'asked',
});

const ids = (packs: Record<Party, Pack>): Record<Party, string> => ({
  inSchool: packs.inSchool.id,
  inAuthority: packs.inAuthority.id,
  outSchool: packs.outSchool.id,
  outAuthority: packs.outAuthority.id,
});

const unknown: ProblemItem = {
  code: 'no-such-student',
  message: { zh: '没有这名学生，或资料尚未同步。', en: 'There is no such student, or none heard of yet.' },
  remedy: { zh: '请重新定位学生。', en: 'Locate the student again.' },
};

const twice: ProblemItem = {
  code: 'named-twice',
  message: { zh: '名单中重复。', en: 'The student stands twice in the list.' },
};

const notEnded = ({ stage, ended, held }: StudentCopy): ProblemItem => ({
  code: held ? 'held' : 'stage-not-ended',
  message: {
    zh: '该生上一学段尚未办理毕业（结业、肄业），或正在办理其他业务。',
    en: 'The stage before has not ended for this student, or other business is under way.',
  },
  remedy: { zh: '请原就读学校先办理毕业登记。', en: 'The original school enters the end of the stage first.' },
  facts: { stage, ended: ended?.stage ?? null },
});

const placementRefused = (items: ProblemItem[]) =>
  refuse('placement-refused', {
    status: 422,
    title: { zh: '名单不能办理', en: 'The list cannot be filed' },
    detail: {
      zh: `名单中有${items.length}处问题，均未办理。`,
      en: `${items.length} matter(s) in the list; nothing was filed.`,
    },
    remedy: { zh: '请按各项提示修改后重新提交。', en: 'Correct what each item says and send again.' },
    items: items.slice(0, 500),
  });
