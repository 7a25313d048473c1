import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Audit } from '#libs/audit';
import { registryEvents, Stage } from '#libs/contracts';
import { durably, Once, Outbox } from '#libs/messaging';
import { Clock, notFound } from '#libs/service-kit';
import { Authorities } from './authorities';
import { IntakeReader } from './intake-reader';

/** The record authority approves the intake of a school; before it, some lines let no new record be made (CZ-EN4). */
@Injectable()
export class ApproveIntake {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly authorities: Authorities,
    private readonly intakes: IntakeReader,
    private readonly outbox: Outbox,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async run(
    actor: Actor,
    key: string,
    wish: { school: string; stage: Stage; entryYear: number; planned: number },
  ): Promise<{ id: string }> {
    const today = this.clock.today();
    const school = await this.authorities.school(wish.school);
    const authority = await this.authorities.of(wish.school, wish.stage, today);
    const post = actor.postAt(school.path);
    if (post.office !== authority._id) throw notFound();
    const id = `${wish.school}/${wish.stage}/${wish.entryYear}`;
    return this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body: wish }, async () => {
          const before = await this.intakes.approvals.findOne({ _id: id }, { session });
          if (before?.planned === wish.planned) return { id };
          const version = (before?.version ?? 0) + 1;
          await this.intakes.approvals.replaceOne(
            { _id: id },
            { ...wish, approvedBy: actor.account, approvedOn: today, version },
            { session, upsert: true },
          );
          await this.outbox.add(session, [
            {
              definition: registryEvents.intakeApproved,
              aggregateId: id,
              seq: version,
              effectiveOn: today,
              recordedAt: this.clock.now(),
              data: wish,
              rules: ['CZ-EN4'],
            },
          ]);
          await this.audit.write(
            [
              {
                act: 'registry.intake.approve',
                account: actor.account,
                post: post._id,
                subject: { kind: 'intake', id, version },
                at: this.clock.now(),
              },
            ],
            session,
          );
          return { id };
        }),
      durably,
    );
  }
}
