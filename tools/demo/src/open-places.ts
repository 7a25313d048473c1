import {
  changzhiSchools,
  changzi,
  classes,
  guizhouSchools,
  offices,
  SampleSchool,
  schools,
  terms,
  xiangyuan,
} from '../../sample-province/src';
import { officerOf, posts } from './accounts';
import { Story } from './story';
import { World } from './world';

export interface Places {
  /** Class ids by school and class name. */
  classId(school: string, name: string): string;
  classNames(school: string, stage: string, grade: number): string[];
}

/** Offices, schools, terms, classes and posts, by the one account that may set them up. */
export const openPlaces = async (world: World, story: Story): Promise<Places> => {
  story.begin('places', 'Places · 机构与学校');
  const root = world.as('root');
  await root.must('/api/registry/v1/posts', { posts: [{ account: 'operator', role: 'operator', office: '/' }] });
  const tree = offices({ xifengLine: 'guizhou-xifeng', changziLine: 'national-blanked' });
  await root.must('/api/registry/v1/offices', { offices: tree });
  await root.must('/api/registry/v1/schools', { schools: schools() });
  await root.must('/api/registry/v1/terms', { terms: terms() });
  const wanted = schools().flatMap(classes);
  const opened = await root.must<{ classes: { id: string; school: string; name: string }[] }>(
    '/api/registry/v1/classes',
    { classes: wanted },
  );
  await root.must('/api/registry/v1/posts', { posts: posts() });
  story.count('offices', tree.length);
  story.count('schools of Guizhou', guizhouSchools().length);
  story.count('schools of Changzhi', changzhiSchools().length);
  story.count('classes', opened.classes.length);
  story.count('posts', posts().length);
  story.tell(
    `${tree.length} offices, ${guizhouSchools().length} schools of Guizhou and ${changzhiSchools().length} of Changzhi, ${opened.classes.length} classes, ${posts().length} people with a post`,
  );
  await onePostEach(world, story);
  await routing(world, story);
  await blanked(world, story);
  const ids = new Map(opened.classes.map(({ id, school, name }) => [`${school}/${name}`, id]));
  return {
    classId: (school, name) => {
      const id = ids.get(`${school}/${name}`);
      if (!id) throw new Error(`no class ${name} at ${school}`);
      return id;
    },
    classNames: (school, stage, grade) =>
      wanted
        .filter((one) => one.school === school && one.stage === stage && one.grade === grade)
        .map(({ name }) => name),
  };
};

/** Whoever acts later in the story does so by one role at one office. */
const onePostEach = async (world: World, story: Story): Promise<void> => {
  const held: { account: string }[] = [];
  for (let after = ''; ;) {
    const page: { items: { account: string }[]; next?: string } = await world
      .as('root')
      .must(`/api/registry/v1/posts?limit=200${after && `&after=${encodeURIComponent(after)}`}`);
    held.push(...page.items);
    if (!page.next) break;
    after = page.next;
  }
  const accounts = new Set(held.map(({ account }) => account));
  story.check(
    'every account holds one post: one role at one office',
    held.length === accounts.size && accounts.size >= posts().length,
    `GET /posts: ${held.length} posts of ${accounts.size} accounts`,
  );
};

/** A school that a city governs answers to its place under one text, to the city under another. */
const routing = async (world: World, story: Story): Promise<void> => {
  const authorities = async ({ code, parent }: SampleSchool) => {
    const shown = await world
      .as(officerOf(parent))
      .must<{ line: string; authorities: { authority?: string }[] }>(`/api/registry/v1/schools/${code}`);
    return { line: shown.line, of: [...new Set(shown.authorities.map(({ authority }) => authority))] };
  };
  const governed = ({ managedBy }: SampleSchool) => managedBy !== undefined;
  const byPlace = guizhouSchools().filter(governed);
  const ofGuizhou = await Promise.all(byPlace.map(authorities));
  // At the senior stage the city is in charge of every school of its place (GZ-CH2), governed by it or not.
  const expected = byPlace.map(({ parent, stages, managedBy }) => (stages.includes('senior') ? managedBy : parent));
  story.check(
    'a primary school that its city governs answers to the county of its place under Guizhou [GZ-RO18]',
    ofGuizhou.length === 2 && ofGuizhou.every(({ of }, i) => of.length === 1 && of[0] === expected[i]),
    byPlace.map(({ name }, i) => `${name} → ${ofGuizhou[i].of.join()}`).join('; '),
  );
  const [byLevel] = changzhiSchools().filter(governed);
  const national = await authorities(byLevel);
  story.check(
    'and a school alike to the city itself under the national text [NAT-RO4]',
    national.of.length === 1 && national.of[0] === byLevel.managedBy,
    `${byLevel.name} → ${national.of.join()} (${national.line})`,
  );
};

interface InForce {
  pack: { id: string };
  parameters: {
    parameter: string;
    configured: boolean;
    value?: unknown;
    unit?: string;
    citation?: { article: string };
  }[];
}

/** The copy of the national text whose numbers are blanked: not configured, where the whole text gives a number. */
const blanked = async (world: World, story: Story): Promise<void> => {
  const inForce = (office: string) =>
    world.as(officerOf(office)).must<InForce>(`/api/registry/v1/policies/in-force?office=${office}`);
  const [whole, copy] = await Promise.all([inForce(xiangyuan), inForce(changzi)]);
  const open = whole.parameters.flatMap(({ parameter, configured, value, unit }) => {
    const there = copy.parameters.find((one) => one.parameter === parameter);
    return configured && typeof value === 'number' && there?.configured === false
      ? [`${parameter}: ${value} ${unit} at ${xiangyuan}, not configured at ${changzi} (${there.citation?.article})`]
      : [];
  });
  story.count('values not configured under the blanked copy', open.length);
  story.check(
    'where a copy leaves a number blank it is not configured: neither zero nor the number of the whole text',
    open.length >= 5,
    `GET /policies/in-force under ${whole.pack.id} and ${copy.pack.id}: ${open.length} values, e.g. ${open.find((one) => one.startsWith('transfer.review'))}`,
  );
};
