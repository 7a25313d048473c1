import type { Day, WorkingCalendar } from './calendar';
import { addDays, LocalDate } from './local-date';

/** Days of a term on which schools stay closed although offices work. */
export interface Closing {
  from: LocalDate;
  to: LocalDate;
  name: string;
}

/** A day off on which schools teach, to make up for one that was lost. */
export interface MakeUp {
  date: LocalDate;
  name: string;
}

/** A term as an office has set it for itself and everything under it. */
export interface SchoolTerm {
  office: string;
  /** `2026` for 2026/27. */
  schoolYear: string;
  term: '1' | '2';
  firstDay: LocalDate;
  lastDay: LocalDate;
  closed: Closing[];
  makeUp: MakeUp[];
}

/** A day as a school has it. */
export interface SchoolDay {
  date: LocalDate;
  /** Pupils are taught: within a term, on a working day or a make-up day, and not closed here. */
  school: boolean;
  /** Offices work. */
  working: boolean;
  /** Where the working day comes from: an order, the week, or nothing yet but the week (`assumed`). */
  basis: Day['basis'];
  /** An order still to come may change the answer of `school` or `working`. */
  provisional: boolean;
  /** Name of the holiday or of the closing, and the order behind it. */
  name?: string;
  document?: string;
  term?: Pick<SchoolTerm, 'schoolYear' | 'term' | 'office'>;
  /** Closed or made up for here, and which office on the path says so. */
  local?: { kind: 'closed' | 'makeUp'; name: string; office: string };
}

const covers = (period: { from: LocalDate; to: LocalDate }, date: LocalDate): boolean =>
  period.from <= date && date <= period.to;

/** Terms on the path, those of the nearest office first. */
const nearestFirst = <T extends SchoolTerm>(path: string, terms: readonly T[]): T[] => {
  const ids = path.split('/').filter(Boolean);
  return terms
    .filter((term) => ids.includes(term.office))
    .sort((a, b) => ids.indexOf(b.office) - ids.indexOf(a.office));
};

/** Terms that hold at a path: of each term of each year, the one that the nearest office has set. */
export const termsAt = <T extends SchoolTerm>(path: string, terms: readonly T[]): T[] => {
  const nearest = new Map<string, T>();
  for (const term of nearestFirst(path, terms)) {
    const key = `${term.schoolYear}/${term.term}`;
    if (!nearest.has(key)) nearest.set(key, term);
  }
  return [...nearest.values()];
};

/**
 * A day at a path. The nearest office sets first and last day of a term; closed days and make-up days of every office
 * on the path hold, the nearest one's word first.
 * @param terms terms of the offices on the path, in any order
 * @param calendar working days of the path
 */
export const schoolDay = (
  path: string,
  date: LocalDate,
  terms: readonly SchoolTerm[],
  calendar: WorkingCalendar,
): SchoolDay => {
  const { kind, basis, name, document } = calendar.day(date);
  const working = kind === 'working';
  const term = termsAt(path, terms).find((one) => one.firstDay <= date && date <= one.lastDay);
  const local = term && localDay(path, date, terms, term);
  const school = local ? local.kind === 'makeUp' : working && term !== undefined;
  return {
    date,
    school,
    working,
    basis,
    provisional: basis === 'assumed',
    ...(name !== undefined && { name }),
    ...(document !== undefined && { document }),
    ...(term && { term: { schoolYear: term.schoolYear, term: term.term, office: term.office } }),
    ...(local && { local }),
  };
};

const localDay = (path: string, date: LocalDate, terms: readonly SchoolTerm[], of: SchoolTerm): SchoolDay['local'] => {
  const same = terms.filter((term) => term.schoolYear === of.schoolYear && term.term === of.term);
  for (const { office, closed, makeUp } of nearestFirst(path, same)) {
    const made = makeUp.find((one) => one.date === date);
    if (made) return { kind: 'makeUp', name: made.name, office };
    const shut = closed.find((one) => covers(one, date));
    if (shut) return { kind: 'closed', name: shut.name, office };
  }
  return undefined;
};

/** Every day from `from` to `to`, both included. */
export const daysOf = (
  path: string,
  from: LocalDate,
  to: LocalDate,
  terms: readonly SchoolTerm[],
  calendar: WorkingCalendar,
): SchoolDay[] => {
  const days: SchoolDay[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) days.push(schoolDay(path, date, terms, calendar));
  return days;
};

/** Days on which a school at this path teaches, from `from` to `to`, both included. */
export const schoolDays = (...asked: Parameters<typeof daysOf>): LocalDate[] =>
  daysOf(...asked)
    .filter((day) => day.school)
    .map((day) => day.date);
