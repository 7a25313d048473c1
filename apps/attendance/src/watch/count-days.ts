import type { Session } from '#libs/contracts';
import { addDays, type Configured, type LocalDate, reaches } from '#libs/policy';

/** How a pack counts absence (GZ-DO2). */
export interface CountingRule {
  after: Configured<number>;
  count: 'consecutive' | 'total';
  per: 'term' | 'schoolYear';
  day: 'wholeDay' | 'anySession';
}

/** A day on which the child's school taught, the period it is counted in, and the rule of that day; none: not counted. */
export interface TaughtDay {
  date: LocalDate;
  period: string;
  rule?: CountingRule;
}

/** What a roll call says of somebody who was called. */
export const callKinds = ['present', 'late', 'earlyLeave', 'sick', 'personal', 'unexcused'] as const;
export type CallKind = (typeof callKinds)[number];

/** One roll call in which the child was called. */
export interface Call {
  class: string;
  day: LocalDate;
  session: Session;
  kind: CallKind;
}

/** Time in which the child sat in a class, both days included, with the days taught there. */
export interface StayCounted {
  class: string;
  from: LocalDate;
  to: LocalDate;
  taught: readonly TaughtDay[];
}

/** A dropout with the report that led to it, which must have been made in the very spell, and the day of the return. */
export interface ConfirmedDropout {
  reportedOn: LocalDate;
  on: LocalDate;
  until?: LocalDate;
}

export interface Absences {
  /** In order of time, not overlapping. */
  stays: readonly StayCounted[];
  calls: readonly Call[];
  /** Leave that was granted, before or after. */
  leaves: readonly { from: LocalDate; to: LocalDate }[];
  /** Dropouts that the school confirmed, oldest first. */
  dropouts: readonly ConfirmedDropout[];
}

/** What is known of a day: `unknown` neither counts nor resets (GZ-DO1). */
export type DayOutcome = 'attended' | 'excused' | 'unexcused' | 'unknown';

/** A suspected dropout with the days that made it one. */
export interface Spell {
  class: string;
  /** First day counted. */
  since: LocalDate;
  /** The days counted up to the number of the pack. */
  days: LocalDate[];
  /** The last of them. */
  suspectedOn: LocalDate;
  /** First day back at school (GZ-DO8). */
  backOn?: LocalDate;
  /** Day from which the child was on no roll any more: it is taught at home, or its record has ended. */
  offRollOn?: LocalDate;
  /** The dropout that the school confirmed in this spell. */
  dropoutOn?: LocalDate;
}

/** What the roll calls of a day say together, a leave taken into account. */
export const outcomeOf = (
  calls: readonly Pick<Call, 'kind'>[],
  onLeave: boolean,
  counts: CountingRule['day'] = 'wholeDay',
): DayOutcome => {
  if (calls.length === 0) return 'unknown';
  const absent = calls.filter(({ kind }) => kind === 'sick' || kind === 'personal' || kind === 'unexcused');
  const unexcused = onLeave ? [] : absent.filter(({ kind }) => kind === 'unexcused');
  if (counts === 'anySession' && unexcused.length > 0) return 'unexcused';
  if (absent.length < calls.length) return 'attended';
  return unexcused.length === calls.length ? 'unexcused' : 'excused';
};

/** Every day on which the child should have been at school, with what is known of it. */
export const outcomes = ({
  stays,
  calls,
  leaves,
}: Absences): { day: TaughtDay; class: string; outcome: DayOutcome }[] => {
  const byDay = Map.groupBy(calls, ({ class: classId, day }) => `${classId} ${day}`);
  return stays.flatMap((stay) =>
    stay.taught
      .filter(({ date }) => stay.from <= date && date <= stay.to)
      .map((day) => ({
        day,
        class: stay.class,
        outcome: outcomeOf(
          byDay.get(`${stay.class} ${day.date}`) ?? [],
          leaves.some(({ from, to }) => from <= day.date && day.date <= to),
          day.rule?.day,
        ),
      })),
  );
};

/**
 * The suspected dropouts that the facts make, whatever the order in which the facts became known. A spell begins when the
 * days counted reach the number of the pack and lasts until the child attends again; an excused day breaks a row of days
 * that has not reached it, an unknown day does nothing. A confirmed dropout without such a spell rests on nothing and is
 * left out.
 */
export const countDays = (absences: Absences): Spell[] => {
  const spells: Spell[] = [];
  let open: Spell | undefined;
  let run: LocalDate[] = [];
  let period: string | undefined;
  let lastDay: LocalDate | undefined;
  const close = (end: Partial<Spell>): void => {
    Object.assign(open!, end);
    open = undefined;
    run = [];
  };
  const dropoutOf = (spell: Spell) => absences.dropouts.find(({ reportedOn }) => reportedOn >= spell.suspectedOn);
  const gaps = new Set(
    absences.stays.slice(1).flatMap((stay, index) => {
      const before = absences.stays[index];
      return addDays(before.to, 1) < stay.from ? [stay.from] : [];
    }),
  );
  const gapBefore = (date: LocalDate): LocalDate | undefined =>
    [...gaps].find((from) => from <= date && (lastDay === undefined || lastDay < from));

  for (const { day, class: classId, outcome } of outcomes(absences)) {
    const gap = gapBefore(day.date);
    if (gap) {
      const left = absences.stays.findLast(({ to }) => to < gap);
      if (open && left) close({ offRollOn: addDays(left.to, 1) });
      run = [];
    }
    lastDay = day.date;
    const dropout = open && dropoutOf(open);
    if (open && dropout && dropout.on <= day.date) {
      open.dropoutOn = dropout.on;
      if (dropout.until === undefined || day.date < dropout.until) continue;
      close({ backOn: dropout.until });
    }
    if (!open && day.period !== period) run = [];
    period = day.period;
    if (!day.rule) continue;
    if (outcome === 'attended') {
      if (open) close({ backOn: day.date });
      else if (day.rule.count === 'consecutive') run = [];
    } else if (outcome === 'excused') {
      if (!open && day.rule.count === 'consecutive') run = [];
    } else if (outcome === 'unexcused' && !open) {
      run.push(day.date);
      if (reaches(day.rule.after, run.length)) {
        open = { class: classId, since: run[0], days: run, suspectedOn: day.date };
        spells.push(open);
      }
    }
  }
  if (open) {
    // A dropout may be confirmed, and a child come back, on days without school.
    const dropout = dropoutOf(open);
    const last = absences.stays.at(-1)!;
    if (dropout) {
      open.dropoutOn = dropout.on;
      if (dropout.until) open.backOn = dropout.until;
    }
    if (!open.backOn && last.to < '9999-12-31') open.offRollOn = addDays(last.to, 1);
  }
  return spells;
};
