import { ClientSession } from 'mongoose';
import { ReceivedEvent, transferEvents } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { Content, itemId, Kind, newItem } from '../inbox/item';
import { Items } from '../inbox/items.repository';
import { PostMail } from '../mail/post-mail';
import { Cases } from './cases.repository';

const { transferFiled, transferStepOpened, transferStepReminded, transferStepOverdue, transferStepActed } =
  transferEvents;
const { transferRefusalListed, transferRefusalReviewed, transferCompleted, transferEnded } = transferEvents;

/** What the course of a transfer means for the inboxes of those who take part. */
@EventConsumer()
export class MovementsConsumer {
  constructor(
    private readonly items: Items,
    private readonly mail: PostMail,
    private readonly cases: Cases,
  ) {}

  @On(transferFiled)
  async filed({ aggregateId, data }: ReceivedEvent<typeof transferFiled>, session: ClientSession): Promise<void> {
    await this.cases.open(session, aggregateId, [data.from.school, data.to.school]);
  }

  @On(transferStepOpened)
  async stepOpened(event: ReceivedEvent<typeof transferStepOpened>, session: ClientSession): Promise<void> {
    const { step, act, office, arrivedOn, dueOn, provisional } = event.data;
    const caseId = event.aggregateId;
    // A step that went to another office before no longer waits there.
    const before = await this.items.openOf(session, { caseId, step, kinds: ['step', 'overdue'] });
    await this.items.end(session, before, 'withdrawn');
    await this.mail.withdraw(session, before);
    await this.tell(session, office, { kind: 'step', caseId, step, act, arrivedOn }, event, { dueOn, provisional });
  }

  @On(transferStepReminded)
  async stepReminded(event: ReceivedEvent<typeof transferStepReminded>, session: ClientSession): Promise<void> {
    const { step, office } = event.data;
    const [open] = await this.items.openOf(session, { caseId: event.aggregateId, step, kinds: ['step'] });
    const item = open && (await this.items.remind(session, open, office, event.effectiveOn));
    if (item) await this.mail.about(session, item, { reminder: true });
  }

  @On(transferStepOverdue)
  async stepOverdue(event: ReceivedEvent<typeof transferStepOverdue>, session: ClientSession): Promise<void> {
    const { step, office, dueOn, escalatedTo, clock } = event.data;
    const kind = clock === 'handover' ? 'handoverOverdue' : 'overdue';
    const content: Content = { kind, caseId: event.aggregateId, step, lateOffice: office };
    await this.tell(session, escalatedTo, content, event, { dueOn });
  }

  @On(transferStepActed)
  async stepActed(event: ReceivedEvent<typeof transferStepActed>, session: ClientSession): Promise<void> {
    const { step } = event.data;
    const done = await this.items.openOf(session, { caseId: event.aggregateId, step, kinds: ['step', 'overdue'] });
    await this.items.end(session, done, 'closed');
    await this.mail.withdraw(session, done);
  }

  @On(transferRefusalListed)
  async refusalListed(event: ReceivedEvent<typeof transferRefusalListed>, session: ClientSession): Promise<void> {
    const { step, office, ground, listedAt } = event.data;
    const content: Content = { kind: 'refusalListed', caseId: event.aggregateId, step, refusedBy: office, ground };
    await this.tell(session, listedAt, content, event);
  }

  @On(transferRefusalReviewed)
  async refusalReviewed(event: ReceivedEvent<typeof transferRefusalReviewed>, session: ClientSession): Promise<void> {
    const { step, office, ground, reviewedBy } = event.data;
    const content: Content = { kind: 'refusalListed', caseId: event.aggregateId, step, refusedBy: office, ground };
    const listed = [itemId(reviewedBy, content)];
    await this.items.end(session, listed, 'closed');
    await this.mail.withdraw(session, listed);
  }

  @On(transferCompleted)
  async completed(event: ReceivedEvent<typeof transferCompleted>, session: ClientSession): Promise<void> {
    const { movedOn } = event.data;
    await this.end(session, event, { kind: 'completed', caseId: event.aggregateId, movedOn });
  }

  @On(transferEnded)
  async ended(event: ReceivedEvent<typeof transferEnded>, session: ClientSession): Promise<void> {
    await this.end(session, event, { kind: 'ended', caseId: event.aggregateId, outcome: event.data.outcome });
  }

  /** Nobody need act any more, but on a refusal still to be looked into; both schools learn how it ended. */
  private async end(session: ClientSession, event: ReceivedEvent, content: Content): Promise<void> {
    const kinds: Kind[] = ['step', 'overdue', 'handoverOverdue'];
    const open = await this.items.openOf(session, { caseId: event.aggregateId, kinds });
    await this.items.end(session, open, 'withdrawn');
    await this.mail.withdraw(session, open);
    for (const school of await this.cases.end(session, event.aggregateId))
      await this.tell(session, school, content, event);
  }

  private async tell(
    session: ClientSession,
    office: string,
    content: Content,
    { recordedAt }: ReceivedEvent,
    due: { dueOn?: string; provisional?: boolean } = {},
  ): Promise<void> {
    const item = newItem(office, content, recordedAt, due);
    await this.items.put(session, item);
    await this.mail.about(session, item);
  }
}
