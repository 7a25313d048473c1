import { Injectable } from '@nestjs/common';
import type { Role, Text } from '#libs/contracts';
import { Actor } from '#libs/access';
import { addDays, loadCalendar, LocalDate } from '#libs/policy';
import { Clock, invalidInput } from '#libs/service-kit';
import { Offices } from '../places/offices.repository';
import { Content, countsChildren, isTask, Item, Kind, rolesOf, standing } from './item';
import { Items } from './items.repository';
import { NameOf, pathOf, wordingOf } from './wording';

export interface InboxItem {
  id: string;
  kind: Kind;
  task: boolean;
  office: { id: string; name: string; role: Role };
  title: Text;
  text: Text;
  /** What the words are made of: ids, codes, days. */
  content: Content;
  link: string;
  dueOn?: LocalDate;
  provisional?: boolean;
  workingDaysLeft?: number;
  overdue: boolean;
  remindedOn?: LocalDate;
  /** Children that the item stands for. */
  count?: number;
  since: string;
  read: boolean;
}

export interface InboxPage {
  asOf: LocalDate;
  items: InboxItem[];
  /** Place to go on from; absent on the last page. */
  next?: string;
}

const shapeOfPlace = /^[1-3]:[\w.:~+-]{1,600}$/;

const placeOf = (cursor: string): string => {
  const place = Buffer.from(cursor, 'base64url').toString('utf8');
  if (shapeOfPlace.test(place)) return place;
  throw invalidInput([
    {
      field: 'after',
      code: 'unknown-place',
      message: { zh: '“after”不是本接口给出的位置', en: '"after" is no place that this route gave' },
    },
  ]);
};

/** What waits for the holder of these posts, what is due first standing first. */
@Injectable()
export class ListInbox {
  private readonly calendar = loadCalendar();

  constructor(
    private readonly items: Items,
    private readonly offices: Offices,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `invalid-input` (400) for a place that is none */
  async run(actor: Actor, asked: { after?: string; limit: number; unread: boolean }): Promise<InboxPage> {
    const today = this.clock.today();
    const { limit } = asked;
    const found = await this.items.page(actor.posts, {
      after: asked.after === undefined ? undefined : placeOf(asked.after),
      limit: limit + 1,
      unreadBy: asked.unread ? actor.posts.map(({ _id }) => _id) : undefined,
    });
    const onPage = found.slice(0, limit);
    const counts = await this.items.countChildren(
      onPage.filter(({ content }) => countsChildren(content.kind)).map(({ _id }) => _id),
    );
    await this.items.forget(onPage.filter((item) => isSpent(item, counts, today)).map(({ _id }) => _id));
    const nameOf = await this.offices.names(onPage.flatMap(officesIn));
    return {
      asOf: today,
      items: onPage
        .filter(({ _id, content }) => !countsChildren(content.kind) || counts.has(_id))
        .map((item) => this.view(item, actor, nameOf, today, counts.get(item._id))),
      ...(found.length > limit && { next: Buffer.from(onPage[limit - 1].order, 'utf8').toString('base64url') }),
    };
  }

  private view(item: Item, actor: Actor, nameOf: NameOf, today: LocalDate, count?: number): InboxItem {
    const { _id, office, content, dueOn, provisional, remindedOn, since, readBy } = item;
    const posts = actor.posts.filter((post) => post.office === office && rolesOf(content.kind).includes(post.role));
    const calendar = this.calendar.forOffice(posts[0].path);
    const due = dueOn && standing(dueOn, today, (from, to) => calendar.workingDaysBetween(from, to));
    return {
      id: _id,
      kind: content.kind,
      task: isTask(content.kind),
      office: { id: office, name: nameOf(office), role: posts[0].role },
      ...wordingOf(content, nameOf, count),
      content,
      link: pathOf(content),
      ...(due && { dueOn, workingDaysLeft: due.left }),
      ...(provisional && { provisional }),
      overdue: due ? due.overdue : false,
      ...(remindedOn && { remindedOn }),
      ...(count !== undefined && { count }),
      since: since.toISOString(),
      read: posts.every(({ _id: post }) => readBy.includes(post)),
    };
  }
}

const officesIn = ({ office, content }: Item): string[] => {
  const others = Object.values(content).filter((value): value is string => typeof value === 'string');
  return [office, ...others.filter((value) => /^\d{6}(\d{4})?$/.test(value))];
};

/** Children join an item on its own day alone; one day more covers an event that was being applied at midnight. */
const isSpent = ({ _id, content }: Item, counts: Map<string, number>, today: LocalDate): boolean =>
  'day' in content && !counts.has(_id) && addDays(content.day, 1) < today;
