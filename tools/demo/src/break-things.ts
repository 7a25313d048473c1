import { Redis } from 'ioredis';
import { Intake } from './collect';
import { clerkOf, officerOf, Places } from './open-places';
import { studentsOf } from './register';
import { Story } from './story';
import { agree, caseOf, file, openStep, reaches } from './transfer-case';
import { World } from './world';

/** Services and engines fail in the middle of the work; the story ends right all the same. */
export const breakThings = async (world: World, story: Story, places: Places, intake: Intake): Promise<void> => {
  story.begin('7 Things break · 故障');
  const from = intake.schools[0].school;
  const to = intake.schools.find(
    ({ school }) => school.parent === '520302' && school.stages.includes('primary'),
  )?.school;
  if (!to) throw new Error('no primary school in 520302');
  const pupils = (await studentsOf(world, clerkOf(from.code), from.code)).filter(
    ({ numberKind }) => numberKind === 'G',
  );
  const me = clerkOf(to.code);
  const wish = (student: string) => ({
    student,
    toSchool: to.code,
    toClass: places.classId(to.code, places.classNames(to.code, 'primary', 1)[0]),
    ground: 'householdMoved',
    facts: { householdMovedWithGuardians: true, newHouseholdOutsideCatchment: true },
    newCounty: to.parent,
    consentOn: '2026-10-12',
  });

  const registry = world.processes.get('registry');
  if (!registry) throw new Error('the registry does not run');
  await registry.kill();
  const filed = await file(world, wish(pupils[0].student));
  story.check('a transfer is accepted while the registry is dead', filed.status === 201, `${filed.status}`);
  await registry.restart();
  const held = await reaches(
    world,
    me,
    filed.body.id,
    ({ state }) => state === 'inReview',
    'the registry has caught up',
  );
  story.check(
    'the registry, killed with -9 and started again, answers it',
    openStep(held)?.step === 'outSchool',
    held.state,
  );

  const redis = new Redis(world.corner.redisUrl, { maxRetriesPerRequest: 3 });
  let wiped = 0;
  for await (const keys of redis.scanStream({ match: `*${world.corner.runId}*`, count: 1000 }) as AsyncIterable<
    string[]
  >) {
    if (keys.length) wiped += await redis.unlink(...keys);
  }
  redis.disconnect();
  story.tell(`${wiped} keys of Redis wiped while deadlines are armed`);
  const due = openStep(await caseOf(world, me, filed.body.id))?.dueOn;
  world.moveTo(`${nextDay(String(due))}T09:00:00+08:00`);
  const overdue = await reaches(
    world,
    me,
    filed.body.id,
    (view) => openStep(view)?.overdueOn !== undefined,
    'the deadline fires without its alarm',
  );
  story.check(
    'a deadline fires although its alarm was lost',
    openStep(overdue)?.escalatedTo === from.parent,
    `overdue ${openStep(overdue)?.overdueOn}, told to ${openStep(overdue)?.escalatedTo}`,
  );
  await agree(world, clerkOf(from.code), filed.body.id);
  await agree(world, officerOf(from.parent), filed.body.id);
  await agree(world, officerOf(to.parent), filed.body.id);
  await reaches(world, me, filed.body.id, ({ state }) => state === 'completed', 'the case completes');
  story.check('the case still completes', true, 'GET /transfers/:id');
};

const nextDay = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

/** What must be true at the end, asked of the services over HTTP. */
export const invariants = async (world: World, story: Story): Promise<void> => {
  story.begin('Invariants · 不变式');
  await world.quiet();
  const operator = world.as('operator');
  const timers = await operator.must<{ fired: { alarm: number; sweeper: number }; failed: number; due: number }>(
    '/api/transfer/v1/operator/deadlines/status',
  );
  story.count('deadlines fired by alarm', timers.fired.alarm);
  story.count('deadlines fired by sweeper', timers.fired.sweeper);
  story.check(
    'every armed deadline that is due has fired, none failed',
    timers.due === 0 && timers.failed === 0,
    JSON.stringify(timers.fired),
  );
  for (const service of ['registry', 'transfer']) {
    const status = await operator.must<{ parked: number; outboxPending: number; counters: Record<string, number> }>(
      `/api/${service}/v1/operator/status`,
    );
    const { consumed, applied, duplicate, skipped, parked } = status.counters;
    story.check(
      `${service}: every event heard was applied, a duplicate, skipped or parked; nothing is parked`,
      status.parked === 0 && consumed === applied + duplicate + skipped + parked,
      JSON.stringify(status.counters),
    );
  }
  const registry = await operator.must<Record<string, number>>('/api/registry/v1/operator/invariants');
  story.check(
    'every student has one seat, and the seats of the classes are the students in them',
    registry.seatsOff === 0,
    `${registry.students} students`,
  );
  story.check('no number belongs to two students', registry.numbersShared === 0, `${registry.numbers} numbers`);
  story.check('per aggregate the journal has no gap', registry.gaps === 0, `${registry.events} events`);
  const cases = await operator.must<{ holds: string[] }>('/api/registry/v1/operator/holds');
  story.tell(`${cases.holds.length} records are held by cases under way`);
};
