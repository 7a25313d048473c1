import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { JournalSlice, MessagingPromises, MessagingStore } from '#libs/messaging';
import { ClassRepository } from './places';
import { onRoll, StudentRecord } from './students/record';
import { ClaimKey, StudentRepository } from './students/student.repository';

export interface RegistryInvariants {
  /** On roll. */
  students: number;
  /** Classes whose counters are not the records on roll in them and the places kept for movements. */
  seatsOff: number;
  numbers: number;
  /** Numbers of a record that another record holds, or none. */
  numbersShared: number;
  events: number;
  /** Aggregates whose sequence numbers are not 1, 2, 3 … */
  gaps: number;
}

/** A class with its counters and what the records say. */
export interface SeatsOff {
  class: string;
  taken: number;
  seated: number;
  reserved: number;
  held: number;
}

export interface SeatsSlice {
  classes: number;
  seated: number;
  off: SeatsOff[];
  next?: string;
}

export interface RollSlice {
  classes: { class: string; seated: number }[];
  next?: string;
}

/** `no-seat`: its class is none, or one of another school. The others: a key that stands in it is not claimed for it. */
export interface RecordOff {
  student: string;
  what: 'no-seat' | 'number-of-another' | 'identity-of-another';
}

export interface RecordsSlice {
  records: number;
  numbers: number;
  off: RecordOff[];
  next?: string;
}

export interface HoldsSlice {
  holds: { case: string; student: string; toClass: string }[];
  next?: string;
}

const slice = 1_000;

/**
 * What must hold of the registry at every instant, each slice counted at one instant of its own store. A slice is small,
 * so that no question takes longer the larger a province is. No personal data: ids alone.
 */
@Injectable()
export class Invariants {
  private readonly journal: MessagingPromises;

  constructor(
    private readonly store: MessagingStore,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
  ) {
    this.journal = new MessagingPromises(store);
  }

  /** The whole, in one answer; zeros are the promise kept. */
  async count(): Promise<RegistryInvariants> {
    const sum: RegistryInvariants = { students: 0, seatsOff: 0, numbers: 0, numbersShared: 0, events: 0, gaps: 0 };
    for (let after: string | undefined = ''; after !== undefined;) {
      const { seated, off, next }: SeatsSlice = await this.seats(after);
      sum.students += seated;
      sum.seatsOff += off.length;
      after = next;
    }
    for (let after: string | undefined = ''; after !== undefined;) {
      const { numbers, off, next }: RecordsSlice = await this.records(after);
      sum.numbers += numbers;
      sum.seatsOff += off.filter(({ what }) => what === 'no-seat').length;
      sum.numbersShared += off.filter(({ what }) => what === 'number-of-another').length;
      after = next;
    }
    for (let after: string | undefined = '0'; after !== undefined;) {
      const { events, gaps, next }: JournalSlice = await this.journal.journal(after);
      sum.events += events;
      sum.gaps += gaps;
      after = next;
    }
    return sum;
  }

