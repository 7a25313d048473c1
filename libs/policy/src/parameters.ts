import { letterRecipients, type Act, type Citation, type Stage } from '#libs/contracts';

/** Every number, list and route that a rule may read is declared here once; packs give the values. */

export const units = ['days', 'workingDays', 'weeks', 'months', 'years', 'pupils', 'schoolDays'] as const;
export type Unit = (typeof units)[number];

/** Events that start a clock. The text often leaves them open; then the pack marks its choice as a reading. */
export const clockStarts = [
  'dayOfEntry',
  'submission',
  'consent', // date of the seal on the contact form
  'arrival', // the case reaches the office that must act
  'ownApproval',
  'handoverDone',
  'firstDayOfTerm',
  'birth',
  'firstDayOfTruancy',
  'returnProcedure', // letters to township and community have gone out
  'dropout',
] as const;
export type ClockStart = (typeof clockStarts)[number];

/** Movements and normal changes of a record (FJ-ST1 to ST4). */
export const changes = [
  'entry',
  'gradePromotion',
  'stagePromotion',
  'transfer',
  'suspension',
  'suspensionExtension',
  'resumption',
  'withdrawal',
  'expulsion',
  'goneAbroad',
  'returnFromAbroad',
  'death',
  'missing',
  'otherLeaving',
  'restoring',
  'repeat',
  'skip',
  'guestStudy',
  'graduation',
  'completion',
  'partialStudy',
] as const;
export type Change = (typeof changes)[number];

export type Phase = 'obtained' | 'changed' | 'ended';

export type Party = 'inSchool' | 'inAuthority' | 'outSchool' | 'outAuthority';

/** Facts that conditions and grounds are decided by. The services answer them; `true`, a number, or not known. */
export const factNames = [
  // what the family declares and the papers prove
  'householdMovedWithGuardians',
  'newHouseholdOutsideCatchment',
  'homeOrWorkMoved',
  'newHomeOrWorkOutsideCatchment',
  'localConditionMet',
  'homeMovedAcrossCounty',
  'homeMovedOutOfCityArea',
  'householdMovedToNewHome',
  'migrantWorkMovedAcrossCounty',
  'cannotStudyAtOldSchool',
  'comparableSchool',
  // what the registry knows
  'enrolledAtOutSchool',
  'contactFormSealed',
  'transferGroundHolds',
  'classVacancies',
  'gradeKept',
  'suspended',
  'underPunishment',
  'ordinaryToDemonstration',
  'sameCityArea',
  'windowOpen',
  'closedTerm',
  'periodOver',
] as const;
export type FactName = (typeof factNames)[number];

/** A part of a value that rests on a rule of its own. A pack that is loaded carries the citation beside the id. */
export interface Ruled {
  rule: string;
  citation?: Citation;
}

/** One way to meet a condition: every fact true, and a reason in words where asked for. */
export interface Ground extends Ruled {
  code: string;
  text: { zh: string; en: string };
  facts: FactName[];
  reasonText?: boolean;
  papers?: string[];
}

/** Met when one of the grounds is. Sets of several lines must all be met. */
export interface ConditionSet extends Ruled {
  oneOf: Ground[];
}

/** A ground on which a step may refuse, and the fact that proves it (FJ-C7). */
export interface RefusalGround extends Ruled {
  code: string;
  text: { zh: string; en: string };
  /** Stages at which it may be named; absent: all. */
  stages?: Stage[];
  /** True refusal grounds are proved when `fact` compares with `value`. */
  provenBy: { fact: FactName; is: 'equal' | 'atMost' | 'atLeast'; value: boolean | number };
}

export interface RouteStep extends Ruled {
  party: Party;
  act: Act;
}

/** Who files, and who acts after it. `sequence`: each step opens when the one before has agreed. */
export interface Route {
  order: 'sequence' | 'parallel';
  filing: RouteStep;
  steps: RouteStep[];
}

