import { ProblemItem } from '#libs/contracts';
import { MatchKey, Pack } from '#libs/policy';
import { Ended } from '../students/record';
import { Intake } from './intake';

const cite = (pack: Pack, ...rules: string[]) => {
  const rule = rules.map((id) => pack.rule(id)).find(Boolean);
  return rule && { citation: rule.citation };
};

/** One person, one record (FJ-C2, GZ-NO6, NAT-NO5, CZ-EN13). Which school holds it is not told. */
export const registeredElsewhere = (intake: Intake): ProblemItem => ({
  field: '证件号码',
  code: 'registered-elsewhere',
  message: {
    zh: '该学生已在其他学校建立学籍，不得重复建立。',
    en: 'This person already has a record at another school; a second one is not made.',
  },
  remedy: {
    zh: '核对身份信息；确已转来的，请办理转学手续，由本校发起。',
    en: 'Check the identity; if the child came from there, start a transfer.',
  },
  ...cite(intake.pack, 'GZ-NO6', 'CZ-EN13', 'NAT-NO5'),
});

export const confirmedDiffers = (): ProblemItem => ({
  code: 'confirmed-differs',
  message: {
    zh: '该学生在本校已有核准的学籍，且内容与本行不同。',
    en: 'This child has a confirmed record at your school and this row says something else.',
  },
  remedy: { zh: '核准后的信息请通过关键数据变更办理。', en: 'Confirmed data change by an application with review.' },
});

/** The record goes on in the next stage by placement; it is not entered anew, and what has ended is not changed. */
export const stageEnded = ({ ending, on }: Ended): ProblemItem => ({
  field: '证件号码',
  code: 'stage-ended',
  message: {
    zh: `该学生已于${on}完结上一学段，学籍已建立，不得重复建立，也不得更改。`,
    en: `This person has a record whose stage ended on ${on}: it is neither made a second time nor changed.`,
  },
  remedy: {
    zh: '升入本校的，请办理升学转接，由本校发起。',
    en: 'If the student goes on at your school, start a placement.',
  },
  facts: { ending, on },
});

export const schoolClosing = (): ProblemItem => ({
  code: 'school-closing',
  message: {
    zh: '学校正在撤并或已撤并，不再录入学生。',
    en: 'The school closes or has closed: no child is entered any more.',
  },
  remedy: { zh: '请在接收学校录入。', en: 'Enter the child at the school that takes over.' },
});

export const held = (): ProblemItem => ({
  code: 'held',
  message: { zh: '该学生有在办的学籍异动。', en: 'A movement of this student is under way.' },
  remedy: { zh: '请待办结或撤销后再更正。', en: 'Correct it after that case has ended.' },
});

/** The plan that the authority approved has no place left (CZ-EN4). */
export const beyondPlan = (planned: number, pack: Pack): ProblemItem => ({
  field: '班级',
  code: 'beyond-plan',
  message: { zh: `已超出批准的招生计划：${planned}人。`, en: `The approved plan has ${planned} places, all taken.` },
  remedy: {
    zh: '请由学籍管理部门调整招生计划后再录入。',
    en: 'Have the authority change the plan first.',
  },
  ...cite(pack, 'CZ-EN4'),
  facts: { planned },
});

/** A registered child with the same name, birth date and guardian (NAT-NO4; refused under CZ-EN13). */
export const lookalike = (key: MatchKey, pack: Pack): ProblemItem => ({
  field: '姓名',
  code: 'lookalike',
  message: {
    zh: '已有姓名、出生日期和监护人都相同的学籍。',
    en: 'There is a record with the same name, birth date and guardian.',
  },
  remedy: { zh: '请查重核实是否同一人。', en: 'Run the duplicate check and find out whether it is the same person.' },
  ...cite(pack, key.rule),
});
