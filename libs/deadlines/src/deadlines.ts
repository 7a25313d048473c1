import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { alarmAtOf, DeadlineRow, DeadlineState, Due, deadlineId, NewDeadline } from './deadline';
import { DeadlineHandlers } from './on-deadline';
import { DeadlineRows } from './rows';

/** What can still be acted on in time, or was stuck before it could fire. */
const open: { $in: DeadlineState[] } = { $in: ['armed', 'failed'] };

/**
 * Deadlines as the business sees them. Every call joins the transaction of its caller: what is not committed was never
 * armed, moved or cancelled. Redis is not touched here.
 */
@Injectable()
export class Deadlines {
  constructor(
    private readonly rows: DeadlineRows,
    private readonly handlers: DeadlineHandlers,
  ) {}

  /**
   * Arms it, or arms it anew when it is known: the due given last counts, older alarms mean nothing. Many at once are one
   * write.
   * @throws Error for a kind that nothing in this service handles, a due that is no day, or a session without transaction
   */
  async arm(session: ClientSession, deadlines: NewDeadline | NewDeadline[]): Promise<void> {
    insideTransaction(session);
    const list = Array.isArray(deadlines) ? deadlines : [deadlines];
    if (!list.length) return;
    const writes = list.map((deadline) => {
      const row = this.rowOf(deadline);
      // Data is taken literally: a value that begins with a dollar sign is a value.
      const next = { $mergeObjects: [{ $literal: row }, { version: { $add: [{ $ifNull: ['$version', 0] }, 1] } }] };
      return { updateOne: { filter: { _id: row._id }, update: [{ $replaceWith: next }], upsert: true } };
    });
    await this.rows.collection.bulkWrite(writes, { session, ordered: false });
  }

  /**
   * Gives an open deadline another due; one that had failed is armed again.
   * @returns false when there is none, or it has fired or was cancelled
   */
  async move(session: ClientSession, id: string, due: Due): Promise<boolean> {
    insideTransaction(session);
    const [other, given] = due.dueAt ? ['dueOn', { dueAt: due.dueAt }] : ['dueAt', { dueOn: due.dueOn }];
    const { matchedCount } = await this.rows.collection.updateOne(
      { _id: id, state: open },
      {
        $set: { ...given, alarmAt: alarmAtOf(due), state: 'armed', tries: 0 },
        $unset: { [other]: '', lastError: '' },
        $inc: { version: 1 },
      },
      { session },
    );
    return matchedCount === 1;
  }

  /**
   * The act came in time. Of this and the firing exactly one wins, whatever the moment.
   * @returns false when it has fired already, or is not armed at all: the act is late
   */
  async cancel(session: ClientSession, id: string): Promise<boolean> {
    insideTransaction(session);
    const { matchedCount } = await this.rows.collection.updateOne(
      { _id: id, state: open },
      { $set: { state: 'cancelled' } },
      { session },
    );
    return matchedCount === 1;
  }

  /** The subject waits for nothing any more. @returns how many were open */
  async cancelAll(session: ClientSession, subject: string): Promise<number> {
    insideTransaction(session);
    const { matchedCount } = await this.rows.collection.updateMany(
      { subject, state: open },
      { $set: { state: 'cancelled' } },
      { session },
    );
    return matchedCount;
  }

  private rowOf(deadline: NewDeadline): Omit<DeadlineRow, 'version'> {
    const { kind, subject, key, dueOn, dueAt, data } = deadline;
    if (!this.handlers.of(kind)) throw new Error(`nothing in this service handles deadlines of kind ${kind}`);
    return {
      _id: deadlineId(deadline),
      kind,
      subject,
      key,
      ...(dueOn !== undefined ? { dueOn } : { dueAt }),
      alarmAt: alarmAtOf(deadline),
      state: 'armed',
      tries: 0,
      ...(data && { data }),
    };
  }
}

const insideTransaction = (session: ClientSession): void => {
  if (!session.inTransaction())
    throw new Error('a deadline changes only inside the transaction of the business change');
};
