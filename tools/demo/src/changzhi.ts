import { changzhiSchools, children, rowOf, SampleChild, SampleSchool } from '../../sample-province/src';
import { BatchView, commit, uploadRows } from './collect';
import { clerkOf, deputyOf, officerOf, Places } from './open-places';
import { Line, studentsOf } from './register';
import { Story } from './story';
import { act, agree, caseOf, CaseView, file, filingBody, openStep, reaches, Wish } from './transfer-case';
import { World } from './world';

const lucheng = '140406';
const xiangyuan = '140423';

interface School {
  school: SampleSchool;
  /** Children entered, by grade. */
  lines: Map<number, Line[]>;
}

/** The same code under the rules of another place: home and household moved to Lucheng (CZ-TR2). */
export const changzhi = async (world: World, story: Story, places: Places): Promise<void> => {
  story.begin('5 The same code under Changzhi · 同一程序，另一地规则');
  const junior = changzhiSchools().filter(({ type }) => type === 'junior');
  const to = junior.find(({ parent }) => parent === lucheng);
  const from = junior.find(({ parent }) => parent === xiangyuan);
  if (!to || !from) throw new Error('the sample has a junior school on each side');
  // 55 pupils fill a grade-8 class of Lucheng to the cap of its whole stage; 54 leave one seat in grade 9.
  await fill(world, places, to, 8, 55, 300_000);
  await fill(world, places, to, 9, 54, 301_000);
  const sender = await senders(world, story, places, from);
  world.moveTo('2026-09-10T09:00:00+08:00');

  const me = clerkOf(to.code);
  const clerk = world.as(me);
  const wish = (student: string, grade: number, overrides?: Wish['overrides']): Wish => ({
    student,
    toSchool: to.code,
    toClass: places.classId(to.code, places.classNames(to.code, 'junior', grade)[0]),
    ground: 'homeAndHouseholdMoved',
    facts: { homeMovedAcrossCounty: true, householdMovedToNewHome: true },
    newCounty: lucheng,
    consentOn: '2026-09-09',
    ...(overrides && { overrides }),
  });
  const pupil = (grade: number, n: number): string => sender.lines.get(grade)?.[n].student ?? '';

  const full = await file(world, wish(pupil(8, 0), 8));
  const refused = await reaches(
    world,
    me,
    full.body.id,
    ({ state }) => state === 'ended',
    'the registry refuses the full class',
  );
  story.check(
    'a full class that is not of a starting grade must refuse, with its article [CZ-TR10]',
    JSON.stringify(refused.outcome).includes('CZ-TR10'),
    JSON.stringify(refused.outcome).slice(0, 220),
  );

  const closed = await clerk.post('/api/transfer/v1/transfers', await filingBody(clerk, wish(pupil(7, 0), 7)));
  story.check(
    'no transfer in the first term of the starting grade, unless set aside with a reason [CZ-TR12]',
    closed.status === 422 && JSON.stringify(closed.body).includes('CZ-TR12'),
    `${closed.status}`,
  );
  const reason = (rule: string) => [{ rule, reason: '家庭确有特殊困难' }];
  const upward = await clerk.post(
    '/api/transfer/v1/transfers',
    await filingBody(clerk, wish(pupil(7, 0), 8, [...reason('CZ-TR12'), ...reason('CZ-TR11')])),
  );
  story.check(
    'a change of grade cannot be set aside [CZ-TR11]',
    upward.status === 422 && JSON.stringify(upward.body).includes('CZ-TR11'),
    `${upward.status}`,
  );
  const opened = await file(world, wish(pupil(7, 0), 7, reason('CZ-TR12')));
  if (opened.status >= 300) throw new Error(`override: ${JSON.stringify(opened.body).slice(0, 800)}`);
  const { id } = opened.body;
  let view = await reaches(world, me, id, ({ state }) => state === 'inReview', 'the registry holds the record');
  const walked: string[] = [];
  for (const account of [officerOf(lucheng), clerkOf(from.code), officerOf(xiangyuan)]) {
    const step = openStep(view);
    walked.push(`${step?.step} (${step?.line})`);
    await agree(world, account, id);
    view = await caseOf(world, me, id);
  }
  await reaches(world, me, id, ({ state }) => state === 'completed', 'the registry moves the seat');
  story.check(
    'receiving district, sending school, its county: each step judged by its own office’s line [CZ-TR6]',
    walked.length === 3 && walked[0].includes('changzhi') && walked[1].includes('national'),
    walked.join(' → '),
  );
  await lastSeat(world, story, me, wish, [pupil(9, 0), pupil(9, 1)], officerOf(lucheng));
};

