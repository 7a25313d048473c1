import { randomUUID } from 'node:crypto';
import { ChildVault } from '../src/students/child-vault';
import { ListStudents } from '../src/students/list-students';
import { FindStudent } from '../src/students/find-student';
import { Invariants } from '../src/invariants';
import { PlaceStudents } from '../src/seats/place-students';
import { OpenClass } from '../src/places/open-class';
import { Completing, graduands } from './graduands';
import { RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(180_000);

describe('entrants of the next stage', () => {
  let registry: RegistryCorner;
  let from: TestSchool;
  let to: TestSchool;
  let seven: string;
  let students: string[];

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    registry.clock.set('2026-09-10');
    from = await registry.school('yunyan', { entryYear: 2021 });
    to = await registry.school('yunyan', { stage: 'junior', entryYear: 2026 });
    students = await graduands(registry, from, 5);
    registry.clock.set('2027-07-12');
    await new Completing(registry, from).done({ children: [{ student: students[4], leave: true }] });
    registry.clock.set('2027-09-02');
    const wanted = {
      school: to.code,
      stage: 'junior' as const,
      entryYear: 2027,
      grade: 7,
      name: '七年级1班',
      schoolYear: '2027',
    };
    const { classes } = await registry.app
      .get(OpenClass)
      .run(registry.actor('administrator', '/'), randomUUID(), [wanted]);
    seven = classes[0].id;
  });
  afterAll(() => registry.stop());

  const event = (aggregateId: string, data: object) =>
    ({ aggregateId, effectiveOn: '2027-09-03', pack: 'guizhou-2014', rules: ['GZ-EN4'], data }) as never;
  const placements = () => registry.app.get(PlaceStudents);
  const inTransaction = (act: Parameters<typeof registry.connection.transaction<void>>[0]) =>
    registry.connection.transaction<void>(act);
  const entrants = (ids: string[]) => ids.map((student) => ({ student, class: seven }));
  const side = (school: TestSchool) => ({ school: school.code, path: school.path });
  const hold = (caseId: string, ids: string[], at = from) =>
    inTransaction((session) =>
      placements().hold(
        event(caseId, { entrants: entrants(ids), from: side(at), to: side(to), stage: 'junior', entryYear: 2027 }),
        session,
      ),
    );
  const place = (caseId: string, ids: string[]) =>
    inTransaction((session) =>
      placements().place(
        event(caseId, { entrants: entrants(ids), to: side(to), stage: 'junior', entryYear: 2027 }),
        session,
      ),
    );
  const end = (caseId: string, ids: string[]) =>
    inTransaction((session) => placements().release(event(caseId, { students: ids, outcome: 'withdrawn' }), session));

  it('are held with a seat each in one transaction, or refused with the reason; then seated, and the record goes on [GZ-EN4, R5-05]', async () => {
    const [a, b, c, , stays] = students;
    const caseId = randomUUID();
    await hold(caseId, [a, b, stays]);
    expect(await registry.seats(seven)).toEqual({ taken: 0, reserved: 2 });
    expect(await registry.lastEvent(stays)).toMatchObject({ data: { case: caseId, code: 'stage-not-ended' } });
    const other = randomUUID();
    await hold(other, [a, c]);
    expect(await registry.lastEvent(a)).toMatchObject({ data: { case: other, code: 'held' } });
    await end(other, [a, c]);
    expect(await registry.seats(seven)).toEqual({ taken: 0, reserved: 2 });
    const numbers = (await registry.student(a)).numbers;
    await place(caseId, [a, b]);
    await place(caseId, [a, b]);
    expect(await registry.seats(seven)).toEqual({ taken: 2, reserved: 0 });
    expect(await registry.student(a)).toMatchObject({
      ...{ school: to.code, path: to.path, class: seven, stage: 'junior', entryYear: 2027, seatSince: '2027-09-03' },
      ...{ numbers, formerClasses: [from.classId], registration: 'confirmed' },
    });
    expect(await registry.student(a)).not.toHaveProperty('standing');
    expect(await registry.student(a)).not.toHaveProperty('hold');
    expect(await registry.lastEvent(a)).toMatchObject({
      type: 'cn.xueji.registry.student-placed.v1',
      caseId,
      rules: ['GZ-EN4'],
      data: {
        from: { school: from.code, class: from.classId, stage: 'primary' },
        to: { school: to.code, class: seven, stage: 'junior', entryYear: 2027 },
      },
    });
    expect((await registry.app.get(Invariants).count()).seatsOff).toBe(0);
  });

  it('who are not promoted stay with the school that graduated them, which keeps the file [GZ-GR2]', async () => {
    const stays = students[3];
    const list = registry.app.get(ListStudents);
    const former = await list.run(from.clerk, { school: from.code, standing: 'ended', limit: 50 });
    expect(former.items.map(({ student }) => student)).toContain(stays);
    expect(await registry.student(stays)).toMatchObject({
      school: from.code,
      path: from.path,
      standing: { ending: 'graduation' },
    });
    // Who went on is the new school's to read, and still stands in the old class list of a past day.
    expect(former.items.map(({ student }) => student)).not.toContain(students[0]);
    const past = await list.classOn(from.clerk, from.classId, '2027-07-01', registry.clock.now());
    expect(past.items.map(({ student }) => student)).toContain(students[0]);
  });

  it('are at one school at a time, of the stage before, and of a class of the cohort', async () => {
    const [, , , d] = students;
    await hold(randomUUID(), [d], to);
    expect(await registry.lastEvent(d)).toMatchObject({ data: { code: 'not-at-this-school' } });
    const wrong = seven;
    seven = to.classId;
    await hold(randomUUID(), [d]);
    expect(await registry.lastEvent(d)).toMatchObject({ data: { code: 'no-such-class' } });
    seven = wrong;
  });

  it('of a class under a cap meet in its seats: who comes too late is refused with the article [CZ-CL4]', async () => {
    registry.clock.set('2026-09-10');
    const lucheng = await registry.school('lucheng', { entryYear: 2021 });
    const junior = await registry.school('lucheng', { stage: 'junior', entryYear: 2026 });
    const three = await graduands(registry, lucheng, 3);
    registry.clock.set('2027-09-02');
    for (const student of three)
      await registry.connection
        .collection<{ _id: string }>('students')
        .updateOne(
          { _id: student },
          { $set: { standing: { ending: 'graduation', stage: 'primary', on: '2027-07-10', completion: 'x' } } },
        );
    await registry.connection
      .collection<{ _id: string }>('classes')
      .updateOne({ _id: lucheng.classId }, { $set: { 'seats.taken': 0 } });
    const wanted = {
      school: junior.code,
      stage: 'junior' as const,
      entryYear: 2027,
      grade: 7,
      name: '七年级1班',
      schoolYear: '2027',
    };
    const { classes } = await registry.app
      .get(OpenClass)
      .run(registry.actor('administrator', '/'), randomUUID(), [wanted]);
    await registry.connection
      .collection<{ _id: string }>('classes')
      .updateOne({ _id: classes[0].id }, { $set: { 'seats.taken': 48 } });
    const data = {
      entrants: three.map((student) => ({ student, class: classes[0].id })),
      from: side(lucheng),
      to: side(junior),
      ...{ stage: 'junior', entryYear: 2027 },
    };
    await inTransaction((session) => placements().hold(event(randomUUID(), data), session));
    expect(await registry.seats(classes[0].id)).toEqual({ taken: 48, reserved: 2 });
    expect(await registry.lastEvent(three[2])).toMatchObject({
      data: { code: 'class-full', facts: { taken: 50, cap: 50 } },
      rules: ['CZ-CL4'],
    });
  });

  it('are found by a list of numbers and names, each found leaving its audit row', async () => {
    const record = await registry.student(students[3]);
    const studentNumber = await registry.app.get(ChildVault).open(record.numbers[0].sealed, record._id, 'number');
    const located = await registry.app.get(FindStudent).locateList(to.clerk, [
      { studentNumber, name: '别人' },
      { studentNumber, name: record.name },
      { studentNumber: 'G000', name: record.name },
    ]);
    expect(located).toEqual([
      { found: false },
      { found: true, student: record._id, school: from.code, stage: 'primary', standing: 'graduation' },
      { found: false },
    ]);
    const rows = registry.connection.collection('audit');
    expect(await rows.countDocuments({ act: 'registry.student.locate', account: to.clerk.account })).toBe(1);
  });
});
