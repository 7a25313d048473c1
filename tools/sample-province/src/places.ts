import { childrenAt, divisionAt } from '#libs/codes';
import { gradesOfStage, type OfficeKind, type Operator, type SchoolType, type Stage } from '#libs/contracts';

/** School year of the sample, its first day of school (a Tuesday), and the day on which its places are read. */
export const schoolYear = '2026';
export const firstSchoolDay = '2026-09-01';
const placesOpenFrom = '2026-07-01';

export interface SampleOffice {
  /** 6-digit division code. */
  id: string;
  kind: OfficeKind & ('province' | 'city' | 'county');
  name: string;
  /** Absent at a root. */
  parent?: string;
  line?: string;
  from: string;
}

export interface SampleSchool {
  /** 10 digits: type, province, serial. */
  code: string;
  name: string;
  /** County where it stands. */
  parent: string;
  type: SchoolType;
  operator: Operator;
  stages: Stage[];
  /** Set where a city governs it directly. */
  managedBy?: string;
  grade?: 'provincialDemo' | 'ordinary';
  from: string;
}

export interface SampleClass {
  school: string;
  stage: Stage;
  entryYear: number;
  grade: number;
  name: string;
  schoolYear: string;
}

export interface SampleTerm {
  office: string;
  schoolYear: string;
  term: '1' | '2';
  firstDay: string;
  lastDay: string;
  closed: { from: string; to: string; name: string }[];
  makeUp: { date: string; name: string }[];
}

export const guizhou = '520000';
export const changzhi = '140400';
export const lucheng = '140406';
/** Neighbouring county of Lucheng, under the national line. */
export const xiangyuan = '140423';
/** County under the national line with a school that the city governs directly. */
export const pingshun = '140425';
/** County that may be put under the copy of the national text whose numbers are blanked. */
export const changzi = '140428';
/** County whose own invented pack sets a minimum age. */
export const xifeng = '520122';

export interface OfficeOptions {
  /** Puts Xifeng county under the invented pack with a minimum age of 6. */
  xifengLine?: string;
  /** Puts Changzi county under the copy of the national text whose numbers are blanked. */
  changziLine?: string;
}

/** Authorities of both roots, every parent before its children. */
export const offices = ({ xifengLine, changziLine }: OfficeOptions = {}): SampleOffice[] => {
  const office = (id: string, kind: SampleOffice['kind'], parent?: string, line?: string): SampleOffice => ({
    id,
    kind,
    name: `${divisionAt(id, firstSchoolDay)!.name}教育${kind === 'province' ? '厅' : '局'}`,
    ...(parent && { parent }),
    ...(line && { line }),
    from: placesOpenFrom,
  });
  const cities = childrenAt(guizhou, firstSchoolDay).map(({ code }) => code);
  return [
    office(guizhou, 'province', undefined, 'guizhou'),
    ...cities.map((city) => office(city, 'city', guizhou)),
    ...cities.flatMap((city) =>
      childrenAt(city, firstSchoolDay).map(({ code }) =>
        office(code, 'county', city, code === xifeng ? xifengLine : undefined),
      ),
    ),
    office(changzhi, 'city'),
    office(lucheng, 'county', changzhi, 'changzhi-lucheng'),
    office(xiangyuan, 'county', changzhi),
    office(pingshun, 'county', changzhi),
    office(changzi, 'county', changzhi, changziLine),
  ];
};

/** What a place gets: short name of the school, its type. */
type Plan = [county: string, ...schools: [name: string, type: SchoolType][]];

const guizhouPlan: Plan[] = [
  ['520103', ['青桐小学', 'primary'], ['云栖小学', 'primary'], ['听溪小学', 'primary'], ['青桐中学', 'junior']],
  ['520102', ['南麓小学', 'primary'], ['南麓中学', 'junior'], ['明湖学校', 'nineYear']],
  ['520111', ['花圃小学', 'primary'], ['花圃中学', 'junior'], ['溪山高级中学', 'senior']],
  [xifeng, ['息泉小学', 'primary'], ['石桥小学', 'primary'], ['息泉中学', 'junior']],
  ['520302', ['红枫小学', 'primary'], ['红枫中学', 'junior'], ['湘江高级中学', 'senior']],
  ['520322', ['娄山小学', 'primary'], ['娄山学校', 'nineYear'], ['桐乡高级中学', 'senior']],
  ['520502', ['星河小学', 'primary'], ['星湖小学', 'primary'], ['星河中学', 'junior'], ['碧海完全中学', 'complete']],
  ['520581', ['水西小学', 'primary'], ['东山小学', 'primary'], ['水西中学', 'junior'], ['水西高级中学', 'senior']],
  ['522601', ['清江小学', 'primary'], ['清江中学', 'junior'], ['苗岭学校', 'nineYear']],
  ['522631', ['侗寨小学', 'primary'], ['鼓楼小学', 'primary'], ['侗寨中学', 'junior']],
  ['520628', ['松江小学', 'primary'], ['松江中学', 'junior'], ['松江高级中学', 'senior']],
];

