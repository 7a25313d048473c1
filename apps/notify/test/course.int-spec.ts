import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { placementEvents, registryEvents as registry } from '#libs/contracts';
import { until } from '#libs/testing';
import { House, offices, pathOf } from './house';

jest.setTimeout(120_000);

const { city, county, school, otherSchool } = offices;
let house: House;
let app: NestFastifyApplication;

beforeAll(async () => {
  house = await House.build();
  house.moveTo('2027-07-12T09:00');
  app = await house.start();
  for (const [office, name] of [
    [city, '贵阳市教育局'],
    [county, '白云区教育局'],
    [school, '白云区第一小学'],
  ] as const)
    await house.registry.say(registry.officeOpened, office, { kind: 'county', name, path: pathOf(office) });
  await house.appoint('p-clerk', 'clerk-1', 'clerk', school);
  await house.appoint('p-clerk-b', 'clerk-2', 'clerk', otherSchool);
  await house.appoint('p-county', 'officer-1', 'officer', county);
  for (const account of ['clerk-1', 'clerk-2', 'officer-1'])
    await until(async () => (await house.call(account, 'GET', '/inbox')).status === 200, { message: account });
});
afterAll(async () => {
  await app?.close();
  await house?.close();
});

const titles = async (account: string): Promise<string[]> => {
  const { body } = await house.call(account, 'GET', '/inbox');
  return (body as { items: { title: { zh: string } }[] }).items.map(({ title }) => title.zh);
};
const shows = (account: string, title: string, there = true) =>
  until(async () => (await titles(account)).includes(title) === there, {
    within: 20_000,
    message: async () => `${title}: ${there}; ${JSON.stringify(await titles(account))}`,
  });

const completing = {
  ...{ school, path: pathOf(school), class: 'class-6', stage: 'primary' as const, entryYear: 2021 },
  ...{ authority: county, students: 40 },
};

it('the county is told to confirm endings, the school to correct what was returned, and nobody when it is over', async () => {
  await house.registry.say(registry.completionSubmitted, 'completion-1', completing);
  await shows('officer-1', '毕业登记待确认');
  await house.registry.say(registry.completionReturned, 'completion-1', completing);
  await shows('officer-1', '毕业登记待确认', false);
  await shows('clerk-1', '毕业登记被退回');
  await house.registry.say(registry.completionSubmitted, 'completion-1', completing);
  await shows('clerk-1', '毕业登记被退回', false);
  await shows('officer-1', '毕业登记待确认');
  await house.registry.say(registry.completionConfirmed, 'completion-1', completing);
  await shows('officer-1', '毕业登记待确认', false);
  await shows('clerk-1', '毕业登记已确认');
});

it('each party of a placement is told of its step, the office above of a late one, the school of the end and of the plan', async () => {
  const { transfer } = house;
  const step = { step: 'outSchool', office: school };
  await transfer.say(placementEvents.placementStepOpened, 'place-1', {
    ...step,
    ...{ act: 'review', path: pathOf(school), line: 'guizhou', arrivedOn: '2027-09-02', dueOn: '2027-10-01' },
  });
  await shows('clerk-1', '升学转接待办理');
  await transfer.say(placementEvents.placementStepOverdue, 'place-1', {
    ...step,
    dueOn: '2027-10-01',
    escalatedTo: county,
  });
  await shows('officer-1', '下级升学转接逾期');
  const acted = { act: 'review' as const, outcome: 'agreed' as const, account: 'clerk-1', late: true };
  await transfer.say(placementEvents.placementStepActed, 'place-1', { ...step, ...acted });
  await shows('clerk-1', '升学转接待办理', false);
  await shows('officer-1', '下级升学转接逾期', false);
  const to = { school: otherSchool, path: pathOf(otherSchool) };
  await transfer.say(placementEvents.placementCompleted, 'place-1', { to, placed: 3, refused: 0 });
  await shows('clerk-2', '升学转接已办结');
  await transfer.say(placementEvents.placementCompared, `${school}.junior.2027`, {
    ...{ school, path: pathOf(school), stage: 'junior', entryYear: 2027 },
    ...{ planned: 5, placed: 3, underWay: 1, dueOn: '2027-10-01' },
  });
  await shows('clerk-1', '升学转接与招生计划核对');
  await shows('officer-1', '升学转接与招生计划核对');
});

it('a school that closes is told to settle its business, and the keeper that the files are its own', async () => {
  const announced = { school, path: pathOf(school), kind: 'closure' as const, authority: county, ask: 1 };
  await house.registry.say(registry.closingAnnounced, 'closing-1', announced);
  await shows('clerk-1', '学校将撤销');
  const closed = { closing: 'closing-1', kind: 'closure' as const, keeper: county, keeperKind: 'unit' as const };
  await house.registry.say(registry.schoolClosed, school, closed);
  await shows('clerk-1', '学校将撤销', false);
  await shows('officer-1', '接收学籍档案');
});
