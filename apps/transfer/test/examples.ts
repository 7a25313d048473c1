import type { Stage } from '#libs/contracts';
import { Office, OfficeTree, Term } from '#libs/places';
import { Application } from '../src/transfer/application';
import { Side, Situation, StudentFacts } from '../src/transfer/situation';

/** Places of two provinces with real division codes; the schools are invented. */
const authority = (
  _id: string,
  kind: Office['kind'],
  name: string,
  path: string,
  more: Partial<Office> = {},
): Office => ({
  _id,
  kind,
  name,
  path,
  lines: [],
  version: 1,
  ...more,
});
const school = (
  _id: string,
  name: string,
  parent: string,
  path: string,
  stages: Stage[],
  more: Partial<NonNullable<Office['school']>> = {},
): Office => ({
  _id,
  kind: 'school',
  name,
  parent,
  path: `${path}${_id}/`,
  lines: [],
  version: 1,
  school: { type: stages.length > 1 ? 'nineYear' : stages[0], stages, managedBy: parent, ...more },
});

export const offices: Office[] = [
  authority('520000', 'province', '贵州省', '/520000/', { lines: [{ line: 'guizhou', from: '2014-03-01' }] }),
  authority('520100', 'city', '贵阳市', '/520000/520100/', { parent: '520000' }),
  authority('520103', 'county', '云岩区', '/520000/520100/520103/', { parent: '520100' }),
  authority('520102', 'county', '南明区', '/520000/520100/520102/', { parent: '520100' }),
  authority('520300', 'city', '遵义市', '/520000/520300/', { parent: '520000' }),
  authority('520302', 'county', '红花岗区', '/520000/520300/520302/', { parent: '520300' }),
  school('2152010301', '云岩一小', '520103', '/520000/520100/520103/', ['primary']),
  school('2152010302', '云岩二小', '520103', '/520000/520100/520103/', ['primary']),
  school('2152010201', '南明一小', '520102', '/520000/520100/520102/', ['primary']),
  school('3152010301', '云岩中学', '520103', '/520000/520100/520103/', ['junior', 'senior']),
  school('3152010302', '贵阳市直属中学', '520103', '/520000/520100/520103/', ['junior', 'senior'], {
    managedBy: '520100',
  }),
  school('2152030201', '红花岗一小', '520302', '/520000/520300/520302/', ['primary']),
  school('3152030201', '遵义高中', '520302', '/520000/520300/520302/', ['senior']),
  authority('140400', 'city', '长治市', '/140400/', { lines: [{ line: 'national', from: '2014-03-01' }] }),
  authority('140406', 'county', '潞城区', '/140400/140406/', {
    parent: '140400',
    lines: [{ line: 'changzhi-lucheng', from: '2014-03-01' }],
  }),
  authority('140403', 'county', '潞州区', '/140400/140403/', { parent: '140400' }),
  authority('140425', 'county', '平顺县', '/140400/140425/', { parent: '140400' }),
  school('2114040601', '潞城一小', '140406', '/140400/140406/', ['primary']),
  school('3114040601', '潞城高中', '140406', '/140400/140406/', ['senior'], { grade: 'provincialDemo' }),
  school('2114040301', '潞州一小', '140403', '/140400/140403/', ['primary']),
  school('3114040301', '潞州高中', '140403', '/140400/140403/', ['senior'], { grade: 'ordinary' }),
  school('2114042501', '平顺一小', '140425', '/140400/140425/', ['primary']),
  school('3114042501', '平顺高中', '140425', '/140400/140425/', ['senior'], { grade: 'ordinary' }),
];
export const tree: OfficeTree = new Map(offices.map((office) => [office._id, office]));
export const office = (id: string): Office => tree.get(id)!;

export const terms: Term[] = [
  { term: '1' as const, firstDay: '2026-09-01', lastDay: '2027-01-20' },
  { term: '2' as const, firstDay: '2027-03-01', lastDay: '2027-07-10' },
].flatMap((term) =>
  ['520000', '140400'].map((id) => ({
    ...term,
    _id: `${id}/2026/${term.term}`,
    office: id,
    schoolYear: '2026',
    closed: [],
    makeUp: [],
    version: 1,
  })),
);

const side = (id: string, term?: Term): Side => ({
  school: office(id),
  county: office(id).path.split('/').filter(Boolean).at(-2)!,
  ...(term && { term }),
});

const application: Application = {
  student: '0198f0a0-0000-7000-8000-000000000001',
  toClass: 'class-in',
  groundInWords: false,
  facts: {},
  consentOn: '2026-09-24',
  form: { guardianSigned: true, seal: 'schoolSeal', factsChecked: true },
  papers: [{ kind: 'contactForm', digest: 'd' }],
};

interface Wish {
  from: string;
  to: string;
  on?: string;
  stage?: Stage;
  term?: Term | null;
  application?: Partial<Application>;
  student?: Partial<StudentFacts>;
  class?: Partial<Situation['in']['class']>;
  taken?: number;
}

const entered: Record<Stage, number> = { primary: 2024, junior: 2025, senior: 2025 };

/** A transfer in which every rule is kept, unless the wish says otherwise. */
export const situation = (wish: Wish): Situation => {
  const stage = wish.stage ?? 'primary';
  const on = wish.on ?? '2026-09-28';
  const begun = terms.filter(({ office: id, firstDay }) => office(wish.to).path.includes(id) && firstDay <= on);
  const term = wish.term === null ? undefined : (wish.term ?? begun.at(-1));
  const entryYear = entered[stage];
  return {
    on,
    application: { ...application, ...wish.application },
    student: {
      school: wish.from,
      class: 'class-out',
      stage,
      entryYear,
      registration: 'confirmed',
      marks: [],
      ...wish.student,
    },
    out: side(wish.from, term),
    in: { ...side(wish.to, term), class: { stage, entryYear, ...wish.class }, taken: wish.taken ?? 30 },
  };
};

/** Between two counties of Guizhou; the household moved. */
export const guizhou = (wish: Partial<Wish> = {}): Situation =>
  situation({
    from: '2152010301',
    to: '2152030201',
    ...wish,
    application: {
      ground: 'householdMoved',
      facts: { householdMovedWithGuardians: true, newHouseholdOutsideCatchment: true },
      ...wish.application,
    },
  });

/** From the neighbouring county to Lucheng; home and household moved. */
export const lucheng = (wish: Partial<Wish> = {}): Situation =>
  situation({
    from: '2114042501',
    to: '2114040601',
    on: '2026-09-10',
    ...wish,
    application: {
      ground: 'homeAndHouseholdMoved',
      facts: { homeMovedAcrossCounty: true, householdMovedToNewHome: true },
      newCounty: '140406',
      consentOn: '2026-09-09',
      papers: [
        { kind: 'contactForm', digest: 'd' },
        { kind: 'householdProof', digest: 'e' },
      ],
      ...wish.application,
    },
  });

/** A senior who left the city area of Lucheng's schools for it: home and household moved, study impossible. */
export const senior = (wish: Partial<Wish> = {}): Situation =>
  lucheng({
    from: '3114042501',
    to: '3114040601',
    stage: 'senior',
    ...wish,
    application: {
      ground: 'homeAndHouseholdLeftCityArea',
      facts: {
        homeMovedOutOfCityArea: true,
        householdMovedToNewHome: true,
        cannotStudyAtOldSchool: true,
        comparableSchool: true,
      },
      ...wish.application,
    },
  });
