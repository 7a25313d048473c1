import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Clock } from '#libs/service-kit';
import { Change, escalate, Handover, Moment, remind, timers } from './handover';
import { HandoversRepository } from './handovers.repository';

/** A file that is not received in time: reminded of on the day, told to the office above after it (NAT-TR4, CZ-TR19). */
@Injectable()
export class PassDeadline {
  constructor(
    private readonly handovers: HandoversRepository,
    private readonly clock: Clock,
  ) {}

  @OnDeadline(timers.reminder)
  reminder({ subject }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'remind', session, remind);
  }

  @OnDeadline(timers.overdue)
  overdue({ subject }: FiredDeadline, session: ClientSession): Promise<void> {
    return this.apply(subject, 'escalate', session, escalate);
  }

  private async apply(
    id: string,
    act: string,
    session: ClientSession,
    decide: (before: Handover, moment: Moment) => Change | undefined,
  ): Promise<void> {
    const moment = { on: this.clock.today(), at: this.clock.now() };
    const before = await this.handovers.find(id, session);
    const change = before && decide(before, moment);
    if (change)
      await this.handovers.save(session, before, change, { act: `archive.file.${act}`, account: 'system' }, moment.at);
  }
}
