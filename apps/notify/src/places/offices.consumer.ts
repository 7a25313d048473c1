import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { Offices } from './offices.repository';

@EventConsumer()
export class OfficesConsumer {
  constructor(private readonly offices: Offices) {}

  @On(registryEvents.officeOpened)
  async opened(event: ReceivedEvent<typeof registryEvents.officeOpened>, session: ClientSession): Promise<void> {
    await this.offices.put(session, { _id: event.aggregateId, name: event.data.name });
  }
}
