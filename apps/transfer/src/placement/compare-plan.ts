import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { gradesOfStage, placementEvents, ReceivedEvent, registryEvents, Stage } from '#libs/contracts';
import { Deadlines, FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { lineOf, NotHeardOf, PlacesRepository } from '#libs/places';
import { type LocalDate, NoneInForce, type Pack, termsAt } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { Law } from '../law/law';
import { windowOf } from './clocks';
import { PlacementRepository, Plan } from './placement.repository';

const kind = 'placement.compare-plan';

/** An enrolling school's cohort: `3152000001`, `junior`, 2027. */
export interface Cohort {
  school: string;
  stage: Stage;
  entryYear: number;
}

export const planId = ({ school, stage, entryYear }: Cohort): string => `${school}.${stage}.${entryYear}`;

/**
 * The number of entrants processed is compared with the plan on the last day of the window (GZ-EN4, GZ-CA3): told to the
 * school and the office above it, never a ground to refuse anybody.
 */
@Injectable()
export class ComparePlan {
  constructor(
    private readonly placements: PlacementRepository,
    private readonly places: PlacesRepository,
    private readonly deadlines: Deadlines,
    private readonly outbox: Outbox,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  async approved(event: ReceivedEvent<typeof registryEvents.intakeApproved>, session: ClientSession): Promise<void> {
    const { school, stage, entryYear, planned } = event.data;
    // New pupils of the first stage come from no school before.
    if (stage === 'primary') return;
    await this.keep({ school, stage, entryYear }, session, planned);
    await this.arm({ school, stage, entryYear }, session);
  }

  /** The plan of a cohort, if one was approved. */
  planOf(cohort: Cohort, session?: ClientSession): Promise<Plan | null> {
    return this.placements.plans.findOne({ _id: planId(cohort) }, { session });
  }

  /** Looks at the plan when the window ends; where no window or no term is known there is nothing to wait for. */
  async arm({ school, stage, entryYear }: Cohort, session: ClientSession): Promise<void> {
    const cohort = { school, stage, entryYear };
    await this.keep(cohort, session);
    const window = await this.windowOf(cohort, session);
    if (window?.dueOn === undefined || this.clock.today() > window.dueOn) return;
    await this.deadlines.arm(session, {
      kind,
      subject: planId(cohort),
      key: 'window',
      dueOn: window.dueOn,
      data: cohort,
    });
  }

  @OnDeadline(kind)
  async compare({ data, dueOn }: FiredDeadline, session: ClientSession): Promise<void> {
    const cohort = data as unknown as Cohort;
    const plan = await this.planOf(cohort, session);
    const office = await this.places.office(cohort.school, session);
    if (!office || !plan) return;
    const progress = await this.placements.progressOf(cohort.school, cohort.stage, cohort.entryYear, session);
    const compared = plan.compared + 1;
    await this.placements.plans.updateOne({ _id: plan._id }, { $set: { compared } }, { session });
    const pack = await this.packOf(cohort.school, session);
    const rules = ['GZ-EN4', 'GZ-CA3'].filter((id) => pack?.rule(id));
    await this.outbox.add(session, [
      {
        definition: placementEvents.placementCompared,
        aggregateId: plan._id,
        seq: compared,
        effectiveOn: this.clock.today(),
        recordedAt: this.clock.now(),
        ...(pack && { pack: pack.id }),
        rules,
        data: {
          ...cohort,
          path: office.path,
          ...(plan.planned !== undefined && { planned: plan.planned }),
          ...progress,
          dueOn: dueOn!,
        },
      },
    ]);
  }

  /** First day of the first term of the cohort; undefined: no term is known. */
  async termFrom({ school, entryYear }: Cohort, session?: ClientSession): Promise<LocalDate | undefined> {
    const office = await this.places.office(school, session);
    if (!office) return undefined;
    const terms = termsAt(office.path, await this.places.termsOver(office.path, session));
    return terms.find((term) => term.schoolYear === String(entryYear) && term.term === '1')?.firstDay;
  }

  private async windowOf(cohort: Cohort, session: ClientSession) {
    const office = await this.places.office(cohort.school, session);
    const pack = await this.packOf(cohort.school, session);
    const termFrom = await this.termFrom(cohort, session);
    if (!office || !pack || termFrom === undefined) return undefined;
    return windowOf(pack, termFrom, termFrom, this.law.calendar.forOffice(office.path));
  }

  private async packOf(school: string, session?: ClientSession): Promise<Pack | undefined> {
    const office = await this.places.office(school, session);
    if (!office) return undefined;
    try {
      const line = lineOf(office, await this.places.treeOver([office], session), this.clock.today());
      return this.law.policy.packAt(line, this.clock.today(), office.path);
    } catch (fault) {
      // Nothing to wait for yet: the filing of a case looks again.
      if (fault instanceof NotHeardOf || fault instanceof NoneInForce) return undefined;
      throw fault;
    }
  }

  private async keep({ school, stage, entryYear }: Cohort, session: ClientSession, planned?: number): Promise<void> {
    await this.placements.plans.updateOne(
      { _id: planId({ school, stage, entryYear }) },
      {
        $setOnInsert: { school, stage, entryYear, compared: 0 },
        ...(planned !== undefined && { $set: { planned } }),
      },
      { session, upsert: true },
    );
  }
}

/** Stage that comes before, whose end lets a student go on. */
export const stageBefore = (stage: Stage): Stage | undefined =>
  (Object.keys(gradesOfStage) as Stage[]).find((one) => gradesOfStage[one].last === gradesOfStage[stage].first - 1);
