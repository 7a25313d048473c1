import { addDays, type LocalDate } from '#libs/policy';
import { type MarkSpan, openEnd, type Seat, type Stay, type Student, type StudyPlace } from './student';

/** Marks under which nobody expects a child at school: taught at home (NAT-SP2, R5-11), suspended. */
const offRoll: readonly string[] = ['homeTeaching', 'suspended'];

const byDay = (a: { from: LocalDate; seq: number }, b: { from: LocalDate; seq: number }): number =>
  a.from === b.from ? a.seq - b.seq : a.from < b.from ? -1 : 1;

const lastBy = <T extends { from: LocalDate; seq: number }>(sorted: readonly T[], on: LocalDate): T | undefined =>
  sorted.findLast(({ from }) => from <= on);

/**
 * Where a child is to be called, and from when to when: the class of its seat, or the class in which it studies elsewhere,
 * less the time taught at home. What is told for an earlier day changes the days after it.
 */
export const staysOf = ({ seats, study, marks }: Pick<Student, 'seats' | 'study' | 'marks'>): Stay[] => {
  const [bySeat, byStudy] = [[...seats].sort(byDay), [...study].sort(byDay)];
  const out = marks.filter(({ mark, from, to }) => offRoll.includes(mark) && (to === undefined || from <= to));
  const turns = [
    ...seats.map(({ from }) => from),
    ...study.map(({ from }) => from),
    ...out.flatMap(({ from, to }) => (to === undefined ? [from] : [from, addDays(to, 1)])),
  ];
  const days = [...new Set(turns)].sort();
  const stays: Stay[] = [];
  days.forEach((from, index) => {
    const to = index + 1 < days.length ? addDays(days[index + 1], -1) : openEnd;
    const placed = placedOn(lastBy(bySeat, from), lastBy(byStudy, from));
    if (!placed || out.some((span) => span.from <= from && (span.to === undefined || from <= span.to))) return;
    const before = stays.at(-1);
    if (before && before.class === placed.class && addDays(before.to, 1) === from) before.to = to;
    else stays.push({ ...placed, from, to });
  });
  return stays;
};

const placedOn = (seat: Seat | undefined, study: StudyPlace | undefined): Omit<Stay, 'from' | 'to'> | undefined => {
  if (seat?.class === undefined || seat.school === undefined || seat.path === undefined) return undefined;
  if (study?.class !== undefined && study.school !== undefined && study.path !== undefined)
    return { school: study.school, path: study.path, class: study.class, stage: seat.stage };
  return { school: seat.school, path: seat.path, class: seat.class, stage: seat.stage };
};

/** First day on which two histories of stays differ; undefined when they say the same. */
export const firstDifference = (before: readonly Stay[], after: readonly Stay[]): LocalDate | undefined => {
  const turns = [...before, ...after].flatMap(({ from, to }) => (to === openEnd ? [from] : [from, addDays(to, 1)]));
  const at = (stays: readonly Stay[], day: LocalDate) => stays.find(({ from, to }) => from <= day && day <= to)?.class;
  return [...new Set(turns)].sort().find((day) => at(before, day) !== at(after, day));
};

/** The span told last replaces the one with the same mark and first day. */
export const withMark = (marks: readonly MarkSpan[], one: MarkSpan): MarkSpan[] => [
  ...marks.filter(({ mark, from }) => mark !== one.mark || from !== one.from),
  { mark: one.mark, from: one.from, ...(one.to !== undefined && { to: one.to }) },
];

/** Whether a child is called in a class on a day: it sits there and has not dropped out. */
export const isCalled = ({ stays, dropouts = [] }: Pick<Student, 'stays' | 'dropouts'>, day: LocalDate): boolean =>
  stays.some(({ from, to }) => from <= day && day <= to) &&
  !dropouts.some(({ on, until }) => on <= day && (until === undefined || day < until));
