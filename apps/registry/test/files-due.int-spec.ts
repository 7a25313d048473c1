import { randomUUID } from 'node:crypto';
import { until } from '#libs/testing';
import { ApproveIntake } from '../src/enrolment/approve-intake';
import { WatchFiles } from '../src/files-due/watch-files';
import { SetTerm } from '../src/places/set-term';
import { child } from './children';
import { offices, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(180_000);

interface Row {
  _id: string;
  dueOn?: string;
  state: string;
}

describe('the time to make the files of new pupils', () => {
  let registry: RegistryCorner;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
  });
  afterAll(() => registry.stop());
  beforeEach(() => registry.clock.set('2026-09-01', '07:00'));

  const setTerm = (office: string, firstDay: string, version?: number) =>
    registry.app.get(SetTerm).run(registry.actor('administrator', '/'), randomUUID(), [
      {
        office,
        schoolYear: '2026',
        term: '1',
        firstDay,
        lastDay: '2027-01-20',
        closed: [],
        makeUp: [],
        ...(version !== undefined && { version }),
      },
    ]);
  const deadline = (school: TestSchool, kind = 'overdue') =>
    registry.connection
      .collection<Row>('deadlines')
      .findOne({ _id: `registry.files-${kind}/${school.code}/${school.stage}-2026` });
  const passed = (school: TestSchool, kind = 'overdue') =>
    until(async () => (await deadline(school, kind))?.state === 'fired', {
      within: 60_000,
      message: async () => `${kind} of ${school.code}: ${JSON.stringify(await deadline(school, kind))}`,
    });
  const files = (school: TestSchool) => `files.${school.code}/${school.stage}/2026`;
  const told = (school: TestSchool) => registry.eventsOf(files(school));
  const late = async (path: string, school: TestSchool) =>
    (await registry.app.get(WatchFiles).list(registry.actor('officer', path), { limit: 100 })).items.find(
      (one) => one.school === school.code,
    );

  it('is a month from the first day of school: reminded, told to the authority when it has passed, listed until made [GZ-EN3]', async () => {
    const school = await registry.school('yunyan');
    await setTerm('520103', '2026-09-01');
    const second = await school.openClass('2班', 2026);
    expect(await deadline(school)).toMatchObject({ dueOn: '2026-10-01', state: 'armed' });
    registry.clock.set('2026-09-24', '09:00');
    await passed(school, 'due-soon');
    expect(await told(school)).toEqual(['files-due-soon']);

    await school.enter(child(school));
    registry.clock.set('2026-10-02');
    await passed(school);
    expect(await told(school)).toEqual(['files-due-soon', 'files-late']);
    expect(await registry.lastEvent(files(school))).toMatchObject({
      effectiveOn: '2026-10-02',
      rules: ['GZ-EN3'],
      data: { authority: '520103', dueOn: '2026-10-01', entered: 1, emptyClasses: 1 },
    });
    expect(await late(offices.yunyan, school)).toMatchObject({
      dueOn: '2026-10-01',
      lateSince: '2026-10-02',
      lacking: { entered: 1, emptyClasses: 1 },
    });
    expect(await late(offices.xifeng, school)).toBeUndefined();

    // Made at last: the file says that it is late, its authority hears, and nothing lacks any more.
    registry.clock.set('2026-10-05');
    await school.enter(child(school, { class: second }));
    expect(await registry.lastEvent(files(school))).toMatchObject({ data: { authority: '520103', madeLate: 1 } });
    const now = await late(offices.yunyan, school);
    expect(now).toMatchObject({ madeLate: 1, lateSince: '2026-10-02' });
    expect(now).not.toHaveProperty('lacking');
  });

  it('passes in silence where every class has its pupils', async () => {
    const school = await registry.school('yunyan');
    await school.enter(child(school));
    registry.clock.set('2026-10-02');
    await passed(school);
    expect(await told(school)).toEqual([]);
    expect(await late(offices.yunyan, school)).toBeUndefined();
  });

  it('is known to have passed where nobody was ever entered [NAT-EN3]', async () => {
    const school = await registry.school('xiangyuan', { stage: 'junior' });
    await setTerm('140423', '2026-09-01');
    registry.clock.set('2026-10-02');
    await passed(school);
    expect(await registry.lastEvent(files(school))).toMatchObject({
      rules: ['NAT-EN3'],
      data: { authority: '140423', entered: 0, emptyClasses: 1 },
    });
    expect(await late(offices.xiangyuan, school)).toMatchObject({ lacking: { entered: 0, emptyClasses: 1 } });
  });

  it('is not configured where the number is blank: nothing is armed [NAT-EN3]', async () => {
    const school = await registry.school('xiangyuan', { line: 'national-blanked' });
    expect(await deadline(school)).toBeNull();
  });

  it('asks for the number too under Changzhi, and for as many as were planned [CZ-EN2]', async () => {
    const [whole, unconfirmed, short] = [
      await registry.school('lucheng'),
      await registry.school('lucheng'),
      await registry.school('lucheng'),
    ];
    await setTerm('140406', '2026-09-01');
    registry.clock.set('2026-09-10');
    const officer = registry.actor('officer', offices.lucheng);
    for (const [school, planned] of [
      [whole, 1],
      [unconfirmed, 1],
      [short, 2],
    ] as const)
      await registry.app
        .get(ApproveIntake)
        .run(officer, randomUUID(), { school: school.code, stage: 'primary', entryYear: 2026, planned });
    const papers = ['basicInfoForm', 'photo'] as const;
    await whole.registered(child(whole), ...papers);
    await unconfirmed.enter(child(unconfirmed));
    await short.registered(child(short), ...papers);
    registry.clock.set('2026-10-02');
    for (const school of [whole, unconfirmed, short]) await passed(school);
    expect(await told(whole)).not.toContain('files-late');
    expect(await registry.lastEvent(files(unconfirmed))).toMatchObject({
      rules: ['CZ-EN2'],
      data: { authority: '140406', dueOn: '2026-10-01', entered: 1, planned: 1, unconfirmed: 1 },
    });
    expect(await registry.lastEvent(files(short))).toMatchObject({ data: { entered: 1, planned: 2, unconfirmed: 0 } });
  });

  it('moves with the first day of school [GZ-EN3]', async () => {
    const school = await registry.school('xifeng');
    await setTerm('520122', '2026-09-01');
    expect(await deadline(school)).toMatchObject({ dueOn: '2026-10-01' });
    await setTerm('520122', '2026-09-07', 1);
    expect(await deadline(school)).toMatchObject({ dueOn: '2026-10-07', state: 'armed' });
  });
});
