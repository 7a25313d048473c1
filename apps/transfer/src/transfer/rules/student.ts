import { gradeIn, schoolYearOf } from '#libs/policy';
import type { Situation } from '../situation';
import { checkBy, TransferRule } from './check';

/** Whether stage and grade stay: the same stage and cohort, whatever the year. */
export const keepsGrade = ({ student, in: { class: to } }: Situation): boolean =>
  student.stage === to.stage && student.entryYear === to.entryYear;

/** CZ-TR11: a transfer keeps stage and grade. */
export const sameGrade: TransferRule = (situation, pack) => {
  const rule = pack.setting('transfer.sameGrade');
  if (!rule.configured || !rule.value) return [];
  const { student, in: side } = situation;
  const kept = keepsGrade(situation);
  const year = side.term ? Number(side.term.schoolYear) : schoolYearOf(situation.on);
  const grade = (one: { stage: typeof student.stage; entryYear: number }) => gradeIn(one.stage, one.entryYear, year);
  return [
    checkBy(rule, {
      outcome: kept ? 'met' : 'broken',
      mustAct: 'inSchool',
      message: kept
        ? { zh: '就读年级不变。', en: 'Stage and grade stay.' }
        : { zh: '转学不得变更就读年级。', en: 'A transfer may not change the grade.' },
      remedy: { zh: '请选择同学段、同年级的班级。', en: 'Choose a class of the same stage and grade.' },
      facts: { from: grade(student), to: grade(side.class) },
    }),
  ];
};

/** CZ-TR13: not while suspended or under punishment. */
export const notBlocked: TransferRule = ({ student }, pack) => {
  const blocked = pack.setting('transfer.blockedWhile');
  if (!blocked.configured) return [];
  const hits = blocked.value.filter((state) => student.marks.includes(state));
  return [
    checkBy(blocked, {
      outcome: hits.length ? 'broken' : 'met',
      mustAct: 'outSchool',
      message: hits.length
        ? { zh: '学生正在休学或处分期内，不予转学。', en: 'The student is suspended or under punishment.' }
        : { zh: '学生不在休学、处分期内。', en: 'The student is neither suspended nor under punishment.' },
      remedy: {
        zh: '请待休学或处分期结束后，由原学校更新学籍再办理。',
        en: 'Wait for its end; the old school then updates the record.',
      },
      facts: { states: hits },
    }),
  ];
};

/** NAT-EN2, NAT-NO3: only a confirmed record moves, and one movement at a time. The registry alone decides it. */
export const recordIsFree: TransferRule = ({ student }, pack) => {
  const confirmed = pack.rule('NAT-EN2');
  const single = pack.rule('CZ-EN14') ?? pack.rule('NAT-NO3');
  return [
    ...(confirmed && student.registration !== 'confirmed'
      ? [
          checkBy(confirmed, {
            outcome: 'broken',
            mustAct: 'outAuthority',
            spokenBy: 'registry',
            message: { zh: '学籍尚未经主管部门核准。', en: 'The record is not confirmed by its authority yet.' },
            remedy: { zh: '请由原学校提交、其主管部门核准。', en: 'The old school submits, its authority confirms.' },
            facts: { registration: student.registration },
          }),
        ]
      : []),
    ...(single && student.held
      ? [
          checkBy(single, {
            outcome: 'broken',
            mustAct: 'inSchool',
            spokenBy: 'registry',
            message: { zh: '该学籍正在办理另一项异动。', en: 'Another movement holds the record.' },
            remedy: { zh: '请待其办结或撤销。', en: 'Wait for its end, or have it withdrawn.' },
          }),
        ]
      : []),
  ];
};
