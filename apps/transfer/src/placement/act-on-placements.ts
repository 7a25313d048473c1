import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Actor, Post } from '#libs/access';
import type { ProblemItem } from '#libs/contracts';
import { MessagingStore, Once } from '#libs/messaging';
import { Answer, answersTo, isPossible, openSteps, weighRefusal } from '#libs/review';
import { Clock, notFound, refuse, Refused } from '#libs/service-kit';
import { Law } from '../law/law';
import { StudentsRepository } from '../students/students.repository';
import { stepClock } from './clocks';
import { actOnStep, Placement } from './placement';
import { isVisible, PlacementRepository } from './placement.repository';

export interface PlacementAct {
  /** Office for which the actor acts: exactly its own. */
  office: string;
  answer: Answer;
  /** Absent: every case that waits for the office. A refusal names its cases. */
  cases?: string[];
  ground?: string;
}

export interface Acted {
  acted: { id: string; state: string; late: boolean }[];
  /** Cases left as they are, each with the reason. */
  kept: { id: string; problem: ProblemItem }[];
}

const most = 500;

/** An office answers its step of many cases by one command; each case is a transaction of its own. */
@Injectable()
export class ActOnPlacements {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly placements: PlacementRepository,
    private readonly students: StudentsRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, key: string, input: PlacementAct): Promise<Acted> {
    const post = actor.posts.find(
      ({ office, role }) => office === input.office && role === (office.length === 10 ? 'clerk' : 'officer'),
    );
    if (!post) throw notFound();
    if (input.answer === 'refuse' && !input.cases) throw refusalNamesCases();
    const ids = input.cases ?? (await this.placements.waitingAt(input.office, most));
    const done: Acted = { acted: [], kept: [] };
    for (const id of ids) {
      try {
        done.acted.push(await this.one(actor, post, `${key}.${id}`, id, input));
      } catch (fault) {
        if (!(fault instanceof Refused)) throw fault;
        const { slug: code, detail: message, remedy, citation, facts } = fault.refusal;
        done.kept.push({
          id,
          problem: { code, message, remedy, ...(citation && { citation }), ...(facts && { facts }) },
        });
      }
    }
    return done;
  }

  private one(actor: Actor, post: Post, key: string, id: string, input: PlacementAct) {
    const { answer, ground } = input;
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { id, answer, ground } }, async () => {
        const placement = await this.placements.find(id, session);
        if (!placement || !isVisible(actor, placement)) throw notFound();
        const step = openSteps(placement.review).find(({ office }) => office === post.office);
        if (placement.state !== 'inReview' || !step) throw notItsTurn(placement);
        if (!isPossible(step.act, answer)) throw noSuchAnswer(step.act);
        const held = (await this.placements.entrantsOf(id, session, ['held'])).map((one) => ({
          student: one.student,
          class: one.class,
        }));
        if (answer === 'refuse') await this.weigh(placement, step.pack, held, ground, session);
        const by = { answer, account: actor.account, post: post._id, ...(ground && { ground }) };
        const clock = stepClock(this.law.policy, this.law.calendar);
        const moment = { on: this.clock.today(), at: this.clock.now() };
        const change = actOnStep(placement, step.key, by, held, clock, moment);
        if ('impossible' in change) throw notItsTurn(placement);
        await this.placements.save(session, change, {
          act: 'transfer.placement.act',
          account: by.account,
          post: by.post,
        });
        if (change.placement.state === 'ended') await this.placements.release(session, id);
        const late = change.placement.review.steps.find(({ key: one }) => one === step.key)?.acted?.late ?? false;
        return { id, state: change.placement.state, late };
      }),
    );
  }

  /** FJ-C7: a refusal stands by a ground that the pack knows and the facts prove, as at a transfer. */
  private async weigh(
    placement: Placement,
    packId: string,
    held: { student: string }[],
    ground: string | undefined,
    session: ClientSession,
  ): Promise<void> {
    const pack = this.law.policy.pack(packId);
    const grounds = pack.setting('transfer.refusalGrounds');
    const copies = await this.students.findMany(
      held.map(({ student }) => student),
      session,
    );
    const enrolledAtOutSchool = copies.every(({ school }) => school === placement.parties.outSchool.office);
    const known = grounds.configured ? grounds.value : [];
    const weighed = weighRefusal(ground ?? '', known, placement.stage, { enrolledAtOutSchool });
    if (weighed.proof === 'proven') return;
    throw refuse('ground-does-not-stand', {
      status: 422,
      title: { zh: '理由不成立', en: 'The ground does not stand' },
      detail: {
        zh: '核办是核实后办理：所述理由不为规则所知，或与事实不符。',
        en: 'To verify and process is no permission: the ground is not known, or the facts are against it.',
      },
      remedy: { zh: '请核实后办理。', en: 'Verify and carry out.' },
      ...(pack.rule('FJ-C7') && { citation: pack.rule('FJ-C7')!.citation }),
      facts: { ground: ground ?? null, proof: weighed.proof, enrolledAtOutSchool },
    });
  }
}

const refusalNamesCases = (): Refused =>
  refuse('cases-missing', {
    status: 422,
    title: { zh: '没有指明事项', en: 'No case is named' },
    detail: { zh: '不予办理须逐项指明。', en: 'A refusal names the cases that it is for.' },
    remedy: { zh: '请列出事项编号。', en: 'List the ids of the cases.' },
  });

const notItsTurn = ({ state, waitingFor }: Placement): Refused =>
  refuse('wrong-state', {
    status: 409,
    title: { zh: '当前状态不允许此操作', en: 'Not possible in this state' },
    detail: { zh: '此事项现在不由您单位办理。', en: 'It is not the turn of your office.' },
    remedy: { zh: '请查看办理进度。', en: 'Look at the timeline.' },
    facts: { state, waitingFor },
  });

const noSuchAnswer = (act: keyof typeof answersTo): Refused =>
  refuse('no-such-answer', {
    status: 422,
    title: { zh: '此环节没有这种答复', en: 'This act has no such answer' },
    detail: { zh: `“${act}”环节没有这种答复。`, en: `An act of the kind "${act}" has no such answer.` },
    remedy: { zh: '请从可用的答复中选择。', en: 'Choose one of the answers possible.' },
    facts: { possible: answersTo[act] },
  });
