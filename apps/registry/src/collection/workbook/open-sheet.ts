import { damagedWorkbook, type GuardedWorkbook, unpack, unpackText } from './guard-workbook';
import { dateStyles, sharedTexts } from './sheet-texts';
import type { Cell } from './cell';
import { attributeOf, decodeXml, textIn } from './xml';

/**
 * Own reader of the rows of one sheet, on top of a guarded archive. A library would do, but none at hand tells a formula
 * from a value (the last result of a formula would pass as typed), verifies what it unpacks, and waits for its reader; this
 * one does the three in a single pass. What it reads is held against the
 * library in `open-sheet.spec.ts`.
 */
export interface Sheet {
  /** Rows with at least one filled cell, the header included; counted before the first row is given. */
  filledRows: number;
  /** Rows with a filled cell, in order. Cells by column, 0-based; holes are empty cells. */
  rows(): AsyncGenerator<SheetRow, void, undefined>;
}

export interface SheetRow {
  /** As the spreadsheet program shows it, 1-based. */
  row: number;
  cells: (Cell | undefined)[];
}

interface WorkbookParts {
  /** Path of each sheet's part, by the name of the sheet. */
  sheets: Map<string, string>;
  /** Shared texts, and styles that show a date; read when the first sheet asks. */
  texts: () => Promise<readonly string[]>;
  dates: () => Promise<ReadonlySet<number>>;
  /** Days are counted from 1904 (old Macintosh files). */
  from1904: boolean;
}

/** A row of a sheet is no longer than this: 22 columns of the longest text that a cell can hold are far below. */
const longestRow = 4 * 1024 * 1024;

/** A sheet up to this size is unpacked once and kept between counting and reading; a larger one is unpacked again. */
const keptUpTo = 24 * 1024 * 1024;

