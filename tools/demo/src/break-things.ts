import { Redis } from 'ioredis';
import { writeFileSync } from 'node:fs';
import { until } from '#libs/testing';
import { Intake } from './collect';
import { clerkOf, officerOf, Places } from './open-places';
import { studentsOf } from './register';
import { Story } from './story';
import { agree, caseOf, file, openStep, reaches, Wish } from './transfer-case';
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

  const registry = world.process('registry');
  await registry.stop();
  await registry.restart(['libs/testing/src/crash-points/after-commit.ts']);
  writeFileSync(world.fileOf('crash-registry.json'), JSON.stringify({ where: 'students' }));
  const filed = await file(world, wish(pupils[0].student));
  const ended = await registry.ended(20_000);
  story.check(
    'the registry is killed with -9 between its commit and the publishing',
    ended.signal === 'SIGKILL',
    String(ended.signal),
  );
  const meanwhile = await file(world, wish(pupils[1].student));
  story.check('a transfer is accepted while the registry is dead', meanwhile.status === 201, `${meanwhile.status}`);
  await registry.restart([]);
  for (const { body } of [filed, meanwhile]) {
    const held = await reaches(world, me, body.id, ({ state }) => state === 'inReview', 'the registry has caught up');
    story.check('started again, it answers', openStep(held)?.step === 'outSchool', held.state);
  }
  await poison(world, story, me, [wish(pupils[2].student), wish(pupils[3].student)]);

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
  const transferService = world.process('transfer');
  await transferService.kill();
  world.moveTo(`${nextDay(String(due))}T09:00:00+08:00`);
  await transferService.restart();
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

/** An event that cannot be applied parks its own key; the others flow; the operator redrives it. */
const poison = async (world: World, story: Story, me: string, [ill, well]: Wish[]): Promise<void> => {
  const service = world.process('transfer');
  await service.stop();
  writeFileSync(world.fileOf('poison.txt'), ill.student);
  await service.restart(['libs/testing/src/crash-points/poison-answer.ts']);
  const [first, second] = [await file(world, ill), await file(world, well)];
  await reaches(world, me, second.body.id, ({ state }) => state === 'inReview', 'the other key flows');
  const operator = world.as('operator');
  let parked: { source: string; aggregateId: string }[] = [];
  await until(
    async () => {
      parked = (await operator.must<{ parked: typeof parked }>('/api/transfer/v1/operator/parked')).parked;
      return parked.length > 0;
    },
    { within: 20_000, every: 100, message: () => 'the poisoned key is parked' },
  );
  const waits = await caseOf(world, me, first.body.id);
  story.check(
    'a poison event parks its key while other keys flow',
    parked.length === 1 && waits.state === 'filed',
    `${parked.length} key parked, the other case is in review`,
  );
  await service.stop();
  await service.restart([]);
  await operator.must(`/api/transfer/v1/operator/parked/${parked[0].source}/${parked[0].aggregateId}/redrive`, {});
  const healed = await reaches(
    world,
    me,
    first.body.id,
    ({ state }) => state === 'inReview',
    'the redriven key applies',
  );
  story.check('the operator redrives it from the journal of its owner', healed.state === 'inReview', healed.state);
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
