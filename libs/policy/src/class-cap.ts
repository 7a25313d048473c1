import { gradesOfStage, type Stage } from '#libs/contracts';
import type { Override } from './findings';
import type { Pack } from './pack';
import type { Configured } from './setting';

/** What limits the pupils of a class, the lowest number first. */
export interface BindingCap {
  value: number;
  rule: string;
  setting: Configured<number>;
}

const binding = (setting: ReturnType<Pack['setting']>): BindingCap[] => {
  if (!setting.configured) return [];
  const limit = setting as Configured<number>;
  return [
    { value: limit.inclusive === false ? limit.value - 1 : limit.value, rule: limit.citation.rule, setting: limit },
  ];
};

/** Cap that holds at any time of the stage (CZ-CL3, CZ-CL5, CZ-CL7); undefined: not configured. */
export const lifeCap = (stage: Stage, pack: Pack): BindingCap | undefined =>
  binding(pack.setting(`class.cap.life.${stage}`))[0];

/**
 * Cap that holds while classes are formed, in the starting grade (CZ-CL2, CZ-CL4, CZ-CL6). In principle only for primary
 * and junior: an override with reason and person lifts it to the cap of the whole stage; for senior there is none.
 */
export const formingCap = (stage: Stage, pack: Pack, overrides: readonly Override[]): BindingCap | undefined => {
  const forming = binding(pack.setting(`class.cap.forming.${stage}`)).filter(
    (cap) =>
      cap.setting.strength !== 'PRINCIPLE' ||
      !overrides.some((one) => one.rule === cap.rule && one.reason.trim() !== '' && one.person.trim() !== ''),
  );
  return [...forming, ...binding(pack.setting(`class.cap.life.${stage}`))].sort((a, b) => a.value - b.value)[0];
};

/** The cap that a class has today: the forming cap in its starting grade, the cap of the stage after it. */
export const capNow = (
  one: { stage: Stage; grade: number },
  pack: Pack,
  overrides: readonly Override[] = [],
): BindingCap | undefined =>
  one.grade === gradesOfStage[one.stage].first ? formingCap(one.stage, pack, overrides) : lifeCap(one.stage, pack);
