import { checkSchoolCode, childrenAt, schoolCodeTypes } from '#libs/codes';
import {
  Operator,
  operators,
  SchoolType,
  schoolTypes,
  Stage,
  stages,
  type Citation,
  type ProblemItem,
} from '#libs/contracts';
import type { LocalDate, Pack, Setting } from '#libs/policy';
import { Office, School, standsOn } from './office';
import { notStanding } from './office-rules';

/** A school as it is asked for; type, operator and stages are still words that the rules judge. */
export interface SchoolToOpen {
  /** Code of the planning department's library (FJ-SC1). */
  code: string;
  name: string;
  /** County or township where it stands. */
  parent: string;
  type: string;
  operator: string;
  stages: string[];
  /** Authority that governs it directly; absent: its county. */
  managedBy?: string;
  grade?: 'provincialDemo' | 'ordinary';
  line?: string;
  from: LocalDate;
}

/** Stages of the types whose name says them; a special or reform school teaches what it is set up for. */
const stagesOfType: Partial<Record<SchoolType, readonly Stage[]>> = {
  primary: ['primary'],
  junior: ['junior'],
  senior: ['senior'],
  nineYear: ['primary', 'junior'],
  complete: ['junior', 'senior'],
};

const authorities: readonly string[] = ['province', 'city', 'county'];

const isOneOf = <T extends string>(values: readonly T[], text: string): text is T =>
  (values as readonly string[]).includes(text);

/**
 * The school as it may be entered, or what is wrong with it.
 * @param above offices on the path of its parent, root first, the parent last
 * @param pack pack in force where the school stands
 */
export const judgeSchool = (
  wanted: SchoolToOpen,
  above: readonly Office[],
  pack: Pack,
): { school: School; problems: [] } | { school?: undefined; problems: ProblemItem[] } => {
  const problems = [
    ...problemsOfKind(wanted, pack),
    ...problemsOfCode(wanted, above[0], pack),
    ...problemsOfStages(wanted, pack),
    ...problemsOfPlace(wanted, above, pack),
    ...problemsOfGrade(wanted),
  ];
  const managedBy = wanted.managedBy ?? above.findLast(({ kind }) => authorities.includes(kind))?._id;
  if (problems.length > 0 || managedBy === undefined) return { problems };
  return {
    problems: [],
    school: {
      type: wanted.type as SchoolType,
      operator: wanted.operator as Operator,
      stages: wanted.stages as Stage[],
      managedBy,
      ...(wanted.grade && { grade: wanted.grade }),
    },
  };
};

/** GZ-SC2, NAT-SC2, CZ-GEN1: five kinds of school under five kinds of operator; any other is outside the rules. */
const problemsOfKind = ({ type, operator }: SchoolToOpen, pack: Pack): ProblemItem[] => {
  const found: ProblemItem[] = [];
  const types = pack.setting('places.schoolTypes');
  if (!isOneOf(allowed(types, schoolTypes), type)) {
    found.push({
      field: 'type',
      code: 'school-type-not-covered',
      message: {
        zh: `“${type}”不是纳入学籍管理的学校类型。`,
        en: `Schools of type "${type}" are outside the student-record rules.`,
      },
      remedy: {
        zh: '中小学学籍只登记小学、初中、普通高中、特殊教育学校和工读学校。',
        en: 'Only primary, junior, ordinary senior, special and reform schools are entered.',
      },
      ...cited(types, pack),
      facts: { allowed: allowed(types, schoolTypes) },
    });
  }
  const runners = pack.setting('places.operators');
  if (!isOneOf(allowed(runners, operators), operator)) {
    found.push({
      field: 'operator',
      code: 'operator-not-covered',
      message: {
        zh: `“${operator}”不是规定的举办者类型。`,
        en: `"${operator}" is no kind of operator that the rules name.`,
      },
      remedy: { zh: '请选择五类举办者之一。', en: 'Choose one of the five kinds of operator.' },
      ...cited(runners, pack),
      facts: { allowed: allowed(runners, operators) },
    });
  }
  return found;
};

