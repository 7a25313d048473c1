import { Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { MessagingStore } from '#libs/messaging';
import { Clock } from '#libs/service-kit';
import { Law } from '../law/law';
import { recountDue } from './transfer';
import { bySystem, TransferRepository } from './transfer.repository';

/** A new order on working days comes with a start of the service: what was provisional is then counted again. */
@Injectable()
export class RecountDue implements OnApplicationBootstrap {
  constructor(
    private readonly store: MessagingStore,
    private readonly transfers: TransferRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for await (const id of this.transfers.provisional()) {
      await this.store.transaction(async (session) => {
        const transfer = await this.transfers.find(id, session);
        const moment = { on: this.clock.today(), at: this.clock.now() };
        const change = transfer && recountDue(transfer, this.law.clocks, moment);
        if (change) await this.transfers.save(session, change, bySystem('recount-due'));
      });
    }
  }
}
