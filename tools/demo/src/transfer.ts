import { until } from '#libs/testing';
import { windowClosed } from './changzhi';
import { Lucheng } from './lucheng';
import { Intake } from './workbooks';
import { clerkOf, officerOf } from './accounts';
import { Places } from './open-places';
import { studentsOf } from './students';
import { inChina, said, Story } from './story';
import { act, agree, CaseView, caseOf, file, filingBody, openStep, reaches, Wish } from './transfer-case';
import { World } from './world';

const moved = { householdMovedWithGuardians: true, newHouseholdOutsideCatchment: true };

/** Two children move from a county of Guiyang to one of Zunyi, over the National Day holiday. */
export const transfer = async (
  world: World,
  story: Story,
  places: Places,
  intake: Intake,
  lu: Lucheng,
): Promise<void> => {
  story.begin('transfer', 'A transfer between two counties · 跨县转学');
  world.moveTo('2026-09-28T10:00');
  await windowClosed(world, story, lu);
  const from = intake.schools[0].school;
  const to = intake.schools.find(
    ({ school }) => school.parent === '520302' && school.stages.includes('primary'),
  )?.school;
  if (!to) throw new Error('no primary school in 520302');
  const toClass = places.classId(to.code, places.classNames(to.code, 'primary', 1)[0]);
  const clerk = world.as(clerkOf(to.code));
  const [first, second] = (await studentsOf(world, clerkOf(from.code), from.code)).filter(
    ({ numberKind }) => numberKind === 'G',
  );
  const numberOf = (name: string) => {
    const child = intake.schools[0].children.find((one) => one.name === name);
    return `G${child?.idDocument.number ?? ''}`;
  };
  const address = 'officer@example.org';
  await world.as(officerOf(to.parent)).put('/api/notify/v1/contacts', { email: address });
  const located = await clerk.must<{ student: string }>('/api/registry/v1/students/locate', {
    studentNumber: numberOf(first.name),
    name: first.name,
  });
  story.check('the receiving school finds the child by number and name', located.student === first.student, 'locate');

  const wish = (student: string, consentOn: string): Wish => ({
    student,
    toSchool: to.code,
    toClass,
    ground: 'householdMoved',
    facts: moved,
    newCounty: to.parent,
    consentOn,
  });
  const bare = await filingBody(clerk, wish(first.student, '2026-09-24'));
  const blocked = await clerk.must<{ possible: boolean; blockers: { rule: string }[] }>(
    '/api/transfer/v1/transfers/preflight',
    {
      ...bare,
      facts: {},
      form: { guardianSigned: false, factsChecked: false },
      papers: [],
    },
  );
  story.check(
    'pre-flight shows all blockers at once, each with its article',
    !blocked.possible && blocked.blockers.length >= 2,
    blocked.blockers.map(({ rule }) => rule).join(', '),
  );

  const filed = await file(world, wish(first.student, '2026-09-24'));
  const late = await file(world, wish(second.student, '2026-09-22'));
  if (filed.status >= 300 || late.status >= 300) throw new Error(`filing: ${JSON.stringify([filed, late])}`);
  story.count('transfers filed', 2);
  story.check(
    'consent of 24 September was due on the 29th: in time [GZ-TR6]',
    filed.body.dueOn === '2026-09-29' && !filed.body.late,
    `due ${filed.body.dueOn}`,
  );
  story.check(
    'consent of 22 September was due on the 24th: late, recorded, processed [GZ-TR6]',
    late.body.dueOn === '2026-09-24' && late.body.late,
    `due ${late.body.dueOn}`,
  );
  const ids = [filed.body.id, late.body.id];
  const me = clerkOf(to.code);
  const [held] = await Promise.all(
    ids.map((id) => reaches(world, me, id, (view) => view.state === 'inReview', 'the registry holds the record')),
  );
  story.check(
    'the old school is due on 30 September [GZ-TR7]',
    openStep(held)?.step === 'outSchool' && openStep(held)?.dueOn === '2026-09-30',
    `${openStep(held)?.step} due ${openStep(held)?.dueOn}`,
  );

  const stranger = await world.as(officerOf('520581')).get(`/api/transfer/v1/transfers/${ids[0]}`);
  story.check(
    'an officer of a county that is no party sees no such case',
    stranger.status === 404,
    String(stranger.status),
  );
  const untrue = await act(world, clerkOf(from.code), ids[1], 'refuse', { ground: 'noGroundHolds' });
  const list = await world.as(officerOf(from.parent)).must<{ items: unknown[] }>('/api/transfer/v1/refusals');
  story.check(
    "an old school's refusal that the facts disprove goes to its county [GZ-TR11]",
    untrue.status >= 400 && list.items.length === 1,
    `${said(untrue)}; ${list.items.length} on the list of the county`,
  );

  world.moveTo('2026-09-29T15:00');
  for (const id of ids) await agree(world, clerkOf(from.code), id);
  const atCounty = await caseOf(world, me, ids[0]);
  story.check(
    'its county is due on 8 October, after the holiday',
    openStep(atCounty)?.dueOn === '2026-10-08',
    `${openStep(atCounty)?.office} due ${openStep(atCounty)?.dueOn}`,
  );

  world.moveTo('2026-10-08T09:00');
  await world.quiet();
  const reminded = await caseOf(world, me, ids[0]);
  story.check(
    'it is reminded on the day',
    openStep(reminded)?.remindedOn === '2026-10-08',
    String(openStep(reminded)?.remindedOn),
  );
  for (const id of ids) await agree(world, officerOf(from.parent), id);
  const atReceiving = await caseOf(world, me, ids[0]);
  story.check(
    'the receiving county is due on Saturday 10 October, a make-up day',
    openStep(atReceiving)?.dueOn === '2026-10-10',
    `${openStep(atReceiving)?.office} due ${openStep(atReceiving)?.dueOn}`,
  );

  const unknown = await act(world, officerOf(to.parent), ids[0], 'refuse', { ground: 'classFull' });
  const cityList = await world
    .as(officerOf('520300'))
    .must<{ items: { ground: string }[] }>('/api/transfer/v1/refusals');
  story.check(
    '"class full" is no ground that the Guizhou text knows: 422 with the grounds it knows, listed at the city [FJ-C7]',
    unknown.status === 422 && cityList.items.length === 1,
    said(unknown),
  );

  world.moveTo('2026-10-11T09:00');
  await world.quiet();
  const overdue = await caseOf(world, me, ids[0]);
  const step = openStep(overdue);
  story.check(
    'overdue on the 11th, told to the city, not approved by silence [GZ-TR7]',
    overdue.state === 'inReview' && step?.overdueOn === '2026-10-11' && step.escalatedTo === '520300',
    `${step?.state}, overdue ${step?.overdueOn}, escalated to ${step?.escalatedTo}`,
  );

  const inbox = await inboxOf(world, officerOf(to.parent), (items) =>
    items.some(({ kind, overdue }) => kind === 'step' && overdue),
  );
  const told = await inboxOf(world, officerOf('520300'), (items) => items.some(({ kind }) => kind === 'overdue'));
  story.check(
    'the inbox of the county shows the step with its working days left, that of the city what is overdue',
    inbox.some(({ workingDaysLeft }) => typeof workingDaysLeft === 'number'),
    `${inbox.length} and ${told.length} items`,
  );
  await until(() => world.mail.letters.some((letter) => letter.to.includes(address)), {
    within: 120_000,
    message: () => 'a letter to the county',
  });
  const nameless = world.mail.letters.every(({ text }) => !text.includes(first.name) && !text.includes(second.name));
  story.check('the county gets e-mail, and no child is named in it', nameless, `${world.mail.letters.length} letters`);

  world.moveTo('2026-10-12T09:00');
  for (const id of ids) await agree(world, officerOf(to.parent), id);
  const done = await Promise.all(
    ids.map((id) => reaches(world, me, id, (view) => view.state === 'completed', 'the registry moves the seat')),
  );
  story.count('transfers completed', done.length);
  const record = await clerk.get<{ school: string; seatSince: string }>(`/api/registry/v1/students/${first.student}`);
  const gone = await world.as(clerkOf(from.code)).get(`/api/registry/v1/students/${first.student}`);
  story.check(
    'the registry moved the seat: the new school sees the record, the old one no longer',
    record.body.school === to.code && gone.status === 404,
    `${record.status}, ${gone.status}`,
  );
  showCase(story, done[0], to.name);
};

