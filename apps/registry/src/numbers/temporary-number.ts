import { OfficeKind, ProblemItem } from '#libs/contracts';
import { Pack } from '#libs/policy';

/** Why an office may not have a temporary number asked for, or undefined when it may (GZ-NO4). */
export const temporaryProblem = (pack: Pack, office: OfficeKind): ProblemItem | undefined => {
  const known = pack.setting<boolean>('number.temporary');
  const approver = pack.setting<OfficeKind>('number.temporary.approver');
  if (!known.configured || !approver.configured) {
    return {
      code: 'not-configured',
      message: {
        zh: `《${pack.document}》没有规定临时学籍号。`,
        en: `${pack.title.en} does not say that there are temporary numbers.`,
      },
      remedy: {
        zh: '取得户籍后录入身份证号码，或由有权机关配置。',
        en: 'Enter the ID number once there is one, or have the office in charge set it.',
      },
      ...(known.citation && { citation: known.citation }),
      facts: { parameter: known.configured ? 'number.temporary.approver' : 'number.temporary' },
    };
  }
  if (known.value && approver.value === office) return undefined;
  return {
    code: 'another-office-approves',
    message: {
      zh: known.value ? '临时学籍号须由另一级教育行政部门审批。' : '本地不发临时学籍号。',
      en: known.value
        ? 'An office of another level approves temporary numbers.'
        : 'There are no temporary numbers here.',
    },
    remedy: { zh: '请由该级部门审批。', en: 'Have that office approve it.' },
    citation: approver.citation,
    facts: { approver: approver.value },
  };
};
