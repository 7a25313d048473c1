import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { AnswerClosing } from './answer-closing';

@EventConsumer()
export class ClosingConsumer {
  constructor(private readonly part: AnswerClosing) {}

  @On(registry.closingAnnounced)
  announced(event: ReceivedEvent<typeof registry.closingAnnounced>, session: ClientSession): Promise<void> {
    return this.part.answer(event.aggregateId, event.data.ask, event.data.school, session);
  }

  @On(registry.closingAsked)
  asked(event: ReceivedEvent<typeof registry.closingAsked>, session: ClientSession): Promise<void> {
    return this.part.answer(event.aggregateId, event.data.ask, event.data.school, session);
  }
}
