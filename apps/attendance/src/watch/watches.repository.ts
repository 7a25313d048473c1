import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit, type AuditRow } from '#libs/audit';
import type { NewEvent } from '#libs/contracts';
import { deadlineId, Deadlines } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { staleVersion } from '#libs/service-kit';
import { Law } from '../law/law';
import { StudentsRepository } from '../roster/students.repository';
import { LetterBook, LettersRepository } from './letters.repository';
import { Change, dropoutOf, Watch, WatchState } from './watch';

/** The day after the last on which a child may come back (GZ-DO5). */
export const returnDue = 'attendance.return-due';

export type ChangedBy = Pick<AuditRow, 'act' | 'account' | 'post'>;

export interface WatchList {
  school?: string;
  state?: WatchState;
  /** Only those that still lack a home visit (GZ-DO9). */
  withoutVisit?: boolean;
  after?: string;
  limit: number;
}

/** Watches. One is saved with its events, letters, deadline and audit row, or not at all. */
@Injectable()
export class WatchesRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentsRepository,
    private readonly letters: LettersRepository,
    private readonly outbox: Outbox,
    private readonly deadlines: Deadlines,
    private readonly audit: Audit,
    private readonly law: Law,
  ) {}

  private get watches() {
    return this.connection.collection<Watch>('watches');
  }

  async onModuleInit(): Promise<void> {
    await this.watches.createIndexes([
      { key: { student: 1, since: 1 }, name: 'student' },
      { key: { path: 1, _id: 1 }, name: 'scope' },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Watch | null> {
    return this.watches.findOne({ _id: id }, { session });
  }

  ofStudents(ids: readonly string[], session?: ClientSession): Promise<Watch[]> {
    return this.watches
      .find({ student: { $in: [...ids] } }, { session })
      .sort({ since: 1, _id: 1 })
      .toArray();
  }

  list(actor: Actor, { school, state, withoutVisit, after, limit }: WatchList): Promise<Watch[]> {
    return this.watches
      .find({
        $and: [actor.scope('path')],
        ...(school && { school }),
        ...(state && { state }),
        ...(withoutVisit && { 'visits.0': { $exists: false }, state: 'suspected' }),
        ...(after && { _id: { $gt: after } }),
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  /** @throws Refused `stale-version` */
  async save(
    session: ClientSession,
    change: Change,
    by: ChangedBy,
    bookOf?: (school: string) => LetterBook,
  ): Promise<void> {
    const { watch, events, arm, disarm, letters = [] } = change;
    const before = watch.version - events.length;
    const { _id, ...rest } = watch;
    const plain = { session, ignoreUndefined: true };
    if (before === 0) {
      await this.watches.insertOne(watch, plain);
      await this.students.change(session, watch.student, { $set: { watched: true } });
    } else {
      const { matchedCount } = await this.watches.replaceOne({ _id, version: before }, rest, plain);
      if (matchedCount !== 1) throw staleVersion(before, before + 1);
    }
    await this.outbox.add(
      session,
      events.map((event) => this.withRulesInForce(event)),
    );
    if (bookOf) await this.letters.enter(session, bookOf, letters);
    await this.keepDropout(session, watch);
    const due = { kind: returnDue, subject: _id, key: 'return' };
    if (arm !== undefined) await this.deadlines.arm(session, { ...due, dueOn: arm });
    else if (disarm) await this.deadlines.cancel(session, deadlineId(due));
    const subject = { kind: 'watch', id: _id, version: watch.version };
    await this.audit.write([{ ...by, subject, at: watch.log.at(-1)!.at }], session);
  }

  /** Of the rules behind an act those that the pack has: another line may know only some of them. */
  private withRulesInForce(event: NewEvent): NewEvent {
    const { pack, rules = [] } = event;
    const inForce = pack === undefined ? [] : rules.filter((rule) => this.law.policy.pack(pack).rule(rule));
    const { rules: _, ...rest } = event;
    return { ...rest, ...(inForce.length > 0 && { rules: inForce }) };
  }

  /** The child's own document says from when to when it is on no roll. */
  private async keepDropout(session: ClientSession, watch: Watch): Promise<void> {
    const dropout = dropoutOf(watch);
    const student = await this.students.find(watch.student, session);
    if (!student || (!dropout && !student.dropouts?.some((one) => one.watch === watch._id))) return;
    const others = (student.dropouts ?? []).filter((one) => one.watch !== watch._id);
    const dropouts = [...others, ...(dropout ? [dropout] : [])].sort((a, b) => (a.on < b.on ? -1 : 1));
    await this.students.change(session, watch.student, { $set: { dropouts } });
  }
}
