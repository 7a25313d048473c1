import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { RegistrationState } from '#libs/contracts';
import { Page, pageOf } from '#libs/service-kit';
import { ClassRepository } from '../places';
import { StudentRecord } from './record';
import { standingOf } from './standing';
import { itemAsOf } from './student';
import { StudentRepository } from './student.repository';
import { lineOf, StudentLine } from './view';

export interface Wish {
  class?: string;
  school?: string;
  registration?: RegistrationState;
  mark?: string;
  /** Default: on roll. */
  standing?: 'onRoll' | 'ended' | 'any';
  /** Last id of the page before. */
  after?: string;
  limit: number;
}

/** Lists in scope, paged by key: page n costs what page 1 costs. */
@Injectable()
export class ListStudents {
  constructor(
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
  ) {}

  async run(actor: Actor, wish: Wish): Promise<Page<StudentLine>> {
    const found = await this.students.students
      .find({
        $and: [
          actor.scope('path'),
          { registration: wish.registration ?? { $ne: 'undone' } },
          standings[wish.standing ?? 'onRoll'],
          wish.class ? { class: wish.class } : {},
          wish.school ? { school: wish.school } : {},
          wish.mark ? { 'marks.mark': wish.mark } : {},
          wish.after ? { _id: { $gt: wish.after } } : {},
        ],
      })
      .sort({ _id: 1 })
      .limit(wish.limit + 1)
      .toArray();
    return pageOf(found, wish.limit, lineOf, ({ _id }) => _id);
  }

  /**
   * Who sat in a class on a legal day, as known at an instant: also who has moved on since, or whose stage has ended. One
   * page, a class is small; and what was so on that day alone, for the record may be another school's today.
   */
  async classOn(actor: Actor, id: string, on: string, knownAt: Date): Promise<Page<PastLine>> {
    const own = await this.classes.classes.findOne({ _id: id, $and: [actor.scope('path')] });
    if (!own) return { items: [] };
    const found = await this.students.students
      .find({ $or: [{ class: id }, { formerClasses: id }], registration: { $ne: 'undone' } })
      .sort({ _id: 1 })
      .toArray();
    return {
      items: found.filter((record) => satIn(record, id, on, knownAt)).map((one) => pastLine(one, id, on, knownAt)),
    };
  }
}

/** A child in the class list of a past day. */
export type PastLine = Pick<StudentLine, 'student' | 'name' | 'sex' | 'birthDate' | 'class'>;

const pastLine = (record: StudentRecord, id: string, on: string, knownAt: Date): PastLine => {
  const text = (item: 'name' | 'sex' | 'birthDate') => itemAsOf(record, item, on, knownAt, record[item]) as string;
  return { student: record._id, name: text('name'), sex: text('sex'), birthDate: text('birthDate'), class: id };
};

const standings = {
  onRoll: { standing: { $exists: false } },
  ended: { standing: { $exists: true } },
  any: {},
} as const;

const satIn = (record: StudentRecord, id: string, on: string, knownAt: Date): boolean =>
  itemAsOf(record, 'class', on, knownAt, record.class) === id &&
  itemAsOf(record, 'standing', on, knownAt, standingOf(record)) === 'onRoll';
