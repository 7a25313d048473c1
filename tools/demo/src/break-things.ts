import { Redis } from 'ioredis';
import { writeFileSync } from 'node:fs';
import { until } from '#libs/testing';
import { Intake } from './workbooks';
import { clerkOf, officerOf } from './accounts';
import { Places } from './open-places';
import { studentsOf } from './students';
import { Story } from './story';
import { agree, caseOf, file, openStep, reaches, Wish } from './transfer-case';
import { World } from './world';

/** Services and engines fail in the middle of the work; the story ends right all the same. */
export const breakThings = async (world: World, story: Story, places: Places, intake: Intake): Promise<void> => {
  story.begin('faults', 'Things break · 故障');
  const from = intake.schools[0].school;
  const to = intake.schools.find(
    ({ school }) => school.parent === '520302' && school.stages.includes('primary'),
  )?.school;
  if (!to) throw new Error('no primary school in 520302');
  const pupils = (await studentsOf(world, clerkOf(from.code), from.code)).filter(
    ({ numberKind }) => numberKind === 'G',
  );
  const me = clerkOf(to.code);
  const wish = (student: string): Wish => ({
    student,
    toSchool: to.code,
    toClass: places.classId(to.code, places.classNames(to.code, 'primary', 1)[0]),
    ground: 'householdMoved',
    facts: { householdMovedWithGuardians: true, newHouseholdOutsideCatchment: true },
    newCounty: to.parent,
    consentOn: '2026-10-12',
  });
  const wishes = pupils.slice(0, 4).map(({ student }) => wish(student));
  const id = await killed(world, story, me, wishes.slice(0, 2));
  await poison(world, story, me, wishes.slice(2));
  await wiped(world, story, me, id, from.parent);
  for (const account of [clerkOf(from.code), officerOf(from.parent), officerOf(to.parent)])
    await agree(world, account, id);
  const done = await reaches(world, me, id, ({ state }) => state === 'completed', 'the case completes');
  story.count('transfers completed', 1);
  story.check('the case still completes', done.state === 'completed', `GET /transfers/${id}: ${done.state}`);
};

/** The registry dies by kill -9 between its commit and the publishing. @returns the case that it had just answered */
const killed = async (world: World, story: Story, me: string, [first, second]: Wish[]): Promise<string> => {
  const registry = world.process('registry');
  await registry.stop();
  await registry.restart(['libs/testing/src/crash-points/after-commit.ts']);
  writeFileSync(world.fileOf('crash-registry.json'), JSON.stringify({ where: 'students' }));
  const filed = await file(world, first);
  const ended = await registry.ended(120_000);
  const meanwhile = await file(world, second);
  story.check(
    'the registry is killed with -9 between commit and publishing; transfer goes on and takes another filing',
    ended.signal === 'SIGKILL' && filed.status === 201 && meanwhile.status === 201,
    `registry ended by ${ended.signal}; POST /transfers: ${meanwhile.status}`,
  );
  await registry.restart([]);
  const held = await Promise.all(
    [filed, meanwhile].map(({ body }) =>
      reaches(world, me, body.id, ({ state }) => state === 'inReview', 'the registry has caught up'),
    ),
  );
  story.check(
    'started again, it publishes what it had committed and answers the other: both records are held',
    held.every((view) => openStep(view)?.step === 'outSchool'),
    held.map(({ state }) => state).join(', '),
  );
  return filed.body.id;
};

/** Redis loses everything while deadlines are armed, and the service that owns them dies. */
const wiped = async (world: World, story: Story, me: string, id: string, county: string): Promise<void> => {
  const redis = new Redis(world.corner.redisUrl, { maxRetriesPerRequest: 3 });
  const match = `*${world.corner.runId}*`;
  let lost = 0;
  for await (const keys of redis.scanStream({ match, count: 1000 }) as AsyncIterable<string[]>)
    if (keys.length) lost += await redis.unlink(...keys);
  redis.disconnect();
  const due = openStep(await caseOf(world, me, id))?.dueOn;
  const transfer = world.process('transfer');
  await transfer.kill();
  world.moveTo(`${nextDay(String(due))}T09:00`);
  await transfer.restart();
  const overdue = openStep(
    await reaches(world, me, id, (view) => openStep(view)?.overdueOn !== undefined, 'the deadline fires'),
  );
  story.check(
    'Redis is wiped while deadlines are armed and transfer is killed with -9: the deadline fires all the same',
    lost > 0 && overdue?.escalatedTo === county,
    `${lost} keys lost; due ${due}, overdue ${overdue?.overdueOn}, told to ${overdue?.escalatedTo}`,
  );
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
    { within: 120_000, every: 100, message: () => 'the poisoned key is parked' },
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
