import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { Clock } from '#libs/service-kit';
import { Content, itemId, newItem } from '../inbox/item';
import { Items } from '../inbox/items.repository';
import { PostMail } from '../mail/post-mail';

const { studentSubmitted, studentReturned, studentConfirmed, studentEntryUndone } = registryEvents;
const { collectionCommitted, collectionUndone } = registryEvents;

/** The intake of schools: an item per school and day, never one per child. Each child waits in one of them at most. */
@EventConsumer()
export class IntakeConsumer {
  constructor(
    private readonly items: Items,
    private readonly mail: PostMail,
    private readonly clock: Clock,
  ) {}

  @On(studentSubmitted)
  async submitted(event: ReceivedEvent<typeof studentSubmitted>, session: ClientSession): Promise<void> {
    const { authority, school } = event.data;
    await this.joins(session, authority, { kind: 'intakeSubmitted', school, day: this.clock.today() }, event);
  }

  @On(studentReturned)
  async returned(event: ReceivedEvent<typeof studentReturned>, session: ClientSession): Promise<void> {
    const { authority, school } = event.data;
    await this.joins(session, school, { kind: 'intakeReturned', authority, day: this.clock.today() }, event);
  }

  @On(studentConfirmed)
  async confirmed({ aggregateId }: ReceivedEvent<typeof studentConfirmed>, session: ClientSession): Promise<void> {
    await this.items.waitsNoMore(session, aggregateId);
  }

  @On(studentEntryUndone)
  async undone({ aggregateId }: ReceivedEvent<typeof studentEntryUndone>, session: ClientSession): Promise<void> {
    await this.items.waitsNoMore(session, aggregateId);
  }

  @On(collectionCommitted)
  async committed(event: ReceivedEvent<typeof collectionCommitted>, session: ClientSession): Promise<void> {
    const { school, entered, corrected, unchanged } = event.data;
    const content: Content = { kind: 'collectionCommitted', batch: event.aggregateId, entered, corrected, unchanged };
    await this.items.put(session, newItem(school, content, event.recordedAt));
  }

  @On(collectionUndone)
  async collectionUndone(event: ReceivedEvent<typeof collectionUndone>, session: ClientSession): Promise<void> {
    const none = { entered: 0, corrected: 0, unchanged: 0 };
    const content: Content = { kind: 'collectionCommitted', batch: event.aggregateId, ...none };
    await this.items.end(session, [itemId(event.data.school, content)], 'withdrawn');
  }

  private async joins(session: ClientSession, office: string, content: Content, event: ReceivedEvent): Promise<void> {
    const item = newItem(office, content, event.recordedAt);
    await this.items.wait(session, event.aggregateId, item._id);
    const { isNew } = await this.items.putOnce(session, item);
    if (isNew) await this.mail.about(session, item);
  }
}
