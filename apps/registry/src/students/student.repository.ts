import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Outbox } from '#libs/messaging';
import { staleVersion } from '#libs/service-kit';
import { onRoll, StudentRecord } from './record';
import { Change } from './student';

/** A person's identity or number, claimed for ever in the transaction that uses it. */
interface Claim {
  /** Keyed index of the ID number (`id …`), of the match keys (`match …`) or of a student number (`number …`). */
  _id: string;
  student: string;
}

/** Where entries with the same name and birth date meet (`alike …`). It refuses nothing; `student` is who came first. */
interface Meeting extends Claim {
  entries: number;
}

export type ClaimKey = { kind: 'id' | 'match' | 'number'; index: string };

const claimId = (key: ClaimKey): string => `${key.kind} ${key.index}`;

/** Records and claims. Every write takes the events with it into the same transaction. */
@Injectable()
export class StudentRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly outbox: Outbox,
  ) {}

  get students() {
    return this.connection.collection<StudentRecord>('students');
  }

  private get claims() {
    return this.connection.collection<Claim>('claims');
  }

  /** Beside the claims, since both are tiny and only ever found by key. */
  private get meetings() {
    return this.connection.collection<Meeting>('claims');
  }

  async onModuleInit(): Promise<void> {
    await this.students.createIndexes([
      { key: { class: 1, _id: 1 }, name: 'class' },
      { key: { path: 1, registration: 1, _id: 1 }, name: 'scope' },
      { key: { 'index.alike': 1 }, name: 'alike' },
      { key: { 'batch.id': 1 }, name: 'batch', partialFilterExpression: { 'batch.id': { $exists: true } } },
      {
        key: { formerClasses: 1 },
        name: 'formerClasses',
        partialFilterExpression: { formerClasses: { $exists: true } },
      },
      { key: { inWork: 1, _id: 1 }, name: 'inWork', partialFilterExpression: { inWork: { $exists: true } } },
      { key: { 'hold.case': 1 }, name: 'hold', partialFilterExpression: { 'hold.case': { $exists: true } } },
      { key: { undoing: 1 }, name: 'undoing', partialFilterExpression: { undoing: { $exists: true } } },
      { key: { path: 1 }, name: 'ageNotChecked', partialFilterExpression: { 'marks.mark': 'ageNotChecked' } },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<StudentRecord | null> {
    return this.students.findOne({ _id: id }, { session });
  }

  findMany(ids: string[], session?: ClientSession): Promise<StudentRecord[]> {
    return ids.length ? this.students.find({ _id: { $in: ids } }, { session }).toArray() : Promise.resolve([]);
  }

  /** Who holds each of the claims asked for; claims nobody holds are left out. */
  async holders(keys: ClaimKey[], session?: ClientSession): Promise<Map<string, string>> {
    if (keys.length === 0) return new Map();
    const found = await this.claims.find({ _id: { $in: keys.map(claimId) } }, { session }).toArray();
    return new Map(found.map((claim) => [claim._id, claim.student]));
  }

  holderOf(holders: Map<string, string>, key: ClaimKey): string | undefined {
    return holders.get(claimId(key));
  }

  /** Open records with the same name and birth date, to be compared further by the keys of the pack (NAT-NO4). */
  async lookalikes(
    keys: string[],
    session?: ClientSession,
  ): Promise<Map<string, Pick<StudentRecord, '_id' | 'sex' | 'index'>[]>> {
    const found = await this.students
      .find(
        { 'index.alike': { $in: keys }, registration: { $ne: 'undone' } },
        { session, projection: { sex: 1, index: 1 } },
      )
      .toArray();
    return Map.groupBy(found, (one) => one.index.alike);
  }

  /**
   * Marks records for long work, each only if it is on roll, free and not marked; the caller's transaction breaks unless
   * all of them are. @throws stale-version
   */
  async mark(session: ClientSession, ids: string[], work: string): Promise<void> {
    const { matchedCount } = await this.students.updateMany(
      {
        _id: { $in: ids },
        ...onRoll,
        hold: { $exists: false },
        inWork: { $exists: false },
        undoing: { $exists: false },
      },
      { $set: { inWork: work } },
      { session },
    );
    if (matchedCount !== ids.length) throw staleVersion(undefined, 0);
  }

  /** A claim that another person holds breaks the transaction: the unique `_id` decides, whoever came first. */
  async claim(session: ClientSession, claims: { key: ClaimKey; student: string }[]): Promise<void> {
    if (claims.length === 0) return;
    await this.claims.insertMany(
      claims.map(({ key, student }) => ({ _id: claimId(key), student })),
      { session },
    );
  }

  /**
   * Entries that look alike write to one row: of two at once, the second breaks its transaction, is judged again and finds
   * the first (CZ-EN13, NAT-NO4). Without it, a child with an ID number and the same child without one share no claim.
   */
  async meet(session: ClientSession, entries: { alike: string; student: string }[]): Promise<void> {
    const first = new Map(entries.toReversed().map(({ alike, student }) => [`alike ${alike}`, student]));
    if (first.size === 0) return;
    const asked = { _id: { $in: [...first.keys()] } };
    const found = await this.meetings.find(asked, { session, projection: { _id: 1 } }).toArray();
    const known = new Set(found.map(({ _id }) => _id));
    if (known.size) await this.meetings.updateMany({ _id: { $in: [...known] } }, { $inc: { entries: 1 } }, { session });
    const fresh = [...first].flatMap(([_id, student]) => (known.has(_id) ? [] : [{ _id, student, entries: 1 }]));
    if (fresh.length) await this.meetings.insertMany(fresh, { session });
  }

  /** A number that a person never had, written down by mistake, is free again for whose it is. */
  async unclaim(session: ClientSession, claims: { key: ClaimKey; student: string }[]): Promise<void> {
    for (const { key, student } of claims) await this.claims.deleteOne({ _id: claimId(key), student }, { session });
  }

  /** New records, thousands an hour: one insert for all. */
  async insert(session: ClientSession, changes: Change[]): Promise<void> {
    if (changes.length === 0) return;
    await this.students.insertMany(
      changes.map((one) => one.record),
      { session, ignoreUndefined: true },
    );
    await this.outbox.add(
      session,
      changes.flatMap((one) => one.events),
    );
  }

  /**
   * Saves next states; each must rest on the version now stored, on no undo under way, and on the long work that it knew
   * of. @throws stale-version
   */
  async save(session: ClientSession, changes: Change[]): Promise<void> {
    if (changes.length === 0) return;
    const result = await this.students.bulkWrite(
      changes.map(({ record, events, work = record.inWork }) => ({
        replaceOne: {
          filter: {
            _id: record._id,
            version: record.version - events.length,
            ...(record.registration !== 'undone' && { undoing: { $exists: false } }),
            inWork: work ?? { $exists: false },
          },
          replacement: record,
        },
      })),
      { session, ordered: true, ignoreUndefined: true },
    );
    if (result.matchedCount !== changes.length) throw staleVersion(undefined, changes[0].record.version);
    await this.outbox.add(
      session,
      changes.flatMap((one) => one.events),
    );
  }
}
