import { clerkOf, deputyOf, officerOf } from './accounts';
import { Answer } from './caller';
import { formOf } from './child-form';
import { fewAtOnce, Intake } from './workbooks';
import { said, Story } from './story';
import { studentsOf } from './students';
import { scan } from './transfer-case';
import { World } from './world';

/** The school checks, the county reviews and returns some, the school corrects and submits again. */
export const register = async (world: World, story: Story, intake: Intake): Promise<void> => {
  story.begin('registration', 'Registration · 注册');
  world.moveTo('2026-09-14T09:00');
  const [{ school: first }, ...others] = intake.schools;
  const own = await world
    .as(clerkOf(first.code))
    .must<{ submitted: number; kept: unknown[] }>(`/api/registry/v1/schools/${first.code}/intake/submit`, {});
  story.check(
    'nobody checks what they entered themselves [SCH9-EN2]',
    own.submitted === 0 && own.kept.length > 0,
    `the clerk submits: ${own.submitted} submitted, ${own.kept.length} kept back`,
  );
  await fewAtOnce(intake.schools, async ({ school }) => {
    const done = await world
      .as(deputyOf(school.code))
      .must<{ submitted: number }>(`/api/registry/v1/schools/${school.code}/intake/submit`, {});
    story.count('submitted', done.submitted);
  });
  await reviewByPlace(world, story, intake);
  await sentBack(world, story, intake);
  await certify(world, first.code);
  await world.as(deputyOf(first.code)).must(`/api/registry/v1/schools/${first.code}/intake/submit`, {});
  await fewAtOnce(others, ({ school }) => certify(world, school.code));
  await fewAtOnce(intake.schools, async ({ school }) => {
    const done = await world
      .as(officerOf(school.parent))
      .must<{ confirmed: number }>(`/api/registry/v1/schools/${school.code}/intake/review`, { confirm: 'all' });
    story.count('confirmed', done.confirmed);
  });
  story.tell(`${story.counts.registration.confirmed} children confirmed by their counties`);
};

/** The city that governs a school is not the office that reviews its children: the county of the place is (GZ-RO18). */
const reviewByPlace = async (world: World, story: Story, intake: Intake): Promise<void> => {
  const governed = intake.schools.find(({ school }) => school.managedBy)?.school;
  if (!governed?.managedBy) throw new Error('the sample has a school that its city governs');
  const path = `/api/registry/v1/schools/${governed.code}/intake/review`;
  const city = await world.as(officerOf(governed.managedBy)).post(path, { confirm: 'all' });
  const county = await world.as(officerOf(governed.parent)).must<{ confirmed: number }>(path, { confirm: 'all' });
  story.count('confirmed', county.confirmed);
  story.check(
    'the city that governs a school cannot confirm its children, the county of its place can [GZ-RO18]',
    city.status === 404 && county.confirmed > 0,
    `${officerOf(governed.managedBy)} ${said(city)}; ${officerOf(governed.parent)} confirmed ${county.confirmed}`,
  );
};

/** Some children are returned, each with a reason; the school sees it, corrects and submits again (GZ-EN8, NAT-EN2). */
const sentBack = async (world: World, story: Story, intake: Intake): Promise<void> => {
  const [{ school, children }] = intake.schools;
  const reasons = ['住址不清', '照片模糊', '监护人电话有误'];
  const back = (await studentsOf(world, officerOf(school.parent), school.code)).slice(0, reasons.length);
  const reviewed = await world.as(officerOf(school.parent)).must<{
    confirmed: number;
    sentBack: number;
    waiting: { problems: { citation?: { rule: string } }[] }[];
  }>(`/api/registry/v1/schools/${school.code}/intake/review`, {
    confirm: 'all',
    sendBack: back.map(({ student }, i) => ({ student, reason: reasons[i] })),
  });
  story.count('confirmed', reviewed.confirmed);
  story.count('returned with a reason', reviewed.sentBack);
  story.check(
    'the county reviews: it returns some with reasons, and confirms none whose certificate lacks [GZ-EN8, GZ-EN2]',
    reviewed.sentBack === reasons.length && reviewed.waiting.length > 0,
    `${school.name}: ${reviewed.confirmed} confirmed, ${reviewed.sentBack} returned, ${reviewed.waiting.length} wait for the no-household certificate`,
  );
  const clerk = world.as(clerkOf(school.code));
  const shown = await clerk.must<{ returned?: { reason: string } }>(`/api/registry/v1/students/${back[0].student}`);
  const path = `/api/registry/v1/schools/${school.code}/students`;
  const corrected: string[] = [];
  let bad: Answer | undefined;
  for (const { name } of back) {
    const entry = children.find((child) => child.name === name);
    if (!entry) throw new Error('the child sent back is one of those entered');
    const change = { address: `${entry.address}（更正）` };
    bad ??= await clerk.post(path, { items: formOf(entry, { ...change, guardianPhone: '12345' }) });
    corrected.push((await clerk.must<{ outcome: string }>(path, { items: formOf(entry, change) })).outcome);
  }
  story.check(
    'the school sees the reason and corrects the children by form; a wrong form is refused and its field named',
    shown.returned?.reason === reasons[0] && bad?.status === 422 && corrected.every((one) => one === 'corrected'),
    `“${shown.returned?.reason}”; ${bad && said(bad)}; ${corrected.join(', ')}`,
  );
};

/** The school files the certificate of each child without household registration (GZ-EN2). */
const certify = async (world: World, school: string): Promise<void> => {
  const clerk = world.as(clerkOf(school));
  const lines = await studentsOf(world, clerkOf(school), school);
  for (const { student } of lines.filter(({ marks }) => marks.includes('noHousehold'))) {
    const path = `/api/registry/v1/students/${student}/dossier/noHouseholdCertificate`;
    const filed = await clerk.upload(path, scan, '无户证明.png');
    if (filed.status >= 300) throw new Error(`certificate: ${said(filed)}`);
  }
};
