import { BindingCap, capNow, Configured, MatchKey, Override, Pack, WorkingCalendar } from '#libs/policy';
import { gradesOfStage, ProblemItem, Stage } from '#libs/contracts';

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

/** Seats left by class, and places left of the approved plan by cohort. What has no limit is not in the maps. */
export interface FreeRoom {
  seats: Map<string, number>;
  places: Map<string, number>;
}

export const isEntrant = (to: IntakeClass): boolean => to.grade === gradesOfStage[to.stage].first;

export const cohortOf = (to: Pick<IntakeClass, 'stage' | 'entryYear'>): string => `${to.stage}/${to.entryYear}`;

/** Everything about a school that judging its entries needs; pure data, read once per call. */
export class Intake {
  private readonly byId: Map<string, IntakeClass>;
  /** Due days found before: the children of a school enter on few days. */
  private readonly dues = new Map<string, string>();

  constructor(
    readonly school: string,
    readonly path: string,
    /** County of the place, whose data key seals. */
    readonly county: string,
    readonly pack: Pack,
    readonly calendar: WorkingCalendar,
    readonly classes: readonly IntakeClass[],
    /** Places of the plan by cohort, `primary/2026`, where the authority has approved its intake (CZ-EN4). */
    readonly approved: ReadonlyMap<string, number>,
    /** Caps in principle set aside, by class. */
    readonly overrides: ReadonlyMap<string, readonly Override[]> = new Map(),
    /** The school closes or has closed: nobody enters any more. */
    readonly closing = false,
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
    return capNow(this.classOf(classId), this.pack, this.overrides.get(classId));
  }

  /** Day on which something falls due whose clock starts on `from`. */
  dueOn(from: string, deadline: Configured<number>): string {
    const key = `${deadline.parameter} ${from}`;
    const due = this.dues.get(key) ?? this.calendar.due(from, deadline).dueOn;
    this.dues.set(key, due);
    return due;
  }

  /** Whether the cohort of the class takes new pupils only within an approved plan. */
  planned(to: IntakeClass): boolean {
    const approval = this.pack.setting('enrolment.intakeApproval');
    return approval.configured && approval.value === true && isEntrant(to);
  }

  /** @param seated pupils of each class as known now; absent: as they were when the school was read */
  freeRoom(seated: ReadonlyMap<string, number> = new Map()): FreeRoom {
    const room: FreeRoom = { seats: new Map(), places: new Map() };
    for (const one of this.classes) {
      const pupils = seated.get(one._id) ?? one.seated;
      const cap = this.cap(one._id);
      if (cap) room.seats.set(one._id, cap.value - pupils);
      if (!this.planned(one)) continue;
      const cohort = cohortOf(one);
      room.places.set(cohort, (room.places.get(cohort) ?? this.approved.get(cohort) ?? 0) - pupils);
    }
    return room;
  }

  /** Keys beside the ID number by which two records may be found to be of one person, and what a hit does. */
  get lookalikeKeys(): MatchKey[] {
    const keys = this.pack.setting('duplicate.keys');
    return keys.configured ? keys.value.filter((key) => !key.fields.includes('idNumber')) : [];
  }
}
