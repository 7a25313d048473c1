import type { OfficeKind, Stage } from '#libs/contracts';
import type { Pack } from './pack';
import type { NotConfigured } from './setting';

/** Levels from the ground up; where a place has none of the level asked for, the next one up is in charge. */
const levels = ['county', 'city', 'province'] as const;
type Level = (typeof levels)[number];

const isLevel = (kind: OfficeKind): kind is Level => (levels as readonly OfficeKind[]).includes(kind);

/** What the routing of a school needs to know of an office. */
export interface Authority {
  kind: OfficeKind;
}

/**
 * Record authority of a school's students of one stage. Resolved by the student's stage, not by the school as a whole:
 * a school with two stages may answer to two offices (GZ-RO19, GZ-CH2).
 *
 * Where the pack goes by place, a school that a city or the province governs directly answers to the authority of its
 * place like every other (GZ-RO18); where it goes by managing level, to whoever manages it (NAT-RO4).
 *
 * @param above the offices above the school, nearest first
 * @param managerOf the office that manages the school; asked for only where the pack goes by managing level
 * @returns the setting that is missing when the line does not say which level is in charge; undefined when no office of
 * that level or higher stands above the school
 */
export const recordAuthority = <A extends Authority>(
  stage: Stage,
  pack: Pack,
  above: readonly A[],
  managerOf: () => A | undefined,
): A | NotConfigured | undefined => {
  const directly = pack.setting('routing.directlyManaged');
  if (!directly.configured) return directly;
  const manager = directly.value === 'byManagingLevel' ? managerOf() : undefined;
  if (manager && isLevel(manager.kind) && manager.kind !== 'county') return manager;
  const level = pack.setting(`routing.authority.${stage}`);
  if (!level.configured) return level;
  const enough = levels.slice(levels.indexOf(level.value));
  return above.find(({ kind }) => isLevel(kind) && enough.includes(kind));
};
