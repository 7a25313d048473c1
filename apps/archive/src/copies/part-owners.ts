import { partOwners, type PartOwner } from '#libs/contracts';

/**
 * Services that are asked for a part, from `XUEJI_PART_OWNERS` (comma between): those that this province runs. A copy waits
 * for each of them.
 * @throws Error for a name that is no owner
 */
export const ownersAsked = (given = process.env.XUEJI_PART_OWNERS ?? 'registry,transfer,attendance'): PartOwner[] => {
  const names = given.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !partOwners.includes(name as PartOwner));
  if (unknown.length > 0) throw new Error(`XUEJI_PART_OWNERS: ${unknown.join(', ')} holds no part`);
  return names as PartOwner[];
};
