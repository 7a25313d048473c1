import { Inject, Injectable } from '@nestjs/common';
import { Logger } from 'pino';
import { MessagingStore } from '#libs/messaging';
import { aboveOf, lineOf, PlacesRepository } from '#libs/places';
import { stepDue } from '#libs/review';
import { Clock, LOG } from '#libs/service-kit';
import { Law } from '../law/law';
import { Handover, open } from './handover';
import { HandoversRepository } from './handovers.repository';

/** Looks up the law for files that have just begun their way; an office not heard of yet makes it wait, not fail. */
@Injectable()
export class OpenHandovers {
  constructor(
    private readonly store: MessagingStore,
    private readonly handovers: HandoversRepository,
    private readonly places: PlacesRepository,
    private readonly law: Law,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  async run(): Promise<void> {
    for (const one of await this.handovers.fresh())
      await this.open(one).catch((fault: unknown) =>
        this.log.warn({ file: one._id, fault: fault instanceof Error ? fault.name : 'unknown' }, 'a file waits'),
      );
  }

  private async open(before: Handover): Promise<void> {
    const [from, to] = await Promise.all([
      this.places.office(before.from.school),
      this.places.office(before.to.school),
    ]);
    if (!from || !to) return;
    const tree = await this.places.treeOver([from, to]);
    const pack = this.law.policy.packAt(lineOf(from, tree, before.movedOn), before.movedOn, from.path);
    const within = pack.setting<number>('transfer.files.within');
    const follows = pack.setting<boolean>('archive.fileFollows');
    const due = stepDue(within, before.movedOn, this.law.calendar.forOffice(from.path));
    const change = open(
      before,
      {
        pack: pack.id,
        citations: follows.configured ? follows.citations : [],
        due,
        above: { from: aboveOf(from, tree)._id, to: aboveOf(to, tree)._id },
      },
      { on: before.movedOn, at: this.clock.now() },
    );
    await this.store.transaction((session) =>
      this.handovers.save(session, before, change, { act: 'archive.file.open', account: 'system' }, this.clock.now()),
    );
  }
}
