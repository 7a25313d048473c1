import { Inject, Injectable } from '@nestjs/common';
import { Logger } from 'pino';
import { Clock, LOG } from '#libs/service-kit';
import { DeadlineRow, FiredBy, FiredDeadline } from './deadline';
import { isTransient, reasonOf } from './faults';
import { DeadlineHandlers } from './on-deadline';
import { DeadlineRows } from './rows';

/** After so many refusals of its handler a deadline is `failed` and waits for an operator. */
export const triesBeforeFailed = 5;

/**
 * `fired`: by this call. `gone`: fired before, cancelled, moved, or of a kind that another instance handles. `refused`:
 * the handler or the store threw, the sweeper comes back to it. `early`: business time has not come, or went back.
 */
export type Firing = { outcome: 'fired' | 'gone' | 'refused' } | { outcome: 'early'; waitMs: number };

/** Lets a deadline pass: one transaction of the compare-and-set on its row and of all that its handler writes. */
@Injectable()
export class DeadlineFiring {
  private readonly underWay = new Set<string>();

  constructor(
    private readonly rows: DeadlineRows,
    private readonly handlers: DeadlineHandlers,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** Never throws for the handler's sake; throws when the store cannot even take the note that it failed. */
  async fire(id: string, version: number, by: FiredBy): Promise<Firing> {
    // Alarm and sweeper of one process do not get into each other's transactions; between processes the row decides.
    if (this.underWay.has(id)) return { outcome: 'gone' };
    this.underWay.add(id);
    try {
      return await this.fireAlone(id, version, by);
    } finally {
      this.underWay.delete(id);
    }
  }

  private async fireAlone(id: string, version: number, by: FiredBy): Promise<Firing> {
    const handle = this.handlers.of(id.slice(0, id.indexOf('/')));
    if (!handle) return { outcome: 'gone' };
    try {
      const fired = await this.rows.connection.transaction(
        async (session) => {
          const now = this.clock.now();
          const row = await this.rows.collection.findOneAndUpdate(
            { _id: id, version, state: 'armed', alarmAt: { $lte: now } },
            { $set: { state: 'fired', firedAt: now, firedBy: by }, $unset: { lastError: '' } },
            { session, returnDocument: 'after' },
          );
          if (row) await handle(asHandled(row, now), session);
          return row !== null;
        },
        { readConcern: 'snapshot', writeConcern: { w: 'majority', journal: true } },
      );
      return fired ? { outcome: 'fired' } : await this.earlyOrGone(id, version);
    } catch (error) {
      await this.noteRefusal(id, version, error);
      return { outcome: 'refused' };
    }
  }

  private async earlyOrGone(id: string, version: number): Promise<Firing> {
    const row = await this.rows.collection.findOne(
      { _id: id, version, state: 'armed' },
      { projection: { alarmAt: 1 } },
    );
    if (!row) return { outcome: 'gone' };
    return { outcome: 'early', waitMs: Math.max(1, row.alarmAt.getTime() - this.clock.now().getTime()) };
  }

  private async noteRefusal(id: string, version: number, error: unknown): Promise<void> {
    const lastError = reasonOf(error);
    const transient = isTransient(error);
    this.log.warn({ deadline: id, transient, reason: lastError }, 'deadline refused by its handler');
    const tries = transient ? '$tries' : { $add: ['$tries', 1] };
    await this.rows.collection.updateOne({ _id: id, version, state: 'armed' }, [
      { $set: { lastError: { $literal: lastError }, tries } },
      { $set: { state: { $cond: [{ $gte: ['$tries', triesBeforeFailed] }, 'failed', '$state'] } } },
    ]);
  }
}

const asHandled = (row: DeadlineRow, firedAt: Date): FiredDeadline => ({
  id: row._id,
  kind: row.kind,
  subject: row.subject,
  key: row.key,
  ...(row.dueOn && { dueOn: row.dueOn }),
  ...(row.dueAt && { dueAt: row.dueAt }),
  firedAt,
  data: row.data ?? {},
});