/** Every step with act, person and article, as the case itself tells it. */
const showCase = (story: Story, { filing, steps, timeline }: CaseView, filedBy: string): void => {
  story.case = {
    filed: { on: filing.on, by: filedBy },
    steps: steps.map(({ step, name, office, arrivedOn = '', dueOn, remindedOn, overdueOn, acted }) => ({
      party: step,
      office: name ?? office,
      arrivedOn,
      dueOn: dueOn ?? '',
      ...(remindedOn && { remindedOn }),
      ...(overdueOn && { overdueOn }),
      actedOn: acted?.on ?? '',
    })),
    timeline: timeline.map(({ at, what, officeName, account, citation }) => ({
      at,
      what,
      ...(officeName && { office: officeName }),
      ...(account && { person: account }),
      ...(citation && { rule: citation.rule, article: citation.article }),
    })),
  };
  story.tell('The case tells its own story: what, where, who, by which article');
  for (const { at, what, office, person, rule, article } of story.case.timeline) {
    const law = rule && `${rule} ${article}`;
    story.tell(`  ${inChina(new Date(at))}  ${what.padEnd(13)} ${[office, person, law].filter(Boolean).join(' · ')}`);
  }
};

interface Item {
  kind: string;
  overdue: boolean;
  workingDaysLeft?: number | null;
}

/** Items of a person's inbox once they show what is waited for. */
const inboxOf = async (world: World, account: string, shows: (items: Item[]) => boolean): Promise<Item[]> => {
  let items: Item[] = [];
  await until(
    async () => {
      items = (await world.as(account).must<{ items: Item[] }>('/api/notify/v1/inbox')).items;
      return shows(items);
    },
    { within: 120_000, every: 100, message: () => `the inbox of ${account}: ${JSON.stringify(items).slice(0, 400)}` },
  );
  return items;
};
