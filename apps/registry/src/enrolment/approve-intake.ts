import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { registryEvents, Stage } from '#libs/contracts';
import { Clock } from '#libs/service-kit';
import { CarryOut } from '../places';
import { Authorities } from './authorities';
import { IntakeReader } from './intake-reader';

/** The record authority approves the intake of a school; before it, some lines let no new record be made (CZ-EN4). */
@Injectable()
export class ApproveIntake {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly authorities: Authorities,
    private readonly intakes: IntakeReader,
    private readonly clock: Clock,
  ) {}

  async run(
    actor: Actor,
    key: string,
    wish: { school: string; stage: Stage; entryYear: number; planned: number },
  ): Promise<{ id: string }> {
    const today = this.clock.today();
    const authority = await this.authorities.of(wish.school, wish.stage, today);
    const post = actor.postOf(authority._id);
    const id = `${wish.school}/${wish.stage}/${wish.entryYear}`;
    return this.carryOut.run(actor, { key, act: 'registry.intake.approve', body: wish }, async (session, note) => {
      const before = await this.intakes.approvals.findOne({ _id: id }, { session });
      if (before?.planned === wish.planned) return { id };
      const version = (before?.version ?? 0) + 1;
      await this.intakes.approvals.replaceOne(
        { _id: id },
        { ...wish, approvedBy: actor.account, approvedOn: today, version },
        { session, upsert: true },
      );
      note(
        {
          definition: registryEvents.intakeApproved,
          aggregateId: id,
          seq: version,
          effectiveOn: today,
          data: wish,
          rules: ['CZ-EN4'],
        },
        post,
      );
      return { id };
    });
  }
}
