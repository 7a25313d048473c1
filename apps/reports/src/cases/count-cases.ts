import { Injectable } from '@nestjs/common';
import { type Actor, within } from '#libs/access';
import { loadCalendar, type LocalDate } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { AskedPlace } from '../places/asked-place';
import { type Case, lateOn, type Step, waitingOn } from './case';
import { CasesRepository } from './cases.repository';

/** A case that waits, with what is left of its time. */
export interface WaitingCase {
  case: string;
  student: string;
  step: string;
  office: string;
  arrivedOn: LocalDate;
  dueOn?: LocalDate;
  /** Working days of the office from the day asked about to the due day; negative when it has passed. */
  workingDaysLeft?: number;
  overdue: boolean;
}

/** Where movements stand on a day: by step and days left, and who is late (DQ28). */
@Injectable()
export class CountCases {
  private readonly calendar = loadCalendar();

  constructor(
    private readonly cases: CasesRepository,
    private readonly places: AskedPlace,
    private readonly clock: Clock,
  ) {}

  async waiting(actor: Actor, asked: { office?: string; on?: LocalDate; limit: number }) {
    const place = await this.places.of(actor, asked.office);
    const { on } = this.places.days({ on: asked.on }, this.clock.today());
    const waiting = (await this.cases.openAt(place.path, on))
      .map((one) => ({ one, step: waitingOn(one, on) }))
      .filter((found): found is { one: Case; step: Step } => !!found.step && within(found.step.path, place.path))
      .map(({ one, step }) => this.view(one, step, on))
      .sort((a, b) => (a.workingDaysLeft ?? Infinity) - (b.workingDaysLeft ?? Infinity));
    const bySteps = new Map<string, { step: string; left: string; count: number }>();
    for (const { step, workingDaysLeft, overdue } of waiting) {
      const left = overdue ? 'overdue' : workingDaysLeft === undefined ? 'notConfigured' : String(workingDaysLeft);
      const row = bySteps.get(`${step}:${left}`) ?? { step, left, count: 0 };
      row.count += 1;
      bySteps.set(`${step}:${left}`, row);
    }
    return {
      office: place._id,
      on,
      total: waiting.length,
      rows: [...bySteps.values()],
      cases: waiting.slice(0, asked.limit),
    };
  }

  /** Steps that fell due in a period and were done late or not at all, by the office that was late. */
  async late(actor: Actor, asked: { office?: string; from: LocalDate; to: LocalDate; limit: number }) {
    const place = await this.places.of(actor, asked.office);
    const today = this.clock.today();
    const found = (await this.cases.dueWithin(place.path, asked.from, asked.to)).flatMap((one) =>
      one.steps
        .filter((step) => within(step.path, place.path) && step.dueOn! >= asked.from && step.dueOn! <= asked.to)
        .filter((step) => lateOn(step, today))
        .map((step) => ({ case: one._id, ...step })),
    );
    const byOffice = new Map<string, number>();
    for (const { office } of found) byOffice.set(office, (byOffice.get(office) ?? 0) + 1);
    return {
      office: place._id,
      from: asked.from,
      to: asked.to,
      total: found.length,
      rows: [...byOffice].sort(([a], [b]) => (a < b ? -1 : 1)).map(([office, count]) => ({ office, count })),
      steps: found.slice(0, asked.limit).map(({ case: id, step, office, arrivedOn, dueOn, actedOn }) => ({
        case: id,
        step,
        office,
        arrivedOn,
        dueOn,
        actedOn,
      })),
    };
  }

  private view(one: Case, step: Step, on: LocalDate): WaitingCase {
    const calendar = this.calendar.forOffice(step.path);
    const { dueOn } = step;
    return {
      case: one._id,
      student: one.student,
      step: step.step,
      office: step.office,
      arrivedOn: step.arrivedOn,
      // Never -0: a day before a weekend is overdue on that weekend without a working day gone by.
      ...(dueOn !== undefined && { dueOn, workingDaysLeft: calendar.workingDaysBetween(on, dueOn) + 0 }),
      overdue: lateOn(step, on),
    };
  }
}
