import { randomUUID } from 'node:crypto';
import { FindKeeper } from '../src/closing/find-keeper';
import { MoveDropouts } from '../src/closing/move-dropouts';
import { Invariants } from '../src/invariants';
import { KeepSeat } from '../src/seats/keep-seat';
import { StudentRecord } from '../src/students/record';
import { ListStudents } from '../src/students/list-students';
import { child } from './children';
import { County } from './closings';
import { Completing, graduands, setTerm } from './graduands';
import { offices, refusalOf, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(240_000);

describe('the closing of a school', () => {
  let registry: RegistryCorner;
  let county: County;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    county = new County(registry, offices.yunyan);
    await setTerm(registry, '140406');
  });
  afterAll(() => registry.stop());
  beforeEach(() => registry.clock.set('2026-09-10'));

  const pupils = async (school: TestSchool, n: number): Promise<string[]> => {
    const students: string[] = [];
    for (let i = 0; i < n; i++) students.push(await school.registered(child(school), 'basicInfoForm', 'photo'));
    await registry.connection
      .collection('number_requests')
      .updateMany({ student: { $in: students } }, { $set: { state: 'answered' } });
    return students;
  };
  const change = (id: string, set: Partial<StudentRecord>) =>
    registry.connection.collection<StudentRecord>('students').updateOne({ _id: id }, { $set: set });
  const codes = (items: { code: string }[] = []) => items.map(({ code }) => code).sort();
  const sound = async () => {
    const { seatsOff, gaps } = await registry.app.get(Invariants).count();
    return { seatsOff, gaps };
  };

  it('is refused with the full list while anything is open anywhere, and while no keeper is named [GZ-MG2]', async () => {
    const school = await registry.school('yunyan');
    const [seated, held] = await pupils(school, 2);
    await change(held, { hold: { case: 'case-9', toClass: 'x', since: new Date() } });
    await registry.connection.collection('collections').insertOne({
      _id: randomUUID() as never,
      path: school.path,
      state: 'committing',
      lease: { owner: 'x', until: new Date(8e15) },
    });
    await registry.connection.collection('completions').insertOne({
      _id: randomUUID() as never,
      school: school.code,
      path: school.path,
      class: randomUUID(),
      state: 'submitted',
    });
    await registry.connection
      .collection('number_requests')
      .updateOne({ student: seated }, { $set: { state: 'asked' } });
    const id = await county.announce(school);
    const early = await refusalOf(county.carryOut(id));
    expect(early.items?.map(({ field, code }) => [field, code])).toContainEqual(['transfer', 'not-answered']);
    await county.answer(id, [
      { kind: 'transfer', id: 'case-9' },
      { kind: 'placement', id: 'case-8' },
    ]);
    const refusal = await refusalOf(county.carryOut(id));
    expect(refusal.citation).toMatchObject({ rule: 'GZ-MG2', article: '第7条' });
    expect(codes(refusal.items)).toEqual([
      'no-keeper',
      'open-collection',
      'open-completion',
      'open-held',
      'open-number',
      'open-placement',
      'open-pupil',
      'open-pupil',
      'open-transfer',
    ]);
    // An older answer does not make a newer question answered.
    const { version } = await county.closing(id);
    await county.conduct.ask(county.officer, randomUUID(), id, version);
    await county.answer(id, [], 1);
    expect(codes((await refusalOf(county.carryOut(id))).items)).toContain('not-answered');
    const other = registry.actor('officer', offices.xifeng);
    expect((await refusalOf(county.conduct.cancel(other, randomUUID(), id, version + 1))).slug).toBe('not-found');
    await county.conduct.cancel(county.officer, randomUUID(), id, version + 1);
    expect(await registry.office(school.code)).not.toHaveProperty('closing');
    expect((await county.told(id)).map(({ type }) => type.split('.')[3])).toEqual([
      'closing-announced',
      'closing-asked',
      'closing-cancelled',
    ]);
  });

  it('lets nobody in any more, and lets its pupils move away', async () => {
    const school = await registry.school('yunyan');
    const to = await registry.school('yunyan');
    const [student] = await pupils(school, 1);
    const [elsewhere] = await pupils(to, 1);
    await county.announce(school);
    expect((await refusalOf(school.enter(child(school)))).items?.[0].code).toBe('school-closing');
    const file = (who: string, from: TestSchool, into: TestSchool) =>
      registry.connection.transaction((session) =>
        registry.app.get(KeepSeat).hold(
          {
            aggregateId: randomUUID(),
            effectiveOn: '2026-09-10',
            data: { student: who, from: { school: from.code }, to: { school: into.code, class: into.classId } },
          } as never,
          session,
        ),
      );
    await file(elsewhere, to, school);
    expect(await registry.lastEvent(elsewhere)).toMatchObject({ data: { code: 'school-closing' } });
    await file(student, school, to);
    expect((await registry.student(student)).hold).toBeDefined();
  });

  it('moves the seats of dropouts by its own act, to the school that the county names, and no transfer is made [NAT-DO2]', async () => {
    const school = await registry.school('yunyan');
    const to = await registry.school('yunyan');
    const [out, here] = await pupils(school, 2);
    await change(out, { marks: [{ mark: 'dropout', from: '2026-09-08' }] });
    const id = await county.announce(school);
    const move = async (classes: string[]) =>
      registry.app
        .get(MoveDropouts)
        .run(county.officer, randomUUID(), id, (await county.closing(id)).version, to.code, classes);
    expect(codes((await refusalOf(move([]))).items)).toEqual(['no-class-for-cohort']);
    await move([to.classId]);
    expect(await registry.student(out)).toMatchObject({
      school: to.code,
      path: to.path,
      class: to.classId,
      registration: 'confirmed',
    });
    expect((await registry.student(out)).marks).toMatchObject([{ mark: 'dropout' }]);
    expect(await registry.lastEvent(out)).toMatchObject({
      type: 'cn.xueji.registry.student-reseated.v1',
      rules: ['NAT-DO2'],
      data: { closing: id, from: { school: school.code }, to: { school: to.code } },
    });
    expect(await registry.seats(to.classId)).toMatchObject({ taken: 1 });
    expect((await registry.student(here)).school).toBe(school.code);
    expect(await sound()).toEqual({ seatsOff: 0, gaps: 0 });
  });

  it('gives the files of former pupils to any unit that the county names, and the old code still answers [GZ-MG2, NAT-MG2, R5-27]', async () => {
    const school = await registry.school('yunyan', { entryYear: 2021 });
    const students = await graduands(registry, school, 3);
    registry.clock.set('2027-07-12');
    await new Completing(registry, school).done();
    const id = await county.announce(school, { on: '2027-07-31' });
    await county.answer(id);
    await county.nameKeeper(id, '520103');
    await county.carryOut(id);
    await county.in(id, 'handingOver');
    const asked = (await county.told(id)).at(-1);
    expect(asked).toMatchObject({
      type: 'cn.xueji.registry.closing-custody-asked.v1',
      rules: ['GZ-MG2', 'NAT-MG2'],
      data: { school: school.code, kind: 'closure', keeper: '520103', keeperKind: 'unit', keeperPath: offices.yunyan },
    });
    expect(await registry.office(school.code)).not.toHaveProperty('to');
    await county.handedOver(id);
    await county.handedOver(id);
    expect(await county.closing(id)).toMatchObject({
      state: 'closed',
      passed: 3,
      custody: { copies: 3 },
      closedOn: '2027-07-31',
    });
    expect(await registry.office(school.code)).toMatchObject({
      to: '2027-07-31',
      closed: { keeper: '520103', keeperKind: 'unit' },
    });
    expect(await registry.lastEvent(school.code)).toMatchObject({
      type: 'cn.xueji.registry.school-closed.v1',
      effectiveOn: '2027-07-31',
    });
    expect(await registry.student(students[0])).toMatchObject({
      path: offices.yunyan,
      class: school.classId,
      standing: { ending: 'graduation' },
    });
    const kept = await registry.app.get(FindKeeper).run(school.code);
    expect(kept).toMatchObject({
      closedOn: '2027-07-31',
      now: { id: '520103', kind: 'county' },
      passedTo: [{ by: 'closure' }],
    });
    registry.clock.set('2027-08-02');
    expect(codes((await refusalOf(county.announce(school))).items)).toEqual(['school-closed']);
  });

  it('under Changzhi needs a school as keeper [CZ-AR3]', async () => {
    const bureau = new County(registry, offices.lucheng);
    const school = await registry.school('lucheng');
    const keeper = await registry.school('lucheng');
    const id = await bureau.announce(school);
    await bureau.answer(id);
    expect((await refusalOf(bureau.carryOut(id))).citation?.rule).toBe('CZ-AR3');
    const unit = await refusalOf(bureau.nameKeeper(id, '140406'));
    expect(unit.items).toMatchObject([
      { code: 'keeper-not-a-school', citation: { rule: 'CZ-AR3', article: '第八条' } },
    ]);
    await bureau.nameKeeper(id, keeper.code);
    await bureau.carryOut(id);
    await bureau.in(id, 'handingOver');
    await bureau.handedOver(id, 0);
    expect(await registry.office(school.code)).toMatchObject({ closed: { keeper: keeper.code, keeperKind: 'school' } });
  });

  it('at a merger passes everybody and every file, open, ended and of dropouts; classes are made anew, chains resolve [GZ-MG1, NAT-MG1, CZ-AR2, R5-27]', async () => {
    registry.clock.set('2026-09-10');
    const a = await registry.school('yunyan', { entryYear: 2021 });
    const b = await registry.school('yunyan');
    const c = await registry.school('yunyan');
    const former = await graduands(registry, a, 2);
    registry.clock.set('2027-07-12');
    await new Completing(registry, a).done();
    registry.clock.set('2026-09-10');
    const sixth = a.classId;
    a.classId = await a.openClass('1班', 2026);
    const [one, two] = await pupils(a, 2);
    await change(two, { marks: [{ mark: 'dropout', from: '2026-09-08' }] });
    const old = a.classId;
    const stray = await refusalOf(county.announce(a, { kind: 'merger', into: a.code }));
    expect(codes(stray.items)).toEqual(['no-such-school']);
    const id = await county.announce(a, { kind: 'merger', into: b.code });
    await county.answer(id);
    await change(one, { hold: { case: 'case-1', toClass: 'x', since: new Date() } });
    expect(codes((await refusalOf(county.carryOut(id))).items)).toEqual(['open-held']);
    await registry.connection.collection<{ _id: string }>('students').updateOne({ _id: one }, { $unset: { hold: '' } });
    await county.carryOut(id);
    const { classes, passed } = await county.in(id, 'handingOver');
    expect(passed).toBe(4);
    const [{ to }] = classes;
    expect(classes).toEqual([{ from: old, to }]);
    expect(await registry.student(one)).toMatchObject({
      school: b.code,
      path: b.path,
      class: to,
      formerClasses: [old],
    });
    expect((await registry.student(two)).school).toBe(b.code);
    expect(await registry.student(former[0])).toMatchObject({
      school: b.code,
      path: b.path,
      class: sixth,
      standing: { ending: 'graduation' },
    });
    expect(await registry.seats(to)).toEqual({ taken: 2, reserved: 0 });
    expect(await registry.seats(old)).toEqual({ taken: 0, reserved: 0 });
    expect(await registry.lastEvent(one)).toMatchObject({
      rules: ['GZ-MG1', 'NAT-MG1'],
      data: { closing: id, to: { class: to } },
    });
    const name = (await registry.connection.collection<{ _id: string; name: string }>('classes').findOne({ _id: to }))
      ?.name;
    expect(name).toContain('原');
    await county.handedOver(id);
    const past = await registry.app.get(ListStudents).classOn(county.officer, old, '2026-09-09', registry.clock.now());
    expect(past.items.map(({ student }) => student).sort()).toEqual([one, two].sort());
    const next = await county.announce(b, { kind: 'merger', into: c.code });
    await county.answer(next);
    await county.carryOut(next);
    await county.in(next, 'handingOver');
    await county.handedOver(next);
    const kept = await registry.app.get(FindKeeper).run(a.code);
    expect(kept).toMatchObject({
      now: { id: c.code },
      passedTo: [
        { id: b.code, by: 'merger' },
        { id: c.code, by: 'merger' },
      ],
    });
    expect((await registry.student(former[1])).school).toBe(c.code);
    expect(await sound()).toEqual({ seatsOff: 0, gaps: 0 });
  });
});