export interface ChainStep extends Ruled {
  office: 'school' | 'county' | 'city' | 'province' | 'ministry';
  act: Act | 'issue';
}

/** Fields that together name one person; what a hit on another open record does. */
export interface MatchKey extends Ruled {
  fields: ('idNumber' | 'name' | 'sex' | 'birthDate' | 'guardian')[];
  effect: 'refuse' | 'report';
}

/** A term in which a grade neither leaves nor takes in. */
export interface ClosedTerm extends Ruled {
  grade: 'starting' | 'graduating';
  term: '1' | '2';
}

/** Counties between whose general senior schools nobody transfers. */
export interface CityArea extends Ruled {
  city: string;
  counties: string[];
}

export interface PhaseOfChange extends Ruled {
  change: Change;
  phase: Phase;
}

/** How a value meets the value of the line below it in the chain. Silence always inherits. */
export type Merge =
  | 'override' // the nearer line decides
  | 'lowest' // a limit: the nearer line may lower it, not raise it
  | 'highest' // a threshold: the nearer line may raise it, not lower it
  | 'narrow' // a list of what is allowed: the nearer line may shorten it
  | 'onlyTrue' // a demand: the nearer line may make it, not drop it
  | 'union' // demands of all lines together
  | 'allMustHold'; // condition sets of all lines, each met by itself

export type Kind = 'limit' | 'duration' | 'monthDay' | 'flag' | 'code' | 'codes' | 'objects' | 'object';

export interface Parameter<T = unknown> {
  kind: Kind;
  merge: Merge;
  description: string;
  /** Allowed codes, of `code` and `codes`. */
  codes?: readonly string[];
  /** Allowed units, of `limit` and `duration`. */
  units?: readonly Unit[];
  /** What makes two entries of `objects` the same entry for `union`. */
  identity?: (entry: Record<string, unknown>) => string;
  /** How a nearer value (of `union`: a nearer entry with the same identity) loosens one further up; undefined: it does not. */
  loosens?: (near: unknown, far: unknown) => string | undefined;
  /** Throws with a reason when an object value has not the shape the rules read. */
  check?: (value: unknown) => void;
  /** Never set: carries the type of the value. */
  readonly __value?: T;
}

const limit = (merge: 'lowest' | 'highest', unit: Unit, description: string): Parameter<number> => ({
  kind: 'limit',
  merge,
  units: [unit],
  description,
});

const duration = (merge: 'lowest' | 'highest' | 'override', description: string): Parameter<number> => ({
  kind: 'duration',
  merge,
  units: ['days', 'workingDays', 'weeks', 'months', 'years'],
  description,
});

const monthDay = (description: string): Parameter<string> => ({ kind: 'monthDay', merge: 'override', description });

const demand = (description: string): Parameter<boolean> => ({ kind: 'flag', merge: 'onlyTrue', description });

const flag = (description: string): Parameter<boolean> => ({ kind: 'flag', merge: 'override', description });

const code = <const C extends string>(codes: readonly C[], description: string): Parameter<C> => ({
  kind: 'code',
  merge: 'override',
  codes,
  description,
});

const allowed = <const C extends string>(codes: readonly C[], description: string): Parameter<C[]> => ({
  kind: 'codes',
  merge: 'narrow',
  codes,
  description,
});

const demanded = <const C extends string>(codes: readonly C[], description: string): Parameter<C[]> => ({
  kind: 'codes',
  merge: 'union',
  codes,
  description,
});

const fail = (reason: string): never => {
  throw new Error(reason);
};

const knownFact = (fact: unknown): void => {
  if (!factNames.includes(fact as FactName)) fail(`fact "${String(fact)}" is not known`);
};

