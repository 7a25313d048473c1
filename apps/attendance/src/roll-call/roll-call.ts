import { attendanceEvents, type DataOf, type Leg, type NewEvent, type Session } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

/** How a child misses a roll call, as the teacher states it. Why it is ill or away goes no further than this service. */
export const absenceKinds = ['late', 'earlyLeave', 'sick', 'personal', 'unexcused'] as const;
export type AbsenceKind = (typeof absenceKinds)[number];

export interface Exception {
  student: string;
  kind: AbsenceKind;
}

/** What a roll call said before it was corrected. */
export interface Earlier {
  version: number;
  roster: string;
  exceptions: Exception[];
  account: string;
  at: Date;
}

/** The roll call of a class for a session: one document, with the exceptions only (SCH12-ATT1). */
export interface RollCall {
  /** `<class>/<day>/<session>` */
  _id: string;
  class: string;
  school: string;
  path: string;
  day: LocalDate;
  session: Session;
  /** Sequence of the last event. */
  version: number;
  /** Who was called: id of the roster. A child that came to the class later was not. */
  roster: string;
  onRoll: number;
  exceptions: Exception[];
  account: string;
  at: Date;
  history: Earlier[];
}

/** Days of leave that were granted to a child. */
export interface LeaveDays {
  student: string;
  from: LocalDate;
  to: LocalDate;
}

export const rollCallId = (classId: string, day: LocalDate, session: Session): string => `${classId}/${day}/${session}`;

export interface Taken {
  class: string;
  school: string;
  path: string;
  day: LocalDate;
  session: Session;
  roster: string;
  onRoll: number;
  exceptions: readonly Exception[];
  account: string;
  at: Date;
}

/** The first roll call, or the same one corrected: what it said before stays in its history. */
export const take = (before: RollCall | undefined, taken: Taken): RollCall => ({
  _id: rollCallId(taken.class, taken.day, taken.session),
  class: taken.class,
  school: taken.school,
  path: taken.path,
  day: taken.day,
  session: taken.session,
  version: (before?.version ?? 0) + 1,
  roster: taken.roster,
  onRoll: taken.onRoll,
  exceptions: taken.exceptions.map(({ student, kind }) => ({ student, kind })),
  account: taken.account,
  at: taken.at,
  history: before
    ? [
        ...before.history,
        {
          version: before.version,
          roster: before.roster,
          exceptions: before.exceptions,
          account: before.account,
          at: before.at,
        },
      ]
    : [],
});

/** What of an absence travels: a leave turns it into an excused one, before or afterwards. */
export const legOf = (kind: AbsenceKind, onLeave: boolean): Leg => {
  if (kind === 'late' || kind === 'earlyLeave') return kind;
  return kind === 'unexcused' && !onLeave ? 'unexcused' : 'excused';
};

export const legsOf = (
  { exceptions, day }: Pick<RollCall, 'exceptions' | 'day'>,
  leaves: readonly LeaveDays[],
): { student: string; kind: Leg }[] =>
  exceptions.map(({ student, kind }) => ({
    student,
    kind: legOf(
      kind,
      leaves.some((one) => one.student === student && one.from <= day && day <= one.to),
    ),
  }));

/** The event that tells of a roll call as it stands. */
export const takenEvent = (
  rollCall: RollCall,
  leaves: readonly LeaveDays[],
  at: Date,
): NewEvent<typeof attendanceEvents.rollCallTaken> => {
  const { _id, class: classId, school, path, day, session, onRoll, version } = rollCall;
  const exceptions = legsOf(rollCall, leaves);
  const absent = exceptions.filter(({ kind }) => kind === 'unexcused' || kind === 'excused').length;
  const data: DataOf<typeof attendanceEvents.rollCallTaken> = {
    class: classId,
    school,
    path,
    day,
    session,
    onRoll,
    present: onRoll - absent,
    exceptions,
  };
  return {
    definition: attendanceEvents.rollCallTaken,
    aggregateId: _id,
    seq: version,
    effectiveOn: day,
    recordedAt: at,
    data,
  };
};

/** Those whose absence without excuse a roll call states, now or before. */
export const unexcusedIn = (before: RollCall | undefined, after: RollCall): string[] => {
  const all = [...(before?.exceptions ?? []), ...after.exceptions];
  return [...new Set(all.filter(({ kind }) => kind === 'unexcused').map(({ student }) => student))];
};
