import { ClientSession } from 'mongoose';
import { placementEvents, ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { Content, itemId, newItem } from '../inbox/item';
import { Items } from '../inbox/items.repository';
import { PostMail } from '../mail/post-mail';

/** The four events of a completion say the same of it. */
type Completion = Pick<ReceivedEvent<typeof registry.completionSubmitted>, 'aggregateId' | 'data'>;
type Compared = ReceivedEvent<typeof placementEvents.placementCompared>;

/** What the end of a stage, a placement and a closing mean for the inboxes of those who take part. */
@EventConsumer()
export class CourseConsumer {
  constructor(
    private readonly items: Items,
    private readonly mail: PostMail,
  ) {}

  @On(registry.completionSubmitted)
  async submitted(event: ReceivedEvent<typeof registry.completionSubmitted>, session: ClientSession): Promise<void> {
    await this.over(session, event, 'completionReturned');
    const { authority, school } = event.data;
    await this.tell(session, authority, { kind: 'completionSubmitted', completion: event.aggregateId, school }, event);
  }

  @On(registry.completionReturned)
  async returned(event: ReceivedEvent<typeof registry.completionReturned>, session: ClientSession): Promise<void> {
    await this.over(session, event, 'completionSubmitted');
    const { authority, school } = event.data;
    await this.tell(session, school, { kind: 'completionReturned', completion: event.aggregateId, authority }, event);
  }

  @On(registry.completionWithdrawn)
  async withdrawn(event: ReceivedEvent<typeof registry.completionWithdrawn>, session: ClientSession): Promise<void> {
    await this.over(session, event, 'completionSubmitted');
    await this.over(session, event, 'completionReturned');
  }

  @On(registry.completionConfirmed)
  async confirmed(event: ReceivedEvent<typeof registry.completionConfirmed>, session: ClientSession): Promise<void> {
    await this.over(session, event, 'completionSubmitted');
    const { authority, school } = event.data;
    await this.tell(session, school, { kind: 'completionConfirmed', completion: event.aggregateId, authority }, event);
  }

  @On(placementEvents.placementStepOpened)
  async stepOpened(
    event: ReceivedEvent<typeof placementEvents.placementStepOpened>,
    session: ClientSession,
  ): Promise<void> {
    const { step, act, office, dueOn, provisional } = event.data;
    await this.tell(session, office, { kind: 'placementStep', caseId: event.aggregateId, step, act }, event, {
      dueOn,
      provisional,
    });
  }

  @On(placementEvents.placementStepReminded)
  async reminded(
    event: ReceivedEvent<typeof placementEvents.placementStepReminded>,
    session: ClientSession,
  ): Promise<void> {
    const { step, office } = event.data;
    const [open] = await this.items.openOf(session, { caseId: event.aggregateId, step, kinds: ['placementStep'] });
    const item = open && (await this.items.remind(session, open, office, event.effectiveOn));
    if (item) await this.mail.about(session, item, { reminder: true });
  }

  @On(placementEvents.placementStepOverdue)
  async overdue(
    event: ReceivedEvent<typeof placementEvents.placementStepOverdue>,
    session: ClientSession,
  ): Promise<void> {
    const { step, office, dueOn, escalatedTo } = event.data;
    const content: Content = { kind: 'placementOverdue', caseId: event.aggregateId, step, lateOffice: office };
    await this.tell(session, escalatedTo, content, event, { dueOn });
  }

  @On(placementEvents.placementStepActed)
  async acted(event: ReceivedEvent<typeof placementEvents.placementStepActed>, session: ClientSession): Promise<void> {
    await this.end(session, event.aggregateId, 'closed', event.data.step);
  }

  @On(placementEvents.placementCompleted)
  async completed(
    event: ReceivedEvent<typeof placementEvents.placementCompleted>,
    session: ClientSession,
  ): Promise<void> {
    const { to, placed, refused } = event.data;
    await this.end(session, event.aggregateId, 'withdrawn');
    await this.tell(
      session,
      to.school,
      { kind: 'placementCompleted', caseId: event.aggregateId, placed, refused },
      event,
    );
  }

  @On(placementEvents.placementEnded)
  async ended(event: ReceivedEvent<typeof placementEvents.placementEnded>, session: ClientSession): Promise<void> {
    await this.end(session, event.aggregateId, 'withdrawn');
  }

  /** To the school, and to the office next above it. */
  @On(placementEvents.placementCompared)
  async compared(event: Compared, session: ClientSession): Promise<void> {
    const { school, path, planned, placed, underWay } = event.data;
    const content: Content = {
      kind: 'placementCompared',
      cohort: event.aggregateId,
      ...(planned !== undefined && { planned }),
      placed,
      underWay,
    };
    const above = path.split('/').filter(Boolean).at(-2);
    for (const office of [school, ...(above ? [above] : [])]) await this.tell(session, office, content, event);
  }

  @On(registry.closingAnnounced)
  async announced(event: ReceivedEvent<typeof registry.closingAnnounced>, session: ClientSession): Promise<void> {
    const { school, kind } = event.data;
    const content: Content = { kind: 'closingAnnounced', closing: event.aggregateId, merger: kind === 'merger' };
    await this.tell(session, school, content, event);
  }

  @On(registry.closingCancelled)
  async cancelled(event: ReceivedEvent<typeof registry.closingCancelled>, session: ClientSession): Promise<void> {
    const { school } = event.data;
    await this.stop(
      session,
      [itemId(school, { kind: 'closingAnnounced', closing: event.aggregateId, merger: false })],
      'withdrawn',
    );
  }

  @On(registry.schoolClosed)
  async closed(event: ReceivedEvent<typeof registry.schoolClosed>, session: ClientSession): Promise<void> {
    const { closing, keeper } = event.data;
    const school = event.aggregateId;
    await this.stop(session, [itemId(school, { kind: 'closingAnnounced', closing, merger: false })], 'closed');
    await this.tell(session, keeper, { kind: 'filesToKeep', closing, school }, event);
  }

  private async over(
    session: ClientSession,
    event: Completion,
    kind: 'completionSubmitted' | 'completionReturned',
  ): Promise<void> {
    const { authority, school } = event.data;
    const completion = event.aggregateId;
    const id =
      kind === 'completionSubmitted'
        ? itemId(authority, { kind, completion, school })
        : itemId(school, { kind, completion, authority });
    await this.stop(session, [id], 'closed');
  }

  private async end(
    session: ClientSession,
    caseId: string,
    state: 'closed' | 'withdrawn',
    step?: string,
  ): Promise<void> {
    const kinds = ['placementStep' as const, 'placementOverdue' as const];
    const open = await this.items.openOf(session, { caseId, ...(step !== undefined && { step }), kinds });
    await this.stop(session, open, state);
  }

  private async stop(session: ClientSession, ids: string[], state: 'closed' | 'withdrawn'): Promise<void> {
    await this.items.end(session, ids, state);
    await this.mail.withdraw(session, ids);
  }

  private async tell(
    session: ClientSession,
    office: string,
    content: Content,
    { recordedAt }: Pick<ReceivedEvent, 'recordedAt'>,
    due: { dueOn?: string; provisional?: boolean } = {},
  ): Promise<void> {
    const item = newItem(office, content, recordedAt, due);
    await this.items.put(session, item);
    await this.mail.about(session, item);
  }
}