/** FJ-SC1: the code of the library is the key to the outside; what a place made up itself is not taken. */
const problemsOfCode = ({ code, type }: SchoolToOpen, root: Office, pack: Pack): ProblemItem[] => {
  const rule = pack.rule('FJ-SC1');
  const citation = rule && { citation: rule.citation };
  const checked = checkSchoolCode(code, isOneOf(schoolTypes, type) ? type : undefined);
  if (checked.value === undefined) return checked.problems.map((one) => ({ field: 'code', ...citation, ...one }));
  if (checked.value.province.slice(0, 2) === root._id.slice(0, 2)) return [];
  return [
    {
      field: 'code',
      code: 'school-code-other-province',
      message: {
        zh: `${code}（${schoolCodeTypes[checked.value.type].name}）是省码${checked.value.province.slice(0, 2)}的学校代码。`,
        en: `${code} is a code of the province ${checked.value.province}.`,
      },
      remedy: { zh: '请核对学校代码。', en: 'Check the school code.' },
      ...citation,
    },
  ];
};

const problemsOfStages = (wanted: SchoolToOpen, pack: Pack): ProblemItem[] => {
  const governed = pack.setting('places.stages');
  const foreign = wanted.stages.filter((stage) => !isOneOf(allowed(governed, stages), stage));
  if (foreign.length > 0) {
    return [
      {
        field: 'stages',
        code: 'stage-not-covered',
        message: {
          zh: `学段“${foreign.join('、')}”不在学籍管理范围内。`,
          en: `The stages "${foreign.join(', ')}" are outside the student-record rules.`,
        },
        ...cited(governed, pack),
        facts: { allowed: allowed(governed, stages) },
      },
    ];
  }
  const asked = new Set(wanted.stages);
  const own = isOneOf(schoolTypes, wanted.type) ? stagesOfType[wanted.type] : undefined;
  const fits = own ? own.length === asked.size && own.every((stage) => asked.has(stage)) : true;
  if (fits && asked.size === wanted.stages.length) return [];
  return [
    {
      field: 'stages',
      code: 'stages-against-type',
      message: {
        zh: '学段与学校类型不符，或有重复。',
        en: `The stages do not fit a school of type "${wanted.type}", or one stands twice.`,
      },
      ...(own && { facts: { stages: own } }),
    },
  ];
};

/** Every school stands in a county, also one that a city or the province governs: routing by place needs it (GZ-RO18). */
const problemsOfPlace = (wanted: SchoolToOpen, above: readonly Office[], pack: Pack): ProblemItem[] => {
  const found: ProblemItem[] = [];
  const parent = above[above.length - 1];
  const byPlace = pack.rule('GZ-RO18');
  const withoutCounties = parent.kind === 'city' && childrenAt(parent._id, wanted.from).length === 0;
  if (parent.kind !== 'county' && parent.kind !== 'township' && !withoutCounties) {
    found.push({
      field: 'parent',
      code: 'place-needed',
      message: {
        zh: '学校须登记在所在县（市、区）之下；直属学校另填主管机构。',
        en: 'A school is entered under the county where it stands; who governs it directly is said in managedBy.',
      },
      ...(byPlace && { citation: byPlace.citation }),
    });
  }
  if (!standsOn(parent, wanted.from)) found.push(notStanding(parent, wanted.from));
  if (wanted.managedBy !== undefined && !mayManage(wanted.managedBy, above)) {
    found.push({
      field: 'managedBy',
      code: 'manager-not-above',
      message: {
        zh: `${wanted.managedBy}不是学校所在地的县、市或省级主管机构。`,
        en: `${wanted.managedBy} is no county, city or province above the school's place.`,
      },
    });
  }
  return found;
};

const mayManage = (id: string, above: readonly Office[]): boolean =>
  above.some((office) => office._id === id && authorities.includes(office.kind));

const problemsOfGrade = (wanted: SchoolToOpen): ProblemItem[] =>
  wanted.grade && !wanted.stages.includes('senior')
    ? [
        {
          field: 'grade',
          code: 'grade-of-senior-schools',
          message: {
            zh: '只有设高中学段的学校才分示范性和一般高中。',
            en: 'Only a school with the senior stage is a demonstration school or an ordinary one.',
          },
        },
      ]
    : [];

/** Where a text leaves the list out, the code set itself is all there is to judge by. */
const allowed = <T extends string>(setting: Setting<T[]>, all: readonly T[]): readonly T[] =>
  setting.configured ? setting.value : all;

const cited = (setting: Setting, pack: Pack): { citation?: Citation } => {
  const citation = setting.citation ?? pack.rule('NAT-SC2')?.citation;
  return citation ? { citation } : {};
};
