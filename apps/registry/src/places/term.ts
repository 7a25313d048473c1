import type { ProblemItem } from '#libs/contracts';
import { addDays, type Day, type LocalDate, type WorkingCalendar } from '#libs/policy';
import { idsOn } from './office';

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

/** A term at an office and under it. */
export interface Term {
  /** `<office>/<schoolYear>/<term>` */
  _id: string;
  office: string;
  /** Path of the office. */
  path: string;
  /** `2026` for 2026/27. */
  schoolYear: string;
  term: '1' | '2';
  firstDay: LocalDate;
  lastDay: LocalDate;
  closed: Closing[];
  makeUp: MakeUp[];
  version: number;
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
  term?: Pick<Term, 'schoolYear' | 'term' | 'office'>;
  /** Closed or made up for here, and which office on the path says so. */
  local?: { kind: 'closed' | 'makeUp'; name: string; office: string };
}

const covers = (period: { from: LocalDate; to: LocalDate }, date: LocalDate): boolean =>
  period.from <= date && date <= period.to;

/** Terms on the path, those of the nearest office first. */
const nearestFirst = (path: string, terms: readonly Term[]): Term[] => {
  const ids = idsOn(path);
  return terms
    .filter((term) => ids.includes(term.office))
    .sort((a, b) => ids.indexOf(b.office) - ids.indexOf(a.office));
};

/** Terms that hold at a path: of each term of each year, the one that the nearest office has set. */
export const termsAt = (path: string, terms: readonly Term[]): Term[] => {
  const nearest = new Map<string, Term>();
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
  terms: readonly Term[],
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

const localDay = (path: string, date: LocalDate, terms: readonly Term[], of: Term): SchoolDay['local'] => {
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
  terms: readonly Term[],
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

/**
 * What is wrong with a term to be set.
 * @param others other terms that hold at the office
 */
export const problemsOfTerm = (wanted: Term, others: readonly Term[], calendar: WorkingCalendar): ProblemItem[] => {
  const { firstDay, lastDay, schoolYear } = wanted;
  const year = Number(schoolYear);
  const found: ProblemItem[] = [];
  if (lastDay <= firstDay) {
    found.push({
      field: 'lastDay',
      code: 'ends-before-it-begins',
      message: { zh: '学期最后一天须在第一天之后。', en: 'The last day of a term lies after its first day.' },
    });
    return found;
  }
  // A school year runs from September; schools may open some days before it and close some after.
  const [earliest, latest] = [`${year}-08-01`, `${year + 1}-08-31`];
  if (firstDay < earliest || lastDay > latest) {
    found.push({
      field: 'schoolYear',
      code: 'outside-school-year',
      message: {
        zh: `${schoolYear}学年在${earliest}至${latest}之间。`,
        en: `The school year ${schoolYear} lies between ${earliest} and ${latest}.`,
      },
    });
  }
  const clash = others.find((one) => one.firstDay <= lastDay && firstDay <= one.lastDay);
  if (clash) {
    found.push({
      field: 'firstDay',
      code: 'terms-overlap',
      message: {
        zh: `与${clash.schoolYear}学年第${clash.term}学期（${clash.firstDay}至${clash.lastDay}）重叠。`,
        en: `Overlaps with term ${clash.term} of ${clash.schoolYear} (${clash.firstDay} to ${clash.lastDay}).`,
      },
    });
  }
  const sibling = others.find((one) => one.schoolYear === schoolYear && one.term !== wanted.term);
  if (sibling && sibling.firstDay < firstDay !== sibling.term < wanted.term) {
    found.push({
      field: 'term',
      code: 'terms-out-of-order',
      message: { zh: '第一学期须在第二学期之前。', en: 'The first term lies before the second.' },
    });
  }
  wanted.closed.forEach((closing, index) => {
    if (closing.to < closing.from || closing.from < firstDay || closing.to > lastDay) {
      found.push({
        field: `closed.${index}`,
        code: 'outside-term',
        message: { zh: '停课日须在学期之内，且起止有序。', en: 'Closed days lie within the term, in order.' },
      });
    }
  });
  wanted.makeUp.forEach(({ date }, index) => {
    const field = `makeUp.${index}`;
    if (date < firstDay || date > lastDay) {
      found.push({
        field,
        code: 'outside-term',
        message: { zh: '补课日须在学期之内。', en: 'A make-up day lies within the term.' },
      });
    } else if (calendar.isWorkingDay(date)) {
      found.push({
        field,
        code: 'already-a-school-day',
        message: { zh: `${date}本来就是工作日。`, en: `${date} is a working day as it is.` },
      });
    }
  });
  return found;
};
