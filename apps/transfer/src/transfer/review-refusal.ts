import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { MessagingStore, Once } from '#libs/messaging';
import { Clock, notFound, refuse, wrongState } from '#libs/service-kit';
import { Law } from '../law/law';
import { Refusal, reviewRefusal } from './transfer';
import { TransferRepository } from './transfer.repository';
import { WordsRepository } from './words.repository';

export interface RefusalFinding {
  id: string;
  finding: 'founded' | 'unfounded';
  /** In words; sealed. */
  note?: string;
}

/**
 * The office above verifies a refusal on its list (R5-36). It may find true what the papers as filed contradict; a ground
 * that no text knows stays no ground whoever looks at it (FJ-C7).
 */
@Injectable()
export class ReviewRefusal {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly transfers: TransferRepository,
    private readonly words: WordsRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `not-your-list`, `wrong-state`, `ground-not-known` */
  run(
    actor: Actor,
    key: string,
    input: RefusalFinding,
  ): Promise<{ id: string; finding: string; case: string; state: string }> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'review-refusal', input } }, async () => {
        const refusal = await this.transfers.findRefusal(input.id, session);
        if (!refusal || !actor.covers(refusal.listedAt.path)) throw notFound();
        const transfer = await this.transfers.find(refusal.case, session);
        if (!transfer) throw notFound();
        const post = actor.posts.find(({ office }) => office === refusal.listedAt.office);
        if (!post) throw notYourList(refusal);
        if (refusal.reviewed) throw reviewedBefore(refusal);
        if (input.finding === 'founded' && refusal.proof === 'unknown') throw groundNotKnown(refusal);
        const moment = { on: this.clock.today(), at: this.clock.now() };
        const by = { finding: input.finding, account: actor.account, post: post._id };
        const change = reviewRefusal(transfer, refusal, by, this.law.clocks, moment);
        const { account } = actor;
        await this.transfers.save(session, change, { act: 'transfer.refusal.review', account, post: post._id });
        if (input.note)
          await this.words.write(session, transfer, [{ what: 'review', text: input.note, account, at: moment.at }]);
        return { id: refusal._id, finding: input.finding, case: transfer._id, state: change.transfer.state };
      }),
    );
  }
}

const notYourList = ({ listedAt }: Refusal) =>
  refuse('not-your-list', {
    status: 403,
    title: { zh: '不在本单位的清单上', en: 'Not on the list of your office' },
    detail: {
      zh: '该项不予办理由另一主管部门复核。',
      en: 'Another office reviews this refusal.',
    },
    remedy: { zh: '请由该部门的学籍管理员办理。', en: 'Have its own officer review it.' },
    facts: { office: listedAt.office },
  });

const reviewedBefore = ({ reviewed }: Refusal) =>
  wrongState(
    { zh: '已经复核过。', en: 'It has been reviewed.' },
    { zh: '请查看复核结果。', en: 'Look at the finding.' },
    { finding: reviewed?.finding },
  );

const groundNotKnown = ({ ground, citation }: Refusal) =>
  refuse('ground-not-known', {
    status: 422,
    title: { zh: '规则中没有这一理由', en: 'No such ground' },
    detail: {
      zh: `“${ground}”不是规则认可的理由，不能认定为成立。`,
      en: `"${ground}" is no ground that the rules know; it cannot be founded.`,
    },
    remedy: { zh: '请认定为不成立，督促原单位办理。', en: 'Find it unfounded, and have the office carry out.' },
    ...(citation && { citation }),
  });
