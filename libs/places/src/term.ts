import type { LocalDate, SchoolTerm } from '#libs/policy';
import { idsOn } from './office';

/** A term of a school year as an office has set it for itself and everything under it. */
export interface Term extends SchoolTerm {
  /** `<office>/<schoolYear>/<term>` */
  _id: string;
  version: number;
}

/** The last term that has begun at a school: set by the nearest office that sets terms. Undefined: none is known. */
export const termAt = (path: string, on: LocalDate, terms: readonly Term[]): Term | undefined => {
  for (const id of idsOn(path).reverse()) {
    const own = terms.filter(({ office }) => office === id);
    if (own.length === 0) continue;
    return own.filter(({ firstDay }) => firstDay <= on).sort((a, b) => (a.firstDay < b.firstDay ? 1 : -1))[0];
  }
  return undefined;
};
