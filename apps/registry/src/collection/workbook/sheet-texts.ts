import { damagedWorkbook, type GuardedWorkbook, unpack, unpackText } from './guard-workbook';
import { attributeOf, textIn } from './xml';

/** A text of the shared table is no longer than this; a cell holds 32,767 characters. */
const longestText = 1024 * 1024;

/** The table of texts that cells refer to by index. */
export const sharedTexts = async (workbook: GuardedWorkbook, part: string): Promise<string[]> => {
  const texts: string[] = [];
  let rest = '';
  const items = /<((?:\w+:)?)si(?:\s[^>]*)?(?:\/>|>([\s\S]*?)<\/\1si>)/g;
  for await (const chunk of unpack(workbook, part)) {
    rest += chunk;
    if (/<!DOCTYPE|<!ENTITY/.test(rest)) throw damagedWorkbook(part);
    items.lastIndex = 0;
    let used = 0;
    for (let item = items.exec(rest); item; item = items.exec(rest)) {
      texts.push(textIn(item[2] ?? ''));
      used = items.lastIndex;
    }
    rest = rest.slice(used);
    if (rest.length > longestText) throw damagedWorkbook(part);
  }
  return texts;
};

/** Indexes of the cell styles under which a number is shown as a date. */
export const dateStyles = async (workbook: GuardedWorkbook, part: string): Promise<Set<number>> => {
  const xml = await unpackText(workbook, part);
  if (/<!DOCTYPE|<!ENTITY/.test(xml)) throw damagedWorkbook(part);
  const own = new Map<number, boolean>();
  for (const [tag] of xml.matchAll(/<(?:\w+:)?numFmt\s[^>]*>/g)) {
    own.set(Number(attributeOf(tag, 'numFmtId')), showsDate(attributeOf(tag, 'formatCode') ?? ''));
  }
  const cellFormats = /<(?:\w+:)?cellXfs\b[\s\S]*?<\/(?:\w+:)?cellXfs>/.exec(xml)?.[0] ?? '';
  const dates = new Set<number>();
  [...cellFormats.matchAll(/<(?:\w+:)?xf\s[^>]*>/g)].forEach(([tag], index) => {
    const id = Number(attributeOf(tag, 'numFmtId') ?? 0);
    if (own.get(id) ?? builtInDate(id)) dates.add(index);
  });
  return dates;
};

/** Built-in formats that show a day: the western ones, and those of Chinese, Japanese and Korean versions. */
const builtInDate = (id: number): boolean =>
  (id >= 14 && id <= 17) ||
  id === 22 ||
  (id >= 27 && id <= 31) ||
  id === 36 ||
  (id >= 50 && id <= 54) ||
  id === 57 ||
  id === 58;

/** A format of one's own shows a date when it holds a year or a day outside quotes and brackets. */
const showsDate = (format: string): boolean => /[yde]/i.test(format.replace(/"[^"]*"|\\.|\[[^\]]*\]|General/gi, ''));
