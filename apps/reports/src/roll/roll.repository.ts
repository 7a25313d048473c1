import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection, mongo } from 'mongoose';
import type { LocalDate } from '#libs/policy';
import { Fact, KnownSpell, Revision } from './timeline';

/** A child as the events tell of it: all facts, and the spells that are known now. */
export interface Child {
  _id: string;
  /** Sequence of the last event folded in. */
  version: number;
  facts: Fact[];
  spells: KnownSpell[];
}

/** A day, and the day whose knowledge answers. */
export interface AsOf {
  on: LocalDate;
  knownOn: LocalDate;
}

/** Condition: spells that hold on a day, as known at the end of another. */
export const holdingAt = ({ on, knownOn }: AsOf): Record<string, unknown> => ({
  from: { $lte: on },
  to: { $gt: on },
  ...knownAt(knownOn),
});

export const knownAt = (knownOn: LocalDate): Record<string, unknown> => ({
  knownFrom: { $lte: knownOn },
  knownTo: { $gt: knownOn },
});

/** Children and their spells. A spell is never changed but for the day until which it was known. */
@Injectable()
export class RollRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get children() {
    return this.connection.collection<Child>('children');
  }

  get spells() {
    return this.connection.collection<KnownSpell>('spells');
  }

  async onModuleInit(): Promise<void> {
    await this.spells.createIndexes([
      // Holds everything that is counted, so that a count reads the index alone.
      {
        key: {
          path: 1,
          to: 1,
          from: 1,
          knownTo: 1,
          knownFrom: 1,
          class: 1,
          stage: 1,
          entryYear: 1,
          sex: 1,
          confirmed: 1,
          birthMonth: 1,
        },
        name: 'counted',
      },
      { key: { student: 1, knownFrom: 1 }, name: 'student' },
      { key: { class: 1, _id: 1 }, name: 'class' },
    ]);
  }

  async childrenOf(ids: readonly string[], session: ClientSession): Promise<Map<string, Child>> {
    const found = await this.children.find({ _id: { $in: [...ids] } }, { session }).toArray();
    return new Map(found.map((child) => [child._id, child]));
  }

  /** Writes what some events changed, in one bulk each. `day`: the day on which all of it was recorded. */
  async write(
    children: readonly Child[],
    revisions: readonly Dated<Revision>[],
    session: ClientSession,
  ): Promise<void> {
    const spells = revisions.flatMap(({ day, added, closed, dropped }): mongo.AnyBulkWriteOperation<KnownSpell>[] => [
      ...dropped.map((_id) => ({ deleteOne: { filter: { _id } } })),
      ...closed.map((_id) => ({ updateOne: { filter: { _id }, update: { $set: { knownTo: day } } } })),
      ...added.map((document) => ({ insertOne: { document } })),
    ]);
    if (spells.length) await this.spells.bulkWrite(spells, { session, ordered: true, ignoreUndefined: true });
    await this.children.bulkWrite(
      children.map(({ _id, ...rest }) => ({ replaceOne: { filter: { _id }, replacement: rest, upsert: true } })),
      { session, ordered: false, ignoreUndefined: true },
    );
  }
}

type Dated<T> = T & { day: LocalDate };

/** As far in the future as anything is known: what holds once every fact has taken effect. */
export const atTheEnd: LocalDate = '9999-12-30';
