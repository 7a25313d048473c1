import { ageRuleChildren, guizhou, rowOf, xifeng } from '../../sample-province/src';
import { clerkOf, officerOf } from './accounts';
import { Intake, uploadRows } from './workbooks';
import { Places } from './open-places';
import { Story } from './story';
import { World } from './world';

interface Open {
  items: { parameter: string; records?: number; citation?: { rule: string; article: string } }[];
}

/** The minimum age is not configured under Guizhou; Xifeng county has set it in a pack of its own. */
export const minimumAge = async (world: World, story: Story, places: Places, intake: Intake): Promise<void> => {
  const under = intake.schools[1];
  const over = intake.schools.find(({ school, stage }) => school.parent === xifeng && stage === 'primary');
  if (!over) throw new Error('no school in Xifeng');
  const tryAge = async ({ school }: Intake['schools'][number]) => {
    const clerk = world.as(clerkOf(school.code));
    const [name] = places.classNames(school.code, 'primary', 1);
    const { reached, tooYoung } = ageRuleChildren(name, school.parent);
    return uploadRows(clerk, school.code, [reached, tooYoung].map(rowOf));
  };
  const open = await tryAge(under);
  story.check(
    'under Guizhou the minimum age is not configured: the report says that it was not checked, and why [GZ-EN5]',
    open.found.bad === 0 && open.notMade.some(({ parameter }) => parameter === 'enrolment.minAge'),
    open.notMade.map(({ message }) => message.zh).join(' '),
  );
  await seenOpen(world, story, intake);
  const set = await tryAge(over);
  const rows = await world.as(clerkOf(over.school.code)).must<{
    items: {
      problems: { code: string; message: { zh: string }; citation?: { document: string; article: string } }[];
    }[];
  }>(`/api/registry/v1/collections/${set.id}/bad-rows`);
  const problem = rows.items[0]?.problems[0];
  story.check(
    "under a county's own pack (invented) a child born on 1 September is refused, one born on 31 August not [GZ-EN6]",
    set.found.rows === 2 && set.found.bad === 1 && problem?.code === 'under-age',
    `1 of 2 rows: ${problem?.message.zh} 《${problem?.citation?.document}》${problem?.citation?.article}`,
  );
};

/** Whoever can configure the age sees that it is open, and for how many children. */
const seenOpen = async (world: World, story: Story, intake: Intake): Promise<void> => {
  const item = async (office: string) => {
    const { items } = await world
      .as(officerOf(office))
      .must<Open>(`/api/registry/v1/policies/not-configured?office=${office}`);
    return items.find(({ parameter }) => parameter === 'enrolment.minAge');
  };
  const primary = intake.schools.filter(({ stage }) => stage === 'primary');
  const county = intake.schools[1].school.parent;
  const of = (counties: (parent: string) => boolean) =>
    primary.filter(({ school }) => counties(school.parent)).reduce((sum, { children }) => sum + children.length, 0);
  // One more was entered by form, at a school of this county.
  const wanted = [of((parent) => parent === county) + 1, of((parent) => parent !== xifeng) + 1];
  const [atCounty, atProvince, own] = await Promise.all([item(county), item(guizhou), item(xifeng)]);
  story.count('age not checked', atProvince?.records ?? 0);
  story.check(
    'the offices that can set it see it open, each with the number of its children whose age was not checked',
    atCounty?.records === wanted[0] && atProvince?.records === wanted[1] && own === undefined,
    `GET /policies/not-configured: county ${county} ${atCounty?.records}, province ${atProvince?.records}, ${atCounty?.citation?.article}; not on the list of ${xifeng}, which has set it`,
  );
};
