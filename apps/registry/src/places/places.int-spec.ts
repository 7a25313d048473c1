import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { Actor } from '#libs/access';
import { Refused } from '#libs/service-kit';
import { AuthorityToOpen } from './office-rules';
import { OpenClass, WantedClass } from './open-class';
import { OpenOffice } from './open-office';
import { OpenSchool } from './open-school';
import { SchoolToOpen } from './school-rules';
import { Places, startPlaces } from '../../test/registry-of-places';

const key = () => randomUUID();

const guizhou: AuthorityToOpen[] = [
  { id: '520000', kind: 'province', name: '贵州省教育厅', line: 'guizhou', from: '2014-03-01' },
  { id: '520100', kind: 'city', name: '贵阳市教育局', parent: '520000', from: '2014-03-01' },
  { id: '520103', kind: 'county', name: '云岩区教育局', parent: '520100', from: '2014-03-01' },
  { id: '520122', kind: 'county', name: '息烽县教育局', parent: '520100', from: '2014-03-01' },
];

const primary = (code: string, change: Partial<SchoolToOpen> = {}): SchoolToOpen => ({
  code,
  name: `小学${code}`,
  parent: '520103',
  type: 'primary',
  operator: 'government',
  stages: ['primary'],
  from: '2015-09-01',
  ...change,
});

const firstGrade = (school: string, name: string): WantedClass => ({
  school,
  stage: 'primary',
  entryYear: 2026,
  grade: 1,
  name,
  schoolYear: '2026',
});

/** What a refused list says, problem by problem. */
const refusal = async (answer: Promise<unknown>): Promise<string[]> => {
  const fault = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(fault instanceof Refused)) throw new Error(`not refused: ${String(fault)}`);
  return (fault.refusal.items ?? []).map((item) => `${item.field} ${item.code}`);
};

