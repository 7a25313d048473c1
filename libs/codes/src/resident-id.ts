import { Checked, ValueProblem, halfWidth, hasFullWidthDigits, problem } from './check';
import { divisionAt, wasEver } from './divisions';
import { isDate } from './dates';

export type Sex = '1' | '2';

/** What a number of the resident ID form says about its holder. */
export interface ResidentId {
  number: string;
  /** Division of the first household registration; may be retired since. */
  division: string;
  birthDate: string;
  sex: Sex;
}

/** Residence permits of residents of Hong Kong, Macao and Taiwan carry these instead of a division. */
export const permitDivisions = { '810000': '香港', '820000': '澳门', '830000': '台湾' } as const;

export const isPermitNumber = (number: string): boolean => number.slice(0, 6) in permitDivisions;

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/**
 * Check character of the first 17 digits (ISO 7064 MOD 11-2). For making invented numbers and for checking; it is never
 * offered as a correction, because a wrong number may be wrong in any digit.
 */
export const checkCharacter = (first17: string): string =>
  '10X98765432'[weights.reduce((sum, weight, i) => sum + weight * Number(first17[i]), 0) % 11];

/** Reads a well-formed number without judging it. */
export const readResidentId = (number: string): ResidentId => ({
  number,
  division: number.slice(0, 6),
  birthDate: `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`,
  sex: Number(number[16]) % 2 === 1 ? '1' : '2',
});

const lookAtCard = {
  zh: '请对照户口簿或身份证原件重新录入。',
  en: 'Enter it again from the household book or the card.',
};

/**
 * Checks a resident ID number (GB 11643) or the number of a residence permit of the same form. Only a lower-case x and
 * surrounding blanks are mended; nothing else is guessed. The division is looked up in the table of its time: since
 * such tables are never complete, an unknown one is a warning.
 * @param today legal date; a birth date after it is refused
 */
export const checkResidentId = (text: string, today: string): Checked<ResidentId> => {
  const number = text.trim().toUpperCase();
  const wrong = (...problems: ValueProblem[]): Checked<ResidentId> => ({ problems, warnings: [] });

  if (hasFullWidthDigits(number) || halfWidth(number) !== number) {
    return wrong(
      problem(
        'id-full-width',
        { zh: '证件号码中有全角字符。', en: 'The number holds full-width characters.' },
        {
          zh: '请切换到半角（英文）输入法重新录入；号码不会被自动改写。',
          en: 'Type it again in half-width form; a number is never rewritten for you.',
        },
      ),
    );
  }
  if (/^\d{15}$/.test(number)) {
    return wrong(
      problem(
        'id-old-form',
        { zh: '这是15位旧号码，已停止使用。', en: 'This is the old 15-digit form, which is no longer valid.' },
        { zh: '请按户口簿录入18位号码。', en: 'Enter the 18-digit number from the household book.' },
      ),
    );
  }
  if (!/^\d*$|^\d{17}X$/.test(number)) {
    const badCharacters = [...new Set([...number].filter((c, i) => !/\d/.test(c) && !(c === 'X' && i === 17)))];
    return wrong(
      problem(
        'id-characters',
        {
          zh: `号码中有不允许的字符：${badCharacters.map(shown).join('、')}。`,
          en: `The number holds characters that do not belong there: ${badCharacters.map(shown).join(', ')}.`,
        },
        {
          zh: '前17位只能是数字，最后一位是数字或X。' + lookAtCard.zh,
          en: 'The first 17 are digits, the last a digit or X. ' + lookAtCard.en,
        },
        { characters: badCharacters },
      ),
    );
  }
  if (number.length !== 18) {
    return wrong(
      problem(
        'id-length',
        { zh: `号码应为18位，现为${number.length}位。`, en: `The number has ${number.length} characters, not 18.` },
        lookAtCard,
        { length: number.length },
      ),
    );
  }

  const id = readResidentId(number);
  const problems: ValueProblem[] = [];
  if (!isDate(id.birthDate)) {
    problems.push(
      problem(
        'id-date-impossible',
        {
          zh: `号码中的出生日期 ${id.birthDate} 不存在。`,
          en: `The birth date in it, ${id.birthDate}, does not exist.`,
        },
        lookAtCard,
        { date: id.birthDate },
      ),
    );
  } else if (id.birthDate > today) {
    problems.push(
      problem(
        'id-date-future',
        { zh: `号码中的出生日期 ${id.birthDate} 尚未到来。`, en: `The birth date in it, ${id.birthDate}, is to come.` },
        lookAtCard,
        { date: id.birthDate },
      ),
    );
  } else if (id.birthDate < '1900-01-01') {
    problems.push(
      problem(
        'id-date-too-early',
        {
          zh: `号码中的出生日期 ${id.birthDate} 早于1900年。`,
          en: `The birth date in it, ${id.birthDate}, is before 1900.`,
        },
        lookAtCard,
        { date: id.birthDate },
      ),
    );
  }
  if (checkCharacter(number) !== number[17]) {
    problems.push(
      problem(
        'id-check-digit',
        { zh: '号码校验不通过，至少有一位录错。', en: 'The check digit does not fit: at least one digit is wrong.' },
        {
          zh: '哪一位有误无法推算。' + lookAtCard.zh,
          en: 'Which one cannot be computed. ' + lookAtCard.en,
        },
      ),
    );
  }
  if (problems.length > 0) return { problems, warnings: [] };
  return { value: id, problems, warnings: divisionWarnings(id) };
};

const divisionWarnings = ({ number, division, birthDate }: ResidentId): ValueProblem[] => {
  if (isPermitNumber(number) || divisionAt(division, birthDate)) return [];
  if (wasEver(division)) {
    return [
      problem(
        'id-division-not-then',
        {
          zh: `前六位 ${division} 在出生日期 ${birthDate} 时不在使用。`,
          en: `The first six digits ${division} were not in use on the birth date ${birthDate}.`,
        },
        {
          zh: '出生后才登记户口的，号码按登记时的区划编制。请核对；无误则不必改动。',
          en: 'A number follows the division of the day of registration. Look again; leave it if it is right.',
        },
        { division, birthDate },
      ),
    ];
  }
  return [
    problem(
      'id-division-unknown',
      {
        zh: `前六位 ${division} 不在已知的行政区划代码中。`,
        en: `The first six digits ${division} are in no known list of divisions.`,
      },
      { zh: '请核对；无误则不必改动。', en: 'Look again; leave it if it is right.' },
      { division },
    ),
  ];
};

/** A blank or invisible character by its code point. */
const shown = (c: string): string =>
  /[\p{L}\p{P}\p{S}\p{N}]/u.test(c) ? c : `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
