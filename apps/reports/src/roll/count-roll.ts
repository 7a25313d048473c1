import { Injectable } from '@nestjs/common';
import { Actor, under } from '#libs/access';
import type { LocalDate } from '#libs/policy';
import { Clock, Page, pageOf } from '#libs/service-kit';
import { AskedPlace } from '../places/asked-place';
import { Breakdown, Cell, fieldsFor, Row, rowsOf } from './figures';
import { atTheEnd, holdingAt, knownAt, RollRepository } from './roll.repository';
import { KnownSpell } from './timeline';

/** What is asked: a place, a day, and the day whose knowledge answers; today where nothing is said. */
export interface Asked {
  office?: string;
  on?: LocalDate;
  knownOn?: LocalDate;
}

/** Narrows a count to the children of some of its rows. */
export interface Narrowed {
  school?: string;
  class?: string;
  stage?: string;
  entryYear?: number;
  sex?: string;
  mark?: string;
}

export interface HeadCount {
  office: string;
  on: LocalDate;
  knownOn: LocalDate;
  total: number;
  rows: Row[];
}

/** Head counts of any day, as known on any day, each with the children behind it (GZ-RP1, GZ-GU1, FJ-RP1, D5-27). */
@Injectable()
export class CountRoll {
  constructor(
    private readonly roll: RollRepository,
    private readonly places: AskedPlace,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found` outside the reader's scope, `invalid-input` for knowledge of days to come */
  async run(actor: Actor, asked: Asked, by: readonly Breakdown[]): Promise<HeadCount> {
    const place = await this.places.of(actor, asked.office);
    const { on, knownOn } = this.places.days(asked, this.clock.today());
    const cells = await this.cells(place.path, { on, knownOn }, by);
    const total = cells.reduce((sum, { count }) => sum + count, 0);
    return { office: place._id, on, knownOn, total, rows: rowsOf(cells, by, on) };
  }

  /** Ids of the children that a figure counts. */
  async children(
    actor: Actor,
    asked: Asked & Narrowed & { after?: string; limit: number },
  ): Promise<Page<{ student: string; school: string; class: string }>> {
    const place = await this.places.of(actor, asked.office);
    const days = this.places.days(asked, this.clock.today());
    const { school, class: own, stage, entryYear, sex, mark, after, limit } = asked;
    const narrowed = { school, class: own, stage, entryYear, sex, marks: mark };
    const found = await this.roll.spells
      .find({
        ...under('path', place.path),
        ...holdingAt(days),
        ...Object.fromEntries(Object.entries(narrowed).filter(([, value]) => value !== undefined)),
        ...(after !== undefined && { student: { $gt: after } }),
      })
      .sort({ student: 1 })
      .limit(limit + 1)
      .toArray();
    return pageOf(found, limit, childOf, ({ student }) => student);
  }

  /** Children that the later knowledge counts and the earlier one did not, and the other way about. */
  async differences(actor: Actor, asked: Asked & { thenKnownOn: LocalDate; limit: number }) {
    const place = await this.places.of(actor, asked.office);
    const { on, knownOn } = this.places.days(asked, this.clock.today());
    const then = this.places.days({ on, knownOn: asked.thenKnownOn }, this.clock.today());
    // Only spells that one of both knew and the other did not can make a difference.
    const found = await this.roll.spells
      .find({
        ...under('path', place.path),
        from: { $lte: on },
        to: { $gt: on },
        $or: [
          { knownFrom: { $lte: then.knownOn }, knownTo: { $gt: then.knownOn, $lte: knownOn } },
          { knownFrom: { $gt: then.knownOn, $lte: knownOn }, knownTo: { $gt: knownOn } },
        ],
      })
      .toArray();
    const before = new Map(found.filter(({ knownFrom }) => knownFrom <= then.knownOn).map((one) => [one.student, one]));
    const after = new Map(found.filter(({ knownFrom }) => knownFrom > then.knownOn).map((one) => [one.student, one]));
    return {
      office: place._id,
      on,
      knownOn,
      thenKnownOn: then.knownOn,
      added: [...after.values()]
        .filter(({ student }) => !before.has(student))
        .map(childOf)
        .slice(0, asked.limit),
      gone: [...before.values()]
        .filter(({ student }) => !after.has(student))
        .map(childOf)
        .slice(0, asked.limit),
      changed: [...after.values()]
        .filter((one) => before.has(one.student) && !countsAlike(before.get(one.student)!, one))
        .map(childOf)
        .slice(0, asked.limit),
    };
  }

  /** Children that came to a place or left it within a period; who moved inside it did neither. */
  async movements(actor: Actor, asked: { office?: string; from: LocalDate; to: LocalDate; knownOn?: LocalDate }) {
    const place = await this.places.of(actor, asked.office);
    const { knownOn } = this.places.days({ on: asked.to, knownOn: asked.knownOn }, this.clock.today());
    const scope = { ...under('path', place.path), ...knownAt(knownOn) };
    const outside = (field: string) => ({
      [`${field}.other`]: { $not: { $gte: place.path, $lt: `${place.path.slice(0, -1)}0` } },
    });
    const [came, left] = await Promise.all([
      this.tally(
        { ...scope, from: { $gte: asked.from, $lte: asked.to }, came: { $exists: true }, ...outside('came') },
        'came',
      ),
      this.tally(
        { ...scope, to: { $gte: asked.from, $lte: asked.to }, left: { $exists: true }, ...outside('left') },
        'left',
      ),
    ]);
    return { office: place._id, from: asked.from, to: asked.to, knownOn, in: came, out: left };
  }

  /**
   * Dropouts of a period against the children on roll on its first day: a denominator that no later movement changes (D5-27).
   */
  async dropouts(actor: Actor, asked: { office?: string; from: LocalDate; to: LocalDate; knownOn?: LocalDate }) {
    const place = await this.places.of(actor, asked.office);
    const { knownOn } = this.places.days({ on: asked.to, knownOn: asked.knownOn }, this.clock.today());
    const scope = under('path', place.path);
    const [onRoll, dropped] = await Promise.all([
      this.roll.spells.countDocuments({ ...scope, ...holdingAt({ on: asked.from, knownOn }) }),
      this.roll.spells.distinct('student', {
        ...scope,
        ...knownAt(knownOn),
        marks: 'dropout',
        from: { $lte: asked.to },
        to: { $gt: asked.from },
      }),
    ]);
    return { office: place._id, from: asked.from, to: asked.to, knownOn, onRoll, dropouts: dropped.length };
  }

  /** Children of each class once every known fact has taken effect, classes in order of their ids: to be audited. */
  async seatedByClass(
    after = '',
    limit = 1_000,
  ): Promise<{ classes: { class: string; seated: number }[]; next?: string }> {
    const found = await this.roll.spells
      .aggregate<{ _id: string; seated: number }>([
        {
          $match: {
            class: { $gt: after },
            ...holdingAt({ on: atTheEnd, knownOn: atTheEnd }),
          },
        },
        { $group: { _id: '$class', seated: { $sum: 1 } } },
        { $sort: { _id: 1 } },
        { $limit: limit },
      ])
      .toArray();
    return {
      classes: found.map(({ _id, seated }) => ({ class: _id, seated })),
      ...(found.length === limit && { next: found[limit - 1]._id }),
    };
  }

  private async tally(filter: Record<string, unknown>, field: 'came' | 'left'): Promise<Record<string, number>> {
    const found = await this.roll.spells
      .aggregate<{ _id: string; count: number }>([
        { $match: filter },
        { $group: { _id: `$${field}.how`, count: { $sum: 1 } } },
      ])
      .toArray();
    return Object.fromEntries(found.map(({ _id, count }) => [_id, count]));
  }

  private async cells(
    path: string,
    days: { on: LocalDate; knownOn: LocalDate },
    by: readonly Breakdown[],
  ): Promise<Cell[]> {
    const depth = path.split('/').length - 1;
    const key = {
      ...Object.fromEntries(fieldsFor(by).map((field) => [field, `$${field}`])),
      // The id after the path of the place; a school has none after its own.
      ...(by.includes('office') && {
        office: { $ifNull: [{ $arrayElemAt: [{ $split: ['$path', '/'] }, depth] }, ''] },
      }),
    };
    const found = await this.roll.spells
      .aggregate<{ _id: Omit<Cell, 'count'>; count: number }>(
        [{ $match: { ...under('path', path), ...holdingAt(days) } }, { $group: { _id: key, count: { $sum: 1 } } }],
        { allowDiskUse: true },
      )
      .toArray();
    const own = path.split('/').at(-2)!;
    return found.map(({ _id, count }) => ({ ..._id, office: _id.office || own, count }));
  }
}

/** Whether two spells count in the same cells; when they begin and end does not matter for a day that both hold. */
const countsAlike = (a: KnownSpell, b: KnownSpell): boolean =>
  (['path', 'class', 'stage', 'entryYear', 'sex', 'birthMonth', 'confirmed'] as const).every(
    (key) => a[key] === b[key],
  ) && a.marks.join() === b.marks.join();

const childOf = ({ student, school, class: own }: KnownSpell) => ({ student, school, class: own });
