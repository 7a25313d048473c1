import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { createHash } from 'node:crypto';
import { ClientSession, Connection } from 'mongoose';
import type { LocalDate } from '#libs/policy';
import { staleVersion } from '#libs/service-kit';
import type { RollCall } from './roll-call';

/** Who was called: the same children of the same class are one roster. */
interface Roster {
  _id: string;
  class: string;
  students: string[];
}

/** Writing it is what two acts on one class meet in, so that neither judges without seeing the other. */
interface Register {
  _id: string;
  acts: number;
}

/** A class called for a session, as far as a judgement needs it. */
export type CalledClass = Pick<RollCall, 'class' | 'day' | 'session' | 'roster' | 'exceptions'>;

const rosterLimit = 5_000;

@Injectable()
export class RollCallsRepository implements OnModuleInit {
  /** Rosters never change, so what was read once stays true. */
  private readonly rosters = new Map<string, ReadonlySet<string>>();

  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get rollCalls() {
    return this.connection.collection<RollCall>('roll_calls');
  }

  private get rosterRows() {
    return this.connection.collection<Roster>('rosters');
  }

  private get registers() {
    return this.connection.collection<Register>('registers');
  }

  async onModuleInit(): Promise<void> {
    await this.rollCalls.createIndexes([
      { key: { class: 1, day: 1 }, name: 'class' },
      { key: { school: 1, day: 1 }, name: 'school' },
      { key: { 'exceptions.student': 1, day: 1 }, name: 'exceptions' },
    ]);
    // The collections exist before anything is written in a transaction.
    await Promise.all([this.rosterRows.createIndex({ _id: 1 }), this.registers.createIndex({ _id: 1 })]);
  }

  find(id: string, session?: ClientSession): Promise<RollCall | null> {
    return this.rollCalls.findOne({ _id: id }, { session });
  }

  /** Roll calls of a class from a day on to another, both included, oldest first. */
  ofClass(classId: string, from: LocalDate, to: LocalDate, session?: ClientSession): Promise<RollCall[]> {
    return this.rollCalls
      .find({ class: classId, day: { $gte: from, $lte: to } }, { session })
      .sort({ day: 1 })
      .toArray();
  }

  /** The same with no more than a judgement needs. */
  called(classId: string, from: LocalDate, to: LocalDate, session: ClientSession): Promise<CalledClass[]> {
    return this.rollCalls
      .find(
        { class: classId, day: { $gte: from, $lte: to } },
        { session, projection: { _id: 0, class: 1, day: 1, session: 1, roster: 1, exceptions: 1 } },
      )
      .toArray();
  }

  /** Roll calls in which a child is named, from a day on to another, both included. */
  naming(student: string, from: LocalDate, to: LocalDate, session?: ClientSession): Promise<RollCall[]> {
    return this.rollCalls
      .find({ 'exceptions.student': student, day: { $gte: from, $lte: to } }, { session })
      .sort({ day: 1 })
      .toArray();
  }

  ofSchool(school: string, day: LocalDate, session?: ClientSession): Promise<RollCall[]> {
    return this.rollCalls.find({ school, day }, { session }).toArray();
  }

  async calledClasses(school: string, day: LocalDate, session: ClientSession): Promise<Set<string>> {
    const found = await this.rollCalls.find({ school, day }, { session, projection: { class: 1 } }).toArray();
    return new Set(found.map((one) => one.class));
  }

  /** @throws Refused `stale-version` when somebody else was first */
  async save(session: ClientSession, rollCall: RollCall): Promise<void> {
    if (rollCall.version === 1) {
      await this.rollCalls.insertOne(rollCall, { session });
      return;
    }
    const before = rollCall.version - 1;
    const { matchedCount } = await this.rollCalls.replaceOne({ _id: rollCall._id, version: before }, rollCall, {
      session,
    });
    if (matchedCount !== 1) throw staleVersion(before, rollCall.version);
  }

  /** Only the version grows: another event tells of it. */
  async advance(session: ClientSession, id: string, version: number): Promise<void> {
    await this.rollCalls.updateOne({ _id: id, version: version - 1 }, { $set: { version } }, { session });
  }

  /** Of two who enter one register the second meets a write conflict, and starts again after the first. */
  async enterRegisters(session: ClientSession, classes: readonly string[]): Promise<void> {
    if (classes.length === 0) return;
    await this.registers.bulkWrite(
      [...classes]
        .sort()
        .map((_id) => ({ updateOne: { filter: { _id }, update: { $inc: { acts: 1 } }, upsert: true } })),
      { session, ordered: true },
    );
  }

  /** @returns the roster's id */
  async keepRoster(session: ClientSession, classId: string, students: readonly string[]): Promise<string> {
    const digest = createHash('sha256').update(students.join('\n')).digest('base64url').slice(0, 22);
    const _id = `${classId}/${digest}`;
    if (!this.rosters.has(_id)) {
      const row = { class: classId, students: [...students] };
      await this.rosterRows.updateOne({ _id }, { $setOnInsert: row }, { session, upsert: true });
    }
    return _id;
  }

  /** Who was called, by id of the roster. */
  async rostersOf(ids: Iterable<string>, session: ClientSession): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.rosters.has(id));
    const read = new Map<string, ReadonlySet<string>>();
    if (missing.length > 0) {
      const found = await this.rosterRows.find({ _id: { $in: missing } }, { session }).toArray();
      for (const { _id, students } of found) read.set(_id, new Set(students));
    }
    const all = new Map(wanted.map((id) => [id, this.rosters.get(id) ?? read.get(id) ?? new Set<string>()]));
    return all;
  }

  /** Rosters of committed roll calls may be remembered; one whose transaction was undone never existed. */
  remember(id: string, students: readonly string[]): void {
    if (this.rosters.size >= rosterLimit) this.rosters.delete(this.rosters.keys().next().value as string);
    this.rosters.set(id, new Set(students));
  }
}
