import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Actor, type Post } from '#libs/access';
import type { Citation, Text } from '#libs/contracts';
import { MessagingStore, Once } from '#libs/messaging';
import type { Pack, Party, RefusalGround } from '#libs/policy';
import { Answer, answersTo, Facts, groundsShown, isPossible, Step, stepOf, Weighed, weighRefusal } from '#libs/review';
import { Clock, invalidInput, notFound, refuse, type Refused, staleVersion, wrongState } from '#libs/service-kit';
import { PlacesRepository } from '#libs/places';
import { Law } from '../law/law';
import { Dossiers } from './dossiers';
import { factsOf } from './rules';
import { weighedConditions } from './rules/ground';
import { Situation } from './situation';
import { actOnStep, Change, listRefusal, Moment, Refusal, Transfer } from './transfer';
import { isVisible, TransferRepository } from './transfer.repository';
import { WordsRepository } from './words.repository';

export interface StepAnswer {
  id: string;
  /** Version that the actor saw. */
  version: number;
  step: string;
  answer: Answer;
  /** Ground of a refusal, by code. */
  ground?: string;
  /** What the actor adds in words; sealed. */
  note?: string;
}

export interface ActTaken {
  id: string;
  version: number;
  state: string;
  step: string;
  late: boolean;
  waitingFor: string[];
}

/** The answer to an act: taken, or a refusal that does not stand, with everything that its answer shows. */
type Answered = { taken: ActTaken } | { listed: ListedAnswer };
interface ListedAnswer {
  proof: Refusal['proof'];
  ground: string;
  citation?: Citation;
  facts: Record<string, unknown>;
}

/** An office's turn: its open step, who acts for it under which post, and what is answered. */
interface Turn {
  transfer: Transfer;
  step: Step<Party>;
  /** Pack that judges the step. */
  pack: Pack;
  post: Post;
  input: StepAnswer;
  moment: Moment;
  session: ClientSession;
}

/**
 * A party answers its open step: only the clerk or officer of exactly that office. A refusal is weighed by the facts that
 * the step's own pack asks for (FJ-C7): it stands, or it is answered with them and put before the office above.
 */
