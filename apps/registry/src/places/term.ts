import type { ProblemItem } from '#libs/contracts';
import type { SchoolTerm, WorkingCalendar } from '#libs/policy';

/** A term at an office and under it. */
export interface Term extends SchoolTerm {
  /** `<office>/<schoolYear>/<term>` */
  _id: string;
  /** Path of the office. */
  path: string;
  version: number;
}

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
