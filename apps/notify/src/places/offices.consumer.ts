import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { EventConsumer, OnMany } from '#libs/messaging';
import { Offices } from './offices.repository';

@EventConsumer()
export class OfficesConsumer {
  constructor(private readonly offices: Offices) {}

  @OnMany(registryEvents.officeOpened)
  async opened(events: ReceivedEvent<typeof registryEvents.officeOpened>[], session: ClientSession): Promise<void> {
    await this.offices.put(
      session,
      events.map(({ aggregateId, data }) => ({ _id: aggregateId, name: data.name })),
    );
  }
}