  /** Classes in order of their ids: counters against the records seated and held. */
  seats(after = '', limit = slice): Promise<SeatsSlice> {
    return this.store.atOneInstant(async (session) => {
      const classes = await this.classes.classes
        .find({ _id: { $gt: after } }, { session, projection: { seats: 1 } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      const ids = classes.map(({ _id }) => _id);
      const seated = await this.byClass('$class', { class: { $in: ids }, ...onRoll }, session);
      const held = await this.byClass(
        '$hold.toClass',
        { 'hold.case': { $exists: true }, 'hold.toClass': { $in: ids } },
        session,
      );
      const off = classes
        .map(({ _id, seats }) => ({ class: _id, ...seats, seated: seated.get(_id) ?? 0, held: held.get(_id) ?? 0 }))
        .filter((one) => one.taken !== one.seated || one.reserved !== one.held);
      const all = [...seated.values()].reduce((sum, n) => sum + n, 0);
      return { classes: classes.length, seated: all, off, ...nextOf(ids, limit) };
    });
  }

  /** Classes in order of their ids with the records on roll in them: what other services may count too. */
  async roll(after = '', limit = slice): Promise<RollSlice> {
    const seated = await this.students.students
      .aggregate<{ _id: string; n: number }>([
        { $match: { class: { $gt: after }, ...onRoll } },
        { $group: { _id: '$class', n: { $sum: 1 } } },
        { $sort: { _id: 1 } },
        { $limit: limit },
      ])
      .toArray();
    const classes = seated.map(({ _id, n }) => ({ class: _id, seated: n }));
    return {
      classes,
      ...nextOf(
        classes.map((one) => one.class),
        limit,
      ),
    };
  }

  /** Records in order of their ids: each has one seat, and its numbers and identity are its own. */
  records(after = '', limit = slice): Promise<RecordsSlice> {
    return this.store.atOneInstant(async (session) => {
      const records = await this.students.students
        .find(
          { _id: { $gt: after } },
          {
            session,
            projection: { school: 1, class: 1, registration: 1, standing: 1, 'index.idNumber': 1, 'index.numbers': 1 },
          },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      const schools = new Map(
        (
          await this.classes.classes
            .find({ _id: { $in: records.map((one) => one.class) } }, { session, projection: { school: 1 } })
            .toArray()
        ).map(({ _id, school }) => [_id, school]),
      );
      const holders = await this.students.holders(records.flatMap(keysOf), session);
      const isOwn = (record: StudentRecord) => (key: ClaimKey) => this.students.holderOf(holders, key) === record._id;
      const off = records.flatMap((record): RecordOff[] => [
        ...(record.registration !== 'undone' && !record.standing && schools.get(record.class) !== record.school
          ? [{ student: record._id, what: 'no-seat' as const }]
          : []),
        ...numbersOf(record)
          .filter((key) => !isOwn(record)(key))
          .map(() => ({ student: record._id, what: 'number-of-another' as const })),
        ...identityOf(record)
          .filter((key) => !isOwn(record)(key))
          .map(() => ({ student: record._id, what: 'identity-of-another' as const })),
      ]);
      return {
        records: records.length,
        numbers: records.flatMap(numbersOf).length,
        off,
        ...nextOf(
          records.map(({ _id }) => _id),
          limit,
        ),
      };
    });
  }

  /** Records held by a case, in order of the cases. */
  async holds(after = '', limit = slice): Promise<HoldsSlice> {
    const held = await this.students.students
      .find({ 'hold.case': { $gt: after } }, { projection: { hold: 1 } })
      .sort({ 'hold.case': 1 })
      .limit(limit)
      .toArray();
    const holds = held.flatMap(({ _id, hold }) =>
      hold ? [{ case: hold.case, student: _id, toClass: hold.toClass }] : [],
    );
    return {
      holds,
      ...nextOf(
        holds.map((one) => one.case),
        limit,
      ),
    };
  }

  private async byClass(key: string, filter: object, session: ClientSession): Promise<Map<string, number>> {
    const groups = await this.students.students
      .aggregate<{ _id: string; n: number }>([{ $match: filter }, { $group: { _id: key, n: { $sum: 1 } } }], {
        session,
      })
      .toArray();
    return new Map(groups.map(({ _id, n }) => [_id, n]));
  }
}

const nextOf = (ids: string[], limit: number): { next?: string } => (ids.length === limit ? { next: ids.at(-1) } : {});

type Keyed = Pick<StudentRecord, 'index' | 'registration'>;
const numbersOf = ({ index }: Keyed): ClaimKey[] => index.numbers.map((number) => ({ kind: 'number', index: number }));
const identityOf = ({ index, registration }: Keyed): ClaimKey[] =>
  index.idNumber && registration !== 'undone' ? [{ kind: 'id', index: index.idNumber }] : [];
const keysOf = (record: Keyed): ClaimKey[] => [...numbersOf(record), ...identityOf(record)];
