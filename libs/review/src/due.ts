import type { Citation } from '#libs/contracts';
import type { LocalDate, Setting, WorkingCalendar } from '#libs/policy';

/** Last day of a step, or the reason why it has none. */
export type StepDue =
  | {
      dueOn: LocalDate;
      /** Counted through days whose order is not published yet: it may still move. */
      provisional: boolean;
      citation: Citation;
    }
  | { dueOn?: undefined; parameter: string; citation?: Citation };

/** The due day of a limit whose clock starts on `from`. A limit without a number gives no deadline, and says so (R5-01). */
export const stepDue = (within: Setting<number>, from: LocalDate, calendar: WorkingCalendar): StepDue =>
  within.configured
    ? { ...calendar.due(from, within), citation: within.citation }
    : { parameter: within.parameter, ...(within.citation && { citation: within.citation }) };

/** A due day may be used to its end. */
export const isLate = (due: StepDue | undefined, on: LocalDate): boolean => due?.dueOn !== undefined && on > due.dueOn;
