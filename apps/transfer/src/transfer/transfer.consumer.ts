import { ClientSession } from 'mongoose';
import { archiveEvents, ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { HearRegistry } from './hear-registry';

@EventConsumer()
export class TransferConsumer {
  constructor(private readonly answers: HearRegistry) {}

  @On(registry.studentHeld)
  held(event: ReceivedEvent<typeof registry.studentHeld>, session: ClientSession): Promise<void> {
    return this.answers.held(event, session);
  }

  @On(registry.studentHoldRefused)
  refused(event: ReceivedEvent<typeof registry.studentHoldRefused>, session: ClientSession): Promise<void> {
    return this.answers.refused(event, session);
  }

  @On(registry.studentMoved)
  moved(event: ReceivedEvent<typeof registry.studentMoved>, session: ClientSession): Promise<void> {
    return this.answers.moved(event, session);
  }

  @On(archiveEvents.fileReceived)
  fileReceived(event: ReceivedEvent<typeof archiveEvents.fileReceived>, session: ClientSession): Promise<void> {
    return this.answers.fileReceived(event, session);
  }
}
