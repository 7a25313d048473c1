import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Actor } from '#libs/access';
import { Office } from '../places/office';
import { OfficeRepository } from '../places/office.repository';
import { guiyang, guizhou, lucheng, tree, xifeng } from '../../test/sample-tree';
import { Places, startPlaces } from '../../test/registry-of-places';
import { OpenParameters } from './open-parameters';
import { Policies } from './policies';

interface OpenList {
  items: { parameter: string; citation?: { rule: string }; records?: number }[];
}

/** The demo's county under two texts, the second of which raises the age. */
const twoTexts = (folder: string): void => {
  const file = join(__dirname, '../../../../libs/policy/demo-packs/guizhou-xifeng-demo.json');
  const first = JSON.parse(readFileSync(file, 'utf8')) as { id: string; values: Record<string, { value: number }> };
  const age = { ...first.values['enrolment.minAge'], value: 7 };
  const second = { ...first, id: `${first.id}-2`, from: '2027-01-01', values: { 'enrolment.minAge': age } };
  writeFileSync(join(folder, 'first.json'), JSON.stringify({ ...first, to: '2026-12-31' }));
  writeFileSync(join(folder, 'second.json'), JSON.stringify(second));
};

describe('policies', () => {
  const packs = mkdtempSync(join(tmpdir(), 'packs-'));
  let places: Places;
  let officer: Actor;

  const get = (path: string, account = officer.account) => places.http(account, 'GET', `/policies${path}`);

  beforeAll(async () => {
    twoTexts(packs);
    places = await startPlaces({ XUEJI_EXTRA_PACKS_DIR: packs });
    const withOwnLine: Office = { ...xifeng, lines: [{ line: 'guizhou-xifeng', from: '2026-09-10' }] };
    await places.connection.transaction((session) =>
      places.app.get(OfficeRepository).insert(session, [...tree.filter((office) => office !== xifeng), withOwnLine]),
    );
    officer = await places.actor('officer', guiyang.path);
    places.app
      .get(OpenParameters)
      .countBy('enrolment.minAge', (path) => Promise.resolve(path === guiyang.path ? 12 : 3));
  });

  afterAll(async () => {
    await places.stop();
    rmSync(packs, { recursive: true });
  });

  it('show the pack in force at an office, its chain, and every parameter with its article', async () => {
    const { status, body } = await get('/in-force?office=140406');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      office: '140406',
      on: '2026-09-10',
      pack: {
        line: 'changzhi-lucheng',
        chain: ['changzhi-lucheng-2019', 'national-2013', 'principles-1'],
        trial: false,
      },
      parameters: expect.arrayContaining([
        expect.objectContaining({
          parameter: 'class.cap.life.primary',
          configured: true,
          value: 50,
          unit: 'pupils',
          citation: expect.objectContaining({ rule: 'CZ-CL3', article: '第十二条' }) as object,
        }),
        expect.objectContaining({ parameter: 'number.conversion', configured: false }),
      ]) as object[],
    });
  });

  it('name a trial text as what it is [GZ-SC5]', async () => {
    expect((await get('/in-force?office=520103')).body.pack).toMatchObject({ id: 'guizhou-2014', trial: true });
    expect(await get('/in-force?office=520103&on=2013-08-31')).toMatchObject({
      status: 422,
      body: { type: 'urn:xueji:problem:no-pack-in-force', facts: { line: 'national' } },
    });
  });

  it('let a county’s own measures hold in its place alone, from their day on [R5-34]', async () => {
    const policies = places.app.get(Policies);
    const minAge = async (path: string, on: string) => (await policies.packFor(path, on)).setting('enrolment.minAge');
    expect(await minAge(xifeng.path, '2026-09-10')).toMatchObject({ configured: true, value: 6 });
    expect(await minAge(xifeng.path, '2026-09-09')).toMatchObject({ configured: false });
    expect(await minAge('/520000/520100/520103/', '2026-09-10')).toMatchObject({ configured: false });
  });

  it('list what an office could set and has not, with the records that wait for it [GZ-EN5]', async () => {
    const { items } = (await get('/not-configured?office=520100')).body as unknown as OpenList;
    expect(items[0]).toMatchObject({ parameter: 'enrolment.minAge', citation: { rule: 'GZ-EN5' }, records: 12 });
    expect(items.filter((item) => item.records === undefined).length).toBeGreaterThan(0);
    const own = (await get('/not-configured?office=520122')).body as unknown as OpenList;
    expect(own.items.map((item) => item.parameter)).not.toContain('enrolment.minAge');
  });

  it('tell counts within the caller’s scope alone', async () => {
    expect(await get(`/not-configured?office=${lucheng._id}`)).toMatchObject({ status: 404 });
    expect(await get(`/not-configured?office=${guizhou._id}`)).toMatchObject({ status: 404 });
    expect(await get('/not-configured?office=140499')).toMatchObject({ status: 404 });
    const clerk = await places.actor('clerk', '/520000/520100/520103/2152000001/');
    expect(await get('/not-configured?office=520100', clerk.account)).toMatchObject({ status: 403 });
  });

  it('show what changed in a line between two days', async () => {
    expect(await get('/difference?line=guizhou-xifeng&from=2026-09-10&to=2027-01-01')).toMatchObject({
      status: 200,
      body: { items: [{ parameter: 'enrolment.minAge', before: { value: 6 }, after: { value: 7 } }] },
    });
    expect(await get('/difference?line=changzhi-lucheng&from=2019-09-01&to=2026-09-10')).toEqual({
      status: 200,
      body: { line: 'changzhi-lucheng', from: '2019-09-01', to: '2026-09-10', items: [] },
    });
    expect(await get('/difference?line=changzhi-lucheng&from=2019-08-31&to=2026-09-10')).toMatchObject({
      status: 422,
      body: { type: 'urn:xueji:problem:no-pack-in-force', facts: { startsOn: '2019-09-01' } },
    });
    expect(await get('/difference?line=atlantis&from=2019-09-01&to=2026-09-10')).toMatchObject({
      status: 400,
      body: { items: [{ field: 'line', code: 'unknown-line' }] },
    });
  });

  it('count the records of a parameter in one way', () => {
    expect(() => places.app.get(OpenParameters).countBy('enrolment.minAge', () => Promise.resolve(0))).toThrow(
      'already',
    );
  });
});
