import { changzhiSchools, changzi, lucheng, pingshun, xiangyuan } from '../../sample-province/src';
import { clerkOf, officerOf } from './accounts';
import { editedPack } from './edited-pack';
import { cites, Lucheng, outcomeOf, refusedOrHeld } from './lucheng';
import { enter, enterAtCitySchool, Pupils, senders } from './enter-pupils';
import { Places } from './open-places';
import { said, Story } from './story';
import { agree, caseOf, file, filingBody, openStep, reaches, withdraw } from './transfer-case';
import { World } from './world';

const juniorAt = (county: string) => {
  const found = changzhiSchools().find(({ type, parent }) => type === 'junior' && parent === county);
  if (!found) throw new Error(`the sample has a junior school in ${county}`);
  return found;
};

/** The same code under the rules of another place: home and household moved to Lucheng (CZ-TR2). */
export const changzhi = async (world: World, story: Story, places: Places): Promise<Lucheng> => {
  story.begin('changzhi', 'The same code under another law: Changzhi · 同一程序，长治规定');
  const to = juniorAt(lucheng);
  const from = juniorAt(xiangyuan);
  // 55 pupils fill a grade-8 class of Lucheng to the cap of its whole stage; 54 leave one seat in grade 9.
  await enter(world, places, to, 8, 55, 300_000);
  await enter(world, places, to, 9, 54, 301_000);
  const sender = await senders(world, story, places, from, [7, 8, 9], 310_000);
  const blanked = await senders(world, story, places, juniorAt(changzi), [9], 320_000);
  const governed = changzhiSchools().find(({ parent }) => parent === pingshun);
  if (governed) await enterAtCitySchool(world, story, places, governed);
  world.moveTo('2026-09-10T09:00');

  const clerk = clerkOf(to.code);
  const lu: Lucheng = {
    clerk,
    school: to.code,
    wish: (student, grade, overrides) => ({
      student,
      toSchool: to.code,
      toClass: places.classId(to.code, places.classNames(to.code, 'junior', grade)[0]),
      ground: 'homeAndHouseholdMoved',
      facts: { homeMovedAcrossCounty: true, householdMovedToNewHome: true },
      newCounty: lucheng,
      consentOn: '2026-09-09',
      ...(overrides && { overrides }),
    }),
    pupil: (grade, n) => sender.lines.get(grade)?.[n].student ?? '',
  };
  const full = () => refusedOrHeld(world, lu, lu.pupil(8, 0), 8);
  const refused = await full();
  story.check(
    'a full class that is not of a starting grade must refuse, with its article [CZ-TR10]',
    refused.state === 'ended' && cites(refused, 'CZ-TR10'),
    outcomeOf(refused),
  );
  await startingGrade(world, story, lu, from.code);
  await editedPack(world, story, lu, full);
  await blankedStep(world, story, lu, blanked);
  return lu;
};

/** The first term of the starting grade is closed in principle, and can be set aside with a reason; a change of grade not. */
const startingGrade = async (world: World, story: Story, lu: Lucheng, from: string): Promise<void> => {
  const clerk = world.as(lu.clerk);
  const first = lu.pupil(7, 0);
  const closed = await clerk.post('/api/transfer/v1/transfers', await filingBody(clerk, lu.wish(first, 7)));
  story.check(
    'no transfer in the first term of the starting grade, unless set aside with a reason [CZ-TR12]',
    closed.status === 422 && JSON.stringify(closed.body).includes('CZ-TR12'),
    said(closed),
  );
  const reason = (rule: string) => [{ rule, reason: '家庭确有特殊困难' }];
  const upward = await clerk.post(
    '/api/transfer/v1/transfers',
    await filingBody(clerk, lu.wish(first, 8, [...reason('CZ-TR12'), ...reason('CZ-TR11')])),
  );
  story.check(
    'a change of grade cannot be set aside [CZ-TR11]',
    upward.status === 422 && JSON.stringify(upward.body).includes('CZ-TR11'),
    said(upward),
  );
  const opened = await file(world, lu.wish(first, 7, reason('CZ-TR12')));
  if (opened.status >= 300) throw new Error(`override: ${said(opened)}`);
  const { id } = opened.body;
  let view = await reaches(world, lu.clerk, id, ({ state }) => state === 'inReview', 'the registry holds the record');
  const walked: string[] = [];
  for (const account of [officerOf(lucheng), clerkOf(from), officerOf(xiangyuan)]) {
    const step = openStep(view);
    walked.push(`${step?.step} by ${account}, ${step?.line}, due ${step?.dueOn ?? 'at no set day'}`);
    await agree(world, account, id);
    view = await caseOf(world, lu.clerk, id);
  }
  await reaches(world, lu.clerk, id, ({ state }) => state === 'completed', 'the registry moves the seat');
  story.count('transfers completed', 1);
  story.check(
    'set aside with a reason it goes its way, each step judged by its own office’s line [CZ-TR2, CZ-TR6]',
    view.steps.map(({ step, line }) => `${step} ${line}`).join() ===
      'inAuthority changzhi-lucheng,outSchool national,outAuthority national',
    walked.join(' → '),
  );
};

/** A school under the blanked copy has no day by which it must act; one under the whole text has. */
const blankedStep = async (world: World, story: Story, lu: Lucheng, { lines }: Pupils): Promise<void> => {
  const held = await refusedOrHeld(world, lu, lines.get(9)?.[0].student ?? '', 9);
  await agree(world, officerOf(lucheng), held.id);
  const step = openStep(await caseOf(world, lu.clerk, held.id));
  story.check(
    'under the blanked copy the old school has no due day: not configured, where the whole text gives ten working days',
    step?.dueOn === null && step.notConfigured?.parameter === 'transfer.review.within',
    `${step?.step} under ${step?.line}: dueOn ${step?.dueOn}, not configured: ${step?.notConfigured?.parameter}`,
  );
  await withdraw(world, lu.clerk, held.id);
};

/** Later in the term the window of the receiving district is over (CZ-TR7). */
export const windowClosed = async (world: World, story: Story, lu: Lucheng): Promise<void> => {
  const clerk = world.as(lu.clerk);
  const late = await clerk.post('/api/transfer/v1/transfers', await filingBody(clerk, lu.wish(lu.pupil(8, 1), 8)));
  story.check(
    'in Lucheng the window of 15 days from the first day of term is over by now [CZ-TR7]',
    late.status === 422 && JSON.stringify(late.body).includes('CZ-TR7'),
    said(late),
  );
};
