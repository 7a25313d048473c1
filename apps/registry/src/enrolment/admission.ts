import { ProblemItem } from '#libs/contracts';
import { fullYears, NotConfigured, Pack, Setting } from '#libs/policy';
import { ChildEntry } from '../collection/workbook';
import { Mark } from '../students/record';
import { CheckNotMade, cohortOf, Intake, IntakeClass, isEntrant } from './intake';

/** What the law says of one entry, before it is known who else has a record. */
export interface Admission {
  problems: ProblemItem[];
  warnings: ProblemItem[];
  marks: Mark[];
  /** Rules that decided. */
  rules: string[];
  notMade: CheckNotMade[];
}

/** @param enteredOn legal date of the entry, also when it is corrected later */
type Check = (entry: ChildEntry, to: IntakeClass, intake: Intake, enteredOn: string, admission: Admission) => void;

const missing = (setting: NotConfigured, pack: Pack, what: { zh: string; en: string }): CheckNotMade => ({
  parameter: setting.parameter,
  citation: setting.citation,
  message: {
    zh: `${what.zh}未检查：《${pack.document}》没有给出数值。`,
    en: `${what.en} was not checked: ${pack.title.en} gives no number.`,
  },
});

/** GZ-EN5, GZ-EN6, GZ-PB23, R5-18: an under-age child is refused; without an age set the child is taken and marked. */
const age: Check = (entry, to, intake, enteredOn, admission) => {
  if (to.stage !== 'primary' || !isEntrant(to)) return;
  const { pack } = intake;
  const minAge: Setting<number> = pack.setting('enrolment.minAge');
  const cutOff: Setting<string> = pack.setting('enrolment.ageCutOff');
  if (!minAge.configured || !cutOff.configured) {
    const setting = minAge.configured ? (cutOff as NotConfigured) : (minAge as NotConfigured);
    admission.notMade.push(missing(setting, pack, { zh: '最低入学年龄', en: 'The minimum age' }));
    admission.marks.push({ mark: 'ageNotChecked', from: enteredOn });
    return;
  }
  const on = `${to.entryYear}-${cutOff.value}`;
  const years = fullYears(entry.birthDate, on);
  admission.rules.push(minAge.citation.rule);
  if (years >= minAge.value) return;
  admission.problems.push({
    field: '出生日期',
    code: 'under-age',
    message: {
      zh: `不足龄：到${on}满${years}周岁，要求满${minAge.value}周岁。`,
      en: `Under age: ${years} full years on ${on}, ${minAge.value} are asked for.`,
    },
    remedy: {
      zh: '不足龄儿童不得录入；请核对出生日期。',
      en: 'An under-age child is not entered; check the birth date.',
    },
    citation: minAge.citation,
    facts: { years, asked: minAge.value, on },
  });
};

/** CZ-EN4: new records wait for the authority's approval of the school's intake. */
const approvedIntake: Check = (_entry, to, intake, _enteredOn, admission) => {
  const approval: Setting<boolean> = intake.pack.setting('enrolment.intakeApproval');
  if (!approval.configured || !intake.planned(to)) return;
  admission.rules.push(approval.citation.rule);
  if (intake.approved.has(cohortOf(to))) return;
  admission.problems.push({
    code: 'intake-not-approved',
    message: {
      zh: '学校本年度的招生尚未经学籍管理部门批准，不得进行新生学籍注册。',
      en: "The authority has not approved this year's intake of the school: no new record may be registered.",
    },
    remedy: { zh: '请先由学籍管理部门批准招生。', en: 'Have the intake approved first.' },
    citation: approval.citation,
  });
};

/** GZ-EN3, NAT-EN3, CZ-EN2: the file is due within a time of the day of entry; a late one is taken and marked. */
const inTime: Check = (entry, to, intake, enteredOn, admission) => {
  if (!isEntrant(to)) return;
  const deadline: Setting<number> = intake.pack.setting(`newRecord.deadline.${to.stage}`);
  if (!deadline.configured) {
    admission.notMade.push(
      missing(deadline, intake.pack, { zh: '建立学籍档案的期限', en: 'The time to create the file' }),
    );
    return;
  }
  const due = intake.dueOn(entry.entryDate, deadline);
  if (enteredOn <= due) return;
  admission.marks.push({ mark: 'lateEntry', from: enteredOn });
  admission.rules.push(deadline.citation.rule);
  admission.warnings.push({
    field: '入学日期',
    code: 'late-entry',
    message: { zh: `建档已逾期：应于${due}前完成。`, en: `Late: the file was due on ${due}.` },
    citation: deadline.citation,
    facts: { due },
  });
};

/** CZ-EN3: new pupils of every stage enter in the season that the line names; its days are the pack's. */
const inSeason: Check = (entry, to, intake, _enteredOn, admission) => {
  const { pack } = intake;
  const season: Setting<string> = pack.setting('enrolment.season');
  if (!season.configured || !isEntrant(to)) return;
  const first: Setting<string> = pack.setting('enrolment.season.from');
  const last: Setting<string> = pack.setting('enrolment.season.to');
  if (!first.configured || !last.configured) {
    const setting = first.configured ? (last as NotConfigured) : (first as NotConfigured);
    admission.notMade.push(missing(setting, pack, { zh: '入学季节', en: 'The season of entry' }));
    return;
  }
  const [from, until] = [`${to.entryYear}-${first.value}`, `${to.entryYear}-${last.value}`];
  if (from <= entry.entryDate && entry.entryDate <= until) return;
  admission.problems.push({
    field: '入学日期',
    code: 'not-in-season',
    message: {
      zh: `新生${seasons[season.value] ?? ''}入学：入学日期应在${from}至${until}之间。`,
      en: `New pupils enter in ${season.value}: between ${from} and ${until}.`,
    },
    remedy: { zh: '请核对入学日期和班级。', en: 'Check the day of entry and the class.' },
    citation: season.citation,
    facts: { from, until },
  });
};

const seasons: Record<string, string> = { autumn: '秋季' };

/** Marks that the checks of an entry put on a record, and take away when a correction heals what they told. */
export const admissionMarks: readonly string[] = ['ageNotChecked', 'noHousehold', 'lateEntry'];

const checks: readonly Check[] = [age, approvedIntake, inSeason, inTime];

export const admissionOf = (entry: ChildEntry, intake: Intake, enteredOn: string): Admission => {
  const admission: Admission = { problems: [], warnings: [], marks: [], rules: [], notMade: [] };
  const to = intake.classOf(entry.class);
  if (!entry.household.registered) admission.marks.push({ mark: 'noHousehold', from: entry.entryDate });
  for (const check of checks) check(entry, to, intake, enteredOn, admission);
  return admission;
};
