import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import { ComparePlan } from './compare-plan';
import { HearPlacement } from './hear-placement';

@EventConsumer()
export class PlacementConsumer {
  constructor(
    private readonly answers: HearPlacement,
    private readonly plans: ComparePlan,
  ) {}

  @OnMany(registry.studentHeld)
  held(events: ReceivedEvent<typeof registry.studentHeld>[], session: ClientSession): Promise<void> {
    return this.answers.held(events, session);
  }

  @OnMany(registry.studentHoldRefused)
  refused(events: ReceivedEvent<typeof registry.studentHoldRefused>[], session: ClientSession): Promise<void> {
    return this.answers.refused(events, session);
  }

  @OnMany(registry.studentPlaced)
  placed(events: ReceivedEvent<typeof registry.studentPlaced>[], session: ClientSession): Promise<void> {
    return this.answers.placed(events, session);
  }

  @On(registry.intakeApproved)
  approved(event: ReceivedEvent<typeof registry.intakeApproved>, session: ClientSession): Promise<void> {
    return this.plans.approved(event, session);
  }
}
