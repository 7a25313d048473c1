import {
  checkCharacter,
  divisionAt,
  periodsOf,
  type GuardianRelation,
  type HouseholdKind,
  type IdDocumentType,
} from '#libs/codes';
import type { NoHouseholdCertificate, Sex } from '#libs/codes';
import type { Stage } from '#libs/contracts';
import { childName, dottedName, rareName, surnameOf } from './names';
import { firstSchoolDay } from './places';
import { Random } from './random';

/** An invented child, in the shape in which the registry takes an entry; `class` is the name of the class. */
export interface SampleChild {
  name: string;
  sex: Sex;
  birthDate: string;
  idDocument: { type: IdDocumentType; number?: string };
  ethnic: string;
  class: string;
  entryDate: string;
  household: {
    registered: boolean;
    kind: HouseholdKind;
    place?: string;
    certificate?: NoHouseholdCertificate;
    papers?: { vaccination: boolean; healthBooklet: boolean; residencePermit: boolean; whyMissing?: string };
  };
  guardian?: { name: string; relation: GuardianRelation; phone: string };
  address: string;
  form: { reviewed: boolean; signed: boolean; photo: boolean };
}

export interface ChildrenOptions {
  seed: number;
  /** Names of the classes they are spread over. */
  classes: readonly string[];
  /** Decides the year of birth. Default `primary`. */
  stage?: Stage;
  /** County where most of them live. */
  county: string;
  entryDate?: string;
  /** Number of the first child; children of ranges that do not overlap never share an ID number. */
  from?: number;
  /** Share of children without household registration, in the usual mix. Default 0.015; 0 for none. */
  withoutHousehold?: number;
}

/** First birth date of a cohort: entrants of 2026 into grade 1 are born from 2019-09-01 to 2020-08-31. */
const bornFrom: Record<Stage, string> = { primary: '2019-09-01', junior: '2013-09-01', senior: '2010-09-01' };
const bornTo: Record<Stage, string> = { primary: '2020-08-31', junior: '2014-08-31', senior: '2011-08-31' };

/** Divisions of Guizhou and a few outside, in force through the whole year of birth; some are retired today. */
const divisionsOf = (stage: Stage): string[] => {
  const candidates = [
    ...Array.from({ length: 40 }, (_, i) => [
      ...[1, 2, 3, 4, 5, 6].map((city) => `520${city}${String(i + 1).padStart(2, '0')}`),
      ...[3, 6, 7].flatMap((prefecture) => [`522${prefecture}${String(i + 1).padStart(2, '0')}`]),
    ]).flat(),
    ...['520181', '520281', '520381', '520382', '520581'],
    ...['140423', '430224', '500115', '510524', '530322', '450225', '440306', '330106'],
  ];
  return candidates.filter(
    (code) =>
      periodsOf(code).length > 0 &&
      [bornFrom[stage], bornTo[stage]].every((date) => divisionAt(code, date)?.level === 'county'),
  );
};

const pools = new Map<Stage, string[]>();
const poolOf = (stage: Stage): string[] => {
  const known = pools.get(stage) ?? divisionsOf(stage);
  pools.set(stage, known);
  return known;
};

const dayAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** Sequence digits of twins lie above those of everybody else. */
const singles = 500;

/** Resident ID number of these parts. Sex follows from the last digit of the sequence. */
export const residentNumber = (division: string, birthDate: string, sequence: number): string => {
  const first17 = `${division}${birthDate.replace(/-/g, '')}${String(sequence).padStart(3, '0')}`;
  return first17 + checkCharacter(first17);
};

/** Division, day and sequence of child `index`: a permutation, so that no two children share a number. */
const placeInPool = (index: number, stage: Stage): { division: string; birthDate: string; sequence: number } => {
  const pool = poolOf(stage);
  const days = 365;
  const size = pool.length * days * singles;
  // The step has no factor in common with any pool size below it, being prime.
  const scattered = Number((BigInt(index) * 2_147_483_647n) % BigInt(size));
  const day = Math.floor(scattered / singles) % days;
  return {
    division: pool[Math.floor(scattered / singles / days)],
    birthDate: dayAfter(bornFrom[stage], day),
    sequence: scattered % singles,
  };
};

const groups = ['01', '01', '01', '06', '06', '09', '12', '15', '07', '37', '25', '14', '03', '97'];
const streets = ['青年路', '建设街', '人民路', '滨河路', '新华街', '向阳路', '文化巷', '桂花巷'];

