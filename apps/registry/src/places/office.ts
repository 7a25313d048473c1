import type { OfficeKind, Operator, SchoolType, Stage } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';

/** A line of packs set for an office and everything under it, from a legal date on. */
export interface LineFrom {
  line: string;
  from: LocalDate;
}

export interface School {
  type: SchoolType;
  operator: Operator;
  stages: Stage[];
  /** Authority that governs the school directly; its county for a school that nobody governs directly. */
  managedBy: string;
  /** Senior schools only; a transfer into a demonstration school is judged by it. */
  grade?: 'provincialDemo' | 'ordinary';
}

/** An authority or a school, a node of the dated tree. */
export interface Office {
  /** Division code of an authority (6 digits, a township 9), school code of a school (10). */
  _id: string;
  kind: OfficeKind;
  name: string;
  /** Office above; absent at a root. */
  parent?: string;
  /** `/520000/520100/520103/2152000001/`, ends in the own id. */
  path: string;
  /** Lines set here, oldest first; empty where the office above decides. */
  lines: LineFrom[];
  from: LocalDate;
  /** Last day; absent while it stands. */
  to?: LocalDate;
  /** A closing under way; `passing`: its pupils and files are on their way. */
  closing?: { id: string; passing: boolean };
  /** Who keeps the files of a school that has closed. */
  closed?: { closing: string; kind: 'closure' | 'merger'; keeper: string; keeperKind: 'school' | 'unit' };
  /** Number of the office's last event. */
  version: number;
  school?: School;
}

export type SchoolOffice = Office & { kind: 'school'; school: School };

export const isSchool = (office: Office): office is SchoolOffice =>
  office.kind === 'school' && office.school !== undefined;

/** Path above every root; only the first administrator's post has it. */
export const topPath = '/';

/** Ids of the offices on a path, root first: `['520000', '520100']` of `/520000/520100/`. */
export const idsOn = (path: string): string[] => path.split('/').filter(Boolean);

/** Path of an office under another, or of a root. */
export const pathUnder = (above: Pick<Office, 'path'> | undefined, id: string): string =>
  `${above?.path ?? topPath}${id}/`;

export const standsOn = (office: Pick<Office, 'from' | 'to'>, on: LocalDate): boolean =>
  office.from <= on && (office.to === undefined || on <= office.to);

/** The line of every place for which no nearer one is set (NAT-SC2: in every place of the country). */
export const nationalLine = 'national';

/**
 * Line that judges at a path on a day: the one of the nearest office up the path that has one by then.
 * @param tree offices on the path, in any order; others are passed over
 */
export const lineAt = (path: string, on: LocalDate, tree: readonly Pick<Office, '_id' | 'lines'>[]): string => {
  for (const id of idsOn(path).reverse()) {
    const set = tree.find((office) => office._id === id)?.lines.findLast((line) => line.from <= on);
    if (set) return set.line;
  }
  return nationalLine;
};
