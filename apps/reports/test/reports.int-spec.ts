import { randomUUID } from 'node:crypto';
import { attendanceEvents, registryEvents as registry, transferEvents as transfer } from '#libs/contracts';
import { ServiceInProcess } from '#libs/testing';

const province = '/520000/';
const county = '/520000/520100/520103/';
const other = '/520000/520100/520102/';
const schools = {
  north: { id: '2152000001', path: `${county}2152000001/` },
  south: { id: '2152000002', path: `${county}2152000002/` },
  far: { id: '2152000003', path: `${other}2152000003/` },
};
type School = keyof typeof schools;

interface Count {
  total: number;
  rows: { by: Record<string, string>; count: number }[];
}

let reports: ServiceInProcess;

const enter = async (
  school: School,
  {
    sex = '1' as '1' | '2',
    birthMonth = '2020-03',
    on = '2026-09-01',
    recordedAt = '2026-08-25',
    marks = [] as string[],
  } = {},
) => {
  const student = randomUUID();
  const { id, path } = schools[school];
  await reports.hear(
    registry.studentEntered,
    student,
    {
      school: id,
      path,
      class: `${school}-1`,
      stage: 'primary',
      entryYear: 2026,
      sex,
      birthMonth,
      hasIdNumber: true,
      marks,
    },
    { effectiveOn: on, recordedAt },
  );
  return student;
};

const move = (student: string, from: School, to: School, on: string, recordedAt = on) =>
  reports.hear(
    registry.studentMoved,
    student,
    {
      case: randomUUID(),
      from: { school: schools[from].id, path: schools[from].path, class: `${from}-1` },
      to: { school: schools[to].id, path: schools[to].path, class: `${to}-1` },
    },
    { effectiveOn: on, recordedAt },
  );

const roll = async (query: string, account = 'county') =>
  (await reports.call<Count>(account, 'GET', `roll?${query}`)).body;

beforeAll(async () => {
  reports = await ServiceInProcess.start(
    'reports',
    async () => ({ module: (await import('../src/app.module')).AppModule }),
    { on: '2026-11-20' },
  );
  const open = (id: string, path: string, name: string, kind: 'province' | 'city' | 'county', line?: string) =>
    reports.hear(registry.officeOpened, id, { kind, name, path, ...(line && { line }) }, { effectiveOn: '2014-03-01' });
  await open('520000', province, '贵州省教育厅', 'province', 'guizhou');
  await open('520100', '/520000/520100/', '贵阳市教育局', 'city');
  await open('520103', county, '云岩区教育局', 'county');
  await open('520102', other, '南明区教育局', 'county');
  for (const [name, { id, path }] of Object.entries(schools)) {
    await reports.hear(
      registry.officeOpened,
      id,
      {
        kind: 'school',
        name,
        path,
        parent: path.split('/').at(-3),
        school: { type: 'primary', operator: 'government', stages: ['primary'], managedBy: path.split('/').at(-3)! },
      },
      { effectiveOn: '2014-03-01' },
    );
    await reports.hear(registry.classOpened, `${name}-1`, {
      school: id,
      path,
      stage: 'primary',
      entryYear: 2026,
      grade: 1,
      name: '一年级1班',
      schoolYear: '2026',
    });
  }
  await reports.post('county', 'officer', county);
  await reports.post('othercounty', 'officer', other);
  await reports.post('city', 'officer', '/520000/520100/');
  await reports.post('clerk', 'clerk', schools.north.path);
  await reports.post('auditor', 'auditor', province);
}, 60_000);

afterAll(() => reports.stop());