/**
 * Invented but lawful children: numbers with divisions in force at birth (some retired since), rare characters, names
 * with `·`, minority groups, twins, residents of Hong Kong and Macao, children without a household registration.
 */
export const children = (n: number, options: ChildrenOptions): SampleChild[] => {
  const { seed, classes, stage = 'primary', county, entryDate = firstSchoolDay, from = 0 } = options;
  const random = new Random(seed);
  const made: SampleChild[] = [];
  while (made.length < n) {
    const { division, birthDate, sequence } = placeInPool(from + made.length, stage);
    const surname = surnameOf(random);
    const dotted = random.chance(0.02) ? dottedName(random) : undefined;
    const name = dotted?.name ?? (random.chance(0.02) ? rareName(random) : childName(random, surname));
    const sex: Sex = sequence % 2 === 1 ? '1' : '2';
    const withoutHousehold = random.chance(options.withoutHousehold ?? 0.015);
    const fromHongKong = !withoutHousehold && random.chance(0.003);
    const hasGuardian = withoutHousehold || fromHongKong || random.chance(0.9);
    const guardianIsFather = random.chance(0.5);
    const child: SampleChild = {
      name,
      sex,
      birthDate,
      idDocument: withoutHousehold
        ? { type: 'none' }
        : fromHongKong
          ? {
              type: 'hmtResidencePermit',
              number: residentNumber(random.pick(['810000', '820000', '830000']), birthDate, sequence),
            }
          : { type: 'residentId', number: residentNumber(division, birthDate, sequence) },
      ethnic: dotted?.ethnic ?? random.pick(groups),
      class: classes[made.length % classes.length],
      entryDate,
      household:
        withoutHousehold || fromHongKong
          ? {
              registered: false,
              kind: 'none',
              ...(withoutHousehold && {
                certificate: random.chance(0.6) ? ('householdAuthority' as const) : ('community' as const),
                papers: random.chance(0.5)
                  ? { vaccination: true, healthBooklet: true, residencePermit: true }
                  : { vaccination: true, healthBooklet: false, residencePermit: false, whyMissing: '正在补办' },
              }),
            }
          : { registered: true, kind: random.chance(0.95) ? 'family' : 'collective', place: county },
      ...(hasGuardian && {
        guardian: {
          name: dotted ? dottedName(random).name : childName(random, guardianIsFather ? surname : surnameOf(random)),
          relation: guardianIsFather ? ('father' as const) : ('mother' as const),
          phone: `1${random.pick(['38', '39', '57', '86', '98'])}${String(random.below(100_000_000)).padStart(8, '0')}`,
        },
      }),
      address: `${divisionAt(county, entryDate)!.name}${random.pick(streets)}${1 + random.below(300)}号`,
      form: { reviewed: true, signed: true, photo: random.chance(0.97) },
    };
    made.push(child);
    if (made.length < n && child.idDocument.type === 'residentId' && random.chance(0.01)) {
      made.push(twinOf(child, division, singles + sequence, random));
    }
  }
  return made;
};

/** Same day, household, guardian and address; another name and number. */
const twinOf = (child: SampleChild, division: string, sequence: number, random: Random): SampleChild => {
  const surname = [...child.name][0];
  const name = child.name.includes('·') ? dottedName(random).name : childName(random, surname);
  return {
    ...child,
    name: name === child.name ? `${name}儿` : name,
    sex: sequence % 2 === 1 ? '1' : '2',
    idDocument: { type: 'residentId', number: residentNumber(division, child.birthDate, sequence) },
  };
};

/** Two entrants of 2026 for the age rule: six years old on 31 August, and one day too young. */
export const ageRuleChildren = (className: string, county: string): { reached: SampleChild; tooYoung: SampleChild } => {
  const [first, second] = children(2, {
    seed: 31,
    classes: [className],
    county,
    withoutHousehold: 0,
    from: 40_000_000,
  });
  const born = (child: SampleChild, birthDate: string, sequence: number): SampleChild => ({
    ...child,
    birthDate,
    sex: sequence % 2 === 1 ? '1' : '2',
    idDocument: { type: 'residentId', number: residentNumber(county, birthDate, sequence) },
    household: { registered: true, kind: 'family', place: county },
  });
  return { reached: born(first, '2020-08-31', 991), tooYoung: born(second, '2020-09-01', 992) };
};
