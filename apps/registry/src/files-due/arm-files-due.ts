import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Deadlines, NewDeadline } from '#libs/deadlines';
import { startOf } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { TermRepository } from '../places';
import type { Cohort } from '../places/cohort';
import { CohortsBegin } from '../places/cohorts-begin';
import { Policies } from '../policies';
import { filesDue, remindedOn } from './files-due';

export const filesDueSoon = 'registry.files-due-soon';
export const filesOverdue = 'registry.files-overdue';
/** Reminders go out in the morning, Asia/Shanghai. */
const morning = 8 * 3_600_000;

/** Arms what reminds a school of the files of its new pupils, and what tells its authority when they are not made. */
@Injectable()
export class ArmFilesDue extends CohortsBegin {
  constructor(
    private readonly deadlines: Deadlines,
    private readonly terms: TermRepository,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {
    super();
  }

  async begin(session: ClientSession, cohorts: Cohort[]): Promise<void> {
    const today = this.clock.today();
    const terms = await this.terms.on(
      cohorts.map(({ path }) => path),
      session,
    );
    const wanted: NewDeadline[] = [];
    for (const cohort of cohorts) {
      const pack = await this.policies.packFor(cohort.path, today);
      const due = filesDue(cohort, pack, terms, this.policies.calendar.forOffice(cohort.path));
      // A class that is opened later has pupils who enter later: each of their files has its own day.
      if (!due || due.dueOn < today) continue;
      const named = { subject: cohort.school, key: `${cohort.stage}-${cohort.entryYear}`, data: { ...cohort } };
      wanted.push({ ...named, kind: filesOverdue, dueOn: due.dueOn });
      const reminder = new Date(startOf(remindedOn(due.dueOn)).getTime() + morning);
      if (reminder > this.clock.now()) wanted.push({ ...named, kind: filesDueSoon, dueAt: reminder });
    }
    await this.deadlines.arm(session, wanted);
  }
}
