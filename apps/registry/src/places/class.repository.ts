import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection, mongo } from 'mongoose';
import { refuse, type Refused, staleVersion } from '#libs/service-kit';
import { classNameKey, SchoolClass } from './class';

/** A number of pupils who are to sit in a class. */
export interface SeatWish {
  class: string;
  n: number;
  /** Cap that holds there; absent: none is configured. */
  cap?: number;
}

/** A change of the seats of one class, made only when the condition holds. */
interface SeatMove {
  class: string;
  change: Partial<Record<'seats.taken' | 'seats.reserved', number>>;
  condition: mongo.Filter<StoredClass>;
}

/** Stored beside the class: the unique index on it keeps names apart within a school and cohort. */
interface StoredClass extends SchoolClass {
  nameKey: string;
}

/**
 * Classes and their seats. A seat changes hands only by a conditional update inside the caller's transaction, so that
 * taken and reserved together never pass the cap given, however many ask at once. Which cap holds is the caller's
 * judgement; undefined means that none is configured.
 */
@Injectable()
export class ClassRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get classes() {
    return this.connection.collection<StoredClass>('classes');
  }

  async onModuleInit(): Promise<void> {
    await this.classes.createIndexes([
      { key: { school: 1, stage: 1, entryYear: 1, nameKey: 1 }, name: 'name', unique: true },
      { key: { path: 1, _id: 1 }, name: 'scope' },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<SchoolClass | null> {
    return this.classes.findOne({ _id: id }, { session, projection: { nameKey: 0 } });
  }

  ofSchool(school: string, session?: ClientSession): Promise<SchoolClass[]> {
    return this.ofSchools([school], session);
  }

  /** By school, then oldest cohort last, then name. */
  ofSchools(schools: string[], session?: ClientSession): Promise<SchoolClass[]> {
    return this.classes
      .find({ school: { $in: schools } }, { session, projection: { nameKey: 0 } })
      .sort({ school: 1, stage: 1, entryYear: -1, nameKey: 1 })
      .toArray();
  }

  /** Classes of the cohorts that enter in a year, at a path and under it. */
  startingUnder(path: string, entryYear: number, session?: ClientSession): Promise<SchoolClass[]> {
    const under = { path: { $gte: path, $lt: `${path}\uffff` }, entryYear };
    return this.classes.find(under, { session, projection: { nameKey: 0 } }).toArray();
  }

  async insert(session: ClientSession, classes: SchoolClass[]): Promise<void> {
    if (classes.length === 0) return;
    await this.classes.insertMany(
      classes.map((one) => ({ ...one, nameKey: classNameKey(one.name) })),
      { session },
    );
  }

  /** The class has something new to tell; its seats are counted apart. @throws Refused `stale-version` */
  async nextVersion(session: ClientSession, { _id, version }: SchoolClass): Promise<number> {
    const { matchedCount } = await this.classes.updateOne({ _id, version }, { $inc: { version: 1 } }, { session });
    if (matchedCount !== 1) throw staleVersion(version, version + 1);
    return version + 1;
  }

  /** Seats `n` pupils. @throws Refused `class-full` (409) when fewer than `n` seats are left under the cap */
  take(session: ClientSession, classId: string, n: number, cap?: number): Promise<void> {
    return this.takeAll(session, [{ class: classId, n, cap }]);
  }

  /** Seats pupils in many classes by one write. @throws Refused `class-full` (409) when one of them has not the room */
  async takeAll(session: ClientSession, wishes: SeatWish[]): Promise<void> {
    const moves = wishes.map(({ class: classId, n, cap }) => ({
      class: classId,
      change: { 'seats.taken': n },
      condition: roomFor(n, cap),
    }));
    if (!(await this.move(session, ...moves))) throw classFull(wishes);
  }

  /** Keeps `n` seats for movements. False when fewer are left under the cap, or there is no such class. */
  reserve(session: ClientSession, classId: string, cap?: number, n = 1): Promise<boolean> {
    return this.move(session, { class: classId, change: { 'seats.reserved': n }, condition: roomFor(n, cap) });
  }

  /** Movements ended without a move: their reserved seats are free again. */
  async release(session: ClientSession, classId: string, n = 1): Promise<void> {
    const condition = { 'seats.reserved': { $gte: n } };
    const done = await this.move(session, { class: classId, change: { 'seats.reserved': -n }, condition });
    if (!done) throw new Error(`class ${classId} has not ${n} reserved seats to release`);
  }

  /** Movements took place: their reserved seats are taken. */
  async settle(session: ClientSession, classId: string, n = 1): Promise<void> {
    const change = { 'seats.reserved': -n, 'seats.taken': n };
    const done = await this.move(session, { class: classId, change, condition: { 'seats.reserved': { $gte: n } } });
    if (!done) throw new Error(`class ${classId} has not ${n} reserved seats to settle`);
  }

  /** `n` pupils left their seats. */
  async free(session: ClientSession, classId: string, n: number): Promise<void> {
    const condition = { 'seats.taken': { $gte: n } };
    const done = await this.move(session, { class: classId, change: { 'seats.taken': -n }, condition });
    if (!done) throw new Error(`class ${classId} has not ${n} taken seats to free`);
  }

  /** False when one of the conditions did not hold; what the others wrote must then be rolled back by the caller. */
  private async move(session: ClientSession, ...moves: SeatMove[]): Promise<boolean> {
    if (!session.inTransaction()) throw new Error('a seat changes hands only inside a transaction');
    for (const { change } of moves) {
      const counts = Object.values(change);
      if (!counts.every(Number.isSafeInteger) || counts.every((count) => count === 0)) {
        throw new RangeError(`no whole number of seats: ${counts.join(', ')}`);
      }
    }
    if (moves.length === 0) return true;
    const { matchedCount } = await this.classes.bulkWrite(
      moves.map(({ class: classId, change, condition }) => ({
        updateOne: { filter: { $and: [{ _id: classId }, condition] }, update: { $inc: change } },
      })),
      { session },
    );
    return matchedCount === moves.length;
  }
}

const roomFor = (n: number, cap: number | undefined): mongo.Filter<StoredClass> => {
  if (n < 1) throw new RangeError(`cannot take ${n} seats`);
  return cap === undefined ? {} : { $expr: { $lte: [{ $add: ['$seats.taken', '$seats.reserved', n] }, cap] } };
};

const classFull = (wishes: SeatWish[]): Refused => {
  // Of many classes the write does not tell which was full.
  const cap = wishes.length === 1 ? wishes[0].cap : undefined;
  const none = wishes.length === 1 && cap === undefined;
  return refuse('class-full', {
    status: 409,
    title: { zh: '班级已满', en: 'The class is full' },
    detail: {
      zh: none ? '没有这个班级。' : cap === undefined ? '班级名额已满。' : `班级名额已满：上限${cap}人。`,
      en: none ? 'There is no such class.' : `No seat is left${cap === undefined ? '' : `: the cap is ${cap} pupils`}.`,
    },
    remedy: { zh: '请重新读取班级后再试，或编入其他班。', en: 'Read the class again, or place the pupil in another.' },
    ...(cap !== undefined && { facts: { cap } }),
  });
};