/** Two applications for the last seat in the same second (CZ-TR10). */
const lastSeat = async (
  world: World,
  story: Story,
  me: string,
  wish: (student: string, grade: number) => Wish,
  pupils: string[],
  district: string,
): Promise<void> => {
  story.begin('6 The last seat · 最后一个学位');
  const filed = await Promise.all(pupils.map((student) => file(world, wish(student, 9))));
  for (const one of filed) if (one.status >= 300) throw new Error(JSON.stringify(one.body).slice(0, 800));
  const views = await Promise.all(
    filed.map(({ body }) =>
      reaches(
        world,
        me,
        body.id,
        ({ state }) => state === 'inReview' || state === 'ended',
        'an answer of the registry',
      ),
    ),
  );
  const winners = views.filter(({ state }) => state === 'inReview');
  const losers = views.filter(({ state }) => state === 'ended');
  const cites = (view: CaseView) => JSON.stringify(view.outcome).includes('CZ-TR10');
  story.check(
    'exactly one holds it, the other is refused with the article [CZ-TR10]',
    winners.length === 1 && losers.length === 1 && cites(losers[0]),
    views.map(({ state }) => state).join(', '),
  );
  const winner = await caseOf(world, me, winners[0].id);
  const withdrawn = await world
    .as(me)
    .post(
      `/api/transfer/v1/transfers/${winner.id}/withdraw`,
      { reason: '家长撤回申请' },
      { 'if-match': `"${winner.version}"` },
    );
  if (withdrawn.status >= 300) throw new Error(`withdraw: ${JSON.stringify(withdrawn.body)}`);
  await world.quiet();
  const student = pupils[views.indexOf(losers[0])];
  const again = await file(world, wish(student, 9));
  const second = await reaches(world, me, again.body.id, ({ state }) => state !== 'filed', 'an answer of the registry');
  story.check('withdrawing the first frees it for the second', second.state === 'inReview', second.state);
  const late = await act(world, district, winner.id, 'agree').catch((fault: Error) => fault.message);
  story.check(
    'nobody can act on the case that was withdrawn',
    typeof late === 'string' || late.status >= 400,
    'no open step',
  );
};

/** Pupils of a grade under way, entered by workbook. */
const enter = async (
  world: World,
  places: Places,
  school: SampleSchool,
  grade: number,
  n: number,
  from: number,
): Promise<{ made: SampleChild[]; batch: BatchView }> => {
  const clerk = world.as(clerkOf(school.code));
  const [name] = places.classNames(school.code, 'junior', grade);
  const made = children(n, {
    seed: grade,
    classes: [name],
    stage: 'junior',
    county: school.parent,
    from,
    withoutHousehold: 0,
  });
  const checked = await uploadRows(clerk, school.code, made.map(rowOf));
  if (checked.found.bad)
    throw new Error(
      `${school.code}: ${JSON.stringify(await clerk.must(`/api/registry/v1/collections/${checked.id}/bad-rows`)).slice(0, 900)}`,
    );
  return { made, batch: await commit(clerk, checked.id, false) };
};

const fill = async (
  world: World,
  places: Places,
  school: SampleSchool,
  grade: number,
  n: number,
  from: number,
): Promise<void> => {
  const { batch } = await enter(world, places, school, grade, n, from);
  if (batch.written.new !== n) throw new Error(`grade ${grade}: ${JSON.stringify(batch.written)}`);
};

const senders = async (world: World, story: Story, places: Places, school: SampleSchool): Promise<School> => {
  const entered = new Map<number, SampleChild[]>();
  for (const grade of [7, 8, 9])
    entered.set(grade, (await enter(world, places, school, grade, 3, 310_000 + grade * 100)).made);
  await world.as(deputyOf(school.code)).must(`/api/registry/v1/schools/${school.code}/intake/submit`, {});
  await world
    .as(officerOf(school.parent))
    .must(`/api/registry/v1/schools/${school.code}/intake/review`, { confirm: 'all' });
  await world.quiet();
  const lines = await studentsOf(world, clerkOf(school.code), school.code);
  story.tell(`${school.name} (national line): ${lines.length} pupils confirmed`);
  return {
    school,
    lines: new Map(
      [...entered].map(([grade, made]) => [
        grade,
        lines.filter(({ name }) => made.some((child) => child.name === name)),
      ]),
    ),
  };
};