const conditions = (description: string): Parameter<ConditionSet[]> => ({
  kind: 'objects',
  merge: 'allMustHold',
  description,
  check: (value) => {
    for (const set of value as ConditionSet[]) {
      if (!Array.isArray(set.oneOf) || set.oneOf.length === 0)
        fail('a condition set needs at least one ground in "oneOf"');
      for (const ground of set.oneOf) {
        if (!ground.code || !ground.text?.zh || !ground.text?.en) fail('a ground needs code and text in zh and en');
        if (!Array.isArray(ground.facts)) fail(`ground "${ground.code}" needs "facts"`);
        if (ground.facts.length === 0 && !ground.reasonText) fail(`ground "${ground.code}" asks for nothing`);
        ground.facts.forEach(knownFact);
      }
    }
  },
});

const parties = ['inSchool', 'inAuthority', 'outSchool', 'outAuthority'];
const actNames = ['confirm', 'review', 'approve', 'register', 'fileForInformation'];

const lacking = <T>(near: readonly T[], far: readonly T[]): string =>
  far.filter((one) => !near.includes(one)).join(', ');

const partiesOf = ({ filing, steps }: Route): Party[] => [filing, ...steps].map(({ party }) => party);

const route = (description: string): Parameter<Route> => ({
  kind: 'object',
  merge: 'override',
  description,
  loosens: (near, far) => {
    const dropped = lacking(partiesOf(near as Route), partiesOf(far as Route));
    return dropped ? `leaves out ${dropped}` : undefined;
  },
  check: (value) => {
    const { order, filing, steps } = value as Route;
    if (order !== 'sequence' && order !== 'parallel') fail('"order" is "sequence" or "parallel"');
    if (!filing || !Array.isArray(steps) || steps.length === 0) fail('a route needs "filing" and "steps"');
    const seen = new Set<string>();
    for (const step of [filing, ...steps]) {
      if (!parties.includes(step.party)) fail(`party "${step.party}" is not known`);
      if (!actNames.includes(step.act)) fail(`act "${step.act}" is not known`);
      if (seen.has(step.party)) fail(`party "${step.party}" stands twice`);
      seen.add(step.party);
    }
  },
});

const stageLevels = ['county', 'city', 'province'] as const;
const stageCodes = ['primary', 'junior', 'senior'] as const;

const perStage = <const N extends string, V>(
  name: N,
  make: (stage: Stage) => Parameter<V>,
): Record<`${N}.${Stage}`, Parameter<V>> =>
  Object.fromEntries(stageCodes.map((stage) => [`${name}.${stage}`, make(stage)])) as Record<
    `${N}.${Stage}`,
    Parameter<V>
  >;

/** NAT-SC4: the province says what each kind of change asks for at each stage; one cell is one parameter. */
const matrix = Object.fromEntries(
  stageCodes.flatMap((stage) =>
    changes.map((change) => [
      `conditions.${stage}.${change}`,
      conditions(`What a ${change} at the ${stage} stage asks for: every set must be met, each by one of its grounds`),
    ]),
  ),
) as Record<`conditions.${Stage}.${Change}`, Parameter<ConditionSet[]>>;