describe('head counts', () => {
  let late: string;

  beforeAll(async () => {
    await enter('north', { sex: '1', birthMonth: '2020-03' });
    await enter('north', { sex: '2', birthMonth: '2019-12', marks: ['lateEntry'] });
    await enter('south', { sex: '2' });
    await enter('far');
    late = await enter('north', { sex: '1', recordedAt: '2026-09-15' });
  });

  it('[GZ-RP1] totals by school, grade, sex, age and status as of a day', async () => {
    expect(await roll('on=2026-09-20&by=school,sex')).toMatchObject({
      total: 4,
      rows: [
        { by: { school: schools.north.id, sex: '1' }, count: 2 },
        { by: { school: schools.north.id, sex: '2' }, count: 1 },
        { by: { school: schools.south.id, sex: '2' }, count: 1 },
      ],
    });
    expect((await roll('on=2026-09-20&by=grade,age')).rows).toEqual([{ by: { grade: '1', age: '6' }, count: 4 }]);
    expect((await roll('on=2027-09-20&by=grade')).rows).toEqual([{ by: { grade: '2' }, count: 4 }]);
    expect((await roll('on=2026-09-20&by=status,mark')).rows).toEqual([
      { by: { status: 'pending', mark: 'lateEntry' }, count: 1 },
      { by: { status: 'pending', mark: 'none' }, count: 3 },
    ]);
    expect((await roll('on=2026-08-31')).total).toBe(0);
  });

  it('[FJ-RP1][D5-27] the same day as known on a day is the same for ever; what was recorded late is a difference', async () => {
    expect((await roll('on=2026-09-01&knownOn=2026-09-01')).total).toBe(3);
    expect((await roll('on=2026-09-01&knownOn=2026-09-20')).total).toBe(4);
    const { body } = await reports.call(
      'county',
      'GET',
      'roll/differences?on=2026-09-01&knownOn=2026-09-20&thenKnownOn=2026-09-01',
    );
    expect(body).toMatchObject({ added: [{ student: late, school: schools.north.id }], gone: [], changed: [] });
    expect((await roll('on=2026-09-01&knownOn=2026-09-01')).total).toBe(3);
  });

  it('a move counts the child once, on either side of its day, and leaves earlier knowledge as it was', async () => {
    const student = await enter('south');
    await move(student, 'south', 'far', '2026-10-12', '2026-10-14');
    const at = async (on: string, knownOn: string, account = 'county', office = '520103') =>
      (await roll(`office=${office}&on=${on}&knownOn=${knownOn}&by=school`, account)).rows.find(
        ({ by }) => by.school === schools.south.id || by.school === schools.far.id,
      )?.count;
    expect(await at('2026-10-11', '2026-11-01')).toBe(2);
    expect(await at('2026-10-12', '2026-11-01')).toBe(1);
    expect(await at('2026-10-12', '2026-10-13')).toBe(2);
    expect(await at('2026-10-12', '2026-11-01', 'othercounty', '520102')).toBe(2);
    const { body } = await reports.call('county', 'GET', 'roll/movements?from=2026-10-01&to=2026-10-31');
    expect(body).toMatchObject({ in: {}, out: { moved: 1 } });
    expect((await reports.call('city', 'GET', 'roll/movements?from=2026-10-01&to=2026-10-31')).body).toMatchObject({
      in: {},
      out: {},
    });
  });

  it('opens the children behind a figure, page by page', async () => {
    const first = await reports.call<{ items: { student: string }[]; next: string }>(
      'county',
      'GET',
      `roll/children?on=2026-09-20&school=${schools.north.id}&limit=2`,
    );
    expect(first.body.items).toHaveLength(2);
    const second = await reports.call<{ items: { student: string }[]; next?: string }>(
      'county',
      'GET',
      `roll/children?on=2026-09-20&school=${schools.north.id}&limit=2&after=${first.body.next}`,
    );
    expect(second.body.items).toHaveLength(1);
    expect(second.body.next).toBeUndefined();
    expect(new Set([...first.body.items, ...second.body.items].map(({ student }) => student)).size).toBe(3);
  });

  it('shows nothing of a place outside the reader: foreign and missing have one answer', async () => {
    const foreign = await reports.call('county', 'GET', 'roll?office=520102');
    const missing = await reports.call('county', 'GET', 'roll?office=999999');
    expect([foreign.status, missing.status]).toEqual([404, 404]);
    expect(foreign.body).toEqual({ ...missing.body, instance: foreign.body.instance });
    expect((await reports.call('auditor', 'GET', 'roll/children?office=520103')).status).toBe(403);
    expect((await reports.call('clerk', 'GET', `roll?on=2026-09-20`)).body).toMatchObject({ total: 3 });
  });

  it('refuses knowledge of days to come, and a breakdown that is none', async () => {
    const ahead = await reports.call('county', 'GET', 'roll?knownOn=2026-11-21');
    expect(ahead).toMatchObject({ status: 400, body: { items: [{ field: 'knownOn', code: 'not-known-yet' }] } });
    expect((await reports.call('county', 'GET', 'roll?by=name')).status).toBe(400);
    expect((await reports.call('county', 'GET', 'roll?on=2026-02-30')).status).toBe(400);
  });

  it('an entry that was undone is counted no more, and still was counted as known before', async () => {
    const student = await enter('south', { recordedAt: '2026-09-02' });
    const before = (await roll('on=2026-09-20&knownOn=2026-09-03')).total;
    await reports.hear(
      registry.studentEntryUndone,
      student,
      { school: schools.south.id, class: 'south-1' },
      { effectiveOn: '2026-09-05' },
    );
    expect((await roll('on=2026-09-20&knownOn=2026-09-03')).total).toBe(before);
    expect((await roll('on=2026-09-20&knownOn=2026-09-05')).total).toBe(before - 1);
  });

  it('a placement and a closing act move the child as the registry does', async () => {
    const student = await enter('south');
    const at = async (on: string) =>
      (await roll(`office=520100&on=${on}&by=school,stage`, 'city')).rows.filter(({ by }) => by.stage === 'junior');
    const junior = { school: schools.far.id, path: schools.far.path, class: 'far-7' };
    await reports.hear(
      registry.studentEnded,
      student,
      {
        school: schools.south.id,
        path: schools.south.path,
        class: 'south-1',
        stage: 'primary',
        entryYear: 2026,
        ending: 'graduation',
        completion: randomUUID(),
      },
      { effectiveOn: '2026-09-10' },
    );
    await reports.hear(
      registry.studentPlaced,
      student,
      {
        case: randomUUID(),
        from: { school: schools.south.id, path: schools.south.path, class: 'south-1', stage: 'primary' },
        to: { ...junior, stage: 'junior', entryYear: 2026 },
      },
      { effectiveOn: '2026-09-14' },
    );
    expect(await at('2026-09-12')).toEqual([]);
    expect(await at('2026-09-14')).toEqual([{ by: { school: schools.far.id, stage: 'junior' }, count: 1 }]);
    await reports.hear(
      registry.studentReseated,
      student,
      {
        closing: randomUUID(),
        from: junior,
        to: { school: schools.north.id, path: schools.north.path, class: 'north-7' },
      },
      { effectiveOn: '2026-10-09' },
    );
    expect(await at('2026-10-09')).toEqual([{ by: { school: schools.north.id, stage: 'junior' }, count: 1 }]);
  });

  it('events in one row are folded together', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    const entry = (student: string) =>
      reports.told(
        registry.studentEntered,
        student,
        {
          school: schools.far.id,
          path: schools.far.path,
          class: 'far-1',
          stage: 'primary',
          entryYear: 2026,
          sex: '1',
          birthMonth: '2020-05',
          hasIdNumber: true,
          marks: [],
        },
        { recordedAt: '2026-08-25' },
      );
    const before = (await roll('on=2026-09-20&office=520102', 'othercounty')).total;
    await reports.apply([entry(one), entry(two)]);
    expect((await roll('on=2026-09-20&office=520102', 'othercounty')).total).toBe(before + 2);
    expect((await reports.call('othercounty', 'GET', 'quality/counted-twice')).body).toMatchObject({ items: [] });
  });
});

