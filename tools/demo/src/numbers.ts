import { guizhou, residentNumber } from '../../sample-province/src';
import { clerkOf, officerOf } from './accounts';
import { Intake } from './workbooks';
import { Places } from './open-places';
import { said, Story } from './story';
import { Line, pagesOf, studentsOf } from './students';
import { scan } from './transfer-case';
import { World } from './world';

/** The played national system gives numbers in its own time; children are found by them. */
export const numbers = async (world: World, story: Story, places: Places, intake: Intake): Promise<void> => {
  await world.quiet();
  const all = (
    await Promise.all(intake.schools.map(({ school }) => studentsOf(world, clerkOf(school.code), school.code)))
  ).flat();
  const kinds = Map.groupBy(all, (line) => line.numberKind ?? 'none');
  const official = kinds.get('G')?.length ?? 0;
  const temporary = kinds.get('L')?.length ?? 0;
  story.count('numbers G', official);
  story.count('numbers L', temporary);
  const without = all.filter((line) => line.registration === 'confirmed' && !line.numberKind);
  story.check(
    'every confirmed child has a number: G with an ID number, L without',
    without.length === 0 && official > 0 && temporary > 0,
    `${official} official, ${temporary} temporary`,
  );
  const answered = (await (await fetch(`${world.process('ministry').url}/figures`)).json()) as Record<string, number>;
  story.count('asked of the ministry', answered.asked);
  story.count('answers of the ministry', answered.given);
  story.check(
    'the ministry answers late, twice, out of order or not at all; a lost answer is asked for again, no second number arises',
    answered.numbers === answered.requests && answered.asked > answered.requests,
    `${answered.requests} requests asked ${answered.asked} times, ${answered.lost} answers lost, ${answered.given} given, ${answered.numbers} numbers`,
  );
  await search(world, story, places, intake);
  await convert(world, story, intake);
};

const search = async (world: World, story: Story, places: Places, intake: Intake): Promise<void> => {
  const [{ school, children }] = intake.schools;
  const clerk = clerkOf(school.code);
  const [name] = places.classNames(school.code, 'primary', 1);
  const wanted = children.filter((child) => child.class === name);
  const list = `/api/registry/v1/classes/${places.classId(school.code, name)}/students?limit=10`;
  const pages = await pagesOf(world, clerk, list);
  const listed = pages.flat();
  story.check(
    'the class list, page by page',
    pages.length === Math.ceil(wanted.length / 10) &&
      new Set(listed.map(({ student }) => student)).size === wanted.length,
    `${listed.length} children on ${pages.length} pages of at most 10`,
  );
  const child = wanted.find(({ idDocument }) => idDocument.type === 'residentId');
  const idNumber = child?.idDocument.number ?? '';
  const find = '/api/registry/v1/students/find';
  const found = [
    await world.as(clerk).must<Line>(find, { idNumber }),
    await world.as(officerOf(school.parent)).must<Line>(find, { studentNumber: `G${idNumber}` }),
  ];
  const elsewhere = intake.schools.find((one) => one.school.parent !== school.parent);
  const beyond = await world.as(officerOf(elsewhere?.school.parent ?? '')).post(find, { idNumber });
  const none = await world.as(clerk).post(find, { idNumber: residentNumber(school.parent, '2019-09-03', 994) });
  story.check(
    'exact search by ID number and by student number, in scope; out of scope is answered as if there were nobody',
    found.every((one) => one.name === child?.name) && beyond.status === 404 && said(beyond) === said(none),
    `found by the school and by its county; another county ${beyond.status}, nobody ${none.status}, the same answer`,
  );
};

/** A child without household registration obtains one: school, province, ministry (GZ-NO5). */
const convert = async (world: World, story: Story, intake: Intake): Promise<void> => {
  for (const { school, children } of intake.schools) {
    const clerk = world.as(clerkOf(school.code));
    const line = (await studentsOf(world, clerkOf(school.code), school.code)).find((one) => one.numberKind === 'L');
    const child = line && children.find((one) => one.name === line.name);
    if (!line || !child) continue;
    const { student } = line;
    // The last digit of the sequence is odd for a boy and even for a girl.
    const idNumber = residentNumber(school.parent, child.birthDate, child.sex === '1' ? 997 : 998);
    await clerk.upload(`/api/registry/v1/students/${student}/dossier/householdProof`, scan, '户口簿.png');
    await clerk.must(`/api/registry/v1/students/${student}/household`, {
      idNumber,
      kind: 'family',
      place: school.parent,
    });
    const approve = `/api/registry/v1/conversions/${student}/approve`;
    const county = await world.as(officerOf(school.parent)).post(approve, {});
    await world.as(officerOf(guizhou)).must(approve, {});
    await world.quiet();
    const record = await clerk.must<{ numbers: { kind: string; masked: string; inForce: boolean }[] }>(
      `/api/registry/v1/students/${student}`,
    );
    story.check(
      'a temporary number becomes official by school, province and ministry; the county cannot approve it [GZ-NO5, GZ-RO4]',
      county.status === 404 && record.numbers.map(({ kind, inForce }) => `${kind}${inForce}`).join() === 'Lfalse,Gtrue',
      record.numbers.map(({ kind, masked }) => `${kind} ${masked}`).join(' → '),
    );
    const before = await fetch(`${world.process('ministry').url}/requests/${student}.issue-L`);
    const { number } = (await before.json()) as { number: string };
    const byBoth = await Promise.all(
      [number, `G${idNumber}`].map((studentNumber) =>
        clerk.must<Line>('/api/registry/v1/students/find', { studentNumber }),
      ),
    );
    story.check(
      'it is found by both numbers',
      byBoth.every((one) => one.student === student) && number.startsWith('L'),
      'POST /students/find with the L and with the G',
    );
    return;
  }
};
