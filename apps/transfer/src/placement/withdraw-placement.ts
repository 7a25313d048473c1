import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { MessagingStore, Once } from '#libs/messaging';
import { Clock, notFound, staleVersion, wrongState } from '#libs/service-kit';
import { withdraw } from './placement';
import { isVisible, PlacementRepository } from './placement.repository';

/** The enrolling school takes its filing back, until the last act; the registry lets go of records and seats. */
@Injectable()
export class WithdrawPlacement {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly placements: PlacementRepository,
    private readonly clock: Clock,
  ) {}

  run(actor: Actor, key: string, id: string, version: number): Promise<{ id: string; version: number; state: string }> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'withdraw', id, version } }, async () => {
        const placement = await this.placements.find(id, session);
        if (!placement || !isVisible(actor, placement)) throw notFound();
        const post = actor.postOf(placement.parties.inSchool.office);
        if (placement.version !== version) throw staleVersion(version, placement.version);
        const waiting = await this.placements.entrantsOf(id, session, ['asked', 'held']);
        const students = waiting.map(({ student }) => student);
        const moment = { on: this.clock.today(), at: this.clock.now() };
        const change = withdraw(placement, students, actor.account, moment);
        if (!change) {
          throw wrongState(
            { zh: '各方都已同意，或事项已结束，不能撤销。', en: 'Every party has agreed, or the case has ended.' },
            { zh: '请查看办理进度。', en: 'Look at the timeline.' },
            { state: placement.state },
          );
        }
        const by = { act: 'transfer.placement.withdraw', account: actor.account, post: post._id };
        await this.placements.save(session, change, by);
        await this.placements.release(session, id);
        return { id, version: change.placement.version, state: change.placement.state };
      }),
    );
  }
}
