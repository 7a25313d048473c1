import { ClientSession } from 'mongoose';
import { archiveEvents, closingEvents, ReceivedEvent } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { HearClosing } from './hear-closing';

@EventConsumer()
export class ClosingConsumer {
  constructor(private readonly closings: HearClosing) {}

  @On(closingEvents.transferPartAnswered)
  transferAnswered(
    event: ReceivedEvent<typeof closingEvents.transferPartAnswered>,
    session: ClientSession,
  ): Promise<void> {
    return this.closings.answered(event, 'transfer', session);
  }

  @On(archiveEvents.custodyHandedOver)
  handedOver(event: ReceivedEvent<typeof archiveEvents.custodyHandedOver>, session: ClientSession): Promise<void> {
    return this.closings.handedOver(event, session);
  }
}