@Injectable()
export class ActOnTransfer {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly transfers: TransferRepository,
    private readonly dossiers: Dossiers,
    private readonly places: PlacesRepository,
    private readonly words: WordsRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `not-your-step`, `stale-version`, `wrong-state`, `no-such-answer`, `ground-…` */
  async run(actor: Actor, key: string, input: StepAnswer): Promise<ActTaken> {
    const answered = await this.store.transaction<Answered>((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'answer', input } }, () =>
        this.answer(actor, input, session),
      ),
    );
    // What is listed stays listed, so the refusal is spoken after the commit.
    if ('listed' in answered) throw doesNotStand(answered.listed);
    return answered.taken;
  }

  private async answer(actor: Actor, input: StepAnswer, session: ClientSession): Promise<Answered> {
    const transfer = await this.transfers.find(input.id, session);
    if (!transfer || !isVisible(actor, transfer)) throw notFound();
    const step = stepOf(transfer.review, input.step);
    if (!step) throw noSuchStep(transfer, input.step);
    const post = postFor(actor, step);
    if (input.version !== transfer.version) throw staleVersion(input.version, transfer.version);
    if (transfer.state !== 'inReview' || step.state !== 'open') throw notItsTurn(transfer, step);
    const pack = this.law.policy.pack(step.pack);
    if (!isPossible(step.act, input.answer)) throw noSuchAnswer(step, input.answer, pack);
    const moment = { on: this.clock.today(), at: this.clock.now() };
    const turn: Turn = { transfer, step, pack, post, input, moment, session };
    if (input.answer === 'refuse') return this.refusal(turn);
    if (input.ground !== undefined) throw groundWithoutRefusal();
    return this.taken(turn);
  }

  private async taken(turn: Turn, refusal?: { citation?: Citation; listed?: Refusal }): Promise<Answered> {
    const { transfer, step, post, input, moment } = turn;
    const ground = input.ground;
    const by = { answer: input.answer, account: post.account, post: post._id, ...(ground && { ground }) };
    const change = actOnStep(transfer, step.key, by, this.law.clocks, moment, refusal);
    if ('impossible' in change) throw notItsTurn(transfer, step);
    await this.save(change, turn);
    const after = change.transfer;
    return {
      taken: {
        id: after._id,
        version: after.version,
        state: after.state,
        step: step.key,
        late: stepOf(after.review, step.key)?.acted?.late ?? false,
        waitingFor: after.waitingFor,
      },
    };
  }

  private async refusal(turn: Turn): Promise<Answered> {
    const { transfer, step, pack, input, moment, session } = turn;
    const ground = input.ground;
    if (!ground) throw groundMissing(pack, transfer);
    const situation = await this.dossiers.ofCase(transfer, session);
    const side = step.parties.some((party) => party === 'outSchool' || party === 'outAuthority') ? 'out' : 'in';
    const facts = factsOf(situation, pack, side, true);
    const weighed = weighRefusal(ground, groundsIn(pack), transfer.stage, facts);
    const listed = await this.listing(turn, ground, weighed, factsShown(transfer, pack, situation, facts));
    if (weighed.proof === 'proven') {
      const { citation } = weighed.ground;
      // The old school's refusal goes to its authority even where it stands (R5-36).
      const toAuthority = step.parties.includes('outSchool') && pack.rule('R5-36') !== undefined;
      return this.taken(turn, { ...(citation && { citation }), ...(toAuthority && { listed }) });
    }
    const change = listRefusal(transfer, listed, moment);
    await this.save(change, turn);
    return {
      listed: {
        proof: weighed.proof,
        ground,
        ...(listed.citation && { citation: listed.citation }),
        facts: {
          ...listed.facts,
          refusal: listed._id,
          listedAt: listed.listedAt.office,
          version: change.transfer.version,
        },
      },
    };
  }

  private async listing(
    { transfer, step, pack, post, moment, session }: Turn,
    ground: string,
    weighed: Weighed,
    facts: Record<string, unknown>,
  ): Promise<Refusal> {
    const above = await this.places.office(step.above, session);
    // A false ground of the old school breaks GZ-TR11; a ground that no text knows is none (FJ-C7).
    const rule =
      weighed.proof !== 'unknown' && step.parties.includes('outSchool')
        ? (pack.rule('GZ-TR11') ?? pack.rule('FJ-C7'))
        : pack.rule('FJ-C7');
    return {
      _id: uuidv7(),
      case: transfer._id,
      student: transfer.student,
      step: step.key,
      office: step.office,
      account: post.account,
      ground,
      proof: weighed.proof,
      ...(rule && { citation: rule.citation }),
      facts,
      listedAt: { office: step.above, path: above?.path ?? step.path },
      ...moment,
    };
  }

  private async save(change: Change, { post, input, moment, session }: Turn): Promise<void> {
    const { account } = post;
    await this.transfers.save(session, change, { act: 'transfer.case.act', account, post: post._id });
    if (!input.note) return;
    const what = `${input.answer} ${input.step}`;
    await this.words.write(session, change.transfer, [{ what, text: input.note, account, at: moment.at }]);
  }
}

const groundsIn = (pack: Pack): RefusalGround[] => {
  const grounds = pack.setting('transfer.refusalGrounds');
  return grounds.configured ? grounds.value : [];
};

/** What the answer to a refusal shows: the grounds known, what the facts say to each, and why the transfer is lawful. */
const factsShown = (transfer: Transfer, pack: Pack, situation: Situation, facts: Facts): Record<string, unknown> => ({
  grounds: groundsShown(groundsIn(pack), transfer.stage, facts),
  transferGrounds: (weighedConditions(situation, pack) ?? []).flatMap(({ grounds }) => grounds),
});

/** The post at exactly this office. A party of the case learns whose turn it is; everybody else had "not found" before. */
const postFor = (actor: Actor, step: Step<Party>): Post => {
  const role = step.office.length === 10 ? 'clerk' : 'officer';
  const post = actor.posts.find((one) => one.office === step.office && one.role === role);
  if (post) return post;
  throw refuse('not-your-step', {
    status: 403,
    title: { zh: '不是您单位的环节', en: 'Not the step of your office' },
    detail: {
      zh: '此环节由另一单位办理，他人（包括其上级）不能代办。',
      en: 'Another office acts on this step; nobody acts in its place, not even the office above.',
    },
    remedy: { zh: '请由该单位的学籍管理员办理。', en: 'Have its own officer or clerk act.' },
    facts: { step: step.key, office: step.office, role },
  });
};

