import type { OfficeKind, SchoolType, Stage } from '#libs/contracts';
import { recordAuthority, type LocalDate, type Pack } from '#libs/policy';

/** An authority or a school, as this service has heard of it. */
export interface Office {
  /** Division code of an authority, 10-digit code of a school. */
  _id: string;
  kind: OfficeKind;
  name: string;
  parent?: string;
  /** `/520000/520100/520103/2152000001/` */
  path: string;
  /** Lines of packs set for this office and everything under it, oldest first. */
  lines: { line: string; from: LocalDate }[];
  school?: { type: SchoolType; stages: Stage[]; managedBy: string; grade?: string };
  version: number;
}

/** Offices by id: those on the paths in question, and who manages the schools among them. */
export type OfficeTree = ReadonlyMap<string, Office>;

/** An office on the way has not been heard of yet; its news will come. */
export class NotHeardOf extends Error {
  constructor(readonly office: string) {
    super(`office ${office} is not heard of yet`);
    this.name = 'NotHeardOf';
  }
}

export const idsOn = (path: string): string[] => path.split('/').filter(Boolean);

/** Lowest division code on a path: whose data key seals what belongs there. */
export const lowestDivisionOn = (path: string): string =>
  idsOn(path)
    .filter((id) => id.length === 6)
    .at(-1) ?? idsOn(path)[0];

export const known = (tree: OfficeTree, id: string): Office => {
  const office = tree.get(id);
  if (!office) throw new NotHeardOf(id);
  return office;
};

/** The text does not say which level is in charge of a stage. */
export class NoRecordAuthority extends Error {
  constructor(
    readonly pack: Pack,
    readonly parameter: string,
  ) {
    super(`${pack.id} does not say which level is in charge (${parameter})`);
    this.name = 'NoRecordAuthority';
  }
}

/** From the office itself up to the root. @throws NotHeardOf */
export const upFrom = (office: Office, tree: OfficeTree): Office[] =>
  idsOn(office.path)
    .reverse()
    .map((id) => (id === office._id ? office : known(tree, id)));

/** Line of the nearest office that has one by a day; where nobody has, the national text holds. @throws NotHeardOf */
export const lineOf = (office: Office, tree: OfficeTree, on: LocalDate): string => {
  for (const { lines } of upFrom(office, tree)) {
    const set = lines.findLast(({ from }) => from <= on);
    if (set) return set.line;
  }
  return 'national';
};

/** Division code of the county where an office lies, or of the lowest authority above it. @throws NotHeardOf */
export const countyOf = (office: Office, tree: OfficeTree): string => {
  const authorities = upFrom(office, tree).filter(({ kind }) => kind !== 'school' && kind !== 'township');
  return (authorities.find(({ kind }) => kind === 'county') ?? authorities[0] ?? office)._id;
};

/**
 * Record authority of a school for a student of a stage, as `recordAuthority` of the law resolves it.
 * @throws NotHeardOf; NoRecordAuthority when the text does not say which level is in charge
 */
export const authorityOf = (school: Office, stage: Stage, pack: Pack, tree: OfficeTree): Office => {
  const above = upFrom(school, tree).filter((office) => office._id !== school._id);
  const found = recordAuthority(stage, pack, above, () => school.school && known(tree, school.school.managedBy));
  if (!found) throw new Error(`no authority above school ${school._id}`);
  if ('configured' in found) throw new NoRecordAuthority(pack, found.parameter);
  return found;
};

/** Who is told when an office is late: its parent; the root answers to itself. */
export const aboveOf = (office: Office, tree: OfficeTree): Office =>
  office.parent ? known(tree, office.parent) : office;