describe('drawings', () => {
  it('[GZ-GU1][DQ34] are kept as drawn, come out the same again, and show where a return differs', async () => {
    const drawn = await reports.call<{ id: string; total: number; rows: Count['rows'] }>('county', 'POST', 'drawings', {
      body: { purpose: '2026年秋季生均公用经费', on: '2026-09-01', knownOn: '2026-09-20', by: ['school', 'stage'] },
    });
    expect(drawn.status).toBe(201);
    await enter('north', { recordedAt: '2026-10-20' });
    const again = await reports.call('county', 'GET', `drawings/${drawn.body.id}/again`);
    expect(again.body).toEqual({ id: drawn.body.id, differences: [] });
    const [first, ...rest] = drawn.body.rows;
    const compared = await reports.call('county', 'POST', `drawings/${drawn.body.id}/compare`, {
      body: { rows: [{ ...first, count: first.count + 1 }, ...rest] },
    });
    expect(compared.body).toMatchObject({ differences: [{ by: first.by, was: first.count, is: first.count + 1 }] });
    expect((await reports.call('othercounty', 'GET', `drawings/${drawn.body.id}/again`)).status).toBe(404);
  });
});

describe('cases', () => {
  it('[DQ28] by step and working days left on a day; who was late, by office', async () => {
    const id = randomUUID();
    await reports.hear(
      transfer.transferFiled,
      id,
      {
        student: randomUUID(),
        from: { school: schools.south.id, path: schools.south.path },
        to: { school: schools.far.id, path: schools.far.path, class: 'far-1' },
        stage: 'primary',
        filedBy: 'clerk',
        overrides: [],
      },
      { effectiveOn: '2026-09-28' },
    );
    const step = (name: string, office: string, path: string, arrivedOn: string, dueOn: string) =>
      reports.hear(
        transfer.transferStepOpened,
        id,
        { step: name, act: 'review', office, path, line: 'guizhou', arrivedOn, dueOn },
        { effectiveOn: arrivedOn },
      );
    const acted = (name: string, office: string, on: string) =>
      reports.hear(
        transfer.transferStepActed,
        id,
        { step: name, act: 'review', outcome: 'agreed', office, account: 'someone', late: false },
        { effectiveOn: on },
      );
    await step('outSchool', schools.south.id, schools.south.path, '2026-09-28', '2026-09-30');
    await acted('outSchool', schools.south.id, '2026-09-29');
    await step('outAuthority', '520103', county, '2026-09-29', '2026-10-08');
    await acted('outAuthority', '520103', '2026-10-12');
    await step('inAuthority', '520102', other, '2026-10-12', '2026-10-14');

    const on = async (day: string, account: string) =>
      (await reports.call(account, 'GET', `cases/waiting?on=${day}`)).body;
    expect(await on('2026-09-28', 'county')).toMatchObject({
      total: 1,
      rows: [{ step: 'outSchool', left: '2', count: 1 }],
    });
    expect(await on('2026-10-09', 'county')).toMatchObject({ rows: [{ step: 'outAuthority', left: 'overdue' }] });
    expect(await on('2026-10-13', 'county')).toMatchObject({ total: 0 });
    expect(await on('2026-10-13', 'othercounty')).toMatchObject({ rows: [{ step: 'inAuthority', left: '1' }] });
    expect((await reports.call('county', 'GET', 'cases/late?from=2026-09-01&to=2026-10-31')).body).toMatchObject({
      total: 1,
      rows: [{ office: '520103', count: 1 }],
      steps: [{ case: id, step: 'outAuthority', dueOn: '2026-10-08', actedOn: '2026-10-12' }],
    });
    expect((await reports.call('othercounty', 'GET', 'cases/late?from=2026-09-01&to=2026-10-31')).body).toMatchObject({
      rows: [{ office: '520102', count: 1 }],
    });
  });
});

