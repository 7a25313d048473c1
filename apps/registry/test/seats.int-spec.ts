import { randomUUID } from 'node:crypto';
import { RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ReceivedEvent, transferEvents } from '#libs/contracts';
import { MessagingStore } from '#libs/messaging';
import { KeepSeat } from '../src/seats/keep-seat';
import { CheckDuplicates } from '../src/students/check-duplicates';
import { FindStudent } from '../src/students/find-student';
import { child, idNumberOf } from './children';
import { offices, refusalOf, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(120_000);

type Filed = ReceivedEvent<typeof transferEvents.transferFiled>;
type MoveAsked = ReceivedEvent<typeof transferEvents.transferMoveAsked>;
type Ended = ReceivedEvent<typeof transferEvents.transferEnded>;

describe('seats', () => {
  let registry: RegistryCorner;
  let home: TestSchool;
  let lucheng: TestSchool;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    registry.clock.set('2026-09-10');
    home = await registry.school('xiangyuan', { entryYear: 2024 });
    lucheng = await registry.school('lucheng', { entryYear: 2024 });
  });

  afterAll(() => registry.stop());
  beforeEach(() => registry.clock.set('2026-09-10'));

  const received = (aggregateId: string, data: object) => ({
    aggregateId,
    seq: 1,
    effectiveOn: '2026-09-10',
    recordedAt: registry.clock.now(),
    data,
  });
  const inTransaction = (act: Parameters<typeof registry.connection.transaction<void>>[0]) =>
    registry.connection.transaction<void>(act);
  const keeper = () => registry.app.get(KeepSeat);

  const file = (
    student: string,
    to: { school: TestSchool; class?: string },
    caseId: string = randomUUID(),
    from = home,
  ) =>
    inTransaction((session) =>
      keeper().hold(
        received(caseId, {
          student,
          from: { school: from.code, path: from.path },
          to: { school: to.school.code, path: to.school.path, class: to.class ?? to.school.classId },
          stage: 'primary',
          filedBy: 'clerk',
          overrides: [],
        }) as unknown as Filed,
        session,
      ),
    ).then(() => caseId);
  const askMove = (student: string, to: TestSchool, caseId: string, classId = to.classId) =>
    inTransaction((session) =>
      keeper().move(
        received(caseId, { student, to: { school: to.code, path: to.path, class: classId } }) as unknown as MoveAsked,
        session,
      ),
    );
  const end = (student: string, caseId: string) =>
    inTransaction((session) =>
      keeper().release(received(caseId, { student, outcome: 'withdrawn' }) as unknown as Ended, session),
    );
  const pupil = (school = home) =>
    school.registered(child(school, { birthDate: '2018-03-05', entryDate: '2024-09-01' }));

  it('move with the student: held, the seat reserved, then moved and the old one free [NAT-NO3, CZ-EN14, FJ-C3, CZ-GEN3]', async () => {
    const student = await pupil();
    const before = await registry.seats(home.classId);
    const to = await lucheng.openClass(randomUUID(), 2024);
    const caseId = await file(student, { school: lucheng, class: to });
    expect(await registry.seats(to)).toEqual({ taken: 0, reserved: 1 });
    // The school that waits for a pupil has not yet got one.
    expect(await registry.student(student)).toMatchObject({
      school: home.code,
      class: home.classId,
      hold: { case: caseId },
    });
    await askMove(student, lucheng, caseId, to);
    const moved = await registry.student(student);
    expect(moved).toMatchObject({
      _id: student,
      school: lucheng.code,
      path: lucheng.path,
      class: to,
      seatSince: '2026-09-10',
    });
    expect(moved.hold).toBeUndefined();
    expect(moved.numbers).toEqual([]);
    expect(await registry.seats(to)).toEqual({ taken: 1, reserved: 0 });
    expect((await registry.seats(home.classId)).taken).toBe(before.taken - 1);
    expect((await registry.eventsOf(student)).slice(-2)).toEqual(['student-held', 'student-moved']);
    expect(moved.facts.filter((fact) => fact.item === 'school').map((fact) => fact.value)).toEqual([
      home.code,
      lucheng.code,
    ]);
    // Delivered once more, nothing changes.
    await askMove(student, lucheng, caseId, to);
    expect(await registry.student(student)).toMatchObject({ version: moved.version });
    expect(await registry.seats(to)).toEqual({ taken: 1, reserved: 0 });
  });

  it('leave the old school nothing to enter: who has moved in is not entered at either school again [CZ-EN14, NAT-NO5]', async () => {
    const cells = child(home, { birthDate: '2018-03-05', entryDate: '2024-09-01' });
    const student = await home.registered(cells);
    const to = await lucheng.openClass(randomUUID(), 2024);
    const early = await refusalOf(lucheng.enter({ ...cells, class: to }));
    expect(early.items).toEqual([expect.objectContaining({ code: 'registered-elsewhere' })]);
    await askMove(student, lucheng, await file(student, { school: lucheng, class: to }), to);
    expect((await refusalOf(home.enter(cells))).items).toEqual([
      expect.objectContaining({ code: 'registered-elsewhere' }),
    ]);
  });

  it('asked for twice at once for the last one: exactly one holds it, the other is refused with the article; withdrawn, it is free [CZ-TR10, CZ-CL3, NAT-NO3]', async () => {
    const to = await lucheng.openClass(randomUUID(), 2024);
    await registry.connection
      .collection<{ _id: string }>('classes')
      .updateOne({ _id: to }, { $set: { 'seats.taken': 49 } });
    const [first, second, third] = [await pupil(), await pupil(), await pupil()];
    const cases = await Promise.all([
      file(first, { school: lucheng, class: to }),
      file(second, { school: lucheng, class: to }),
    ]);
    expect(await registry.seats(to)).toEqual({ taken: 49, reserved: 1 });
    const records = [await registry.student(first), await registry.student(second)];
    const winner = records.findIndex((record) => record.hold !== undefined);
    const loser = 1 - winner;
    expect(records[loser].hold).toBeUndefined();
    expect(await registry.lastEvent(records[loser]._id)).toMatchObject({
      type: 'cn.xueji.registry.student-hold-refused.v1',
      caseId: cases[loser],
      data: { code: 'class-full', facts: { taken: 50, cap: 50 } },
      rules: ['CZ-TR10', 'CZ-CL3'],
      pack: 'changzhi-lucheng-2019',
    });
    await end(records[winner]._id, cases[winner]);
    expect(await registry.seats(to)).toEqual({ taken: 49, reserved: 0 });
    expect((await registry.student(records[winner]._id)).hold).toBeUndefined();
    await end(records[winner]._id, cases[winner]);
    expect(await registry.seats(to)).toEqual({ taken: 49, reserved: 0 });
    await file(third, { school: lucheng, class: to });
    expect((await registry.student(third)).hold).toBeDefined();
  });

  it('are held for one movement at a time, of a confirmed record, from where it is, to a class that stands [CZ-EN14, FJ-C4, NAT-NO3]', async () => {
    const student = await pupil();
    await file(student, { school: lucheng });
    const second = await file(student, { school: lucheng });
    expect(await registry.lastEvent(student)).toMatchObject({ caseId: second, data: { case: second, code: 'held' } });
    const { student: unconfirmed } = await home.enter(
      child(home, { birthDate: '2018-03-05', entryDate: '2024-09-01' }),
    );
    await file(unconfirmed!, { school: lucheng });
    expect(await registry.lastEvent(unconfirmed!)).toMatchObject({ data: { code: 'not-confirmed' } });
    const other = await pupil();
    await file(other, { school: home }, randomUUID(), lucheng);
    expect(await registry.lastEvent(other)).toMatchObject({ data: { code: 'not-at-this-school' }, rules: ['NAT-NO3'] });
    await file(other, { school: lucheng, class: home.classId });
    expect(await registry.lastEvent(other)).toMatchObject({ data: { code: 'no-such-class' }, rules: ['FJ-C4'] });
    await askMove(other, lucheng, randomUUID());
    expect(await registry.lastEvent(other)).toMatchObject({ data: { code: 'not-held' } });
    expect(await registry.student(other)).toMatchObject({ school: home.code });
    await expect(file(randomUUID(), { school: lucheng })).rejects.toThrow('does not have');
  });

  it('of a held record wait with corrections [CZ-EN14]', async () => {
    const cells = child(home, { birthDate: '2018-03-05', entryDate: '2024-09-01' });
    const student = await home.registered(cells);
    await file(student, { school: lucheng });
    expect(await home.enter(cells)).toMatchObject({ outcome: 'unchanged' });
    expect((await refusalOf(home.enter({ ...cells, address: '别处' }))).slug).toBe('not-entered');
  });

  it('belong to one open record of one school each [FJ-C1, FJ-C4]', async () => {
    for (const record of await registry.students({ registration: { $ne: 'undone' } })) {
      const office = await registry.office(record.school);
      expect(office.path).toBe(record.path);
    }
    const sums = new Map<string, number>();
    for (const record of await registry.students({ registration: { $ne: 'undone' } }))
      sums.set(record.class, (sums.get(record.class) ?? 0) + 1);
    expect((await registry.seats(home.classId)).taken).toBe(sums.get(home.classId));
  });

  describe('the duplicate check', () => {
    it('is run by the school and by its authority; a match elsewhere is counted, not shown [NAT-NO4]', async () => {
      const [first, second] = [await registry.school('yunyan'), await registry.school('yunyan')];
      const far = await registry.school('xifeng');
      const one = child(first);
      const twin = { ...one, documentNumber: idNumberOf('2020-03-05'), class: second.classId };
      const a = (await first.enter(one)).student!;
      const { student: b, warnings } = await second.enter(twin);
      expect(warnings.map((warning) => warning.code)).toContain('lookalike');
      await far.enter({ ...one, documentNumber: idNumberOf('2020-03-05'), class: far.classId });
      const check = (actor: ReturnType<typeof registry.actor>) =>
        registry.app.get(CheckDuplicates).run(actor, first.path);
      const alone = await check(first.clerk);
      expect(alone).toEqual([
        { fields: ['name', 'sex', 'birthDate'], rule: 'GZ-PB8', effect: 'report', students: [a], elsewhere: 2 },
      ]);
      const county = await check(registry.actor('officer', offices.yunyan));
      expect(county[0].students.sort()).toEqual([a, b!].sort());
      expect(county[0].elsewhere).toBe(1);
      expect(await refusalOf(check(second.clerk))).toMatchObject({ status: 404 });
    });
  });

  describe('a record', () => {
    it('stays: no route and no use case closes or deletes one [NAT-DO2]', () => {
      const discovery = registry.app.get(DiscoveryService, { strict: false });
      const scanner = new MetadataScanner();
      const deleting: string[] = [];
      for (const { metatype, instance } of discovery.getControllers()) {
        if (!metatype || !instance) continue;
        const prototype = Object.getPrototypeOf(instance) as Record<string, object>;
        for (const name of scanner.getAllMethodNames(prototype)) {
          if (Reflect.getMetadata('method', prototype[name]) === RequestMethod.DELETE) deleting.push(name);
        }
      }
      expect(deleting).toEqual([]);
    });

    it('is found with all its history after everything that a school can do to it [NAT-DO2]', async () => {
      const student = await pupil();
      await end(student, await file(student, { school: lucheng }));
      expect(await registry.student(student)).toMatchObject({ registration: 'confirmed', school: home.code });
      const rows = await registry.app.get(MessagingStore).outbox.find({ aggregateId: student }).toArray();
      expect(rows.map((row) => row.seq).sort((a, b) => a - b)).toEqual(rows.map((_, i) => i + 1));
    });

    it('is located by number and name together, and by the searcher’s scope otherwise', async () => {
      const cells = child(home, { birthDate: '2018-03-05', entryDate: '2024-09-01', name: '李定位' });
      const student = await home.registered(cells);
      const find = registry.app.get(FindStudent);
      const idNumber = String(cells.documentNumber);
      expect(await refusalOf(find.run(lucheng.clerk, { idNumber }))).toMatchObject({ status: 404 });
      expect(await refusalOf(find.locate(lucheng.clerk, { idNumber, name: '李定' }))).toMatchObject({ status: 404 });
      expect(await find.locate(lucheng.clerk, { idNumber, name: '李定位' })).toEqual({
        student,
        school: home.code,
        stage: 'primary',
      });
      const audit = registry.connection.collection('audit');
      expect(await audit.countDocuments({ act: 'registry.student.locate', 'subject.id': student })).toBe(1);
    });
  });
});
