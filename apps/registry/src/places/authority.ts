import type { OfficeKind, Stage } from '#libs/contracts';
import type { Pack } from '#libs/policy';
import { refuse, type Refused } from '#libs/service-kit';
import { idsOn, isSchool, Office } from './office';

/** Levels from the ground up; where a place has none of the level asked for, the next one up is in charge. */
const levels = ['county', 'city', 'province'] as const;
type Level = (typeof levels)[number];

const isLevel = (kind: OfficeKind): kind is Level => (levels as readonly OfficeKind[]).includes(kind);

/**
 * Record authority of a school's students of one stage. Resolved by the student's stage, not by the school as a whole:
 * a school with two stages may answer to two offices (GZ-RO19, GZ-CH2).
 *
 * Where the pack goes by place, a school that a city or the province governs directly answers to the authority of its
 * place like every other (GZ-RO18); where it goes by managing level, to whoever manages it (NAT-RO4).
 *
 * @param tree offices on the school's path, in any order
 * @throws Refused `not-configured` (422) when the line does not say which level is in charge
 */
export const authorityOf = (school: Office, stage: Stage, pack: Pack, tree: readonly Office[]): Office => {
  if (!isSchool(school)) throw new Error(`${school._id} is no school`);
  const above = idsOn(school.path)
    .slice(0, -1)
    .reverse()
    .flatMap((id) => tree.find((office) => office._id === id) ?? []);
  const directly = pack.setting('routing.directlyManaged');
  if (!directly.configured) throw undecided(directly.parameter, pack);
  const manager = above.find((office) => office._id === school.school.managedBy);
  if (directly.value === 'byManagingLevel' && manager && isLevel(manager.kind) && manager.kind !== 'county') {
    return manager;
  }
  const level = pack.setting(`routing.authority.${stage}`);
  if (!level.configured) throw undecided(level.parameter, pack);
  const enough = levels.slice(levels.indexOf(level.value));
  const found = above.find((office) => isLevel(office.kind) && enough.includes(office.kind));
  if (!found) throw new Error(`no authority of level ${level.value} or higher above ${school._id}`);
  return found;
};

const undecided = (parameter: string, pack: Pack): Refused =>
  refuse('not-configured', {
    status: 422,
    title: { zh: '规则未配置', en: 'Not configured' },
    detail: {
      zh: `“${pack.title.zh}”没有规定由哪一级管理学籍（${parameter}）。`,
      en: `"${pack.title.en}" does not say which level is in charge (${parameter}).`,
    },
    remedy: {
      zh: '请由有权机关在本地规则包中配置后再办理。',
      en: 'Have the office in charge set it in a pack of its own, then try again.',
    },
    facts: { parameter, pack: pack.id },
  });
