import { changzhiSchools, classes, guizhouSchools, offices, schools, terms } from '../../sample-province/src';
import { Story } from './story';
import { World } from './world';

export interface Places {
  /** Class ids by school and class name. */
  classId(school: string, name: string): string;
  classNames(school: string, stage: string, grade: number): string[];
}

/** Names of the accounts that the demo gives out: one person per role and office. */
export const clerkOf = (school: string): string => `clerk-${school}`;
export const deputyOf = (school: string): string => `deputy-${school}`;
export const officerOf = (office: string): string => `officer-${office}`;

export const accounts = (): string[] => [
  'root',
  'operator',
  ...schools().flatMap(({ code }) => [clerkOf(code), deputyOf(code)]),
  ...officed().map((id) => officerOf(id)),
];

/** Authorities with a person in the demo: those that have a school, and all above them. */
const officed = (): string[] => {
  const tree = new Map(offices().map((office) => [office.id, office]));
  const seen = new Set<string>();
  for (const { parent } of schools()) {
    for (let id: string | undefined = parent; id; id = tree.get(id)?.parent) seen.add(id);
  }
  return [...seen];
};

/** Offices, schools, terms, classes and posts, by the one account that may set them up. */
export const openPlaces = async (world: World, story: Story): Promise<Places> => {
  story.begin('1 Places · 机构与学校');
  const root = world.as('root');
  await root.must('/api/registry/v1/posts', { posts: [{ account: 'operator', role: 'operator', office: '/' }] });
  const tree = offices({ xifengLine: 'guizhou-xifeng' });
  await root.must('/api/registry/v1/offices', { offices: tree });
  await root.must('/api/registry/v1/schools', { schools: schools() });
  await root.must('/api/registry/v1/terms', { terms: terms() });
  const wanted = schools().flatMap(classes);
  const opened = await root.must<{ classes: { id: string; school: string; name: string }[] }>(
    '/api/registry/v1/classes',
    {
      classes: wanted,
    },
  );
  const posts = [
    ...schools().flatMap(({ code }) => [
      { account: clerkOf(code), role: 'clerk', office: code },
      { account: deputyOf(code), role: 'deputyHead', office: code },
    ]),
    ...officed().map((id) => ({ account: officerOf(id), role: 'officer', office: id })),
  ];
  await root.must('/api/registry/v1/posts', { posts });
  story.count('offices', tree.length);
  story.count('schools', schools().length);
  story.count('classes', opened.classes.length);
  story.count('posts', posts.length);
  story.tell(
    `${tree.length} offices, ${guizhouSchools().length} + ${changzhiSchools().length} schools, ${opened.classes.length} classes, ${posts.length} posts`,
  );
  const direct = guizhouSchools().find(({ managedBy, stages }) => managedBy && stages.includes('primary'));
  if (direct) {
    const school = await world
      .as(officerOf(direct.parent))
      .must<{ authorities: { stage: string; authority?: string }[] }>(`/api/registry/v1/schools/${direct.code}`);
    const authority = school.authorities.find(({ stage }) => stage === 'primary')?.authority;
    story.check(
      'a school governed directly by its city answers to the county of its place under Guizhou [GZ-RO18]',
      authority === direct.parent,
      `GET /schools/${direct.code}`,
    );
  }
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
