import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import type { Letter } from './letter';

/** How far a school's register has come in a year. */
interface Counter {
  _id: string;
  last: number;
}

/** The next numbers of one school's register; kept with the letters, in the transaction that uses them. */
export class LetterBook {
  constructor(
    private readonly school: string,
    private readonly year: string,
    readonly read: number,
    public last = read,
  ) {}

  get id(): string {
    return `${this.school}/${this.year}`;
  }

  next(): string {
    this.last += 1;
    return `${this.school}-${this.year}-${String(this.last).padStart(4, '0')}`;
  }
}

export interface LetterList {
  school?: string;
  after?: string;
  limit: number;
}

/** The dispatch registers of the schools: letters are written once and never changed but for what took them back. */
@Injectable()
export class LettersRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get letters() {
    return this.connection.collection<Letter>('letters');
  }

  private get counters() {
    return this.connection.collection<Counter>('letter_counters');
  }

  async onModuleInit(): Promise<void> {
    await this.letters.createIndexes([
      { key: { path: 1, _id: 1 }, name: 'scope' },
      { key: { watch: 1, _id: 1 }, name: 'watch' },
    ]);
    await this.counters.createIndex({ _id: 1 });
  }

  async book(session: ClientSession, school: string, on: string): Promise<LetterBook> {
    const year = on.slice(0, 4);
    const counter = await this.counters.findOne({ _id: `${school}/${year}` }, { session });
    return new LetterBook(school, year, counter?.last ?? 0);
  }

  /** Letters enter the register together with its count: of two who number at once the second starts again. */
  async enter(
    session: ClientSession,
    bookOf: (school: string) => LetterBook,
    letters: readonly Letter[],
  ): Promise<void> {
    if (letters.length === 0) return;
    for (const school of new Set(letters.map((letter) => letter.school))) {
      const { id, last } = bookOf(school);
      await this.counters.updateOne({ _id: id }, { $set: { last } }, { session, upsert: true });
    }
    await this.letters.insertMany([...letters], { session, ignoreUndefined: true });
    for (const { _id, withdraws } of letters)
      if (withdraws) await this.letters.updateOne({ _id: withdraws }, { $set: { withdrawnBy: _id } }, { session });
  }

  ofWatch(watch: string, session?: ClientSession): Promise<Letter[]> {
    return this.letters.find({ watch }, { session }).sort({ _id: 1 }).toArray();
  }

  list(actor: Actor, { school, after, limit }: LetterList): Promise<Letter[]> {
    return this.letters
      .find({ $and: [actor.scope('path')], ...(school && { school }), ...(after && { _id: { $gt: after } }) })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }
}
