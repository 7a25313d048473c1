import { type GuardedWorkbook, damagedWorkbook, unpack, unpackText } from './guard-workbook';

/**
 * What the row reader does not tell, found in one pass over the bytes of the sheet: which cells are formulas or errors (the
 * reader gives their last result as if it had been typed), and how many rows hold something, before the first is read.
 */
export interface SheetScan {
  /** Rows with at least one filled cell, headers included. */
  filledRows: number;
  faultOf(row: number, column: number): 'formula' | 'error' | undefined;
}

/** Path of a sheet's part in the archive; `undefined` when the workbook has no sheet of this name. */
export const partOfSheet = async (workbook: GuardedWorkbook, name: string): Promise<string | undefined> => {
  const sheets = await unpackText(workbook, 'xl/workbook.xml');
  if (/<!DOCTYPE|<!ENTITY/i.test(sheets)) throw damagedWorkbook('xl/workbook.xml');
  const sheet = [...sheets.matchAll(/<(?:\w+:)?sheet\b[^>]*>/g)]
    .map(([tag]) => tag)
    .find((tag) => attribute(tag, 'name') === name);
  if (!sheet) return undefined;
  const id = /\s\w+:id="([^"]*)"/.exec(sheet)?.[1];
  const relations = await unpackText(workbook, 'xl/_rels/workbook.xml.rels');
  const relation = [...relations.matchAll(/<(?:\w+:)?Relationship\b[^>]*>/g)]
    .map(([tag]) => tag)
    .find((tag) => attribute(tag, 'Id') === id);
  const target = relation && attribute(relation, 'Target');
  if (!target) throw damagedWorkbook('xl/_rels/workbook.xml.rels');
  return target.startsWith('/') ? target.slice(1) : `xl/${target}`;
};

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return value?.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: keyof typeof entities) => entities[entity]);
};
const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** No tag and no text of a cell is longer; Excel itself holds 32,767 characters in a cell. */
const longestPiece = 256 * 1024;

/** @throws Refused `workbook-damaged` for what is no sheet of a workbook */
export const scanSheet = async (workbook: GuardedWorkbook, part: string): Promise<SheetScan> => {
  const faults = new Map<number, 'formula' | 'error'>();
  let filledRows = 0;
  let row = -1;
  let column = -1;
  let filled = false;
  let carry = '';
  let sinceTag = 0;
  const tags = /<(?:\w+:)?(row|c|f|v|t)(?=[\s/>])([^>]*)>/g;

  for await (const chunk of unpack(workbook, part)) {
    const text = carry + chunk;
    const lastOpen = text.lastIndexOf('<');
    const complete = lastOpen < 0 || text.indexOf('>', lastOpen) >= 0 ? text.length : lastOpen;
    carry = text.slice(complete);
    sinceTag = lastOpen < 0 ? sinceTag + text.length : text.length - lastOpen;
    if (carry.length > longestPiece || sinceTag > longestPiece) throw damagedWorkbook(part);
    if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) throw damagedWorkbook(part);
    tags.lastIndex = 0;
    for (let tag = tags.exec(text); tag && tag.index < complete; tag = tags.exec(text)) {
      const [, kind, attributes] = tag;
      if (kind === 'row') {
        const number = /\sr="(\d+)"/.exec(attributes)?.[1];
        row = number ? Number(number) - 1 : row + 1;
        column = -1;
        filled = false;
      } else if (kind === 'c') {
        column = columnOf(attributes) ?? column + 1;
        if (/\st="e"/.test(attributes)) faults.set(key(row, column), 'error');
      } else if (kind === 'f') {
        faults.set(key(row, column), 'formula');
      } else if (!filled && !attributes.endsWith('/')) {
        filled = true;
        filledRows++;
      }
    }
  }
  return { filledRows, faultOf: (r, c) => faults.get(key(r, c)) };
};

const key = (row: number, column: number) => row * 16384 + column;

/** 0-based column of a cell's reference, e.g. 27 for `AB12`. */
const columnOf = (attributes: string): number | undefined => {
  const letters = /\sr="([A-Z]{1,3})\d+"/.exec(attributes)?.[1];
  if (!letters) return undefined;
  let column = 0;
  for (let i = 0; i < letters.length; i++) column = column * 26 + letters.charCodeAt(i) - 64;
  return column - 1;
};
