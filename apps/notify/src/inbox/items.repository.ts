import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import type { LocalDate } from '#libs/policy';
import type { Role } from '#libs/contracts';
import { forTeachers, Item, Kind, rolesOf } from './item';

/** A child waits in one item at a time: where it was submitted to, or where it was returned to. */
interface WaitingChild {
  _id: string;
  item: string;
}

@Injectable()
export class Items implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get items() {
    return this.connection.collection<Item>('items');
  }

  private get children() {
    return this.connection.collection<WaitingChild>('waiting_children');
  }

  async onModuleInit(): Promise<void> {
    await this.items.createIndexes([
      { key: { office: 1, state: 1, order: 1 }, name: 'inbox' },
      { key: { 'content.caseId': 1 }, name: 'case', partialFilterExpression: { state: 'open' } },
    ]);
    await this.items.createIndexes([
      { key: { 'content.watch': 1 }, name: 'watch', partialFilterExpression: { state: 'open' } },
    ]);
    await this.children.createIndexes([{ key: { item: 1 }, name: 'item' }]);
  }

  /** Opens it, or opens it anew: unread. */
  async put(session: ClientSession, item: Item): Promise<void> {
    const { _id, ...rest } = item;
    await this.items.replaceOne({ _id }, rest, { upsert: true, session });
  }

  /**
   * Opens it unless it is open; then it only becomes unread. Writes nothing when it is open and unread, so that the
   * children of one school, heard side by side, do not queue for its item.
   */
  async putOnce(session: ClientSession, item: Item): Promise<{ isNew: boolean }> {
    const { upsertedCount } = await this.items.updateOne(
      { _id: item._id },
      [{ $replaceWith: { $mergeObjects: [{ $literal: item }, '$$ROOT', { state: 'open', readBy: [] }] } }],
      { upsert: true, session },
    );
    return { isNew: upsertedCount === 1 };
  }

  /** Makes an open item of the office unread again. @returns it, or nothing when it is not open there */
  async remind(session: ClientSession, id: string, office: string, remindedOn: LocalDate): Promise<Item | null> {
    return this.items.findOneAndUpdate(
      { _id: id, office, state: 'open' },
      { $set: { remindedOn, readBy: [] } },
      { session, returnDocument: 'after' },
    );
  }

  /** Ids of the open items of a case, or of one step of it. */
  async openOf(session: ClientSession, of: { caseId: string; step?: string; kinds: Kind[] }): Promise<string[]> {
    const open = await this.items
      .find(
        {
          'content.caseId': of.caseId,
          state: 'open',
          'content.kind': { $in: of.kinds },
          ...(of.step !== undefined && { 'content.step': of.step }),
        },
        { session, projection: { _id: 1 } },
      )
      .toArray();
    return open.map(({ _id }) => _id);
  }

  /** Ids of the open items about a watch. */
  async openAbout(session: ClientSession, watch: string, kinds: Kind[]): Promise<string[]> {
    const open = await this.items
      .find(
        { 'content.watch': watch, state: 'open', 'content.kind': { $in: kinds } },
        { session, projection: { _id: 1 } },
      )
      .toArray();
    return open.map(({ _id }) => _id);
  }

  /** Of these those that tell of one of the letters. */
  async openAboutLetters(session: ClientSession, watch: string, kinds: Kind[], letters: string[]): Promise<string[]> {
    const open = await this.items
      .find(
        { 'content.watch': watch, state: 'open', 'content.kind': { $in: kinds }, 'content.no': { $in: letters } },
        { session, projection: { _id: 1 } },
      )
      .toArray();
    return open.map(({ _id }) => _id);
  }

  /** Of these ids those that are open. */
  async openAmong(session: ClientSession, ids: string[]): Promise<string[]> {
    const open = await this.items
      .find({ _id: { $in: ids }, state: 'open' }, { session, projection: { _id: 1 } })
      .toArray();
    return open.map(({ _id }) => _id);
  }

  /** Opens it unless it is open or done; one that was taken back opens again. @returns whether it was opened */
  async putFirst(session: ClientSession, { _id, ...item }: Item): Promise<boolean> {
    const again = await this.items.replaceOne({ _id, state: 'withdrawn' }, item, { session });
    if (again.matchedCount === 1) return true;
    const { upsertedCount } = await this.items.updateOne({ _id }, { $setOnInsert: item }, { session, upsert: true });
    return upsertedCount === 1;
  }

  /** It is over, whether it was ever open or not. */
  async settle(session: ClientSession, { _id, ...item }: Item): Promise<void> {
    const { state: _, ...rest } = item;
    await this.items.updateOne({ _id }, { $setOnInsert: rest, $set: { state: 'closed' } }, { session, upsert: true });
  }

  async end(session: ClientSession, ids: string[], state: 'closed' | 'withdrawn'): Promise<void> {
    if (ids.length === 0) return;
    await this.items.updateMany({ _id: { $in: ids }, state: 'open' }, { $set: { state } }, { session });
  }

  /** Each child waits in its item, and in no other. */
  async wait(session: ClientSession, children: WaitingChild[]): Promise<void> {
    await this.children.bulkWrite(
      children.map(({ _id, item }) => ({ replaceOne: { filter: { _id }, replacement: { item }, upsert: true } })),
      { session },
    );
  }

  async waitNoMore(session: ClientSession, children: string[]): Promise<void> {
    await this.children.deleteMany({ _id: { $in: children } }, { session });
  }

  async countChildren(items: string[]): Promise<Map<string, number>> {
    if (items.length === 0) return new Map();
    const counts = await this.children
      .aggregate<{ _id: string; count: number }>([
        { $match: { item: { $in: items } } },
        { $group: { _id: '$item', count: { $sum: 1 } } },
      ])
      .toArray();
    return new Map(counts.map(({ _id, count }) => [_id, count]));
  }

  /** Open items of these offices in the order of the inbox, after a place in it. */
  async page(
    posts: readonly { office: string; role: Role }[],
    { after, limit, unreadBy }: { after?: string; limit: number; unreadBy?: string[] },
  ): Promise<Item[]> {
    return this.items
      .find({
        $or: visibleTo(posts),
        state: 'open',
        ...(after !== undefined && { order: { $gt: after } }),
        ...(unreadBy && { readBy: { $nin: unreadBy } }),
      })
      .sort({ order: 1 })
      .limit(limit)
      .toArray();
  }

  /** Items that no child waits in and none will join. */
  async forget(ids: string[]): Promise<void> {
    if (ids.length) await this.items.updateMany({ _id: { $in: ids }, state: 'open' }, { $set: { state: 'closed' } });
  }

  /** @returns false when there is no such item that these posts see */
  async markRead(id: string, posts: readonly { _id: string; office: string; role: Role }[]): Promise<boolean> {
    const item = await this.items.findOne({ _id: id, $or: visibleTo(posts), state: { $ne: 'withdrawn' } });
    if (!item) return false;
    const { office, content } = item;
    const readers = posts.filter((post) => post.office === office && rolesOf(content.kind).includes(post.role));
    await this.items.updateOne({ _id: id }, { $addToSet: { readBy: { $each: readers.map((post) => post._id) } } });
    return true;
  }
}

/** What lies at the offices of these posts, as far as their roles see it. */
const visibleTo = (posts: readonly { office: string; role: Role }[]): Record<string, unknown>[] => {
  const offices = (teachers: boolean) => [
    ...new Set(posts.filter(({ role }) => (role === 'classTeacher') === teachers).map(({ office }) => office)),
  ];
  return [
    { office: { $in: offices(false) } },
    { office: { $in: offices(true) }, 'content.kind': { $in: [...forTeachers] } },
  ];
};
