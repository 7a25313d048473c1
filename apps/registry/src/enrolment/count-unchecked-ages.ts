import { Injectable, OnModuleInit } from '@nestjs/common';
import { under } from '#libs/access';
import { OpenParameters } from '../policies';
import { StudentRepository } from '../students/student.repository';

/** Counts the children who were taken without a check of their age, for the office that could set the age (GZ-EN5). */
@Injectable()
export class CountUncheckedAges implements OnModuleInit {
  constructor(
    private readonly students: StudentRepository,
    private readonly open: OpenParameters,
  ) {}

  onModuleInit(): void {
    this.open.countBy('enrolment.minAge', (path) => this.under(path));
  }

  /** Records at and under an office path that bear the mark; an entry taken back does not count. */
  under(path: string): Promise<number> {
    return this.students.students.countDocuments({
      ...under('path', path),
      'marks.mark': 'ageNotChecked',
      registration: { $ne: 'undone' },
    });
  }
}