/** Schools that their city governs directly although they stand in a county: two in Guizhou … */
const directlyGoverned: [county: string, city: string, name: string, type: SchoolType][] = [
  ['520103', '520100', '实验小学', 'primary'],
  ['520102', '520100', '示范高级中学', 'senior'],
];

const changzhiPlan: Plan[] = [
  [lucheng, ['潞河小学', 'primary'], ['潞河中学', 'junior'], ['潞河高级中学', 'senior']],
  [xiangyuan, ['漳源中学', 'junior']],
  [changzi, ['丹岭中学', 'junior']],
];

/** … and one in Pingshun. */
const directlyGovernedByChangzhi = '太行高级中学';

const typeCode: Partial<Record<SchoolType, string>> = {
  primary: '21',
  junior: '31',
  nineYear: '31',
  senior: '34',
  complete: '34',
};

const stagesOf: Partial<Record<SchoolType, Stage[]>> = {
  primary: ['primary'],
  junior: ['junior'],
  nineYear: ['primary', 'junior'],
  senior: ['senior'],
  complete: ['junior', 'senior'],
};

const open = (plan: Plan[], province: string): SampleSchool[] => {
  let serial = 0;
  return plan.flatMap(([county, ...wanted]) =>
    wanted.map(([name, type]) => school(county, name, type, province, ++serial)),
  );
};

const school = (county: string, name: string, type: SchoolType, province: string, serial: number): SampleSchool => ({
  code: `${typeCode[type]}${province}${String(serial).padStart(6, '0')}`,
  name: `${divisionAt(county, firstSchoolDay)!.name}${name}`,
  parent: county,
  type,
  operator: serial % 9 === 0 ? 'citizen' : serial % 13 === 0 ? 'enterprise' : 'government',
  stages: stagesOf[type]!,
  ...(stagesOf[type]!.includes('senior') && { grade: 'ordinary' as const }),
  from: placesOpenFrom,
});

/** 40 schools of Guizhou: primary, junior and senior, in thirteen counties of six prefectures. */
export const guizhouSchools = (): SampleSchool[] => {
  const ordinary = open(guizhouPlan, '52');
  const extra: Plan[] = [
    ['520624', ['思源小学', 'primary']],
    ['522701', ['匀城小学', 'primary']],
  ];
  const others = extra.flatMap(([county, ...wanted]) =>
    wanted.map(([name, type], i) => school(county, name, type, '52', 200 + Number(county.slice(2, 4)) + i)),
  );
  const direct = directlyGoverned.map(([county, city, name, type], i): SampleSchool => ({
    ...school(county, name, type, '52', 101 + i),
    name: `${divisionAt(city, firstSchoolDay)!.name}${name}`,
    managedBy: city,
    ...(type === 'senior' && { grade: 'provincialDemo' as const }),
  }));
  return [...ordinary, ...direct, ...others];
};

/** Three schools of Lucheng (one senior), one of Xiangyuan, one of Changzi, and one of the city's own in Pingshun. */
export const changzhiSchools = (): SampleSchool[] => [
  ...open(changzhiPlan, '14'),
  {
    ...school(pingshun, directlyGovernedByChangzhi, 'senior', '14', 101),
    name: `${divisionAt(changzhi, firstSchoolDay)!.name}${directlyGovernedByChangzhi}`,
    managedBy: changzhi,
  },
];

export const schools = (): SampleSchool[] => [...guizhouSchools(), ...changzhiSchools()];

const gradeNames = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
const seniorNames = ['高一', '高二', '高三'];
const gradeName = (grade: number) => (grade < 10 ? `${gradeNames[grade - 1]}年级` : seniorNames[grade - 10]);

/** Classes of 2026/27: three in the starting grade of each stage, one in every other grade. */
export const classes = ({ code, stages }: Pick<SampleSchool, 'code' | 'stages'>): SampleClass[] =>
  stages.flatMap((stage) => {
    const { first, last } = gradesOfStage[stage];
    return Array.from({ length: last - first + 1 }, (_, i) => first + i).flatMap((grade) =>
      Array.from({ length: grade === first ? 3 : 1 }, (_, i) => ({
        school: code,
        stage,
        entryYear: Number(schoolYear) - (grade - first),
        grade,
        name: `${gradeName(grade)}${i + 1}班`,
        schoolYear,
      })),
    );
  });

/** Terms of both roots. The dates are invented; the first school day is Tuesday 2026-09-01. */
export const terms = (): SampleTerm[] =>
  [guizhou, changzhi].flatMap((office) => [
    {
      office,
      schoolYear,
      term: '1' as const,
      firstDay: firstSchoolDay,
      lastDay: '2027-01-22',
      closed: [{ from: '2026-11-12', to: '2026-11-13', name: '秋季运动会（虚构）' }],
      makeUp: [],
    },
    { office, schoolYear, term: '2' as const, firstDay: '2027-03-01', lastDay: '2027-07-09', closed: [], makeUp: [] },
  ]);
