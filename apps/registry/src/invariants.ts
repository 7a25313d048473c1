import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { ClassRepository } from './places';
import { onRoll } from './students/record';
import { StudentRepository } from './students/student.repository';

export interface RegistryInvariants {
  /** On roll. */
  students: number;
  /** Classes whose counter of taken seats is not the number of records on roll in them. */
  seatsOff: number;
  numbers: number;
  /** Numbers that stand in two records. */
  numbersShared: number;
  events: number;
  /** Aggregates whose sequence numbers are not 1, 2, 3 … */
  gaps: number;
}

/** What must hold of the registry at every instant, counted in its own store; an answer of zeros is the promise kept. */
@Injectable()
export class Invariants {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
  ) {}

  async count(): Promise<RegistryInvariants> {
    const { students } = this.students;
    const seated = await students
      .aggregate<{ _id: string; n: number }>([{ $match: onRoll }, { $group: { _id: '$class', n: { $sum: 1 } } }])
      .toArray();
    const bySeat = new Map(seated.map(({ _id, n }) => [_id, n]));
    let seatsOff = 0;
    for await (const one of this.classes.classes.find({}, { projection: { seats: 1 } })) {
      if (one.seats.taken !== (bySeat.get(one._id) ?? 0)) seatsOff += 1;
    }
    const numbers = await students
      .aggregate<{ all: number; shared: number }>([
        { $unwind: '$index.numbers' },
        { $group: { _id: '$index.numbers', n: { $sum: 1 } } },
        { $group: { _id: null, all: { $sum: 1 }, shared: { $sum: { $cond: [{ $gt: ['$n', 1] }, 1, 0] } } } },
      ])
      .toArray();
    const journal = await this.connection
      .collection('outbox')
      .aggregate<{ events: number; gaps: number }>([
        { $group: { _id: '$aggregateId', n: { $sum: 1 }, last: { $max: '$seq' } } },
        { $group: { _id: null, events: { $sum: '$n' }, gaps: { $sum: { $cond: [{ $eq: ['$n', '$last'] }, 0, 1] } } } },
      ])
      .toArray();
    return {
      students: seated.reduce((sum, { n }) => sum + n, 0),
      seatsOff,
      numbers: numbers[0]?.all ?? 0,
      numbersShared: numbers[0]?.shared ?? 0,
      events: journal[0]?.events ?? 0,
      gaps: journal[0]?.gaps ?? 0,
    };
  }

  /** Cases that hold a record. */
  async holds(): Promise<string[]> {
    const held = await this.students.students.find({ hold: { $exists: true } }, { projection: { hold: 1 } }).toArray();
    return held.flatMap((record) => record.hold?.case ?? []);
  }
}
