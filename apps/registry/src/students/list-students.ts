import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { RegistrationState } from '#libs/contracts';
import { Page, pageOf } from '#libs/service-kit';
import { StudentRepository } from './student.repository';
import { lineOf, StudentLine } from './view';

export interface Wish {
  class?: string;
  school?: string;
  registration?: RegistrationState;
  mark?: string;
  /** Last id of the page before. */
  after?: string;
  limit: number;
}

/** Lists in scope, paged by key: page n costs what page 1 costs. */
@Injectable()
export class ListStudents {
  constructor(private readonly students: StudentRepository) {}

  async run(actor: Actor, wish: Wish): Promise<Page<StudentLine>> {
    const found = await this.students.students
      .find({
        $and: [
          actor.scope('path'),
          { registration: wish.registration ?? { $ne: 'undone' } },
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
}
