import type { Citation, Text } from '#libs/contracts';
import type { ConditionSet, FactName, Ground, Pack } from '#libs/policy';
import type { Facts } from '#libs/review';
import type { Application, DeclaredFact } from '../application';
import { declaredFacts } from '../application';
import type { Situation } from '../situation';
import { checkBy, notChecked, TransferRule } from './check';

const acrossCounties: readonly DeclaredFact[] = ['homeMovedAcrossCounty', 'migrantWorkMovedAcrossCounty'];

const inOneCityArea = (pack: Pack, one: string, other: string): boolean => {
  const areas = pack.setting('transfer.cityAreas');
  return areas.configured && areas.value.some(({ counties }) => counties.includes(one) && counties.includes(other));
};

/**
 * What is declared, as far as it can be true: a move across a county line needs another county to have moved to, and a
 * move out of a city area one outside it.
 */
export const declared = ({ application, out }: Pick<Situation, 'application' | 'out'>, pack: Pack): Facts => {
  const facts: Facts = {};
  for (const name of declaredFacts) if (application.facts[name] !== undefined) facts[name] = application.facts[name];
  const { newCounty } = application;
  const elsewhere = newCounty !== undefined && newCounty !== out.county;
  for (const name of acrossCounties) if (facts[name]) facts[name] = elsewhere;
  if (facts.homeMovedOutOfCityArea)
    facts.homeMovedOutOfCityArea = elsewhere && !inOneCityArea(pack, newCounty, out.county);
  return facts;
};

/** A ground with what it lacks to hold. */
export interface WeighedGround {
  code: string;
  text: Text;
  citation?: Citation;
  holds: boolean;
  stated: boolean;
  lacks: (FactName | 'reasonInWords')[];
}

const weigh = (ground: Ground, application: Application, facts: Facts, pack: Pack): WeighedGround => {
  const stated = application.ground === ground.code;
  const lacks: WeighedGround['lacks'] = ground.facts.filter((fact) => facts[fact] !== true);
  // A ground in words holds only for who names it, or any remark would open every door.
  if (ground.reasonText && !(stated && application.groundInWords)) lacks.push('reasonInWords');
  const citation = pack.rule(ground.rule)?.citation;
  return {
    code: ground.code,
    text: ground.text,
    ...(citation && { citation }),
    holds: lacks.length === 0,
    stated,
    lacks,
  };
};

/** Every condition set of a pack with its grounds; undefined where the pack leaves the conditions open. */
export const weighedConditions = (
  situation: Situation,
  pack: Pack,
): { set: ConditionSet; grounds: WeighedGround[] }[] | undefined => {
  const conditions = pack.conditions(situation.student.stage, 'transfer');
  if (!conditions.configured) return undefined;
  const facts = declared(situation, pack);
  return conditions.value.map((set) => ({
    set,
    grounds: set.oneOf.map((ground) => weigh(ground, situation.application, facts, pack)),
  }));
};

/** Whether a ground of every set holds; undefined where the pack leaves the conditions open. */
export const groundHolds = (situation: Situation, pack: Pack): boolean | undefined =>
  weighedConditions(situation, pack)?.every(({ grounds }) => grounds.some(({ holds }) => holds));

/** GZ-TR1 to TR3, CZ-TR2, CZ-TR4: of every set of conditions one ground holds; one is enough. */
export const conditionsHold: TransferRule = (situation, pack) => {
  const { student, application } = situation;
  const conditions = pack.conditions(student.stage, 'transfer');
  if (!conditions.configured) return [notChecked(pack, conditions)];
  return (weighedConditions(situation, pack) ?? []).map(({ set, grounds }) => {
    const held = grounds.find(({ holds, stated }) => holds && stated) ?? grounds.find(({ holds }) => holds);
    const source = pack.rule(set.rule)!;
    const facts = { stated: application.ground ?? null, grounds };
    if (held?.citation)
      return checkBy(
        { ...source, citation: held.citation },
        {
          outcome: 'met',
          mustAct: 'inSchool',
          message: { zh: `转学条件成立：${held.text.zh}。`, en: `A ground for the transfer holds: ${held.text.en}.` },
          facts,
        },
      );
    return checkBy(source, {
      outcome: 'broken',
      mustAct: 'inSchool',
      message: {
        zh: `没有一项转学条件成立：${grounds.map(({ text }) => text.zh).join('；或者')}。`,
        en: `No ground for the transfer holds. One of these is needed: ${grounds.map(({ text }) => text.en).join('; or ')}.`,
      },
      remedy: {
        zh: '请核实家庭情况，补充事实和证明材料；原则性规定确需例外的，由经办人写明理由。',
        en: 'Verify the facts and add the papers that show them; where the rule holds in principle, state why it is to be set aside.',
      },
      facts,
    });
  });
};

/** CZ-TR1: at the compulsory stage nobody transfers at will, without any ground stated. */
export const groundStated: TransferRule = ({ application, student }, pack) => {
  const rule = pack.rule('CZ-TR1');
  const compulsory = pack.setting('compulsory.stages');
  if (!rule || !compulsory.configured || !compulsory.value.includes(student.stage)) return [];
  // "Other" is a ground only with words to it.
  const stated = application.ground !== undefined && (application.ground !== 'other' || application.groundInWords);
  return [
    checkBy(rule, {
      outcome: stated ? 'met' : 'broken',
      mustAct: 'inSchool',
      message: stated
        ? { zh: '已说明转学理由。', en: 'A ground is stated.' }
        : {
            zh: '没有说明转学理由，义务教育阶段不得随意转学。',
            en: 'No ground is stated: nobody transfers at will at the compulsory stage.',
          },
      remedy: { zh: '请选择转学理由；选择“其他”时写明情况。', en: 'Name a ground; for "other", put it into words.' },
      facts: { stated: application.ground ?? null },
    }),
  ];
};
