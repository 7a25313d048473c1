import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { closingEvents } from '#libs/contracts';
import { Outbox } from '#libs/messaging';
import { Clock } from '#libs/service-kit';
import { PlacementRepository } from '../placement/placement.repository';
import { TransferRepository } from '../transfer/transfer.repository';

/** The most that one answer names; what lies beyond is counted. */
const named = 200;

/** Answers for the closing of a school: cases of movement in or out that are not over. */
@Injectable()
export class AnswerClosing {
  constructor(
    private readonly transfers: TransferRepository,
    private readonly placements: PlacementRepository,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  /** One answer for each question: the number of the question is the number of the answer. */
  async answer(closing: string, ask: number, school: string, session: ClientSession): Promise<void> {
    const items = [
      ...(await this.transfers.openAt(school, session)).map((id) => ({ kind: 'transfer', id })),
      ...(await this.placements.openAt(school, session)).map((id) => ({ kind: 'placement', id })),
    ];
    await this.outbox.add(session, [
      {
        definition: closingEvents.transferPartAnswered,
        aggregateId: `closing.${closing}`,
        seq: ask,
        effectiveOn: this.clock.today(),
        recordedAt: this.clock.now(),
        data: { closing, ask, open: items.length, items: items.slice(0, named) },
      },
    ]);
  }
}
