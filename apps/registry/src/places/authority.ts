import type { Stage } from '#libs/contracts';
import { recordAuthority, type Pack } from '#libs/policy';
import { refuse, type Refused } from '#libs/service-kit';
import { idsOn, isSchool, Office } from './office';

/**
 * Record authority of a school's students of one stage, as `recordAuthority` of the law resolves it.
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
  const found = recordAuthority(stage, pack, above, () =>
    above.find((office) => office._id === school.school.managedBy),
  );
  if (!found) throw new Error(`no authority of the level in charge above ${school._id}`);
  if ('configured' in found) throw undecided(found.parameter, pack);
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
