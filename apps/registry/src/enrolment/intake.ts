import { MatchKey, Override, Pack, WorkingCalendar } from '#libs/policy';
import { ProblemItem, Stage } from '#libs/contracts';
import { BindingCap, capNow } from '../seats/caps';

/** A class as the intake sees it. */
export interface IntakeClass {
  _id: string;
  name: string;
  stage: Stage;
  entryYear: number;
  /** Grade of the current school year. */
  grade: number;
  /** Pupils that sit in it or have a seat reserved. */
  seated: number;
}

/** A check that could not be made because no text gives the value, said once per import (R5-01). */
export interface CheckNotMade {
  parameter: string;
  message: ProblemItem['message'];
  citation?: ProblemItem['citation'];
}

/** Everything about a school that judging its entries needs; pure data, read once per call. */
export class Intake {
  private readonly byId: Map<string, IntakeClass>;

  constructor(
    readonly school: string,
    readonly path: string,
    /** County of the place, whose data key seals. */
    readonly county: string,
    readonly pack: Pack,
    readonly calendar: WorkingCalendar,
    readonly classes: readonly IntakeClass[],
    /** Stages and cohorts whose intake the authority has approved, `primary/2026` (CZ-EN4). */
    readonly approved: ReadonlySet<string>,
    readonly overrides: readonly Override[] = [],
  ) {
    this.byId = new Map(classes.map((one) => [one._id, one]));
  }

  classOf(id: string): IntakeClass {
    const found = this.byId.get(id);
    if (!found) throw new Error('a checked entry names a class of this school');
    return found;
  }

  hasClass(id: string): boolean {
    return this.byId.has(id);
  }

  cap(classId: string): BindingCap | undefined {
    return capNow(this.classOf(classId), this.pack, this.overrides);
  }

  /** Seats left by class; a class without a configured cap is not in the map. */
  freeSeats(): Map<string, number> {
    const free = new Map<string, number>();
    for (const one of this.classes) {
      const cap = this.cap(one._id);
      if (cap) free.set(one._id, cap.value - one.seated);
    }
    return free;
  }

  /** Keys beside the ID number by which two records may be found to be of one person, and what a hit does. */
  get lookalikeKeys(): MatchKey[] {
    const keys = this.pack.setting('duplicate.keys');
    return keys.configured ? keys.value.filter((key) => !key.fields.includes('idNumber')) : [];
  }
}
