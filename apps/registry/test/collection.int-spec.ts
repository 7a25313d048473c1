import { mongo } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { Actor } from '#libs/access';
import { MessagingStore } from '#libs/messaging';
import { Cells, readWorkbook } from '../src/collection/workbook';
import { BatchRepository } from '../src/collection/batch.repository';
import { DecideBatch } from '../src/collection/decide-batch';
import { ReadBatch } from '../src/collection/read-batch';
import { UploadWorkbook } from '../src/collection/upload-workbook';
import { ReviewIntake } from '../src/enrolment/review-intake';
import { SubmitIntake } from '../src/enrolment/submit-intake';
import { NumberClerk } from '../src/numbers/number-clerk';
import { child, childWithoutHousehold } from './children';
import { offices, refusalOf, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(120_000);

describe('collection', () => {
  let registry: RegistryCorner;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
  });

  afterAll(() => registry.stop());
  beforeEach(() => registry.clock.set('2026-09-10'));

  const children = (school: TestSchool, n: number): Cells[] => Array.from({ length: n }, () => child(school));
  const uploadBytes = (school: TestSchool, bytes: Buffer, key: string = randomUUID(), actor = school.clerk) =>
    registry.app.get(UploadWorkbook).run(actor, key, school.code, '学生.xlsx', bytes);
  const upload = async (school: TestSchool, rows: Cells[]) =>
    (await uploadBytes(school, await school.workbook(rows))).id;
  const checked = async (school: TestSchool, rows: Cells[]) => registry.batchIn(await upload(school, rows), 'checked');
  const commit = (school: TestSchool, id: string, goodRowsOnly = false, key: string = randomUUID()) =>
    registry.app.get(DecideBatch).commit(school.clerk, key, id, goodRowsOnly);
  const committed = async (school: TestSchool, rows: Cells[], goodRowsOnly = false) => {
    const { _id } = await checked(school, rows);
    await commit(school, _id, goodRowsOnly);
    return registry.batchIn(_id, 'committed');
  };
  const undo = (school: TestSchool, id: string, actor: Actor = school.clerk) =>
    registry.app.get(DecideBatch).undo(actor, randomUUID(), id);
  const badRows = async (school: TestSchool, id: string) =>
    (await registry.app.get(ReadBatch).badRows(school.clerk, id, 0, 100)).items;
  const own = (school: TestSchool) => registry.students({ school: school.code, registration: { $ne: 'undone' } });

  it('checks without writing, writes on the word of the clerk, and says what became of each row [GZ-CL4, SCH10-EN2, GZ-CL3]', async () => {
    const school = await registry.school('yunyan');
    const rows = children(school, 4);
    const batch = await checked(school, rows);
    expect(batch.found).toMatchObject({ rows: 4, new: 4, bad: 0 });
    expect(await own(school)).toEqual([]);
    expect(await registry.seats(school.classId)).toEqual({ taken: 0, reserved: 0 });
    await commit(school, batch._id);
    const done = await registry.batchIn(batch._id, 'committed');
    expect(done.written).toMatchObject({ rows: 4, new: 4, bad: 0 });
    const records = await own(school);
    expect(records).toHaveLength(4);
    expect(
      records.every((record) => record.enteredBy === school.clerk.account && record.registration === 'entered'),
    ).toBe(true);
    expect(await registry.seats(school.classId)).toEqual({ taken: 4, reserved: 0 });
    expect(await registry.eventsOf(batch._id)).toEqual(['collection-committed']);
    expect(await refusalOf(commit(school, batch._id))).toMatchObject({ slug: 'wrong-state' });
  });

  it('gives back the bad rows with reasons and articles, and takes the good ones only when told so; corrected they go in [GZ-CL4, SCH10-EN2, SCH9-EN2, CZ-RC2]', async () => {
    const school = await registry.school('yunyan');
    const good = children(school, 2);
    const [first, second] = children(school, 2);
    const elsewhere = await registry.school('xifeng');
    const known = child(elsewhere);
    await elsewhere.enter(known);
    const rows = [
      good[0],
      { ...first, sex: '2' },
      good[1],
      { ...known, class: school.classId },
      { ...second, birthDate: '2020年3月5日' },
      good[0],
    ];
    const batch = await checked(school, rows);
    expect(batch.found).toMatchObject({ rows: 6, new: 2, bad: 4 });
    const bad = await badRows(school, batch._id);
    expect(bad.map((row) => row.problems.map((problem) => problem.code))).toEqual([
      expect.arrayContaining([expect.stringContaining('sex') as string]),
      ['registered-elsewhere'],
      ['date-form'],
      ['duplicate-in-file'],
    ]);
    expect(bad[1].problems[0].citation).toMatchObject({ rule: 'GZ-NO6' });
    const refused = await refusalOf(commit(school, batch._id));
    expect(refused).toMatchObject({ slug: 'wrong-state', facts: { bad: 4, good: 2 } });
    await commit(school, batch._id, true);
    expect((await registry.batchIn(batch._id, 'committed')).written).toMatchObject({ new: 2 });
    expect(await own(school)).toHaveLength(2);

    const marked = Buffer.from(await registry.app.get(ReadBatch).marked(school.clerk, batch._id));
    const content = await readWorkbook(marked, { school: school.code, maxRows: 100 });
    const returned: Cells[] = [];
    for await (const { cells } of content.rows) returned.push(cells);
    expect(returned).toHaveLength(4);
    expect(returned[2].birthDate).toBe('2020年3月5日');
    const again = await checked(school, [first, second]);
    expect(again.found).toMatchObject({ rows: 2, new: 2, bad: 0 });
  });

  it('judges sameness by child: the same rows re-ordered in another file change nothing [FJ-C2, NAT-NO5]', async () => {
    const school = await registry.school('yunyan');
    const rows = [...children(school, 3), childWithoutHousehold(school)];
    await committed(school, rows);
    const before = await own(school);
    const outbox = await registry.app.get(MessagingStore).outbox.countDocuments({ type: /student/ });
    const second = await committed(school, [...rows].reverse());
    expect(second.found).toMatchObject({ unchanged: 4, new: 0, bad: 0 });
    expect(second.written).toMatchObject({ unchanged: 4, new: 0 });
    expect(await own(school)).toEqual(before);
    expect(await registry.app.get(MessagingStore).outbox.countDocuments({ type: /student/ })).toBe(outbox);
    const third = await committed(school, [{ ...rows[0], address: '云岩区新路7号' }, rows[1]]);
    expect(third.written).toMatchObject({ corrected: 1, unchanged: 1 });
    expect(await refusalOf(undo(school, third._id))).toMatchObject({ slug: 'wrong-state', facts: { corrected: 1 } });
  });

  it('is undone whole, and the same file again gives the same students their records back [GZ-CL4, NAT-NO1]', async () => {
    const school = await registry.school('yunyan');
    const rows = children(school, 5);
    const bytes = await school.workbook(rows);
    const { id } = await uploadBytes(school, bytes);
    await registry.batchIn(id, 'checked');
    await commit(school, id);
    await registry.batchIn(id, 'committed');
    const before = await own(school);
    expect(await refusalOf(undo(school, id, (await registry.school('yunyan')).clerk))).toMatchObject({ status: 404 });
    await undo(school, id);
    expect((await registry.batchIn(id, 'undone')).undone).toBe(5);
    expect(await own(school)).toEqual([]);
    expect(await registry.seats(school.classId)).toEqual({ taken: 0, reserved: 0 });
    expect(await registry.eventsOf(before[0]._id)).toEqual(['student-entered', 'student-entry-undone']);
    expect(await refusalOf(undo(school, id))).toMatchObject({ slug: 'wrong-state' });

    const second = await uploadBytes(school, bytes);
    expect((await registry.batchIn(second.id, 'checked')).found).toMatchObject({ again: 5, new: 0, bad: 0 });
    await commit(school, second.id);
    expect((await registry.batchIn(second.id, 'committed')).written).toMatchObject({ again: 5 });
    const after = await own(school);
    expect(after.map((record) => record._id)).toEqual(before.map((record) => record._id));
    expect(after.every((record) => record.registration === 'entered' && record.version === 3)).toBe(true);
    expect(await registry.seats(school.classId)).toEqual({ taken: 5, reserved: 0 });
    await undo(school, second.id);
    expect((await registry.batchIn(second.id, 'undone')).undone).toBe(5);
  });

  it('is not undone once something depends on it: nothing of it is then [GZ-CL4, NAT-NO1]', async () => {
    const school = await registry.school('yunyan');
    const batch = await committed(school, children(school, 3));
    const [one] = await own(school);
    await registry.app.get(SubmitIntake).run(registry.actor('deputyHead', school.path), school.code, [one._id]);
    const refused = await refusalOf(undo(school, batch._id));
    expect(refused).toMatchObject({ slug: 'something-depends', status: 409 });
    expect(refused.items?.map((item) => item.field)).toEqual([one._id]);
    await registry.app
      .get(ReviewIntake)
      .run(registry.actor('officer', offices.yunyan), { school: school.code, confirm: 'all', sendBack: [] });
    expect(await refusalOf(undo(school, batch._id))).toMatchObject({ slug: 'something-depends' });
    const records = await own(school);
    expect(records).toHaveLength(3);
    expect(records.some((record) => 'undoing' in record)).toBe(false);
    // What was marked for a moment goes on as before.
    await registry.app.get(SubmitIntake).run(registry.actor('deputyHead', school.path), school.code);
    expect(await registry.students({ school: school.code, registration: 'submitted' })).toHaveLength(2);
  });

  it('says once which checks no text gives a number for, and marks the children [GZ-EN5, R5-18]', async () => {
    const school = await registry.school('yunyan');
    const batch = await committed(school, children(school, 3));
    expect(batch.notMade).toEqual([
      expect.objectContaining({ parameter: 'enrolment.minAge', citation: expect.objectContaining({ rule: 'GZ-EN5' }) }),
    ]);
    expect((await own(school)).every((record) => record.marks.some((mark) => mark.mark === 'ageNotChecked'))).toBe(
      true,
    );
  });

  it('refuses under-age rows where an age is set [GZ-PB23, GZ-EN5, R5-18]', async () => {
    const school = await registry.school('xifeng', { line: 'guizhou-xifeng' });
    const rows = [child(school, { birthDate: '2020-08-31' }), child(school, { birthDate: '2020-09-01' })];
    const batch = await committed(school, rows, true);
    expect(batch.found).toMatchObject({ new: 1, bad: 1 });
    expect(batch.notMade).toEqual([]);
    expect((await badRows(school, batch._id))[0].problems[0]).toMatchObject({ code: 'under-age' });
    expect(await own(school)).toHaveLength(1);
  });

  it('fills a class up to its cap and gives the rest back [CZ-CL3, D5-01]', async () => {
    const school = await registry.school('lucheng', { entryYear: 2024 });
    await registry.connection
      .collection<{ _id: string }>('classes')
      .updateOne({ _id: school.classId }, { $set: { 'seats.taken': 48 } });
    const rows = Array.from({ length: 4 }, () => child(school, { birthDate: '2018-03-05', entryDate: '2024-09-01' }));
    const batch = await committed(school, rows, true);
    expect(batch.found).toMatchObject({ new: 2, bad: 2 });
    expect((await badRows(school, batch._id)).flatMap((row) => row.problems.map((problem) => problem.code))).toEqual([
      'class-full',
      'class-full',
    ]);
    expect((await registry.seats(school.classId)).taken).toBe(50);
  });

  it('names the rows that were good when checked and not any more when written', async () => {
    const [school, other] = [await registry.school('yunyan'), await registry.school('yunyan')];
    const rows = children(school, 3);
    const batch = await checked(school, rows);
    await other.enter({ ...rows[1], class: other.classId });
    await commit(school, batch._id);
    const done = await registry.batchIn(batch._id, 'committed');
    expect(done.written).toMatchObject({ new: 2, bad: 1 });
    const bad = await badRows(school, batch._id);
    expect(bad.map((row) => row.problems[0].code)).toEqual(['registered-elsewhere']);
    expect(await own(school)).toHaveLength(2);
  });

  it('left by a run that died is taken up where it stood and ends like one clean run [GZ-CL4]', async () => {
    const school = await registry.school('yunyan');
    const rows = children(school, 600);
    const batch = await checked(school, rows);
    // A run wrote the first rows and their checkpoint, and died before it said that all is written.
    await commit(school, batch._id);
    const whole = await registry.batchIn(batch._id, 'committed');
    const first = await own(school);
    expect(first).toHaveLength(600);
    const { batches } = registry.app.get(BatchRepository);
    const store = registry.app.get(MessagingStore);
    await store.outbox.deleteMany({ aggregateId: batch._id });
    const half = { ...whole.written, rows: 250, new: 250 };
    const rowsOfFile = await lastRowOf(school, rows, 250);
    await batches.updateOne(
      { _id: batch._id },
      {
        $set: {
          state: 'committing',
          reached: rowsOfFile,
          written: half,
          lease: { owner: 'a dead run', until: new Date(Date.now() - 1) },
        },
      },
    );
    const again = await registry.batchIn(batch._id, 'committed');
    // The rest was written already by what died: found unchanged, never twice.
    expect(again.written).toMatchObject({ rows: 600, new: 250, unchanged: 350, bad: 0 });
    expect(await own(school)).toEqual(first);
    expect(await registry.seats(school.classId)).toEqual({ taken: 600, reserved: 0 });
  });

  it('is not touched while a living run has it', async () => {
    const school = await registry.school('yunyan');
    const batch = await checked(school, children(school, 1));
    const repository = registry.app.get(BatchRepository);
    await repository.batches.updateOne(
      { _id: batch._id },
      { $set: { state: 'committing', reached: 0, lease: { owner: 'another', until: new Date(Date.now() + 60_000) } } },
    );
    expect((await repository.lease('me'))?._id).not.toBe(batch._id);
    await expect(repository.progress(batch._id, 'me', { reached: 1 })).rejects.toThrow('another');
    await expect(repository.finish(batch._id, 'me', { state: 'committed' })).rejects.toThrow('another');
    await repository.batches.updateOne({ _id: batch._id }, { $set: { 'lease.until': new Date(Date.now() - 1) } });
    await registry.batchIn(batch._id, 'committed');
    expect(await own(school)).toHaveLength(1);
  });

  it('is the school’s own: another clerk has no such batch, and a workbook of another school is refused', async () => {
    const [school, other] = [await registry.school('yunyan'), await registry.school('yunyan')];
    const batch = await checked(school, children(school, 1));
    expect(await refusalOf(registry.app.get(ReadBatch).one(other.clerk, batch._id))).toMatchObject({ status: 404 });
    expect(
      await refusalOf(registry.app.get(DecideBatch).commit(other.clerk, randomUUID(), batch._id, false)),
    ).toMatchObject({ status: 404 });
    const foreign = await uploadBytes(other, await school.workbook(children(school, 1)));
    expect((await registry.batchIn(foreign.id, 'broken')).refusal).toMatchObject({ status: 422 });
    expect(await refusalOf(uploadBytes(school, Buffer.from('no workbook')))).toMatchObject({
      status: expect.any(Number) as number,
    });
  });

  it('leaves no ID number, phone, guardian or address in clear anywhere in the store', async () => {
    const school = await registry.school('yunyan');
    const planted = { guardianPhone: '13712345678', guardianName: '赵监护', address: '机密路99号' };
    const rows = [child(school, planted), { ...child(school, planted), sex: '2' }];
    const batch = await committed(school, rows, true);
    const [record] = await own(school);
    await registry.app.get(SubmitIntake).run(registry.actor('deputyHead', school.path), school.code);
    await registry.app.get(ReviewIntake).run(registry.actor('officer', offices.yunyan), {
      school: school.code,
      confirm: [],
      sendBack: [{ student: record._id, reason: '赵监护的电话有误' }],
    });
    const cells = child(school, planted);
    const numbered = await school.registered(cells);
    const clerk = registry.app.get(NumberClerk);
    await clerk.round();
    const [asked] = registry.ministry.requestsOf(numbered);
    const number = registry.ministry.numberOf(asked);
    registry.ministry.issue(asked);
    await clerk.round();
    expect((await registry.student(numbered)).numbers).toHaveLength(1);
    const values = [
      ...Object.values(planted),
      String(rows[0].documentNumber),
      String(rows[1].documentNumber),
      String(cells.documentNumber),
      number,
    ];
    const placesOf = async (text: string): Promise<string[]> => {
      const places: string[] = [];
      for (const { name } of await registry.connection.db!.listCollections().toArray())
        for await (const document of registry.connection.db!.collection(name).find())
          if (Buffer.from(mongo.BSON.serialize(document)).includes(text)) places.push(name);
      return places;
    };
    // What may lie open is found by the same search.
    expect(await placesOf(record.name)).toContain('students');
    const found = (await Promise.all(values.map(placesOf))).flat();
    expect(found).toEqual([]);
    expect(await badRows(school, batch._id)).toHaveLength(1);
  });

  /** Row number, in the file, of the n-th child of a workbook. */
  const lastRowOf = async (school: TestSchool, rows: Cells[], n: number): Promise<number> => {
    const content = await readWorkbook(await school.workbook(rows), { school: school.code, maxRows: 1_000 });
    let seen = 0;
    for await (const { row } of content.rows) if (++seen === n) return row;
    throw new Error('the workbook has fewer rows');
  };
});
