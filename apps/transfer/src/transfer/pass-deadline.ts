import { Inject, Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Logger } from 'pino';
import { FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Clock, LOG } from '#libs/service-kit';
import {
  Change,
  escalateHandover,
  escalateStep,
  Moment,
  registrySilent,
  remindStep,
  timerKinds,
  Transfer,
} from './transfer';
import { bySystem, TransferRepository } from './transfer.repository';

/** What happens when a day comes: reminded, escalated, shown to the operator. Never approved, never refused (GZ-TR7). */
@Injectable()
export class PassDeadline {
  constructor(
    private readonly transfers: TransferRepository,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @OnDeadline(timerKinds.reminder)
  reminder({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'remind', session, (transfer, moment) => remindStep(transfer, key, moment));
  }

  @OnDeadline(timerKinds.overdue)
  overdue({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'escalate', session, (transfer, moment) => escalateStep(transfer, key, moment));
  }

  @OnDeadline(timerKinds.handover)
  handover({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'escalate-handover', session, (transfer, moment) =>
      escalateHandover(transfer, key, moment),
    );
  }

  @OnDeadline(timerKinds.registrySilent)
  silent({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'registry-silent', session, (transfer, moment) => {
      const change = registrySilent(transfer, key, moment);
      if (change) this.log.error({ case: subject, waitingFor: key }, 'the registry owes an answer');
      return change;
    });
  }

  private async apply(
    caseId: string,
    what: string,
    session: ClientSession,
    decide: (transfer: Transfer, moment: Moment) => Change | undefined,
  ): Promise<void> {
    const transfer = await this.transfers.find(caseId, session);
    const change = transfer && decide(transfer, { on: this.clock.today(), at: this.clock.now() });
    if (change) await this.transfers.save(session, change, bySystem(what));
  }
}