describe('roll calls', () => {
  it('[R5-06] a class that nobody called is unknown; called later, it is known', async () => {
    const place = { class: 'north-1', school: schools.north.id, path: schools.north.path };
    const missing = (day: string) =>
      reports.hear(attendanceEvents.rollCallMissing, `north-1/${day}`, { ...place, day }, { effectiveOn: day });
    await missing('2026-10-19');
    await missing('2026-10-20');
    await reports.hear(attendanceEvents.rollCallTaken, 'north-1/2026-10-20/morning', {
      ...place,
      day: '2026-10-20',
      session: 'morning',
      onRoll: 40,
      present: 39,
      exceptions: [{ student: randomUUID(), kind: 'unexcused' }],
    });
    const period = 'from=2026-10-19&to=2026-10-23';
    expect((await reports.call('county', 'GET', `calls?${period}`)).body).toMatchObject({
      rows: [{ school: schools.north.id, called: 1, unknown: 1, onRoll: 40, present: 39, unexcused: 1 }],
    });
    expect((await reports.call('county', 'GET', `calls/unknown?${period}`)).body).toMatchObject({
      items: [{ class: 'north-1', day: '2026-10-19' }],
    });
  });
});

describe('findings', () => {
  it('[DQ4] names a dropout whose record was closed inside the compulsory years', async () => {
    const student = await enter('south');
    await reports.hear(
      registry.studentMarked,
      student,
      { mark: 'dropout', from: '2026-10-20' },
      { effectiveOn: '2026-10-20' },
    );
    expect((await roll('on=2026-11-01&by=mark')).rows).toContainEqual({ by: { mark: 'dropout' }, count: 1 });
    expect((await reports.call('county', 'GET', 'quality/closed-dropouts')).body).toMatchObject({ items: [] });
    const rate = 'roll/dropouts?from=2026-09-20&to=2026-10-31';
    const before = (await reports.call<{ onRoll: number }>('county', 'GET', rate)).body;
    expect(before).toMatchObject({ dropouts: 1 });
    expect(before.onRoll).toBe((await roll('on=2026-09-20')).total);
    const { id, path } = schools.south;
    await reports.hear(
      registry.studentEnded,
      student,
      {
        school: id,
        path,
        class: 'south-1',
        stage: 'primary',
        entryYear: 2026,
        ending: 'partialStudy',
        completion: randomUUID(),
      },
      { effectiveOn: '2026-11-10' },
    );
    expect((await reports.call('county', 'GET', 'quality/closed-dropouts')).body).toMatchObject({
      items: [{ student, school: id, to: '2026-11-10' }],
    });
  });

  it('[DQ24] classes without a cap in the text are counted as not configured, never as kept', async () => {
    expect((await reports.call('county', 'GET', 'quality/over-cap?on=2026-09-20')).body).toMatchObject({
      over: [],
      checked: 2,
      notConfigured: 2,
    });
  });

  it('[DQ24] names the class above its cap, with the article that gives it', async () => {
    const district = '/140000/140400/140403/';
    const school = { id: '2114000001', path: `${district}2114000001/` };
    const open = (id: string, path: string, more: object) =>
      reports.hear(
        registry.officeOpened,
        id,
        { kind: 'county', name: id, path, ...more },
        { effectiveOn: '2014-03-01' },
      );
    await open('140000', '/140000/', { kind: 'province' });
    await open('140400', '/140000/140400/', { kind: 'city' });
    await open('140403', district, { line: 'changzhi-lucheng' });
    await open(school.id, school.path, {
      kind: 'school',
      school: { type: 'primary', operator: 'government', stages: ['primary'], managedBy: '140403' },
    });
    await reports.post('lucheng', 'officer', district);
    const pupils = {
      school: school.id,
      path: school.path,
      class: 'lucheng-1',
      stage: 'primary',
      entryYear: 2026,
    } as const;
    await reports.hear(registry.classOpened, 'lucheng-1', {
      school: school.id,
      path: school.path,
      stage: 'primary',
      entryYear: 2026,
      grade: 1,
      name: '一年级1班',
      schoolYear: '2026',
    });
    const entries = (n: number) =>
      Array.from({ length: n }, () =>
        reports.told(registry.studentEntered, randomUUID(), {
          ...pupils,
          sex: '1',
          birthMonth: '2020-01',
          hasIdNumber: true,
          marks: [],
        }),
      );
    const over = async () => (await reports.call('lucheng', 'GET', 'quality/over-cap?on=2026-09-20')).body;
    await reports.apply(entries(45));
    expect(await over()).toMatchObject({ over: [], checked: 1, notConfigured: 0 });
    await reports.apply(entries(1));
    expect(await over()).toMatchObject({
      over: [{ class: 'lucheng-1', count: 46, cap: 45, citation: { rule: 'CZ-CL2' } }],
    });
  });

  it('[DQ28] records made later than their time, by school', async () => {
    expect((await reports.call('county', 'GET', 'quality/late-entries?on=2026-09-20')).body).toMatchObject({
      rows: [{ school: schools.north.id, count: 1 }],
    });
  });
});

describe('the auditor', () => {
  it('reads the seats of every class, once every fact has taken effect', async () => {
    const { body } = await reports.call<{ classes: { class: string; seated: number }[] }>(
      'auditor',
      'GET',
      'operator/roll',
    );
    const spells = await reports
      .collection<{ class: string }>('spells')
      .find({ to: '9999-12-31', knownTo: '9999-12-31' })
      .toArray();
    for (const { class: own, seated } of body.classes)
      expect(seated).toBe(spells.filter((spell) => spell.class === own).length);
    expect(body.classes.map(({ class: own }) => own)).toEqual(['far-1', 'lucheng-1', 'north-1', 'north-7', 'south-1']);
  });
});
