import { children, residentNumber, rowOf, SampleChild, SampleSchool } from '../../sample-province/src';
import { clerkOf, deputyOf, officerOf } from './accounts';
import { formOf } from './child-form';
import { commit, uploadRows } from './workbooks';
import { Places } from './open-places';
import { Line, studentsOf } from './students';
import { said, Story } from './story';
import { World } from './world';

export interface Pupils {
  school: SampleSchool;
  /** Children entered, by grade. */
  lines: Map<number, Line[]>;
}

/** Pupils of a grade under way, entered by workbook. */
export const enter = async (
  world: World,
  places: Places,
  school: SampleSchool,
  grade: number,
  n: number,
  from: number,
): Promise<SampleChild[]> => {
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
  const written = checked.found.bad ? checked : await commit(clerk, checked.id, false);
  if (written.written?.new !== n) throw new Error(`${school.code}, grade ${grade}: ${JSON.stringify(written)}`);
  return made;
};

/** Pupils of three grades, checked by the school and confirmed by its county. */
export const senders = async (
  world: World,
  story: Story,
  places: Places,
  school: SampleSchool,
  grades: number[],
  from: number,
): Promise<Pupils> => {
  const entered = new Map<number, SampleChild[]>();
  for (const grade of grades) entered.set(grade, await enter(world, places, school, grade, 3, from + grade * 100));
  await confirmAll(world, school, officerOf(school.parent));
  await world.quiet();
  const lines = await studentsOf(world, clerkOf(school.code), school.code);
  story.tell(`${school.name}: ${lines.length} pupils entered and confirmed`);
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

const confirmAll = async (world: World, school: SampleSchool, officer: string): Promise<void> => {
  await world.as(deputyOf(school.code)).must(`/api/registry/v1/schools/${school.code}/intake/submit`, {});
  await world.as(officer).must(`/api/registry/v1/schools/${school.code}/intake/review`, { confirm: 'all' });
};

/** One child by form at the city's own school: under the national text the city confirms, the county of its place may not. */
export const enterAtCitySchool = async (
  world: World,
  story: Story,
  places: Places,
  school: SampleSchool,
): Promise<void> => {
  const city = school.managedBy;
  if (!city) throw new Error(`${school.name} is governed by its county`);
  const [name] = places.classNames(school.code, 'senior', 10);
  const [child] = children(1, {
    seed: 10,
    classes: [name],
    stage: 'senior',
    county: school.parent,
    withoutHousehold: 0,
  });
  await world
    .as(clerkOf(school.code))
    .must(`/api/registry/v1/schools/${school.code}/students`, { items: formOf(child) });
  const review = `/api/registry/v1/schools/${school.code}/intake/review`;
  await world.as(deputyOf(school.code)).must(`/api/registry/v1/schools/${school.code}/intake/submit`, {});
  const county = await world.as(officerOf(school.parent)).post(review, { confirm: 'all' });
  const done = await world.as(officerOf(city)).must<{ confirmed: number }>(review, { confirm: 'all' });
  story.check(
    'the city confirms the child of its own school, which the county of the place cannot [NAT-RO4]',
    county.status === 404 && done.confirmed === 1,
    `${officerOf(school.parent)} ${county.status}, ${officerOf(city)} confirmed ${done.confirmed}`,
  );
};

/** One child by form: the same command and the same checks as a row of a workbook. */
export const enterByForm = async (world: World, story: Story, places: Places, school: SampleSchool): Promise<void> => {
  const clerk = world.as(clerkOf(school.code));
  const path = `/api/registry/v1/schools/${school.code}/students`;
  const [name] = places.classNames(school.code, 'primary', 1);
  const [child] = children(1, { seed: 5, classes: [name], county: school.parent, from: 700_000, withoutHousehold: 0 });
  const number = residentNumber(school.parent, child.birthDate, child.sex === '1' ? 995 : 996);
  const wrongTail = number.slice(0, -1) + (number.endsWith('0') ? '1' : '0');
  const bad = await clerk.post(path, { items: formOf(child, { documentNumber: wrongTail }) });
  const items = bad.body.items as { field: string; code: string; message: { zh: string } }[] | undefined;
  story.check(
    'one child by form, wrong: refused, and the field is named',
    bad.status === 422 && items?.length === 1 && items[0].field === 'documentNumber',
    said(bad),
  );
  const unknown = await clerk.post(path, { items: { ...formOf(child), colour: '红' } });
  story.check('an item that the form does not have is named too', unknown.status === 400, said(unknown));
  const good = await clerk.must<{ outcome: string; warnings: unknown[] }>(path, {
    items: formOf(child, { documentNumber: number }),
  });
  story.check('one child by form, right: entered', good.outcome === 'new', `POST ${path}: ${good.outcome}`);
  story.count('entered', 1);
};
