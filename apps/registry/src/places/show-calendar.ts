import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { daysBetween, daysOf, type LocalDate, type SchoolDay } from '#libs/policy';
import { invalidInput, notFound } from '#libs/service-kit';
import { Policies } from '../policies/policies';
import { OfficeRepository } from './office.repository';
import { TermRepository } from './term.repository';

const longest = 400;

/** School days and working days of an office, each day with what it rests on. */
@Injectable()
export class ShowCalendar {
  constructor(
    private readonly offices: OfficeRepository,
    private readonly terms: TermRepository,
    private readonly policies: Policies,
  ) {}

  async run(
    actor: Actor,
    id: string,
    from: LocalDate,
    to: LocalDate,
  ): Promise<{ office: string; schoolDays: number; workingDays: number; days: SchoolDay[] }> {
    const office = await this.offices.find(id);
    if (!office || !actor.covers(office.path)) throw notFound();
    const length = daysBetween(from, to);
    if (length < 0 || length > longest) {
      throw invalidInput([
        {
          field: 'to',
          code: 'period',
          message: {
            zh: `截止日须在起始日当天或之后${longest}天以内。`,
            en: `The last day lies on the first one or at most ${longest} days after it.`,
          },
        },
      ]);
    }
    const terms = await this.terms.on([office.path]);
    const days = daysOf(office.path, from, to, terms, this.policies.calendar.forOffice(office.path));
    return {
      office: id,
      schoolDays: days.filter((day) => day.school).length,
      workingDays: days.filter((day) => day.working).length,
      days,
    };
  }
}