/** Which parts hold the sheets, the shared texts and the styles. */
export const partsOf = async (workbook: GuardedWorkbook): Promise<WorkbookParts> => {
  const xml = await unpackText(workbook, 'xl/workbook.xml');
  const relations = await unpackText(workbook, 'xl/_rels/workbook.xml.rels');
  const targets = new Map<string, { path: string; type: string }>();
  for (const [tag] of relations.matchAll(/<(?:\w+:)?Relationship\s[^<>]*>/g)) {
    const target = attributeOf(tag, 'Target') ?? '';
    const path = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
    targets.set(attributeOf(tag, 'Id') ?? '', { path, type: (attributeOf(tag, 'Type') ?? '').split('/').pop() ?? '' });
  }
  const sheets = new Map<string, string>();
  for (const [tag] of xml.matchAll(/<(?:\w+:)?sheet\s[^<>]*>/g)) {
    const id = /\s\w+:id=["']([^"']*)/.exec(tag)?.[1] ?? '';
    const part = targets.get(id)?.path;
    if (part) sheets.set(attributeOf(tag, 'name') ?? '', part);
  }
  const ofType = (type: string) => [...targets.values()].find((target) => target.type === type)?.path;
  const [textsPart, stylesPart] = [ofType('sharedStrings'), ofType('styles')];
  let texts: Promise<string[]> | undefined;
  let dates: Promise<Set<number>> | undefined;
  return {
    sheets,
    texts: () => (texts ??= textsPart ? sharedTexts(workbook, textsPart) : Promise.resolve([])),
    dates: () => (dates ??= stylesPart ? dateStyles(workbook, stylesPart) : Promise.resolve(new Set<number>())),
    from1904: /<(?:\w+:)?workbookPr\s[^<>]*date1904=["'](1|true)/.test(xml),
  };
};

/**
 * Opens a sheet by name; `undefined` when the workbook has none.
 * @throws Refused `workbook-damaged`
 */
export const openSheet = async (
  workbook: GuardedWorkbook,
  parts: WorkbookParts,
  name: string,
): Promise<Sheet | undefined> => {
  const part = parts.sheets.get(name);
  if (!part) return undefined;
  const [texts, dates] = [await parts.texts(), await parts.dates()];
  const unpacked = workbook.parts.get(part)?.unpacked ?? 0;
  const kept: NumberedRow[] | undefined = unpacked <= keptUpTo ? [] : undefined;
  let filledRows = 0;
  for await (const row of filledRowsOf(workbook, part)) {
    filledRows++;
    kept?.push(row);
  }
  return {
    filledRows,
    async *rows() {
      for await (const { row, xml, prefix } of kept ?? filledRowsOf(workbook, part)) {
        yield { row, cells: cellsOfRow(xml, prefix, texts, dates, parts.from1904) };
      }
    },
  };
};

interface NumberedRow {
  row: number;
  xml: string;
  prefix: string;
}

/** Rows with a value, a text or a formula, and the numbers that the user sees; a row that says none follows the one before. */
const filledRowsOf = async function* (workbook: GuardedWorkbook, part: string): AsyncGenerator<NumberedRow> {
  let row = 0;
  for await (const { xml, prefix } of rowsOfXml(unpack(workbook, part), part)) {
    const given = Number(attributeOf(xml.slice(0, xml.indexOf('>')), 'r'));
    row = Number.isSafeInteger(given) && given > 0 ? given : row + 1;
    if (holdsSomething(xml)) yield { row, xml, prefix };
  }
};

const holdsSomething = (xml: string): boolean => /<(?:\w+:)?[vtf][ >]/.test(xml);

/** Rows of the sheet as they are written, from `<row` to before `</row>`. */
const rowsOfXml = async function* (
  chunks: AsyncIterable<string>,
  part: string,
): AsyncGenerator<{ xml: string; prefix: string }> {
  let prefix: string | undefined;
  let rest = '';
  for await (const chunk of chunks) {
    rest += chunk;
    if (prefix === undefined) {
      const root = /<((?:\w+:)?)worksheet\b/.exec(rest);
      if (!root && rest.length > 64 * 1024) throw damagedWorkbook(part);
      if (!root) continue;
      if (/<!DOCTYPE|<!ENTITY/.test(rest)) throw damagedWorkbook(part);
      prefix = root[1];
    }
    const close = `</${prefix}row>`;
    let from = 0;
    let open = rest.indexOf(`<${prefix}row`);
    for (let end = rest.indexOf(close); end >= 0; end = rest.indexOf(close, from)) {
      if (open >= 0 && open < from) open = rest.indexOf(`<${prefix}row`, from);
      if (open >= 0 && open < end) yield { xml: rest.slice(open, end), prefix };
      from = end + close.length;
    }
    rest = rest.slice(from);
    if (rest.length > longestRow) throw damagedWorkbook(part);
  }
  if (prefix === undefined) throw damagedWorkbook(part);
};

const cellsOfRow = (
  xml: string,
  prefix: string,
  texts: readonly string[],
  dates: ReadonlySet<number>,
  from1904: boolean,
): (Cell | undefined)[] => {
  const cells: (Cell | undefined)[] = [];
  const open = `<${prefix}c`;
  const close = `</${prefix}c>`;
  let column = -1;
  for (let at = xml.indexOf(open); at >= 0; at = xml.indexOf(open, at)) {
    const tagEnd = xml.indexOf('>', at);
    if (tagEnd < 0) break;
    const next = xml.charCodeAt(at + open.length);
    // Only a cell: not a tag that merely begins with the same letter.
    if (next !== 0x20 && next !== 0x3e && next !== 0x2f && next !== 0x0a && next !== 0x0d && next !== 0x09) {
      at = tagEnd;
      continue;
    }
    const tag = xml.slice(at, tagEnd);
    column = columnOf(attributeOf(tag, 'r')) ?? column + 1;
    at = tagEnd;
    if (xml.charCodeAt(tagEnd - 1) === 0x2f) continue;
    const end = xml.indexOf(close, tagEnd);
    if (end < 0) break;
    at = end;
    if (column >= mostColumns) continue;
    const value = valueOf(tag, xml.slice(tagEnd + 1, end), prefix, texts, dates, from1904);
    if (value !== undefined) cells[column] = value;
  }
  return cells;
};

/** Columns past this are nobody's; a cell at the far edge must not make a row of 16,384. */
const mostColumns = 256;

const valueOf = (
  tag: string,
  inner: string,
  prefix: string,
  texts: readonly string[],
  dates: ReadonlySet<number>,
  from1904: boolean,
): Cell | undefined => {
  const type = attributeOf(tag, 't');
  const raw = type === 'inlineStr' ? textIn(inner, prefix) : between(inner, `${prefix}v`);
  const value = plainValue(type, raw, tag, texts, dates, from1904);
  const formula = inner.includes(`<${prefix}f`);
  if (formula || type === 'e') {
    const shown = value instanceof Date ? value.toISOString().slice(0, 10) : String(value ?? '');
    return { fault: formula ? 'formula' : 'error', shown };
  }
  return value;
};

const plainValue = (
  type: string | undefined,
  raw: string | undefined,
  tag: string,
  texts: readonly string[],
  dates: ReadonlySet<number>,
  from1904: boolean,
): string | number | boolean | Date | undefined => {
  if (raw === undefined) return undefined;
  if (type === 's') return texts[Number(raw)];
  if (type === 'inlineStr') return raw;
  if (type === 'str' || type === 'e') return decodeXml(raw);
  if (type === 'b') return raw === '1' || raw === 'true';
  if (type === 'd') return new Date(raw);
  if (raw === '') return undefined;
  const number = Number(raw);
  if (Number.isNaN(number)) return decodeXml(raw);
  const style = attributeOf(tag, 's');
  return style !== undefined && dates.has(Number(style)) ? dateOfSerial(number, from1904) : number;
};

/** Day counts begin on 1900-01-01 = 1, and count a 29 February 1900 that never was. */
const dateOfSerial = (serial: number, from1904: boolean): Date => {
  const days = from1904 ? serial + 1462 : serial;
  return new Date(Math.round((days - (days < 60 ? 25568 : 25569)) * 86_400_000));
};

/** Text between the tags of the first element of a name. */
const between = (xml: string, name: string): string | undefined => {
  const open = xml.indexOf(`<${name}`);
  if (open < 0) return undefined;
  const from = xml.indexOf('>', open);
  if (xml.charCodeAt(from - 1) === 0x2f) return '';
  const end = xml.indexOf(`</${name}>`, from);
  return end < 0 ? undefined : xml.slice(from + 1, end);
};

/** 0-based column of a reference, e.g. 27 for `AB12`. */
const columnOf = (reference: string | undefined): number | undefined => {
  if (!reference) return undefined;
  let column = 0;
  for (let i = 0; i < reference.length; i++) {
    const letter = reference.charCodeAt(i) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column === 0 ? undefined : column - 1;
};
