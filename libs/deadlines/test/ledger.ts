import { mongo } from 'mongoose';
import { DeadlineRow } from '../src/deadline';
import { effectsIn } from './room';

interface Promised {
  round: number;
  alarmAt: Date;
  /** A cancelling was answered "in time". */
  cancelled: boolean;
}

/**
 * What was promised to the outside, and whether the data keeps it. It knows nothing of the scenario: every deadline whose
 * arming was answered fires once when it is due, not early, or was cancelled and never fires; nothing fires that was not promised.
 */
export class Ledger {
  private readonly promised = new Map<string, Promised[]>();

  armed(id: string, alarmAt: Date, round = 1): void {
    this.promised.set(id, [...(this.promised.get(id) ?? []), { round, alarmAt, cancelled: false }]);
  }

  cancelled(id: string): void {
    this.promised.get(id)!.at(-1)!.cancelled = true;
  }

  /** @returns one line per broken promise; none when the data is right */
  async violations(db: mongo.Db, now: Date): Promise<string[]> {
    const effects = await effectsIn(db).find().toArray();
    const rows = await db.collection<DeadlineRow>('deadlines').find().toArray();
    const found: string[] = [];
    const effectsOf = Map.groupBy(effects, ({ deadline }) => deadline);
    for (const [id, rounds] of this.promised) {
      for (const { round, alarmAt, cancelled } of rounds) {
        const own = (effectsOf.get(id) ?? []).filter((effect) => effect.round === round);
        if (cancelled && own.length) found.push(`${id}: cancelled, and fired`);
        if (!cancelled && !own.length && alarmAt <= now) found.push(`${id}: never fired`);
        if (own.length > 1) found.push(`${id}: fired ${own.length} times`);
        if (own.some(({ firedAt }) => firedAt < alarmAt)) found.push(`${id}: fired early`);
      }
    }
    for (const { _id } of rows) if (!this.promised.has(_id)) found.push(`${_id}: armed by a change that was refused`);
    return found;
  }
}