export const parameters = {
  // Places
  'places.schoolTypes': allowed(
    ['primary', 'junior', 'senior', 'special', 'reform', 'nineYear', 'complete'],
    'Types of school whose records are kept',
  ),
  'places.operators': allowed(
    ['government', 'enterprise', 'socialGroup', 'otherSocialOrganisation', 'citizen'],
    'Who may run such a school',
  ),
  'places.stages': allowed(stageCodes, 'Stages that the line governs'),

  // Who is in charge
  ...perStage('routing.authority', (stage) =>
    code(stageLevels, `Level of the record authority of ${stage} schools that are not directly managed`),
  ),
  'routing.directlyManaged': code(
    ['byPlace', 'byManagingLevel'],
    'Whether a directly managed school answers to the authority of its place or to the level that manages it',
  ),

  // Entry
  'enrolment.season': code(['autumn'], 'When new pupils enter'),
  'enrolment.season.from': monthDay('First day of the season, in the year of entry'),
  'enrolment.season.to': monthDay('Last day of the season, in the year of entry'),
  'enrolment.minAge': limit('highest', 'years', 'Full years a primary entrant must have reached on the cut-off day'),
  'enrolment.ageCutOff': monthDay('Day of the year of entry on which age is counted, that day included'),
  'enrolment.intakeApproval': demand("New records wait for the authority's approval of the school's intake"),
  'enrolment.beforeFormal': demanded(
    ['guardianSignature', 'homeroomTeacherSignature', 'form', 'photo', 'schoolReview', 'authorityReview'],
    'What a pending record lacks until it is formal',
  ),
  'enrolment.confirmation.within': duration('lowest', "Time of the record authority for a school's submission"),
  ...perStage('newRecord.deadline', (stage) =>
    duration('lowest', `Time of a school to create the file of a new student of the ${stage} stage`),
  ),
  'newRecord.deadline.until': code(['entered', 'numberAskedFor'], 'What must be done of a new file within its time'),
  'noHousehold.papers.required': demanded(
    ['noHouseholdCertificate', 'vaccinationCertificate', 'healthBooklet', 'residencePermit', 'otherPapers'],
    'Papers without which a child without household registration is not registered',
  ),
  'noHousehold.papers.expected': demanded(
    ['vaccinationCertificate', 'healthBooklet', 'residencePermit', 'otherPapers'],
    'Papers that are attached, or their lack explained',
  ),
  'noHousehold.guardianRequired': demand('Guardian fields are compulsory where household registration is missing'),

  // Numbers and sameness
  'number.temporary': flag('A child without household registration gets a temporary number'),
  'number.temporary.approver': code(stageLevels, 'Level that approves a temporary number'),
  'number.conversion': {
    kind: 'object',
    merge: 'override',
    description: 'Who acts, in order, when a temporary number becomes an official one',
    loosens: (near, far) => {
      const [ours, theirs] = [near, far].map((chain) =>
        (chain as { steps: ChainStep[] }).steps.map((step) => step.office),
      );
      const dropped = lacking(ours, theirs);
      return dropped ? `leaves out ${dropped}` : undefined;
    },
    check: (value) => {
      const { steps } = value as { steps: ChainStep[] };
      if (!Array.isArray(steps) || steps.length === 0) fail('a chain needs "steps"');
      for (const step of steps)
        if (!['school', ...stageLevels, 'ministry'].includes(step.office)) fail(`office "${step.office}" is not known`);
    },
  } as Parameter<{ steps: ChainStep[] }>,
  'duplicate.keys': {
    kind: 'objects',
    merge: 'union',
    description: 'Fields by which two open records are found to be of one person, and what a hit does',
    identity: (entry) => [...((entry as unknown as MatchKey).fields ?? [])].sort().join('+'),
    loosens: (near, far) =>
      (near as MatchKey).effect === 'report' && (far as MatchKey).effect === 'refuse'
        ? `reports what is refused for ${(far as MatchKey).fields.join(' + ')}`
        : undefined,
    check: (value) => {
      for (const key of value as MatchKey[]) {
        if (!Array.isArray(key.fields) || key.fields.length === 0) fail('a match key needs "fields"');
        if (key.effect !== 'refuse' && key.effect !== 'report') fail('"effect" is "refuse" or "report"');
      }
    },
  } as Parameter<MatchKey[]>,

  // Classes
  ...perStage('class.cap.forming', (stage) =>
    limit('lowest', 'pupils', `Pupils of a ${stage} class when classes are formed`),
  ),
  ...perStage('class.cap.life', (stage) => limit('lowest', 'pupils', `Pupils of a ${stage} class at any time`)),
  'class.suspendedTakePlace': flag('A suspended pupil counts against the cap of the class'),

  // Transfers
  ...perStage('transfer.route', (stage) => route(`Who files and who acts on a transfer at the ${stage} stage`)),
  'transfer.sameAuthority': code(['once', 'twice'], 'How often an authority acts that is in charge of both schools'),
  'transfer.submitAfterConsent.within': duration('lowest', 'Time of the receiving school to file after its consent'),
  'transfer.review.within': duration('lowest', 'Time of each party for its step'),
  'transfer.handover.within': duration('lowest', 'Time of each party to finish the handover after its own approval'),
  'transfer.files.within': duration('lowest', 'Time of the old school to hand over the file'),
  'transfer.form': demand('The contact form is filled in, signed and sealed before filing'),
  'transfer.form.signatures': demanded(['guardian'], 'Who signs the contact form'),
  'transfer.form.seals': {
    kind: 'codes',
    merge: 'narrow',
    codes: ['schoolSeal', 'recordSeal'],
    description: 'Seals of the receiving school of which one is enough',
  } as Parameter<('schoolSeal' | 'recordSeal')[]>,
  'transfer.papers': demanded(
    ['contactForm', 'householdProof', 'residenceOrWorkProof'],
    'Papers that the receiving school uploads with the application',
  ),
  'transfer.window': duration('lowest', 'Days of the term in which a transfer may be filed'),
  'transfer.closedTerms': {
    kind: 'objects',
    merge: 'union',
    description: 'Terms in which a grade neither leaves nor takes in',
    identity: (entry) => `${String(entry.grade)}/${String(entry.term)}`,
    check: (value) => {
      for (const term of value as ClosedTerm[]) {
        if (term.grade !== 'starting' && term.grade !== 'graduating') fail('"grade" is "starting" or "graduating"');
        if (term.term !== '1' && term.term !== '2') fail('"term" is "1" or "2"');
      }
    },
  } as Parameter<ClosedTerm[]>,
  'transfer.closedAfterExamRegistration': demand(
    'The graduating grade does not transfer once exam registration of the place has closed',
  ),
  'transfer.examRegistrationCloses.junior': monthDay(
    'Last day of registration for the entrance exam of senior schools',
  ),
  'transfer.examRegistrationCloses.senior': monthDay('Last day of registration for the college entrance exam'),
  'transfer.sameGrade': demand('A transfer keeps stage and grade'),
  'transfer.blockedWhile': demanded(['suspended', 'underPunishment'], 'States in which a student does not transfer'),
  'transfer.noOrdinaryToDemonstration': demand(
    'No transfer from an ordinary to a provincial demonstration senior school',
  ),
  'transfer.cityAreas': {
    kind: 'objects',
    merge: 'union',
    description: 'Counties that are one city area, between whose general senior schools nobody transfers',
    identity: (entry) => String(entry.city),
    loosens: (near, far) => {
      const dropped = lacking((near as CityArea).counties, (far as CityArea).counties);
      return dropped ? `leaves out ${dropped}` : undefined;
    },
    check: (value) => {
      for (const area of value as CityArea[])
        if (!area.city || !Array.isArray(area.counties) || area.counties.length === 0)
          fail('a city area needs "city" and "counties"');
    },
  } as Parameter<CityArea[]>,
  'transfer.entryBeforeApproval.exceptions': allowed(
    ['inclusivePlacement', 'specialSchool', 'reformSchool'],
    'The only cases in which a school takes a student whose transfer is not approved',
  ),
  'transfer.refusalGrounds': {
    kind: 'objects',
    merge: 'union',
    description: 'Grounds on which a party may refuse, each with the fact that proves it',
    identity: (entry) => String(entry.code),
    check: (value) => {
      for (const ground of value as RefusalGround[]) {
        if (!ground.code || !ground.text?.zh || !ground.text?.en) fail('a ground needs code and text in zh and en');
        knownFact(ground.provenBy?.fact);
        if (!['equal', 'atMost', 'atLeast'].includes(ground.provenBy.is)) fail('"is" is equal, atMost or atLeast');
      }
    },
  } as Parameter<RefusalGround[]>,

  // The end of a stage
  'completion.proof': demand('An ending is entered with a paper that proves it'),
  ...perStage('completion.periodOverGraduates', (stage) =>
    demand(`A ${stage} student whose period of study is over is graduated and gets no other ending`),
  ),

  // Placement in the next stage
  'placement.route.junior': route('Who files and who acts when students are placed in a junior school'),
  'placement.route.senior': route('Who files and who acts when students are placed in a senior school'),
  'placement.window': duration('override', 'Time of the enrolling school to process the entrants of its plan'),
  'placement.within': duration('override', 'Time of each party of a placement'),

  // Closing a school
  'closing.keeper': code(['anyUnit', 'school'], 'Whom the county may name as keeper of the files of a closed school'),

  // Overdue steps
  'deadline.missed': code(['flagAndEscalate'], 'What a missed deadline does; no text approves or refuses by silence'),

  // Files and copies
  'archive.permanentCopy': demand('The school where a stage ended keeps a sealed copy of the file for ever'),
  'archive.neverDeleted': demand('A finished record and its copy are never deleted'),
  'archive.handoverCopy': demand('The old school keeps a read-only copy as of the hand-over'),
  'archive.fileFollows': demand('The file goes to the new school, and the case ends only when it is received there'),
  'archive.contents': demanded(
    ['basicInfo', 'changes', 'results', 'awards', 'punishments', 'graduationCertificate'],
    'What a sealed file holds; what is missing is listed before it is sealed',
  ),
  'archive.review': demand('The producing office records its review before a file is archived'),
  'archive.custodyOnFiling': demand('On filing the archive office takes the file over; the producing office reads'),
  'archive.mergerKeeper': demand('The school merged into keeps the files, those of former pupils included'),
  'archive.closureKeeper': code(['anyUnit', 'school'], 'Who may be named to keep the files of a school that closes'),

  // The record
  'compulsory.years': limit('highest', 'years', 'Years of compulsory education, during which a record stays open'),
  'compulsory.stages': demanded(stageCodes, 'Stages that are compulsory'),
  'change.phases': {
    kind: 'objects',
    merge: 'override',
    description: 'The part of a record life that each change belongs to',
    identity: (entry) => String(entry.change),
    check: (value) => {
      for (const entry of value as PhaseOfChange[]) {
        if (!changes.includes(entry.change)) fail(`change "${entry.change}" is not known`);
        if (!['obtained', 'changed', 'ended'].includes(entry.phase)) fail(`phase "${entry.phase}" is not known`);
      }
    },
  } as Parameter<PhaseOfChange[]>,
  // Attendance and dropout
  'rollCall.daily': demand('Every class is called on each school day; one that is not is told the same day'),
  'dropout.suspected.after': limit('lowest', 'schoolDays', 'Unexcused school days that make a suspected dropout'),
  'dropout.suspected.count': code(['consecutive', 'total'], 'Which days are counted towards a suspected dropout'),
  'dropout.suspected.per': code(['term', 'schoolYear'], 'Where the count begins anew'),
  'dropout.suspected.day': code(
    ['wholeDay', 'anySession'],
    'Whether a day counts when it was missed whole, or when any session of it was',
  ),
  'dropout.homeVisit': demand('A home visit in vain is on record before anything is reported'),
  'dropout.suspicion.recipients': demanded(letterRecipients, 'Who is written to when home visits were in vain'),
  'dropout.confirm.after': duration('override', 'Time to come back before a dropout is proposed'),
  'dropout.report.recipients': demanded(letterRecipients, 'Who is told of a compulsory-stage dropout in writing'),
  'dropout.report.within': duration('lowest', 'Time of the school to report a compulsory-stage dropout'),
  'truancy.consecutive': duration('override', 'Truancy without a break after which a senior student is out'),
  'truancy.total': duration('override', 'Truancy of a term in total after which a senior student is out'),

  ...matrix,
};

export type ParameterName = keyof typeof parameters;
export type ValueOf<N extends ParameterName> = (typeof parameters)[N] extends Parameter<infer V> ? V : never;

export const parameterOf = (name: string): Parameter | undefined =>
  Object.hasOwn(parameters, name) ? (parameters as Record<string, Parameter>)[name] : undefined;
