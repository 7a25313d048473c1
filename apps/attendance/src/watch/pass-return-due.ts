import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Clock } from '#libs/service-kit';
import { propose } from './watch';
import { returnDue, WatchesRepository } from './watches.repository';

/** The last day to come back has passed: a dropout is proposed, and the school decides (GZ-DO5). */
@Injectable()
export class PassReturnDue {
  constructor(
    private readonly watches: WatchesRepository,
    private readonly clock: Clock,
  ) {}

  @OnDeadline(returnDue)
  async passed({ subject }: FiredDeadline, session: ClientSession): Promise<void> {
    const watch = await this.watches.find(subject, session);
    const moment = { on: this.clock.today(), at: this.clock.now(), account: 'system' };
    const change = watch && propose(watch, moment);
    if (change) await this.watches.save(session, change, { act: 'attendance.watch.propose', account: 'system' });
  }
}
