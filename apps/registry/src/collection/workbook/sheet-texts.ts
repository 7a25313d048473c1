import { damagedWorkbook, type GuardedWorkbook, unpack, unpackText } from './guard-workbook';
import { attributeOf, elementsOf, textIn } from './xml';

/** A text of the shared table is no longer than this; a cell holds 32,767 characters. */
const longestText = 1024 * 1024;

/** Excel's own limit of a number format. */
const longestFormat = 255;

/** The table of texts that cells refer to by index. */
export const sharedTexts = async (workbook: GuardedWorkbook, part: string): Promise<string[]> => {
  const texts: string[] = [];
  let prefix: string | undefined;
  let rest = '';
  for await (const chunk of unpack(workbook, part)) {
    rest += chunk;
    if (rest.includes('<!DOCTYPE') || rest.includes('<!ENTITY')) throw damagedWorkbook(part);
    prefix ??= /<((?:\w+:)?)sst\b/.exec(rest)?.[1];
    let used = 0;
    for (const { inner, end } of elementsOf(rest, `${prefix ?? ''}si`)) {
      texts.push(textIn(inner, prefix ?? ''));
      used = end;
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
  for (const [tag] of xml.matchAll(/<(?:\w+:)?numFmt\s[^<>]*>/g)) {
    own.set(
      Number(attributeOf(tag, 'numFmtId')),
      showsDate((attributeOf(tag, 'formatCode') ?? '').slice(0, longestFormat)),
    );
  }
  const prefix = /<((?:\w+:)?)styleSheet\b/.exec(xml)?.[1] ?? '';
  const cellFormats = elementsOf(xml, `${prefix}cellXfs`).next().value?.inner ?? '';
  const dates = new Set<number>();
  [...cellFormats.matchAll(/<(?:\w+:)?xf\s[^<>]*>/g)].forEach(([tag], index) => {
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
