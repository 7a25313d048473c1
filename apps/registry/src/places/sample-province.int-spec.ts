import { randomUUID } from 'node:crypto';
import * as sample from '../../../../tools/sample-province/src';
import { Places, startPlaces } from '../../test/registry-of-places';

describe('the sample province', () => {
  let places: Places;

  beforeAll(async () => {
    places = await startPlaces({ XUEJI_ROOT_ACCOUNT: 'root' });
  });

  afterAll(() => places.stop());

  it('is set up over HTTP by the first administrator, list by list, and can be walked page by page', async () => {
    const post = async (path: string, body: object) => {
      const answer = await places.http('root', 'POST', path, body);
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    };
    await post('/offices', { offices: sample.offices() });
    await post('/schools', { schools: sample.schools() });
    await post('/terms', { terms: sample.terms() });
    const wanted = sample.schools().flatMap(sample.classes);
    const { classes } = (await post('/classes', { classes: wanted })) as { classes: { id: string; name: string }[] };
    expect(classes.map((one) => one.name)).toEqual(wanted.map((one) => one.name));
    const posts = sample.schools().map(({ code }) => ({ account: `clerk-${code}`, role: 'clerk', office: code }));
    await post('/posts', { posts });

    const seen: string[] = [];
    for (let after: string | undefined = ''; after !== undefined;) {
      const query: string = after && `&after=${encodeURIComponent(after)}`;
      const page = (await places.http('root', 'GET', `/offices?limit=50${query}`)).body as {
        items: { id: string }[];
        next?: string;
      };
      seen.push(...page.items.map((office) => office.id));
      after = page.next;
    }
    const all = [...sample.offices().map((office) => office.id), ...sample.schools().map((school) => school.code)];
    expect([...seen].sort()).toEqual(all.sort());

    const counties = await places.http('root', 'GET', '/offices?under=520100&kind=county&limit=500');
    expect((counties.body.items as object[]).length).toBe(10);
    const governed = sample.schools().find((school) => school.managedBy !== undefined)!;
    const shown = await places.http(`clerk-${governed.code}`, 'GET', `/schools/${governed.code}`);
    expect(shown).toMatchObject({
      status: 200,
      body: {
        line: 'guizhou',
        managedBy: governed.managedBy,
        authorities: [{ stage: 'primary', authority: governed.parent }],
        classes: expect.arrayContaining([
          expect.objectContaining({ name: '一年级1班', grade: 1, seats: { taken: 0, reserved: 0 } }),
        ]) as object[],
      },
    });
  });

  it('cannot be set up twice', async () => {
    const again = await places.http(
      'root',
      'POST',
      '/offices',
      { offices: sample.offices() },
      {
        'idempotency-key': randomUUID(),
      },
    );
    expect(again.status).toBe(422);
    expect((again.body.items as { code: string }[]).every((item) => item.code === 'already-there')).toBe(true);
  });
});
