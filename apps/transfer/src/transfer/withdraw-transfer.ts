import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { MessagingStore, Once } from '#libs/messaging';
import { Clock, notFound, refuse, staleVersion, wrongState } from '#libs/service-kit';
import { withdraw } from './transfer';
import { isVisible, TransferRepository } from './transfer.repository';
import { WordsRepository } from './words.repository';

export interface Withdrawal {
  id: string;
  version: number;
  /** In words; sealed. */
  reason: string;
}

/** The receiving school takes its filing back, until the last act; the registry lets go of record and seat. */
@Injectable()
export class WithdrawTransfer {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly transfers: TransferRepository,
    private readonly words: WordsRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `not-the-initiator`, `stale-version`, `wrong-state` */
  run(actor: Actor, key: string, input: Withdrawal): Promise<{ id: string; version: number; state: string }> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'withdraw', input } }, async () => {
        const transfer = await this.transfers.find(input.id, session);
        if (!transfer || !isVisible(actor, transfer)) throw notFound();
        const { office } = transfer.parties.inSchool;
        const post = actor.posts.find((one) => one.office === office);
        if (!post) throw notTheInitiator(office);
        if (input.version !== transfer.version) throw staleVersion(input.version, transfer.version);
        const moment = { on: this.clock.today(), at: this.clock.now() };
        const change = withdraw(transfer, actor.account, moment);
        if (!change) throw tooLate(transfer.state);
        const by = { act: 'transfer.case.withdraw', account: actor.account, post: post._id };
        await this.transfers.save(session, change, by);
        await this.words.write(session, transfer, [
          { what: 'withdrawal', text: input.reason, account: actor.account, at: moment.at },
        ]);
        return { id: transfer._id, version: change.transfer.version, state: change.transfer.state };
      }),
    );
  }
}

const notTheInitiator = (office: string) =>
  refuse('not-the-initiator', {
    status: 403,
    title: { zh: '只有发起学校可以撤销', en: 'Only who filed may withdraw' },
    detail: {
      zh: '转学申请由转入学校发起，也由其撤销。',
      en: 'The receiving school filed; only it takes the filing back.',
    },
    remedy: { zh: '请由转入学校办理。', en: 'Have the receiving school withdraw.' },
    facts: { office },
  });

const tooLate = (state: string) =>
  wrongState(
    { zh: '各方都已同意，或事项已结束，不能撤销。', en: 'Every party has agreed, or the case has ended.' },
    { zh: '请查看办理进度。', en: 'Look at the timeline.' },
    { state },
  );
