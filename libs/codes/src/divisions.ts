import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type DivisionLevel = 'province' | 'prefecture' | 'county';

/** A code under one name over one period. Dates are legal dates (YYYY-MM-DD), both inclusive; absent = open. */
export interface Division {
  code: string;
  name: string;
  level: DivisionLevel;
  parent?: string;
  validFrom?: string;
  validTo?: string;
  source: string;
}

let periodsByCode: Map<string, Division[]> | undefined;

/** Periods of each code, oldest first. Read once; `data/README.md` says where the rows come from. */
const table = (): Map<string, Division[]> => {
  if (periodsByCode) return periodsByCode;
  periodsByCode = new Map();
  const [, ...lines] = readFileSync(join(__dirname, '../data/divisions.csv'), 'utf8').trimEnd().split('\n');
  for (const line of lines) {
    const [code, name, parent, validFrom, validTo, source] = line.split(',');
    const level: DivisionLevel = code.endsWith('0000') ? 'province' : code.endsWith('00') ? 'prefecture' : 'county';
    const division: Division = {
      code,
      name,
      level,
      ...(parent && { parent }),
      ...(validFrom && { validFrom }),
      ...(validTo && { validTo }),
      source,
    };
    const periods = periodsByCode.get(code);
    if (periods) periods.push(division);
    else periodsByCode.set(code, [division]);
  }
  return periodsByCode;
};

const covers = (division: Division, date: string): boolean =>
  (!division.validFrom || division.validFrom <= date) && (!division.validTo || date <= division.validTo);

/** The division that had this code on this day; `undefined` for a code of another time, or of none. */
export const divisionAt = (code: string, date: string): Division | undefined =>
  table()
    .get(code)
    ?.findLast((period) => covers(period, date));

/** All periods of a code, oldest first; empty for a code that never was. */
export const periodsOf = (code: string): readonly Division[] => table().get(code) ?? [];

/** True for every code that stood at some time since December 1980. */
export const wasEver = (code: string): boolean => table().has(code);

/**
 * Divisions directly under a code on a day, in order of code. In a month or year of change, for which only lists at
 * both ends exist, the old and the new ones are both given.
 */
export const childrenAt = (parent: string, date: string): Division[] =>
  [...table().values()].flatMap((periods) => {
    const period = periods.findLast((p) => covers(p, date));
    return period?.parent === parent ? [period] : [];
  });

/** Counties of a province on a day, through its prefectures and those directly under it. */
export const countiesAt = (province: string, date: string): Division[] =>
  [...table().values()].flatMap((periods) => {
    const period = periods.findLast((p) => covers(p, date));
    return period && period.level === 'county' && period.code.startsWith(province.slice(0, 2)) ? [period] : [];
  });

/** Full name for people, e.g. 贵州省贵阳市云岩区. */
export const divisionPath = (code: string, date: string): string => {
  const division = divisionAt(code, date);
  if (!division) return '';
  return (division.parent ? divisionPath(division.parent, date) : '') + division.name;
};
