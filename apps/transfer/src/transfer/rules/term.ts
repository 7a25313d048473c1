import { gradesOfStage } from '#libs/contracts';
import type { Configured, LocalDate, Pack } from '#libs/policy';
import { addDays, addMonths, gradeIn } from '#libs/policy';
import { Side, Situation } from '../situation';
import { checkBy, factMissing, notChecked, TransferRule } from './check';

const noTerm = { zh: '没有学期数据', en: 'No term is known' };

const lastDayOf = (from: LocalDate, window: Configured<number>): LocalDate => {
  const { value, unit, inclusive } = window;
  const last = unit === 'months' ? addMonths(from, value) : addDays(from, unit === 'weeks' ? value * 7 : value);
  return inclusive ? last : addDays(last, -1);
};

/** Whether a transfer may still be filed in the term; undefined: no window, or no term known. */
export const windowIsOpen = ({ on }: Situation, side: Side, pack: Pack): boolean | undefined => {
  const window = pack.setting('transfer.window');
  if (!window.configured || !side.term) return undefined;
  return on <= lastDayOf(side.term.firstDay, window);
};

/** CZ-TR7: filed within the first days of the term; the day of filing decides. */
export const filedInWindow =
  (sideOf: (situation: Situation) => Side): TransferRule =>
  (situation, pack) => {
    const side = sideOf(situation);
    const window = pack.setting('transfer.window');
    if (!window.configured) return window.citation ? [notChecked(pack, window)] : [];
    if (!side.term) return [factMissing(window, 'inSchool', noTerm)];
    const last = lastDayOf(side.term.firstDay, window);
    const open = situation.on <= last;
    return [
      checkBy(window, {
        outcome: open ? 'met' : 'broken',
        mustAct: 'inSchool',
        message: open
          ? { zh: `在学期初的期限内（至${last}）。`, en: `Within the first days of the term (to ${last}).` }
          : {
              zh: `已超过学期初的期限：本学期${side.term.firstDay}开学，应在${last}前提出。`,
              en: `Later than the first days of the term: it began on ${side.term.firstDay}, the last day was ${last}.`,
            },
        remedy: {
          zh: '请在下学期初办理；确需现在办理的，由经办人写明理由。',
          en: 'File at the start of the next term; if it must be now, state why the rule is to be set aside.',
        },
        facts: { firstDayOfTerm: side.term.firstDay, lastDay: last, filedOn: situation.on },
      }),
    ];
  };

const gradeOf = ({ student }: Situation, schoolYear: string) => {
  const { first, last } = gradesOfStage[student.stage];
  const grade = gradeIn(student.stage, student.entryYear, Number(schoolYear));
  return { grade, starting: grade === first, graduating: grade === last };
};

/** Whether the grade neither leaves nor takes in during the term; undefined: no such rule, or no term known. */
export const termIsClosed = (situation: Situation, side: Side, pack: Pack): boolean | undefined => {
  const closed = pack.setting('transfer.closedTerms');
  if (!closed.configured || !side.term) return undefined;
  const { term, schoolYear } = side.term;
  const at = gradeOf(situation, schoolYear);
  return closed.value.some((one) => one.term === term && at[one.grade]);
};

/** CZ-TR12: not in the first term of the starting grade, nor in the second of the graduating grade. */
export const outsideClosedTerm =
  (sideOf: (situation: Situation) => Side): TransferRule =>
  (situation, pack) => {
    const side = sideOf(situation);
    const closed = pack.setting('transfer.closedTerms');
    if (!closed.configured) return [];
    if (!side.term) return [factMissing(closed, 'inSchool', noTerm)];
    const { grade } = gradeOf(situation, side.term.schoolYear);
    const broken = termIsClosed(situation, side, pack);
    return [
      checkBy(closed, {
        outcome: broken ? 'broken' : 'met',
        mustAct: 'inSchool',
        message: broken
          ? {
              zh: `${grade}年级第${side.term.term}学期不办理转学（起始年级第一学期、毕业年级第二学期）。`,
              en: `Grade ${grade} does not transfer in term ${side.term.term} (first term of the starting grade, second of the graduating grade).`,
            }
          : { zh: '所在年级本学期可以转学。', en: 'The grade may transfer in this term.' },
        remedy: {
          zh: '请在下学期办理；确需现在办理的，由经办人写明理由。',
          en: 'File in the next term; if it must be now, state why the rule is to be set aside.',
        },
        facts: { grade, term: side.term.term, schoolYear: side.term.schoolYear },
      }),
    ];
  };

/** A day of the year in a school year that runs from August to July. */
const dayIn = (schoolYear: string, monthDay: string): LocalDate =>
  `${monthDay >= '08' ? schoolYear : Number(schoolYear) + 1}-${monthDay}`;

/** CZ-TR12: the graduating grade does not transfer once exam registration of the place has closed. */
export const beforeExamRegistrationCloses: TransferRule = (situation, pack) => {
  const closes = pack.setting('transfer.closedAfterExamRegistration');
  const { stage } = situation.student;
  if (!closes.configured || !closes.value || stage === 'primary') return [];
  const { term } = situation.in;
  if (!term) return [factMissing(closes, 'inSchool', noTerm)];
  if (!gradeOf(situation, term.schoolYear).graduating) return [];
  const monthDay = pack.setting(`transfer.examRegistrationCloses.${stage}`);
  if (!monthDay.configured) return [notChecked(pack, monthDay, { schoolYear: term.schoolYear })];
  const closedOn = dayIn(term.schoolYear, monthDay.value);
  const closed = situation.on > closedOn;
  return [
    checkBy(closes, {
      outcome: closed ? 'broken' : 'met',
      mustAct: 'inSchool',
      message: closed
        ? {
            zh: `毕业年级考试报名已于${closedOn}截止。`,
            en: `Exam registration of the graduating grade closed on ${closedOn}.`,
          }
        : { zh: `毕业年级考试报名未截止（${closedOn}）。`, en: `Exam registration is open until ${closedOn}.` },
      remedy: { zh: '确需办理的，由经办人写明理由。', en: 'If it must be now, state why the rule is to be set aside.' },
      facts: { closedOn, filedOn: situation.on },
    }),
  ];
};
