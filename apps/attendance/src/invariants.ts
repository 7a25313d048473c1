import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';

export interface AttendanceInvariants {
  rollCalls: number;
  /** Roll calls whose roster is not kept, or that name somebody who was not called. */
  strangers: number;
  watches: number;
  /** Children with more than one open watch. */
  doubled: number;
  /** Confirmed dropouts without a visit in vain or a report where the watch was counted by roll calls. */
  unfounded: number;
  letters: number;
  /** Registers whose numbers are not 1, 2, 3 … */
  registersOff: number;
  events: number;
  /** Aggregates whose sequence numbers are not 1, 2, 3 … */
  gaps: number;
}

/** What must hold here at every instant, counted in the own store; zeros are the promise kept. */
@Injectable()
export class Invariants {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  async count(): Promise<AttendanceInvariants> {
    const { connection } = this;
    const one = async (collection: string, pipeline: object[]): Promise<number> =>
      (
        await connection
          .collection(collection)
          .aggregate<{ n: number }>([...pipeline, { $count: 'n' }])
          .toArray()
      )[0]?.n ?? 0;
    const strangers = await one('roll_calls', [
      { $lookup: { from: 'rosters', localField: 'roster', foreignField: '_id', as: 'kept' } },
      {
        $match: {
          $expr: {
            $not: { $setIsSubset: ['$exceptions.student', { $ifNull: [{ $first: '$kept.students' }, []] }] },
          },
        },
      },
    ]);
    const doubled = await one('watches', [
      { $match: { state: { $nin: ['ended', 'withdrawn'] } } },
      { $group: { _id: '$student', n: { $sum: 1 } } },
      { $match: { n: { $gt: 1 } } },
    ]);
    const unfounded = await one('watches', [
      { $match: { basis: 'counted', dropout: { $exists: true } } },
      { $match: { $or: [{ report: { $exists: false } }, { 'visits.inVain': { $ne: true } }] } },
    ]);
    const registersOff = await one('letters', [
      { $group: { _id: { school: '$school', year: { $substrBytes: ['$_id', 11, 4] } }, n: { $sum: 1 } } },
      { $set: { key: { $concat: ['$_id.school', '/', '$_id.year'] } } },
      { $lookup: { from: 'letter_counters', localField: 'key', foreignField: '_id', as: 'counter' } },
      { $match: { $expr: { $ne: ['$n', { $first: '$counter.last' }] } } },
    ]);
    const gaps = await one('outbox', [
      { $group: { _id: '$aggregateId', n: { $sum: 1 }, last: { $max: '$seq' } } },
      { $match: { $expr: { $ne: ['$n', '$last'] } } },
    ]);
    const [rollCalls, watches, letters, events] = await Promise.all(
      ['roll_calls', 'watches', 'letters', 'outbox'].map((name) => connection.collection(name).countDocuments({})),
    );
    return { rollCalls, strangers, watches, doubled, unfounded, letters, registersOff, events, gaps };
  }
}
