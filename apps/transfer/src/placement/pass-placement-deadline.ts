import { Inject, Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Logger } from 'pino';
import { FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Clock, LOG } from '#libs/service-kit';
import { Change, escalateStep, Moment, Placement, registrySilent, remindStep, timerKinds } from './placement';
import { bySystem, PlacementRepository } from './placement.repository';

/** What happens when a day comes: reminded, escalated, shown to the operator. Never approved, never refused. */
@Injectable()
export class PassPlacementDeadline {
  constructor(
    private readonly placements: PlacementRepository,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @OnDeadline(timerKinds.reminder)
  reminder({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'remind', session, (placement, moment) => remindStep(placement, key, moment));
  }

  @OnDeadline(timerKinds.overdue)
  overdue({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'escalate', session, (placement, moment) => escalateStep(placement, key, moment));
  }

  @OnDeadline(timerKinds.registrySilent)
  silent({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'registry-silent', session, (placement, moment) => {
      const change = registrySilent(placement, key, moment);
      if (change) this.log.error({ case: subject, waitingFor: key }, 'the registry owes an answer');
      return change;
    });
  }

  private async apply(
    id: string,
    what: string,
    session: ClientSession,
    decide: (placement: Placement, moment: Moment) => Change | undefined,
  ): Promise<void> {
    const placement = await this.placements.find(id, session);
    const change = placement && decide(placement, { on: this.clock.today(), at: this.clock.now() });
    if (change) await this.placements.save(session, change, bySystem(what));
  }
}
