import { randomUUID } from 'node:crypto';
import { ReceivedEvent, transferEvents } from '#libs/contracts';
import { NumberRequest } from '../src/numbers/number-request';
import { Completion } from '../src/completion/completion';
import { DecideCompletion } from '../src/completion/decide-completion';
import { ReadCompletion } from '../src/completion/read-completion';
import { Invariants } from '../src/invariants';
import { KeepSeat } from '../src/seats/keep-seat';
import { StudentRecord } from '../src/students/record';
import { ListStudents } from '../src/students/list-students';
import { child } from './children';
import { Completing, graduands, numbered, setTerm } from './graduands';
import { offices, refusalOf, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(180_000);

describe('the end of a stage', () => {
  let registry: RegistryCorner;
  let school: TestSchool;
  let lucheng: TestSchool;
  let completing: Completing;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    school = await registry.school('yunyan', { entryYear: 2021 });
    lucheng = await registry.school('lucheng', { entryYear: 2021 });
    completing = new Completing(registry, school);
    await setTerm(registry, '140406');
  });

  afterAll(() => registry.stop());
  beforeEach(() => registry.clock.set('2026-09-10'));

  /** A class of its own with pupils, as the one that the school's commands name. */
  const classWith = async (n: number, at = school): Promise<string[]> => {
    registry.clock.set('2026-09-10');
    at.classId = await at.openClass(`6-${randomUUID().slice(0, 6)}`, 2021);
    const students = await graduands(registry, at, n);
    registry.clock.set('2027-07-12');
    return students;
  };
  const change = (id: string, set: Partial<StudentRecord>) =>
    registry.connection.collection<StudentRecord>('students').updateOne({ _id: id }, { $set: set });
  const codes = (items: { field?: string; code: string }[] = []) => items.map(({ field, code }) => `${field}: ${code}`);

  it('is entered with proof, confirmed by the county, and no condition was checked, for the text gives none [GZ-GR7, NAT-GR1, GZ-GR6]', async () => {
    const [a, b, c] = await classWith(3);
    const classId = school.classId;
    const wish = await completing.wish({
      children: [
        { student: b, ending: 'completion' },
        { student: c, ending: 'partialStudy' },
      ],
    });
    expect(await completing.preview(wish)).toMatchObject({
      problems: [],
      classes: [{ students: 3, authority: '520103' }],
    });
    expect(await registry.connection.collection('completions').countDocuments({ class: classId })).toBe(0);

    const { completions } = await completing.enter(wish);
    const [entered] = completions;
    expect(entered).toMatchObject({
      byEnding: { graduation: 1, completion: 1, partialStudy: 1 },
      left: 0,
      authority: '520103',
    });
    expect(entered.notMade.map(({ parameter, citation }) => [parameter, citation?.rule])).toEqual([
      ['conditions.primary.graduation', 'GZ-GR7'],
      ['conditions.primary.completion', 'GZ-GR7'],
      ['conditions.primary.partialStudy', 'GZ-GR7'],
    ]);
    expect(entered.notMade[0].message.zh).toContain('没有规定条件');
    // Nothing has ended yet, and another office's word is none.
    expect(await registry.student(a)).not.toHaveProperty('standing');
    const city = registry.actor('officer', offices.guiyang);
    expect((await refusalOf(registry.app.get(DecideCompletion).confirm(city, randomUUID(), school.code))).slug).toBe(
      'not-found',
    );

    await completing.confirm([entered.id]);
    const done = await completing.in(entered.id, 'confirmed');
    expect(done.ended).toBe(3);
    expect((await registry.student(a)).standing).toEqual({
      ending: 'graduation',
      stage: 'primary',
      on: '2027-07-10',
      completion: entered.id,
    });
    expect((await registry.student(b)).standing?.ending).toBe('completion');
    expect((await registry.student(c)).standing?.ending).toBe('partialStudy');
    expect((await registry.student(a)).dossier['endingProof-primary']).toBe(wish.classes[0].proof);
    expect(await registry.seats(classId)).toEqual({ taken: 0, reserved: 0 });
    expect(await registry.lastEvent(c)).toMatchObject({
      type: 'cn.xueji.registry.student-ended.v1',
      effectiveOn: '2027-07-10',
      pack: 'guizhou-2014',
      rules: expect.arrayContaining(['NAT-GR1', 'GZ-GR7', 'GZ-GR6']) as string[],
      data: { class: classId, ending: 'partialStudy', completion: entered.id, entryYear: 2021 },
    });
    expect(await registry.eventsOf(entered.id)).toEqual(['completion-submitted', 'completion-confirmed']);
    expect((await registry.app.get(Invariants).count()).seatsOff).toBe(0);
  });

  it('wants exactly one ending of each child, and a paper that the school has uploaded [NAT-GR1, GZ-GR7]', async () => {
    const [a, b] = await classWith(2);
    const twice = await completing.wish({
      children: [
        { student: a, ending: 'graduation' },
        { student: a, ending: 'completion' },
      ],
    });
    const refusal = await refusalOf(completing.enter(twice));
    expect(codes(refusal.items)).toEqual([`${school.classId}/${a}: ending-twice`]);
    expect(refusal.citation?.rule).toBe('NAT-GR1');
    const none = await completing.wish({ ending: undefined, children: [{ student: a, ending: 'graduation' }] });
    expect(codes((await refusalOf(completing.enter(none))).items)).toEqual([`${school.classId}/${b}: ending-missing`]);
    const unproved = await refusalOf(completing.enter(await completing.wish({ proof: undefined })));
    expect(unproved.items?.map(({ code, citation }) => [code, citation?.rule])).toEqual([
      ['proof-missing', 'GZ-GR7'],
      ['proof-missing', 'GZ-GR7'],
    ]);
    const foreign = await refusalOf(completing.enter(await completing.wish({ proof: 'f'.repeat(64) })));
    expect(foreign.items?.[0].code).toBe('proof-not-uploaded');
    const elsewhere = await completing.wish({ children: [{ student: randomUUID(), ending: 'graduation' }] });
    expect((await refusalOf(completing.enter(elsewhere))).items?.[0].code).toBe('not-in-class');
  });

  it('waits for pending business, all of it named at once per child, in the preview and in the refusal', async () => {
    const [held, numberless, unconfirmed, suspected, asked, fine] = await classWith(6);
    await change(held, { hold: { case: 'case-1', toClass: 'x', since: new Date() } });
    await change(numberless, { numbers: [] });
    await change(unconfirmed, { registration: 'returned' });
    await change(suspected, { marks: [{ mark: 'suspectedDropout', from: '2027-06-01' }] });
    await registry.connection
      .collection<NumberRequest>('number_requests')
      .updateOne({ student: asked }, { $set: { state: 'asked' } });
    await registry.connection
      .collection<{ _id: string }>('classes')
      .updateOne({ _id: school.classId }, { $inc: { 'seats.reserved': 1 } });
    const wish = await completing.wish();
    const expected = [
      `${school.classId}: movement-into-class`,
      `${school.classId}/${held}: held`,
      `${school.classId}/${numberless}: number-missing`,
      `${school.classId}/${unconfirmed}: correction-pending`,
      `${school.classId}/${suspected}: dropout-suspected`,
      `${school.classId}/${asked}: number-pending`,
    ].sort();
    expect(codes((await completing.preview(wish)).problems).sort()).toEqual(expected);
    expect(codes((await refusalOf(completing.enter(wish))).items).sort()).toEqual(expected);
    expect(await registry.student(fine)).not.toHaveProperty('standing');
    await registry.connection
      .collection<{ _id: string }>('classes')
      .updateOne({ _id: school.classId }, { $set: { 'seats.reserved': 0 } });
  });

  it('is refused by the county while something has come up since, and nobody of any class is ended then', async () => {
    const [a, b] = await classWith(2);
    const { completions } = await completing.enter(await completing.wish());
    await change(b, { hold: { case: 'case-2', toClass: 'x', since: new Date() } });
    const refusal = await refusalOf(completing.confirm([completions[0].id]));
    expect(codes(refusal.items)).toEqual([`${school.classId}/${b}: held`]);
    expect(await registry.student(a)).not.toHaveProperty('inWork');
    await registry.connection.collection<{ _id: string }>('students').updateOne({ _id: b }, { $unset: { hold: '' } });
    await completing.confirm([completions[0].id]);
    await completing.in(completions[0].id, 'confirmed');
    expect((await registry.student(b)).standing?.ending).toBe('graduation');
  });

  it('is sent back with a reason, entered again in the same place, taken back until it is confirmed, and then no more', async () => {
    await classWith(2);
    const { completions } = await completing.enter(await completing.wish());
    const [{ id }] = completions;
    const decide = registry.app.get(DecideCompletion);
    const officer = await completing.officer();
    expect((await refusalOf(decide.sendBack(officer, randomUUID(), id, 9, '名册不全'))).slug).toBe('stale-version');
    await decide.sendBack(officer, randomUUID(), id, 1, '名册不全');
    expect(await registry.app.get(ReadCompletion).one(school.clerk, id)).toMatchObject({
      state: 'returned',
      returned: { reason: '名册不全' },
    });
    expect(
      JSON.stringify(await registry.connection.collection<Completion>('completions').findOne({ _id: id })),
    ).not.toContain('名册不全');
    expect((await refusalOf(completing.confirm([id]))).slug).toBe('wrong-state');
    const again = await completing.enter(await completing.wish());
    expect(again.completions[0]).toMatchObject({ id, version: 3, state: 'submitted' });
    await decide.withdraw(school.clerk, randomUUID(), id, 3);
    const { completions: fresh } = await completing.enter(await completing.wish());
    expect(fresh[0].id).not.toBe(id);
    await completing.confirm([fresh[0].id]);
    const done = await completing.in(fresh[0].id, 'confirmed');
    expect((await refusalOf(decide.withdraw(school.clerk, randomUUID(), done._id, done.version))).slug).toBe(
      'wrong-state',
    );
    expect(await registry.eventsOf(id)).toEqual([
      'completion-submitted',
      'completion-returned',
      'completion-submitted',
      'completion-withdrawn',
    ]);
  });

  it('takes all classes of a school in one command, a repeated one changes nothing, and who was left gets a second one', async () => {
    const names = [];
    registry.clock.set('2026-09-10');
    for (let i = 0; i < 3; i++) {
      const classId = await school.openClass(`全-${randomUUID().slice(0, 6)}`, 2021);
      names.push({ classId, students: await graduands(registry, school, 3, classId) });
    }
    registry.clock.set('2027-07-12');
    const [one] = (await completing.wish()).classes;
    const leave = names[0].students[0];
    const wish = {
      on: '2027-07-10',
      classes: names.map(({ classId }, i) => ({
        ...one,
        class: classId,
        children: i === 0 ? [{ student: leave, leave: true }] : [],
      })),
    };
    const key = randomUUID();
    const first = await completing.enter(wish, key);
    expect(await completing.enter(wish, key)).toEqual(first);
    expect(first.completions.map(({ students, left }) => [students, left])).toEqual([
      [2, 1],
      [3, 0],
      [3, 0],
    ]);
    const confirmKey = randomUUID();
    const ids = first.completions.map(({ id }) => id);
    await completing.confirm(ids, confirmKey);
    for (const id of ids) await completing.in(id, 'confirmed');
    expect(await registry.student(leave)).not.toHaveProperty('standing');
    expect(await registry.seats(names[0].classId)).toEqual({ taken: 1, reserved: 0 });
    school.classId = names[0].classId;
    await completing.done({ ending: 'partialStudy' });
    expect((await registry.student(leave)).standing?.ending).toBe('partialStudy');
    expect((await registry.app.get(Invariants).count()).seatsOff).toBe(0);
  });

  it('is of the final grade alone, on a day that has come', async () => {
    registry.clock.set('2026-09-10');
    school.classId = await school.openClass(`5-${randomUUID().slice(0, 6)}`, 2022);
    await graduands(registry, school, 1);
    const early = await refusalOf(completing.enter(await completing.wish({}, '2026-09-09')));
    expect(early.items?.map(({ code }) => code)).toContain('not-final-grade');
    expect(
      (await refusalOf(completing.enter(await completing.wish({}, '2026-09-11')))).items?.map(({ code }) => code),
    ).toContain('in-the-future');
  });

  describe('under Changzhi', () => {
    it('is graduation when the period is over, and not before; conditions of the other two are not configured and said so [CZ-GR1, CZ-GR6]', async () => {
      const at = new Completing(registry, lucheng);
      const [a] = await classWith(1, lucheng);
      const early = await refusalOf(at.enter(await at.wish({}, '2027-07-08')));
      expect(early.items).toEqual([
        expect.objectContaining({
          code: 'condition-not-met',
          citation: expect.objectContaining({ rule: 'CZ-GR1' }) as object,
        }),
      ]);
      for (const ending of ['completion', 'partialStudy'] as const) {
        const { classes, problems } = await at.preview(await at.wish({ ending }, '2027-07-08'));
        expect(problems).toEqual([]);
        expect(classes[0].notMade).toMatchObject([
          { parameter: `conditions.primary.${ending}`, citation: { rule: 'CZ-GR6' } },
        ]);
        const over = await refusalOf(at.enter(await at.wish({ ending }, '2027-07-10')));
        expect(over.items).toEqual([
          expect.objectContaining({
            code: 'graduates',
            citation: expect.objectContaining({ rule: 'CZ-GR1' }) as object,
          }),
        ]);
      }
      const { classes } = await at.preview(await at.wish());
      expect(classes[0].notMade).toEqual([]);
      const id = await at.done();
      expect((await registry.student(a)).standing).toMatchObject({ ending: 'graduation', completion: id });
      expect(await registry.lastEvent(a)).toMatchObject({ rules: expect.arrayContaining(['CZ-GR1']) as string[] });
    });

    it('keeps the record of a dropout open through the compulsory years; the mark is no ending [CZ-WD10, NAT-DO2]', async () => {
      const at = new Completing(registry, lucheng);
      const [out, other] = await classWith(2, lucheng);
      await change(out, { marks: [{ mark: 'dropout', from: '2027-03-01' }] });
      const refusal = await refusalOf(at.enter(await at.wish()));
      expect(refusal.items).toEqual([
        expect.objectContaining({
          field: `${lucheng.classId}/${out}`,
          code: 'dropout-kept-open',
          citation: expect.objectContaining({ rule: 'CZ-WD10' }) as object,
          facts: { until: '2030-08-31' },
        }),
      ]);
      await at.done({ children: [{ student: out, leave: true }] });
      expect(await registry.student(out)).toMatchObject({ registration: 'confirmed', class: lucheng.classId });
      expect(await registry.student(out)).not.toHaveProperty('standing');
      expect((await registry.student(other)).standing?.ending).toBe('graduation');
      expect(await registry.seats(lucheng.classId)).toEqual({ taken: 1, reserved: 0 });
    });

    it('locks the former record: not entered again, not corrected, not moved; a paper and a number still come [CZ-IC2]', async () => {
      const at = new Completing(registry, lucheng);
      registry.clock.set('2026-09-10');
      lucheng.classId = await lucheng.openClass(`6-${randomUUID().slice(0, 6)}`, 2021);
      const cells = child(lucheng, { birthDate: '2014-03-05', entryDate: '2021-09-01' });
      const student = await lucheng.registered(cells, 'basicInfoForm', 'photo');
      await numbered(registry, [student]);
      registry.clock.set('2027-07-12');
      await at.done();
      const again = await refusalOf(lucheng.enter({ ...cells, address: '别处' }));
      expect(again.items).toEqual([expect.objectContaining({ code: 'stage-ended' })]);
      expect((await refusalOf(school.enter({ ...cells, class: school.classId }))).items).toEqual([
        expect.objectContaining({ code: 'stage-ended' }),
      ]);
      const filed = {
        aggregateId: randomUUID(),
        effectiveOn: '2027-09-02',
        data: {
          student,
          from: { school: lucheng.code, path: lucheng.path },
          to: { school: school.code, path: school.path, class: school.classId },
        },
      } as unknown as ReceivedEvent<typeof transferEvents.transferFiled>;
      await registry.connection.transaction((session) => registry.app.get(KeepSeat).hold(filed, session));
      expect(await registry.lastEvent(student)).toMatchObject({ data: { code: 'stage-ended' }, rules: ['FJ-ST1'] });
      expect((await registry.student(student)).hold).toBeUndefined();
      await lucheng.file(student, 'otherPapers');
      expect((await registry.student(student)).dossier).toHaveProperty('otherPapers');
    });
  });

  it('for a senior student is confirmed by the city [GZ-GR6]', async () => {
    registry.clock.set('2026-09-10');
    const senior = await registry.school('yunyan', { stage: 'senior', entryYear: 2024 });
    await graduands(registry, senior, 1);
    registry.clock.set('2027-07-12');
    const at = new Completing(registry, senior);
    const { completions } = await at.enter(await at.wish());
    expect(completions[0].authority).toBe('520100');
    const county = registry.actor('officer', offices.yunyan);
    expect((await refusalOf(registry.app.get(DecideCompletion).confirm(county, randomUUID(), senior.code))).slug).toBe(
      'not-found',
    );
    await at.confirm();
    await at.in(completions[0].id, 'confirmed');
  });

  it('leaves the class list of every past day as it was, as known then and as known now', async () => {
    const students = await classWith(2);
    const officer = registry.actor('officer', offices.yunyan);
    const list = registry.app.get(ListStudents);
    const onDay = async (day: string, knownAt: Date) =>
      (await list.classOn(officer, school.classId, day, knownAt)).items.map(({ student }) => student).sort();
    const before = registry.clock.now();
    registry.clock.set('2027-07-20');
    await completing.done({}, '2027-07-10');
    const now = registry.clock.now();
    expect(await onDay('2027-07-09', now)).toEqual([...students].sort());
    expect(await onDay('2027-07-10', now)).toEqual([]);
    expect(await onDay('2027-07-10', before)).toEqual([...students].sort());
    expect((await list.run(officer, { class: school.classId, limit: 50 })).items).toEqual([]);
    expect((await list.run(officer, { class: school.classId, standing: 'ended', limit: 50 })).items).toHaveLength(2);
    const stranger = registry.actor('officer', offices.xifeng);
    expect((await list.classOn(stranger, school.classId, '2027-07-09', now)).items).toEqual([]);
  });
});
