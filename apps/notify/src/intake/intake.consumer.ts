import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import { Clock } from '#libs/service-kit';
import { Content, Item, itemId, newItem } from '../inbox/item';
import { Items } from '../inbox/items.repository';
import { PostMail } from '../mail/post-mail';

const { studentSubmitted, studentReturned, studentConfirmed, studentEntryUndone } = registryEvents;
const { collectionCommitted, collectionUndone, filesDueSoon, filesLate } = registryEvents;

/** The intake of schools: an item per school and day, never one per child. Each child waits in one of them at most. */
@EventConsumer()
export class IntakeConsumer {
  constructor(
    private readonly items: Items,
    private readonly mail: PostMail,
    private readonly clock: Clock,
  ) {}

  @OnMany(studentSubmitted)
  async submitted(events: ReceivedEvent<typeof studentSubmitted>[], session: ClientSession): Promise<void> {
    const day = this.clock.today();
    await this.join(session, events, ({ authority, school }) => ({
      office: authority,
      content: { kind: 'intakeSubmitted', school, day },
    }));
  }

  @OnMany(studentReturned)
  async returned(events: ReceivedEvent<typeof studentReturned>[], session: ClientSession): Promise<void> {
    const day = this.clock.today();
    await this.join(session, events, ({ authority, school }) => ({
      office: school,
      content: { kind: 'intakeReturned', authority, day },
    }));
  }

  @OnMany(studentConfirmed)
  async confirmed(events: ReceivedEvent<typeof studentConfirmed>[], session: ClientSession): Promise<void> {
    await this.items.waitNoMore(
      session,
      events.map(({ aggregateId }) => aggregateId),
    );
  }

  @OnMany(studentEntryUndone)
  async undone(events: ReceivedEvent<typeof studentEntryUndone>[], session: ClientSession): Promise<void> {
    await this.items.waitNoMore(
      session,
      events.map(({ aggregateId }) => aggregateId),
    );
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

  @On(filesDueSoon)
  async dueSoon(event: ReceivedEvent<typeof filesDueSoon>, session: ClientSession): Promise<void> {
    const { school, stage, entryYear, dueOn } = event.data;
    await this.tell(session, school, { kind: 'filesDueSoon', stage, entryYear, lastDay: dueOn }, event);
  }

  /** Told to the school and, as an escalation, to its authority; once a day however many files are made late. */
  @On(filesLate)
  async late(event: ReceivedEvent<typeof filesLate>, session: ClientSession): Promise<void> {
    const { school, stage, entryYear, authority } = event.data;
    const content: Content = { kind: 'filesLate', school, stage, entryYear, on: event.effectiveOn };
    for (const office of [school, authority]) await this.tell(session, office, content, event);
  }

  private async tell(session: ClientSession, office: string, content: Content, event: ReceivedEvent): Promise<void> {
    const item = newItem(office, content, event.recordedAt);
    const { isNew } = await this.items.putOnce(session, item);
    if (isNew) await this.mail.about(session, item);
  }

  /** Each child waits in the item of its place; an item is opened by the first that joins it. */
  private async join<D>(
    session: ClientSession,
    events: (ReceivedEvent & { data: D })[],
    placeOf: (data: D) => Place,
  ): Promise<void> {
    const items = new Map<string, Item>();
    const waiting = events.map(({ aggregateId, recordedAt, data }) => {
      const { office, content } = placeOf(data);
      const item = newItem(office, content, recordedAt);
      if (!items.has(item._id)) items.set(item._id, item);
      return { _id: aggregateId, item: item._id };
    });
    await this.items.wait(session, waiting);
    for (const item of items.values()) {
      const { isNew } = await this.items.putOnce(session, item);
      if (isNew) await this.mail.about(session, item);
    }
  }
}

/** Where an item lies, and what it says. */
interface Place {
  office: string;
  content: Content;
}
