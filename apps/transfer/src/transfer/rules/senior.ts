import type { Pack } from '#libs/policy';
import type { Situation } from '../situation';
import { checkBy, TransferRule } from './check';

/** Whether the move is from an ordinary to a provincial demonstration senior school. */
export const toDemonstration = ({ student, out, in: to }: Situation): boolean =>
  student.stage === 'senior' &&
  out.school.school?.grade !== 'provincialDemo' &&
  to.school.school?.grade === 'provincialDemo';

/** CZ-TR20: no transfer from an ordinary to a provincial demonstration senior school. */
export const notToDemonstration: TransferRule = (situation, pack) => {
  const rule = pack.setting('transfer.noOrdinaryToDemonstration');
  if (!rule.configured || !rule.value || situation.student.stage !== 'senior') return [];
  const broken = toDemonstration(situation);
  return [
    checkBy(rule, {
      outcome: broken ? 'broken' : 'met',
      mustAct: 'inSchool',
      message: broken
        ? {
            zh: '一般普通高中学生不能转入省级示范高中。',
            en: 'A student of an ordinary senior school cannot transfer to a provincial demonstration school.',
          }
        : { zh: '不属于普通高中转入省级示范高中。', en: 'Not from an ordinary to a demonstration school.' },
      remedy: { zh: '请选择同类高中。', en: 'Choose a school of the same kind.' },
      facts: { from: out(situation.out.school.school?.grade), to: out(situation.in.school.school?.grade) },
    }),
  ];
};

const out = (grade: string | undefined) => grade ?? 'ordinary';

/** Whether both senior schools lie in one city area of the pack. */
export const inSameCityArea = ({ student, out: from, in: to }: Situation, pack: Pack): boolean | undefined => {
  const areas = pack.setting('transfer.cityAreas');
  if (!areas.configured || student.stage !== 'senior') return undefined;
  return areas.value.some(({ counties }) => counties.includes(from.county) && counties.includes(to.county));
};

/** CZ-TR21: no transfer between general senior schools of one city area. */
export const notWithinCityArea: TransferRule = (situation, pack) => {
  const areas = pack.setting('transfer.cityAreas');
  const same = inSameCityArea(situation, pack);
  if (!areas.configured || same === undefined) return [];
  return [
    checkBy(areas, {
      outcome: same ? 'broken' : 'met',
      mustAct: 'inSchool',
      message: same
        ? { zh: '同一城市区域的普通高中之间不能转学。', en: 'Both senior schools lie in one city area.' }
        : { zh: '两校不在同一城市区域。', en: 'The schools do not lie in one city area.' },
      remedy: { zh: '同一城市区域内不办理普通高中转学。', en: 'Seniors do not transfer within a city area.' },
      facts: { from: situation.out.county, to: situation.in.county },
    }),
  ];
};
