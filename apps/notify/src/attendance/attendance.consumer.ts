import { ClientSession } from 'mongoose';
import { attendanceEvents as attendance, type DataOf, type ReceivedEvent } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import { itemId, newItem, type Kind, type WatchContent } from '../inbox/item';
import { Items } from '../inbox/items.repository';
import { PostMail } from '../mail/post-mail';

const { rollCallTaken, rollCallMissing, dropoutSuspected, dropoutSuspicionWithdrawn, homeVisitRecorded } = attendance;
const { dropoutReported, dropoutProposed, dropoutConfirmed, dropoutReturned } = attendance;

type Letter = DataOf<typeof dropoutReported>['letters'][number];
type Missing = ReceivedEvent<typeof rollCallMissing>;

const tasks: Kind[] = ['homeVisit', 'reportSuspicion', 'dropoutProposed'];
const reports: Kind[] = ['suspicionReported', 'dropoutReported', 'letterToSend'];

/** What attendance means for those who call, visit, report and are told: and what no longer holds is taken back. */
@EventConsumer()
export class AttendanceConsumer {
  constructor(
    private readonly items: Items,
    private readonly mail: PostMail,
  ) {}

  @On(rollCallMissing)
  async missing(event: Missing, session: ClientSession): Promise<void> {
    const { class: classId, day, school } = event.data;
    await this.tell(session, school, { kind: 'rollCallMissing', class: classId, day }, event);
  }

  /** A class that is called after the alarm is missing no more. */
  @OnMany(rollCallTaken)
  async taken(events: ReceivedEvent<typeof rollCallTaken>[], session: ClientSession): Promise<void> {
    const ids = events.map(({ data }) =>
      itemId(data.school, { kind: 'rollCallMissing', class: data.class, day: data.day }),
    );
    const open = await this.items.openAmong(session, ids);
    await this.items.end(session, open, 'closed');
    await this.mail.withdraw(session, open);
  }

  @On(dropoutSuspected)
  async suspected(event: ReceivedEvent<typeof dropoutSuspected>, session: ClientSession): Promise<void> {
    const { school } = event.data;
    const watch = event.aggregateId;
    const content: WatchContent = { kind: 'homeVisit', watch, suspectedOn: event.effectiveOn };
    const before = await this.items.openAbout(session, watch, ['homeVisit']);
    const own = itemId(school, content);
    await this.end(
      session,
      before.filter((id) => id !== own),
      'withdrawn',
    );
    // A child that was visited and reported is not visited anew because a day was corrected.
    await this.tellOnce(session, school, content, event);
  }

  @On(homeVisitRecorded)
  async visited(event: ReceivedEvent<typeof homeVisitRecorded>, session: ClientSession): Promise<void> {
    const { school, inVain } = event.data;
    const watch = event.aggregateId;
    await this.end(session, await this.items.openAbout(session, watch, ['homeVisit']), 'closed');
    if (inVain) await this.tellOnce(session, school, { kind: 'reportSuspicion', watch }, event);
  }

  @On(dropoutReported)
  async reported(event: ReceivedEvent<typeof dropoutReported>, session: ClientSession): Promise<void> {
    const { about, letters, school } = event.data;
    const watch = event.aggregateId;
    await this.end(session, await this.items.openAbout(session, watch, ['homeVisit', 'reportSuspicion']), 'closed');
    // Nobody reports twice: the task is over even where nobody was ever asked.
    await this.items.settle(session, newItem(school, { kind: 'reportSuspicion', watch }, event.recordedAt));
    const kind = about === 'suspicion' ? 'suspicionReported' : 'dropoutReported';
    for (const letter of letters) {
      const { no, on, office } = letter;
      if (office !== undefined) await this.tell(session, office, { kind, watch, school, no, on }, event);
      else await this.tell(session, school, toSend(watch, letter, about), event);
    }
  }

  @On(dropoutProposed)
  async proposed(event: ReceivedEvent<typeof dropoutProposed>, session: ClientSession): Promise<void> {
    const { school, dueOn } = event.data;
    const content: WatchContent = { kind: 'dropoutProposed', watch: event.aggregateId, lastDay: dueOn };
    await this.tell(session, school, content, event);
  }

  @On(dropoutConfirmed)
  async confirmed(event: ReceivedEvent<typeof dropoutConfirmed>, session: ClientSession): Promise<void> {
    await this.end(session, await this.items.openAbout(session, event.aggregateId, tasks), 'closed');
  }

  @On(dropoutReturned)
  async returned(event: ReceivedEvent<typeof dropoutReturned>, session: ClientSession): Promise<void> {
    await this.end(session, await this.items.openAbout(session, event.aggregateId, tasks), 'closed');
  }

  /** Back at school, or never away: nobody visits or reports; a report that rested on nothing is taken back where it was told. */
  @On(dropoutSuspicionWithdrawn)
  async withdrawn(event: ReceivedEvent<typeof dropoutSuspicionWithdrawn>, session: ClientSession): Promise<void> {
    const { school, letters = [] } = event.data;
    const watch = event.aggregateId;
    await this.end(session, await this.items.openAbout(session, watch, tasks), 'withdrawn');
    const back = new Set(letters.map(({ withdraws }) => withdraws));
    const told = await this.items.openAboutLetters(session, watch, reports, [...back]);
    await this.end(session, told, 'withdrawn');
    for (const letter of letters) {
      const { no, on, office, withdraws } = letter;
      if (office === undefined) await this.tell(session, school, toSend(watch, letter, 'withdrawal'), event);
      else await this.tell(session, office, { kind: 'reportWithdrawn', watch, school, no, withdraws, on }, event);
    }
  }

  private async end(session: ClientSession, ids: string[], state: 'closed' | 'withdrawn'): Promise<void> {
    await this.items.end(session, ids, state);
    await this.mail.withdraw(session, ids);
  }

  private async tell(
    session: ClientSession,
    office: string,
    content: WatchContent,
    event: ReceivedEvent,
  ): Promise<void> {
    const item = newItem(office, content, event.recordedAt);
    await this.items.put(session, item);
    await this.mail.about(session, item);
  }

  /** Asked for once in the life of a watch at a school. */
  private async tellOnce(
    session: ClientSession,
    office: string,
    content: WatchContent,
    event: ReceivedEvent,
  ): Promise<void> {
    const item = newItem(office, content, event.recordedAt);
    if (await this.items.putFirst(session, item)) await this.mail.about(session, item);
  }
}

const toSend = (
  watch: string,
  { no, to, on }: Pick<Letter, 'no' | 'to' | 'on'>,
  about: 'suspicion' | 'dropout' | 'withdrawal',
): WatchContent => ({ kind: 'letterToSend', watch, no, to, about, on });
