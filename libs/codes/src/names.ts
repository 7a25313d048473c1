import { Checked, halfWidth, problem } from './check';

/** Dots in use between the parts of a name of a minority or from abroad, besides the right one, U+00B7. */
const dots = /[\u2022\u2024\u2027\u2219\u22C5\u25CF\u2E31\u30FB\uFF65\u0387\u16EB\uFF0E\u2E33]/g;
/** A full stop between Chinese characters can only be meant as the dot; a blank between them means nothing. */
const stopBetween = /(?<=\p{Script=Han}) ?[.。] ?(?=\p{Script=Han})/gu;
const blankBetween = /(?<=\p{Script=Han}) (?=\p{Script=Han})/gu;

/** Longest name taken, in characters. */
export const longestName = 50;

const isCommon = (text: string): boolean => /^[\u4E00-\u9FA5]+$/.test(text);

/**
 * One spelling for one name: NFC, full-width letters made usual, every inner dot `·`, no blanks in a name of Chinese
 * characters, single blanks in others. Nothing is dropped that carries meaning.
 */
export const normaliseName = (text: string): string => {
  // Nearly every name is two to four common characters, which need nothing more.
  if (isCommon(text)) return text;
  return halfWidth(text.normalize('NFC'))
    .replace(/[\s\u200B-\u200D\u2060\uFEFF]+/g, ' ')
    .trim()
    .replace(dots, '·')
    .replace(stopBetween, '·')
    .replace(/ ?· ?/g, '·')
    .replace(blankBetween, '');
};

/**
 * Characters outside the range that every system in use can hold (U+4E00–U+9FA5 and 〇). They are lawful; whoever prints or
 * sends the name elsewhere must know.
 */
export const rareCharacters = (name: string): string[] => [
  ...new Set([...name].filter((c) => /\p{Script=Han}/u.test(c) && !/[\u4E00-\u9FA5\u3007]/.test(c))),
];

const codePoint = (c: string) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
const asInBook = { zh: '请按户口簿（证件）上的姓名录入。', en: 'Enter the name as in the household book (document).' };

/** Checks and normalises the name of a person: Chinese characters of any plane, Latin letters, blanks, `·`. */
export const checkName = (text: string): Checked => {
  const name = normaliseName(text);
  if (isCommon(name) && name.length <= longestName) return { value: name, problems: [], warnings: [] };
  const characters = [...name];
  if (characters.length === 0) {
    return {
      problems: [problem('name-empty', { zh: '姓名为空。', en: 'The name is empty.' }, asInBook)],
      warnings: [],
    };
  }
  const problems = [];
  const ownArea = characters.filter((c) => /\p{Co}/u.test(c));
  const strange = characters.filter(
    (c, i) =>
      !(i === 0 ? /[\p{Script=Han}\p{Script=Latin}·]/u : /[\p{Script=Han}\p{Script=Latin}· '’-]/u).test(c) &&
      !/\p{Co}/u.test(c),
  );
  if (ownArea.length > 0) {
    problems.push(
      problem(
        'name-private-character',
        {
          zh: `姓名中有自造字（${ownArea.map(codePoint).join('、')}），其他系统无法识别。`,
          en: `The name holds self-made characters (${ownArea.map(codePoint).join(', ')}) that no other system knows.`,
        },
        {
          zh: '请用支持生僻字的输入法录入国家标准汉字；确无此字的，请联系学籍主管部门。',
          en: 'Use an input method for rare characters; if the character is in no standard, ask the record authority.',
        },
        { characters: ownArea.map(codePoint) },
      ),
    );
  }
  if (strange.length > 0) {
    const list = [...new Set(strange)];
    problems.push(
      problem(
        'name-characters',
        {
          zh: `姓名中有不允许的字符：${list.join(' ')}（${list.map(codePoint).join('、')}）。`,
          en: `The name holds characters that do not belong there: ${list.join(' ')} (${list.map(codePoint).join(', ')}).`,
        },
        asInBook,
        { characters: list },
      ),
    );
  }
  if (/^·|·$|··/.test(name)) {
    problems.push(
      problem(
        'name-dot',
        { zh: '间隔号只能单个用在两部分姓名之间。', en: 'A dot stands alone, between two parts of a name.' },
        asInBook,
      ),
    );
  }
  if (characters.length > longestName) {
    problems.push(
      problem(
        'name-length',
        {
          zh: `姓名有${characters.length}个字，超过${longestName}个。`,
          en: `The name has ${characters.length} characters, more than ${longestName}.`,
        },
        asInBook,
        { length: characters.length },
      ),
    );
  }
  return problems.length > 0 ? { problems, warnings: [] } : { value: name, problems, warnings: [] };
};