const noSuchStep = (transfer: Transfer, step: string): Refused =>
  invalidInput([
    {
      field: 'step',
      code: 'no-such-step',
      message: { zh: `此事项没有“${step}”环节。`, en: `This case has no step "${step}".` },
      facts: { steps: transfer.review.steps.map(({ key }) => key) },
    },
  ]);

const notItsTurn = (transfer: Transfer, step: Step<Party>): Refused =>
  wrongState(
    {
      zh: `此环节（${step.key}）现在不能办理。`,
      en: `The step ${step.key} is not open.`,
    },
    { zh: '请查看办理进度，由当前环节的单位办理。', en: 'Look at the timeline; the office whose turn it is acts.' },
    { state: transfer.state, step: step.key, stepState: step.state, waitingFor: transfer.waitingFor },
  );

const noSuchAnswer = (step: Step<Party>, answer: Answer, pack: Pack): Refused =>
  refuse('no-such-answer', {
    status: 422,
    title: { zh: '此环节没有这种答复', en: 'This act has no such answer' },
    detail: {
      zh: `“${step.act}”环节不能答复“${answer}”。`,
      en: `An act of the kind "${step.act}" cannot be answered with "${answer}".`,
    },
    remedy: { zh: '请从可用的答复中选择。', en: 'Choose one of the answers possible.' },
    citation: pack.rule('R5-02')?.citation,
    facts: { act: step.act, possible: answersTo[step.act] },
  });

const groundWithoutRefusal = (): Refused =>
  invalidInput([
    {
      field: 'ground',
      code: 'only-with-refusal',
      message: { zh: '只有不予办理才填写理由。', en: 'A ground belongs to a refusal alone.' },
    },
  ]);

const groundMissing = (pack: Pack, transfer: Transfer): Refused =>
  refuse('ground-missing', {
    status: 422,
    title: { zh: '没有说明理由', en: 'A refusal needs a ground' },
    detail: {
      zh: '核办是核实后办理，不予办理必须有规则所列的事实理由。',
      en: 'To verify and process is no permission: a refusal names a factual ground that the rules know.',
    },
    remedy: { zh: '请从所列理由中选择。', en: 'Name one of the grounds listed.' },
    citation: pack.rule('FJ-C7')?.citation,
    facts: { grounds: groundsShown(groundsIn(pack), transfer.stage, {}).map(({ code, text }) => ({ code, text })) },
  });

const notStanding: Record<Exclude<Refusal['proof'], 'proven'>, { slug: string; title: Text; detail: Text }> = {
  unknown: {
    slug: 'ground-not-known',
    title: { zh: '规则中没有这一理由', en: 'No such ground' },
    detail: {
      zh: '本环节适用的规则不认可这一理由，不予办理无效，已列入上级清单。',
      en: 'The rules of this step know no such ground: the refusal has no effect and is listed at the office above.',
    },
  },
  disproved: {
    slug: 'ground-disproved',
    title: { zh: '事实不支持这一理由', en: 'The facts disprove the ground' },
    detail: {
      zh: '经核对，事实与所述理由不符，不予办理无效，已列入上级清单。',
      en: 'The facts contradict the ground: the refusal has no effect and is listed at the office above.',
    },
  },
  notShown: {
    slug: 'ground-not-shown',
    title: { zh: '没有事实证明这一理由', en: 'Nothing shows the ground' },
    detail: {
      zh: '没有事实能证明所述理由，不予办理无效，已列入上级清单。',
      en: 'No fact is known that shows the ground: the refusal has no effect and is listed at the office above.',
    },
  },
};

const doesNotStand = ({ proof, ground, citation, facts }: ListedAnswer): Refused => {
  const { slug, title, detail } = notStanding[proof as keyof typeof notStanding];
  return refuse(slug, {
    status: 422,
    title,
    detail,
    remedy: {
      zh: '请核实后办理；如确有所列理由之一，请另行说明。',
      en: 'Verify and carry out; if one of the grounds listed is true, name that one.',
    },
    ...(citation && { citation }),
    facts: { ground, ...facts },
  });
};