describe('places', () => {
  let places: Places;
  let root: Actor;
  let openOffice: OpenOffice;
  let openSchool: OpenSchool;
  let openClass: OpenClass;

  const count = (collection: string, filter = {}) => places.collection(collection).countDocuments(filter);

  beforeAll(async () => {
    places = await startPlaces({ XUEJI_ROOT_ACCOUNT: 'first-administrator' });
    openOffice = places.app.get(OpenOffice);
    openSchool = places.app.get(OpenSchool);
    openClass = places.app.get(OpenClass);
    root = await places.actor('administrator', '/');
    await openOffice.run(root, key(), guizhou);
  });

  afterAll(() => places.stop());

  describe('the first post', () => {
    it('was given to the account that the environment names, with event and audit row', async () => {
      expect(await places.collection('posts').findOne({ _id: 'post-root' })).toMatchObject({
        account: 'first-administrator',
        role: 'administrator',
        office: '/',
        path: '/',
        from: '2026-09-10',
      });
      expect(await count('outbox', { _id: 'post-root:00000001' })).toBe(1);
      expect(await count('audit', { 'subject.id': 'post-root' })).toBe(1);
    });

    it('opens a second root over HTTP', async () => {
      const opened = await places.http('first-administrator', 'POST', '/offices', {
        offices: [
          { id: '140400', kind: 'city', name: '长治市教育局', line: 'national', from: '2013-09-01' },
          {
            id: '140406',
            kind: 'county',
            name: '潞城区教育局',
            parent: '140400',
            line: 'changzhi-lucheng',
            from: '2019-09-01',
          },
        ],
      });
      expect(opened).toEqual({
        status: 201,
        body: {
          offices: [
            { id: '140400', path: '/140400/', version: 1 },
            { id: '140406', path: '/140400/140406/', version: 1 },
          ],
        },
      });
    });
  });

  describe('a list', () => {
    it('is carried out with an event and an audit row for every entry', async () => {
      const opened = await openSchool.run(root, key(), [primary('2152001001'), primary('2152001002')]);
      expect(opened.schools.map((school) => school.path)).toEqual([
        '/520000/520100/520103/2152001001/',
        '/520000/520100/520103/2152001002/',
      ]);
      const event = await places.collection('outbox').findOne({ _id: '2152001001:00000001' });
      expect(event).toMatchObject({
        type: 'cn.xueji.registry.office-opened.v1',
        effectiveOn: '2015-09-01',
        data: { kind: 'school', school: { type: 'primary', managedBy: '520103', stages: ['primary'] } },
      });
      expect(await places.collection('audit').findOne({ 'subject.id': '2152001002' })).toMatchObject({
        act: 'registry.school.open',
        account: root.account,
        post: root.posts[0]._id,
        subject: { version: 1 },
      });
    });

    it('is carried out whole or not at all, and every problem is named by place and field', async () => {
      const before = await Promise.all(['offices', 'outbox', 'audit', 'commands'].map((name) => count(name)));
      const wrong = [
        primary('2152001010'),
        primary('YY-11'),
        primary('2152001012', { operator: 'foreigner', parent: '520103' }),
        primary('2152001010'),
        primary('2152001014', { parent: '520199' }),
      ];
      expect(await refusal(openSchool.run(root, key(), wrong))).toEqual([
        'schools.1.code school-code-form',
        'schools.2.operator operator-not-covered',
        'schools.3.code already-there',
        'schools.4.parent no-such-office',
      ]);
      expect(await Promise.all(['offices', 'outbox', 'audit', 'commands'].map((name) => count(name)))).toEqual(before);
    });

    it('of 1,000 classes is one transaction', async () => {
      const { schools } = await openSchool.run(root, key(), [primary('2152001020')]);
      const wanted = Array.from({ length: 1000 }, (_, i) => firstGrade(schools[0].id, `一年级${i + 1}班`));
      const { classes } = await openClass.run(root, key(), wanted);
      expect(classes.map((one) => one.name)).toEqual(wanted.map((one) => one.name));
      expect(await count('classes', { school: '2152001020', 'seats.taken': 0 })).toBe(1000);
      expect(await count('outbox', { type: 'cn.xueji.registry.class-opened.v1', 'data.school': '2152001020' })).toBe(
        1000,
      );
    });

    it('that is repeated under its key is answered as before and changes nothing', async () => {
      const same = key();
      const wanted = [primary('2152001030')];
      const first = await openSchool.run(root, same, wanted);
      const events = await count('outbox');
      expect(await openSchool.run(root, same, wanted)).toEqual(first);
      expect(await count('outbox')).toBe(events);
      await expect(openSchool.run(root, same, [primary('2152001031')])).rejects.toMatchObject({
        refusal: { slug: 'idempotency-key-reused', status: 422 },
      });
      expect(await count('offices', { _id: '2152001031' })).toBe(0);
    });

    it('that ten send at once under one key takes effect once', async () => {
      const same = key();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => openSchool.run(root, same, [primary('2152001040')])),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(await count('outbox', { aggregateId: '2152001040' })).toBe(1);
      expect(await count('audit', { 'subject.id': '2152001040' })).toBe(1);
    });
  });

  describe('a class name', () => {
    it('stands once in a school and cohort, however many ask at once', async () => {
      await openSchool.run(root, key(), [primary('2152001050')]);
      const answers = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) =>
          openClass.run(root, key(), [firstGrade('2152001050', i % 2 ? '一年级1班' : '一年级 １班')]),
        ),
      );
      const refused = answers.filter((answer) => answer.status === 'rejected');
      expect(refused.map((answer) => (answer.reason as Refused).refusal.items?.[0].code)).toEqual(
        Array(7).fill('class-name-taken'),
      );
      expect(await count('classes', { school: '2152001050' })).toBe(1);
    });

    it('may be used again in another cohort and another school', async () => {
      await openSchool.run(root, key(), [primary('2152001051'), primary('2152001052')]);
      const older = { ...firstGrade('2152001051', '1班'), entryYear: 2025, grade: 2 };
      const wanted = [firstGrade('2152001051', '1班'), firstGrade('2152001052', '1班'), older];
      expect((await openClass.run(root, key(), wanted)).classes).toHaveLength(3);
    });
  });

  describe('scope', () => {
    it('lets an administrator act at and under the own office alone, and hides the rest', async () => {
      const yunyan = await places.actor('administrator', '/520000/520100/520103/');
      await openSchool.run(yunyan, key(), [primary('2152001060')]);
      expect(await refusal(openSchool.run(yunyan, key(), [primary('2152001061', { parent: '520122' })]))).toEqual([
        'schools.0.parent no-such-office',
      ]);
      const county: AuthorityToOpen = {
        id: '520102',
        kind: 'county',
        name: '南明区',
        parent: '520100',
        from: '2014-03-01',
      };
      expect(await refusal(openOffice.run(yunyan, key(), [county]))).toEqual(['offices.0.parent no-such-office']);
      const newRoot: AuthorityToOpen = { id: '530000', kind: 'province', name: '云南省', from: '2014-03-01' };
      expect(await refusal(openOffice.run(yunyan, key(), [newRoot]))).toEqual(['offices.0.parent no-such-office']);
    });

    it('gives the same answer for a foreign office and for one that is not there', async () => {
      const { account } = await places.actor('administrator', '/520000/520100/520103/');
      const at = (parent: string) =>
        places.http(account, 'POST', '/schools', { schools: [primary('2152001062', { parent })] });
      const [foreign, missing] = [await at('520122'), await at('520198')];
      const [item] = foreign.body.items as Record<string, unknown>[];
      expect(foreign.status).toBe(422);
      expect(missing.body.items).toEqual([
        JSON.parse(JSON.stringify(item).replaceAll('520122', '520198')) as Record<string, unknown>,
      ]);
    });

    it('is part of every reading', async () => {
      const { account } = await places.actor('clerk', '/520000/520100/520103/2152001001/');
      expect(await places.http(account, 'GET', '/schools/2152001001')).toMatchObject({ status: 200 });
      for (const path of [
        '/schools/2152001002',
        '/schools/2152999999',
        '/offices/520103/calendar?from=2026-09-01&to=2026-09-02',
      ])
        expect(await places.http(account, 'GET', path)).toMatchObject({
          status: 404,
          body: { type: 'urn:xueji:problem:not-found' },
        });
      const { items } = (await places.http(account, 'GET', '/offices')).body as { items: { id: string }[] };
      expect(items.map((office) => office.id)).toEqual(['2152001001']);
    });

    it('is asked of the post, not of the account: without a post of the role nothing is done', async () => {
      const { account } = await places.actor('officer', '/520000/520100/520103/');
      expect(await places.http(account, 'POST', '/schools', { schools: [primary('2152001063')] })).toMatchObject({
        status: 403,
        body: { type: 'urn:xueji:problem:no-post' },
      });
    });
  });

  it('describes every route with its answers, and its commands with their headers', () => {
    const { paths } = SwaggerModule.createDocument(places.app, new DocumentBuilder().build());
    const routes = Object.entries(paths).filter(([path]) => path.startsWith('/api/registry/v1/'));
    const operations = routes.flatMap(([path, item]) =>
      (['get', 'post'] as const).flatMap((method) => {
        const operation = item[method];
        return operation ? [{ name: `${method} ${path.slice(17)}`, method, operation }] : [];
      }),
    );
    expect(operations.map((one) => one.name).sort()).toEqual([
      'get classes/{id}',
      'get offices',
      'get offices/{id}/calendar',
      'get policies/difference',
      'get policies/in-force',
      'get policies/not-configured',
      'get posts',
      'get schools/{code}',
      'post classes',
      'post offices',
      'post offices/{id}/line',
      'post posts',
      'post posts/{id}/end',
      'post schools',
      'post terms',
    ]);
    for (const { name, method, operation } of operations) {
      const success = operation.responses[method === 'post' ? '201' : '200'];
      expect({ name, success }).toMatchObject({ success: { content: { 'application/json': { schema: {} } } } });
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '401', '403', '404', '422']));
      const headers = (operation.parameters ?? []).map((one) => ('name' in one ? one.name : ''));
      expect({ name, command: headers.includes('Idempotency-Key') }).toEqual({ name, command: method === 'post' });
    }
  });

  describe('input over HTTP', () => {
    const post = (path: string, body: object, headers = {}) =>
      places.http(root.account, 'POST', path, body, headers as Record<string, string>);

    it('names every unknown field and every wrong form by place and field', async () => {
      const answer = await post('/classes', {
        classes: [{ ...firstGrade('2152001001', '一年级9班'), grade: '1', colour: 'red' }, { school: 'x' }],
      });
      expect(answer.status).toBe(400);
      expect((answer.body.items as { field: string }[]).map((item) => item.field)).toEqual(
        expect.arrayContaining(['classes.0.grade', 'classes.0.colour', 'classes.1.school', 'classes.1.name']),
      );
    });

    it('refuses a day that no calendar has', async () => {
      expect(await post('/schools', { schools: [primary('2152001070', { from: '2026-02-30' })] })).toMatchObject({
        status: 400,
        body: { items: [{ field: 'schools.0.from', code: 'isLegalDate' }] },
      });
    });

    it('refuses an empty list and one above a thousand', async () => {
      expect(await post('/offices', { offices: [] })).toMatchObject({ status: 400 });
      const thousandAndOne = Array.from({ length: 1001 }, (_, i) => firstGrade('2152001001', `一年级${i}班`));
      expect(await post('/classes', { classes: thousandAndOne })).toMatchObject({ status: 400 });
    });

    it('refuses a command without a key of its own', async () => {
      const body = { schools: [primary('2152001071')] };
      expect(await post('/schools', body, { 'idempotency-key': '' })).toMatchObject({
        status: 400,
        body: { items: [{ field: 'Idempotency-Key' }] },
      });
    });

    it('answers an unlawful kind of school with the article [GZ-SC2, FJ-SC1]', async () => {
      const answer = await post('/schools', { schools: [primary('1152001072', { type: 'kindergarten' })] });
      expect(answer).toMatchObject({
        status: 422,
        body: {
          type: 'urn:xueji:problem:list-refused',
          items: [
            { field: 'schools.0.type', citation: { rule: 'GZ-SC2', pack: 'guizhou-2014', article: '第2条' } },
            { field: 'schools.0.code', citation: { rule: 'FJ-SC1' } },
          ],
        },
      });
    });
  });

  describe('terms', () => {
    const first = {
      office: '520000',
      schoolYear: '2026',
      term: '1',
      firstDay: '2026-09-01',
      lastDay: '2027-01-22',
      closed: [{ from: '2026-10-15', to: '2026-10-16', name: '校运会' }],
      makeUp: [{ date: '2026-10-17', name: '补10月15日课' }],
    };

    it('are set, shown day by day with their source, and changed by version', async () => {
      const set = await places.http(root.account, 'POST', '/terms', { terms: [first] });
      expect(set).toEqual({ status: 201, body: { terms: [{ id: '520000/2026/1', version: 1 }] } });
      const shown = await places.http(
        root.account,
        'GET',
        '/offices/2152001001/calendar?from=2026-10-09&to=2026-10-17',
      );
      const days = shown.body.days as { date: string; school: boolean; basis: string }[];
      expect(shown.body).toMatchObject({ schoolDays: 6, workingDays: 7 });
      expect(days.find((day) => day.date === '2026-10-10')).toMatchObject({
        school: true,
        working: true,
        basis: 'order',
      });
      expect(days.find((day) => day.date === '2026-10-15')).toMatchObject({
        school: false,
        working: true,
        local: { kind: 'closed', name: '校运会', office: '520000' },
      });

      const again = await places.http(root.account, 'POST', '/terms', { terms: [first] });
      expect(again).toMatchObject({
        status: 422,
        body: { items: [{ field: 'terms.0.version', code: 'stale-version' }] },
      });
      const changed = await places.http(root.account, 'POST', '/terms', {
        terms: [{ ...first, closed: [], makeUp: [], version: 1 }],
      });
      expect(changed.body).toEqual({ terms: [{ id: '520000/2026/1', version: 2 }] });
      expect(await count('outbox', { aggregateId: '520000/2026/1' })).toBe(2);
    });

    it('show a year without an order as provisional, and no more than 400 days at once', async () => {
      const path = '/offices/520103/calendar?from=2027-01-11&to=';
      const shown = await places.http(root.account, 'GET', `${path}2027-01-11`);
      expect(shown.body.days).toMatchObject([{ school: true, provisional: true, basis: 'assumed' }]);
      expect(await places.http(root.account, 'GET', `${path}2028-03-01`)).toMatchObject({ status: 400 });
      expect(await places.http(root.account, 'GET', `${path}2027-01-10`)).toMatchObject({ status: 400 });
    });
  });

  describe('the line of an office', () => {
    it('is set from today on, by version, and only one that holds there [R5-34]', async () => {
      const set = (body: object, version: number) =>
        places.http(root.account, 'POST', '/offices/140406/line', body, { 'if-match': `"${version}"` });
      expect(await set({ line: 'guizhou' }, 1)).toMatchObject({
        status: 422,
        body: { items: [{ field: 'line', code: 'line-of-another-place' }] },
      });
      expect(await set({ line: 'national', from: '2026-09-09' }, 1)).toMatchObject({
        status: 422,
        body: { items: [{ field: 'from', code: 'begins-too-early' }] },
      });
      expect(await set({ line: 'national', from: '2026-10-01' }, 7)).toMatchObject({ status: 412 });
      expect(await set({ line: 'national', from: '2026-10-01' }, 1)).toMatchObject({
        status: 201,
        body: { version: 2 },
      });
      const inForce = async (on: string) =>
        (await places.http(root.account, 'GET', `/policies/in-force?office=140406&on=${on}`)).body.pack;
      expect(await inForce('2026-09-30')).toMatchObject({ line: 'changzhi-lucheng' });
      expect(await inForce('2026-10-01')).toMatchObject({ line: 'national' });
      expect(await places.collection('outbox').findOne({ _id: '140406:00000002' })).toMatchObject({
        type: 'cn.xueji.registry.office-line-set.v1',
        effectiveOn: '2026-10-01',
        data: { line: 'national' },
      });
    });
  });

  describe('posts', () => {
    it('are given, open the doors of their office, and close them with their last day', async () => {
      const give = (posts: object[]) => places.http(root.account, 'POST', '/posts', { posts });
      const given = await give([{ account: 'wang', role: 'clerk', office: '2152001001' }]);
      expect(given.status).toBe(201);
      const [post] = given.body.posts as { id: string }[];
      expect(await places.http('wang', 'GET', '/schools/2152001001')).toMatchObject({ status: 200 });

      const end = (version: number, body = {}) =>
        places.http(root.account, 'POST', `/posts/${post.id}/end`, body, { 'if-match': `${version}` });
      expect(await end(2)).toMatchObject({ status: 412 });
      expect(await end(1, { to: '2026-09-08' })).toMatchObject({ status: 422 });
      expect(await end(1)).toMatchObject({ status: 201, body: { id: post.id, to: '2026-09-10', version: 2 } });
      expect(await places.http('wang', 'GET', '/schools/2152001001')).toMatchObject({ status: 200 });
      expect(await end(2, { to: '2026-09-09' })).toMatchObject({ status: 201, body: { version: 3 } });
      expect(await places.http('wang', 'GET', '/schools/2152001001')).toMatchObject({ status: 403 });
      expect(await places.collection('outbox').find({ aggregateId: post.id }).sort({ _id: 1 }).toArray()).toMatchObject(
        [
          {
            type: 'cn.xueji.registry.post-held.v1',
            data: { account: 'wang', path: '/520000/520100/520103/2152001001/' },
          },
          { type: 'cn.xueji.registry.post-ended.v1', data: { to: '2026-09-10' } },
          { type: 'cn.xueji.registry.post-ended.v1', data: { to: '2026-09-09' } },
        ],
      );
    });

    it('of a foreign office can neither be given nor ended', async () => {
      const { account } = await places.actor('administrator', '/520000/520100/520103/');
      const foreign = await places.actor('officer', '/520000/520100/520122/');
      expect(
        await places.http(account, 'POST', '/posts', { posts: [{ account: 'li', role: 'officer', office: '520122' }] }),
      ).toMatchObject({ status: 422, body: { items: [{ field: 'posts.0.office', code: 'no-such-office' }] } });
      expect(
        await places.http(account, 'POST', '/posts', { posts: [{ account: 'li', role: 'operator', office: '/' }] }),
      ).toMatchObject({ status: 422, body: { items: [{ code: 'no-such-office' }] } });
      const path = `/posts/${foreign.posts[0]._id}/end`;
      expect(await places.http(account, 'POST', path, {}, { 'if-match': '1' })).toMatchObject({ status: 404 });
    });
  });
});
