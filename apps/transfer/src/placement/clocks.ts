import type { LocalDate, Pack, Policy, Setting, WorkingCalendar } from '#libs/policy';
import { StepDue, stepDue } from '#libs/review';
import type { StepClock } from './placement';

type Starts = { arrivedOn: LocalDate; entryOn: LocalDate; termFrom?: LocalDate };

/** Due day of a limit that the pack starts with the arrival, the day of entry or the first day of the term. */
const dueOf = (within: Setting<number>, starts: Starts, calendar: WorkingCalendar): StepDue => {
  if (!within.configured) return stepDue(within, starts.arrivedOn, calendar);
  const from = {
    arrival: starts.arrivedOn,
    dayOfEntry: starts.entryOn,
    firstDayOfTerm: starts.termFrom,
  }[within.startsAt as 'arrival' | 'dayOfEntry' | 'firstDayOfTerm'];
  // A term that nobody has set starts no clock; said, never guessed.
  if (from === undefined) return { parameter: within.parameter, citation: within.citation };
  return stepDue(within, from, calendar);
};

/** Each party's clock (NAT-GR2: ten working days; GZ-EN4: the first month of the term; CZ-PR3: thirty days of entry). */
export const stepClock =
  (policy: Policy, calendar: WorkingCalendar): StepClock =>
  ({ pack, path }, arrivedOn, { entryOn, termFrom }) =>
    dueOf(
      policy.pack(pack).setting<number>('placement.within'),
      { arrivedOn, entryOn, ...(termFrom !== undefined && { termFrom }) },
      calendar.forOffice(path),
    );

/** Last day on which the enrolling school processes its entrants (GZ-CA3). */
export const windowOf = (
  pack: Pack,
  entryOn: LocalDate,
  termFrom: LocalDate | undefined,
  calendar: WorkingCalendar,
): StepDue =>
  dueOf(
    pack.setting<number>('placement.window'),
    { arrivedOn: entryOn, entryOn, ...(termFrom !== undefined && { termFrom }) },
    calendar,
  );
