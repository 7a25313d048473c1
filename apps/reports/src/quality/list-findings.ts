import { Injectable } from '@nestjs/common';
import { Actor, under } from '#libs/access';
import type { Citation } from '#libs/contracts';
import { lineOf, type Office, PlacesRepository, type SchoolClass } from '#libs/places';
import { capNow, gradeIn, loadPolicy, type LocalDate, Policy, schoolYearOf } from '#libs/policy';
import { Clock, Settings } from '#libs/service-kit';
import { AskedPlace } from '../places/asked-place';
import { holdingAt, knownAt, RollRepository } from '../roll/roll.repository';
import { compulsory } from '../roll/timeline';

export interface OverCap {
  class: string;
  school: string;
  name: string;
  grade: number;
  count: number;
  cap: number;
  citation: Citation;
}

/**
 * What does not fit together in the records of a place, each finding with the ids behind it. A finding is about a school
 * or an office; no child's record waits for it.
 */
@Injectable()
export class ListFindings {
  private readonly policy: Policy;

  constructor(
    private readonly roll: RollRepository,
    private readonly copies: PlacesRepository,
    private readonly places: AskedPlace,
    private readonly clock: Clock,
    { packsDir, extraPacksDir }: Settings,
  ) {
    this.policy = loadPolicy({ packsDir, extraPacksDir });
  }

  /** Classes with more children than the cap that holds for them on the day (DQ24); those without a cap are named apart. */
  async overCap(actor: Actor, asked: { office?: string; on?: LocalDate; knownOn?: LocalDate }) {
    const place = await this.places.of(actor, asked.office);
    const days = this.places.days(asked, this.clock.today());
    const counts = await this.roll.spells
      .aggregate<{ _id: string; count: number }>([
        { $match: { ...under('path', place.path), ...holdingAt(days) } },
        { $group: { _id: '$class', count: { $sum: 1 } } },
      ])
      .toArray();
    const classes = await this.copies.classes.find({ _id: { $in: counts.map(({ _id }) => _id) } }).toArray();
    const schools = await this.copies.offices
      .find({ _id: { $in: [...new Set(classes.map(({ school }) => school))] } })
      .toArray();
    const tree = await this.copies.treeOver(schools);
    const byId = new Map(classes.map((one) => [one._id, one]));
    const capOf = this.capsOn(days.on, new Map(schools.map((school) => [school._id, school])), tree);
    const over: OverCap[] = [];
    const notConfigured: string[] = [];
    for (const { _id, count } of counts) {
      const one = byId.get(_id);
      if (!one) continue;
      const grade = gradeIn(one.stage, one.entryYear, schoolYearOf(days.on));
      const cap = capOf(one, grade);
      if (!cap) notConfigured.push(_id);
      else if (count > cap.value)
        over.push({
          class: _id,
          school: one.school,
          name: one.name,
          grade,
          count,
          cap: cap.value,
          citation: cap.setting.citation,
        });
    }
    over.sort((a, b) => b.count - b.cap - (a.count - a.cap));
    return { office: place._id, ...days, over, notConfigured: notConfigured.length, checked: counts.length };
  }

  /** Dropouts whose record was closed inside the compulsory years (DQ4, NAT-DO2). */
  async closedDropouts(actor: Actor, asked: { office?: string; knownOn?: LocalDate; limit: number }) {
    const place = await this.places.of(actor, asked.office);
    const { knownOn } = this.places.days(asked, this.clock.today());
    const items = await this.roll.spells
      .find({
        ...under('path', place.path),
        ...knownAt(knownOn),
        stage: { $in: [...compulsory] },
        marks: 'dropout',
        'left.how': { $in: ['completion', 'partialStudy'] },
      })
      .limit(asked.limit)
      .project<{ student: string; school: string; to: LocalDate }>({ _id: 0, student: 1, school: 1, to: 1 })
      .toArray();
    return { office: place._id, knownOn, items };
  }

  /** Children whom two schools count on one day (DQ12): there can be none, and this looks. */
  async countedTwice(actor: Actor, asked: { office?: string; on?: LocalDate; knownOn?: LocalDate }) {
    const place = await this.places.of(actor, asked.office);
    const days = this.places.days(asked, this.clock.today());
    const items = await this.roll.spells
      .aggregate<{ student: string; schools: string[] }>([
        { $match: { ...under('path', place.path), ...holdingAt(days) } },
        { $group: { _id: '$student', schools: { $push: '$school' } } },
        { $match: { 'schools.1': { $exists: true } } },
        { $project: { _id: 0, student: '$_id', schools: 1 } },
      ])
      .toArray();
    return { office: place._id, ...days, items };
  }

  /** Records that the school made later than its time (DQ28), by school. */
  async lateEntries(actor: Actor, asked: { office?: string; on?: LocalDate; knownOn?: LocalDate }) {
    const place = await this.places.of(actor, asked.office);
    const days = this.places.days(asked, this.clock.today());
    const rows = await this.roll.spells
      .aggregate<{ school: string; count: number }>([
        { $match: { ...under('path', place.path), ...holdingAt(days), marks: 'lateEntry' } },
        { $group: { _id: '$school', count: { $sum: 1 } } },
        { $sort: { _id: 1 } },
        { $project: { _id: 0, school: '$_id', count: 1 } },
      ])
      .toArray();
    return { office: place._id, ...days, rows };
  }

  private capsOn(on: LocalDate, schools: ReadonlyMap<string, Office>, tree: ReadonlyMap<string, Office>) {
    return ({ school, stage }: SchoolClass, grade: number) => {
      const office = schools.get(school);
      if (!office) return undefined;
      const found = this.policy.inForce(lineOf(office, tree, on), on);
      return found.inForce ? capNow({ stage, grade }, found.pack) : undefined;
    };
  }
}
