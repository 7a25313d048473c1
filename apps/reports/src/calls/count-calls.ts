import { Injectable } from '@nestjs/common';
import { Actor, under } from '#libs/access';
import type { LocalDate } from '#libs/policy';
import { AskedPlace } from '../places/asked-place';
import { CallsRepository } from './calls.repository';

/** How complete the roll calls of a period are, by school: a class that was not called is unknown, never full (R5-06). */
@Injectable()
export class CountCalls {
  constructor(
    private readonly calls: CallsRepository,
    private readonly places: AskedPlace,
  ) {}

  async run(actor: Actor, asked: { office?: string; from: LocalDate; to: LocalDate }) {
    const place = await this.places.of(actor, asked.office);
    const rows = await this.calls.calls
      .aggregate<{ _id: string; called: number; unknown: number; onRoll: number; present: number; unexcused: number }>([
        { $match: { ...under('path', place.path), day: { $gte: asked.from, $lte: asked.to } } },
        // A class called later than the alarm is called all the same.
        {
          $group: {
            _id: { school: '$school', class: '$class', day: '$day' },
            called: { $max: { $cond: [{ $eq: ['$missed', true] }, 0, 1] } },
            onRoll: { $sum: '$onRoll' },
            present: { $sum: '$present' },
            unexcused: { $sum: '$legs.unexcused' },
          },
        },
        {
          $group: {
            _id: '$_id.school',
            called: { $sum: '$called' },
            unknown: { $sum: { $subtract: [1, '$called'] } },
            onRoll: { $sum: '$onRoll' },
            present: { $sum: '$present' },
            unexcused: { $sum: '$unexcused' },
          },
        },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    return {
      office: place._id,
      from: asked.from,
      to: asked.to,
      rows: rows.map(({ _id, ...figures }) => ({ school: _id, ...figures })),
    };
  }

  /** The classes and days that nobody called. */
  async unknown(actor: Actor, asked: { office?: string; from: LocalDate; to: LocalDate; limit: number }) {
    const place = await this.places.of(actor, asked.office);
    const items = await this.calls.calls
      .aggregate<{ school: string; class: string; day: LocalDate }>([
        { $match: { ...under('path', place.path), day: { $gte: asked.from, $lte: asked.to } } },
        {
          $group: {
            _id: { school: '$school', class: '$class', day: '$day' },
            called: { $max: { $cond: [{ $eq: ['$missed', true] }, 0, 1] } },
          },
        },
        { $match: { called: 0 } },
        { $sort: { '_id.day': 1, '_id.class': 1 } },
        { $limit: asked.limit },
        { $replaceWith: '$_id' },
      ])
      .toArray();
    return { office: place._id, from: asked.from, to: asked.to, items };
  }
}
