import { Pack, within } from '#libs/policy';
import type { Situation } from '../situation';
import { checkBy, TransferRule } from './check';

/** Free places of the class as far as heard; undefined: no cap, or not known. */
export const vacancies = ({ student, in: { taken } }: Situation, pack: Pack): number | undefined => {
  const cap = pack.setting(`class.cap.life.${student.stage}`);
  if (!cap.configured || taken === undefined) return undefined;
  return (cap.inclusive === false ? cap.value - 1 : cap.value) - taken;
};

/** CZ-TR10: a class without a vacant place takes nobody. Shown here; the registry alone counts and refuses. */
export const placeIsVacant: TransferRule = (situation, pack) => {
  const { student, in: side } = situation;
  const cap = pack.setting(`class.cap.life.${student.stage}`);
  if (!cap.configured || side.taken === undefined) return [];
  const free = within(cap, side.taken + 1);
  return [
    checkBy(pack.rule('CZ-TR10') ?? cap, {
      outcome: free ? 'met' : 'broken',
      mustAct: 'inSchool',
      spokenBy: 'registry',
      message: free
        ? { zh: '班级有空余学位。', en: 'The class has a vacant place.' }
        : { zh: `班级已满（上限${cap.value}人）。`, en: `The class is full (cap ${cap.value}).` },
      remedy: { zh: '请选择有空余学位的班级。', en: 'Choose a class with a vacant place.' },
      facts: { taken: side.taken, cap: cap.value },
    }),
  ];
};
