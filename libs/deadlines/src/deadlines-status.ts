import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/service-kit';
import { DeadlineRow, FiredBy } from './deadline';
import { DeadlineHandlers } from './on-deadline';
import { DeadlineRows } from './rows';

/** How the deadlines of this service stand. */
@Injectable()
export class DeadlinesStatus {
  constructor(
    private readonly rows: DeadlineRows,
    private readonly handlers: DeadlineHandlers,
    private readonly clock: Clock,
  ) {}

  /** Armed and past due by business time. Quiet means 0. */
  due(): Promise<number> {
    return this.rows.collection.countDocuments({
      state: 'armed',
      kind: { $in: this.handlers.kinds },
      alarmAt: { $lte: this.clock.now() },
    });
  }

  failed(): Promise<number> {
    return this.rows.collection.countDocuments({ state: 'failed' });
  }

  /** How many fired since an instant of business time, by who made them fire. */
  async fired(since = new Date(0)): Promise<Record<FiredBy, number>> {
    const by = (firedBy: FiredBy) =>
      this.rows.collection.countDocuments({ state: 'fired', firedBy, firedAt: { $gte: since } });
    const [alarm, sweeper] = await Promise.all([by('alarm'), by('sweeper')]);
    return { alarm, sweeper };
  }

  /** The oldest first, at most `limit`. */
  listDue(limit: number): Promise<DeadlineRow[]> {
    const due = this.rows.collection.find({
      state: 'armed',
      kind: { $in: this.handlers.kinds },
      alarmAt: { $lte: this.clock.now() },
    });
    return due.sort({ alarmAt: 1 }).limit(limit).toArray();
  }

  listFailed(limit: number): Promise<DeadlineRow[]> {
    return this.rows.collection.find({ state: 'failed' }).sort({ alarmAt: 1 }).limit(limit).toArray();
  }

  /** Arms a failed deadline again, with all its tries. @returns false when it is not failed (any more) */
  async redrive(id: string): Promise<boolean> {
    const { matchedCount } = await this.rows.collection.updateOne(
      { _id: id, state: 'failed' },
      { $set: { state: 'armed', tries: 0 }, $inc: { version: 1 }, $unset: { lastError: '' } },
    );
    return matchedCount === 1;
  }
}
