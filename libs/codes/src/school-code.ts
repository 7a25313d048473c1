import type { SchoolType } from '#libs/contracts';
import { Checked, problem } from './check';
import { periodsOf } from './divisions';

/** First two digits of a school code, and which of the school types that the rules cover they can stand for (GZ-SC2). */
export const schoolCodeTypes: Record<string, { name: string; covers: readonly SchoolType[] }> = {
  '11': { name: '幼儿园', covers: [] },
  '21': { name: '小学', covers: ['primary'] },
  '22': { name: '成人小学', covers: [] },
  '31': { name: '普通初中', covers: ['junior', 'nineYear'] },
  '32': { name: '职业初中', covers: [] },
  '33': { name: '成人初中', covers: [] },
  '34': { name: '普通高中', covers: ['senior', 'complete'] },
  '35': { name: '成人高中', covers: [] },
  '36': { name: '中等职业学校', covers: [] },
  '37': { name: '工读学校', covers: ['reform'] },
  '41': { name: '高等学校', covers: [] },
  '42': { name: '成人高等学校', covers: [] },
  '51': { name: '特殊教育学校', covers: ['special'] },
  '91': { name: '其他机构', covers: [] },
  '92': { name: '其他机构', covers: [] },
  '93': { name: '其他机构', covers: [] },
};

export interface SchoolCode {
  code: string;
  /** Two digits, key of `schoolCodeTypes`. */
  type: string;
  /** Division code of the province, e.g. `520000`. */
  province: string;
  serial: string;
}

/**
 * Checks a school code of the planning department's library (FJ-SC1): 2 digits type, 2 province, 6 serial. There is no
 * check digit; whether the school exists is a question to the register.
 * @param type when given, the code must be able to stand for it (GZ-SC2)
 */
export const checkSchoolCode = (text: string, type?: SchoolType): Checked<SchoolCode> => {
  const code = text.trim();
  const fail = (slug: string, zh: string, en: string): Checked<SchoolCode> => ({
    problems: [
      problem(
        slug,
        { zh, en },
        {
          zh: '请使用学校（机构）代码库中的10位代码；不接受本地自编号。',
          en: 'Use the 10-digit code of the national library of school codes; local ids are not taken.',
        },
      ),
    ],
    warnings: [],
  });
  if (!/^\d{10}$/.test(code))
    return fail('school-code-form', `“${code}”不是10位学校代码。`, `"${code}" is not 10 digits.`);
  const known = schoolCodeTypes[code.slice(0, 2)];
  if (!known)
    return fail('school-code-type', `类型码 ${code.slice(0, 2)} 不存在。`, `There is no type ${code.slice(0, 2)}.`);
  const province = `${code.slice(2, 4)}0000`;
  if (periodsOf(province).length === 0) {
    return fail(
      'school-code-province',
      `省码 ${code.slice(2, 4)} 不存在。`,
      `There is no province ${code.slice(2, 4)}.`,
    );
  }
  if (known.covers.length === 0) {
    return fail(
      'school-code-not-covered',
      `类型码 ${code.slice(0, 2)}（${known.name}）不属于中小学学籍管理范围。`,
      `Type ${code.slice(0, 2)} (${known.name}) is outside the student-record rules.`,
    );
  }
  if (type && !known.covers.includes(type)) {
    return fail(
      'school-code-other-type',
      `类型码 ${code.slice(0, 2)}（${known.name}）与学校类型不符。`,
      `Type ${code.slice(0, 2)} (${known.name}) does not fit a school of type "${type}".`,
    );
  }
  return {
    value: { code, type: code.slice(0, 2), province, serial: code.slice(4) },
    problems: [],
    warnings: [],
  };
};
