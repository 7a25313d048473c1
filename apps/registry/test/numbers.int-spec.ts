import { randomUUID } from 'node:crypto';
import { Actor } from '#libs/access';
import { Conversions } from '../src/numbers/conversions';
import { KeepSeat } from '../src/seats/keep-seat';
import { ApproveTemporary } from '../src/numbers/approve-temporary';
import { NumberClerk } from '../src/numbers/number-clerk';
import { NumberRequest } from '../src/numbers/number-request';
import { Cells } from '../src/collection/workbook';
import { ChildVault } from '../src/students/child-vault';
import { FindStudent } from '../src/students/find-student';
import { basicInfoAsOf, historyOf, viewOf } from '../src/students/view';
import { child, childWithoutHousehold, idNumberOf } from './children';
import { offices, refusalOf, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(120_000);

describe('numbers', () => {
  let registry: RegistryCorner;
  let school: TestSchool;
  let yunyanOfficer: Actor;
  let provinceOfficer: Actor;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    school = await registry.school('yunyan');
    yunyanOfficer = registry.actor('officer', offices.yunyan);
    provinceOfficer = registry.actor('officer', offices.guizhou);
  });

  afterAll(() => registry.stop());
  beforeEach(() => {
    registry.clock.set('2026-09-10');
    registry.pace.askAgainAfter = 3_600_000;
  });

  const round = () => registry.app.get(NumberClerk).round();
  const requests = () => registry.connection.collection<NumberRequest>('number_requests');
  const find = (wanted: { idNumber?: string; studentNumber?: string }, actor = yunyanOfficer) =>
    registry.app.get(FindStudent).run(actor, wanted);
  const numbersOf = async (student: string): Promise<string[]> => {
    const record = await registry.student(student);
    const vault = registry.app.get(ChildVault);
    return Promise.all(record.numbers.map((one) => vault.open(one.sealed, student, 'number')));
  };
  /** Asks for the number of a student and lets the ministry issue it. */
  const numbered = async (student: string): Promise<string> => {
    await round();
    registry.ministry.issue(registry.ministry.requestsOf(student).at(-1)!);
    await round();
    return (await numbersOf(student)).at(-1)!;
  };
  const withoutHousehold = (at = school) => at.registered(childWithoutHousehold(at), 'noHouseholdCertificate');

  it('are asked for through the port with the confirmation, on the ID number, and come later [NAT-NO1, GZ-NO1, GZ-NO3, CZ-NO1, FJ-C10, FJ-RP5, GZ-SC3]', async () => {
    const cells = child(school);
    const student = await school.registered(cells);
    await round();
    const [asked] = registry.ministry.requestsOf(student);
    expect(asked).toEqual({
      requestId: expect.stringContaining(student) as string,
      kind: 'issue-G',
      idNumber: cells.documentNumber,
      birthDate: cells.birthDate,
      sex: '1',
      divisionCode: '520103',
      schoolCode: school.code,
    });
    expect(await numbersOf(student)).toEqual([]);
    registry.ministry.say({ requestId: asked.requestId, outcome: 'pending' });
    await round();
    expect(await numbersOf(student)).toEqual([]);
    registry.ministry.issue(asked);
    await round();
    expect(await numbersOf(student)).toEqual([`G${String(cells.documentNumber)}`]);
    const event = await registry.lastEvent(student);
    expect(event).toMatchObject({ data: { kind: 'G' }, rules: ['GZ-NO3', 'NAT-NO1'] });
    expect((await find({ studentNumber: `g${String(cells.documentNumber)}` }))._id).toBe(student);
    expect((await find({ idNumber: String(cells.documentNumber) }))._id).toBe(student);
  });

  it('asked for in vain are asked for again under the same id, and a lost answer makes no second number [NAT-NO1, GZ-NO2]', async () => {
    const student = await school.registered(child(school));
    registry.ministry.reachable = false;
    await expect(round()).rejects.toThrow('down');
    registry.ministry.reachable = true;
    await round();
    await round();
    expect(registry.ministry.requestsOf(student)).toHaveLength(1);
    registry.pace.askAgainAfter = -1_000;
    await round();
    const asked = registry.ministry.requestsOf(student);
    expect(asked).toHaveLength(2);
    expect(new Set(asked.map((one) => one.requestId)).size).toBe(1);
    registry.pace.askAgainAfter = 3_600_000;
    registry.ministry.issue(...asked);
    await round();
    expect(await numbersOf(student)).toHaveLength(1);
    expect(await requests().findOne({ student })).toMatchObject({ state: 'answered' });
  });

  it('answered twice and out of order are one number for each person [NAT-NO1, GZ-NO1, GZ-NO2]', async () => {
    const students = [];
    for (let i = 0; i < 4; i++) students.push(await school.registered(child(school)));
    await round();
    const asked = students.map((student) => registry.ministry.requestsOf(student)[0]);
    registry.ministry.issue(asked[3], asked[1], asked[3]);
    registry.ministry.issue(asked[0], asked[1], asked[2]);
    registry.ministry.say({ requestId: asked[0].requestId, outcome: 'refused', reason: 'late' });
    registry.ministry.say({ requestId: 'somebody-else', outcome: 'issued', number: 'G1' });
    registry.ministry.say({ requestId: asked[2].requestId, outcome: 'issued', number: 'G520103209901010000' });
    await round();
    for (const [i, student] of students.entries()) {
      expect(await numbersOf(student)).toEqual([registry.ministry.numberOf(asked[i])]);
      expect((await registry.eventsOf(student)).filter((type) => type === 'student-numbered')).toHaveLength(1);
    }
  });

  it('issued after a refusal count; an answer without a number does not [NAT-NO1]', async () => {
    const student = await school.registered(child(school));
    await round();
    const [asked] = registry.ministry.requestsOf(student);
    registry.ministry.say({ requestId: asked.requestId, outcome: 'issued' });
    await round();
    expect(await requests().findOne({ student })).toMatchObject({ state: 'asked' });
    registry.ministry.say({ requestId: asked.requestId, outcome: 'refused', reason: 'being-looked-at' });
    await round();
    expect(await requests().findOne({ student })).toMatchObject({ state: 'refused', reason: 'being-looked-at' });
    registry.ministry.issue(asked);
    await round();
    expect(await numbersOf(student)).toHaveLength(1);
  });

  it('of one person are never given to another, and the others do not wait for it [NAT-NO1, GZ-NO1]', async () => {
    const [first, second, third] = [
      await school.registered(child(school)),
      await school.registered(child(school)),
      await school.registered(child(school)),
    ];
    const number = await numbered(first);
    const request = (student: string) => registry.ministry.requestsOf(student)[0];
    registry.ministry.say({ requestId: request(second).requestId, outcome: 'issued', number });
    registry.ministry.issue(request(third));
    await round();
    expect(await numbersOf(second)).toEqual([]);
    expect(await requests().findOne({ student: second })).toMatchObject({
      state: 'refused',
      reason: 'number-of-another',
    });
    expect(await numbersOf(third)).toHaveLength(1);
    expect((await find({ studentNumber: number }))._id).toBe(first);
  });

  it('are never typed: the form and the workbook have no item for one [GZ-NO3, CZ-NO1]', async () => {
    await expect(
      registry.app.get(FindStudent).run(yunyanOfficer, { studentNumber: 'G520103202001010000' }),
    ).rejects.toThrow();
    const { student } = await school.enter({ ...child(school), studentNumber: 'G520103202001010000' } as Cells);
    expect((await registry.student(student!)).numbers).toEqual([]);
    expect(await refusalOf(find({ studentNumber: 'G520103202001010000' }))).toMatchObject({ status: 404 });
  });

  it('stay when the ID number is corrected or the person registered again [GZ-NO2, CZ-NO1, NAT-NO1]', async () => {
    const cells = child(school);
    const student = await school.registered(cells);
    const number = await numbered(student);
    expect(await school.enter(cells)).toMatchObject({ outcome: 'unchanged', student });
    await round();
    expect(await numbersOf(student)).toEqual([number]);
    expect(registry.ministry.requestsOf(student)).toHaveLength(1);
  });

  describe('of a child without household registration', () => {
    it('are temporary, after the school’s check and the county’s approval [GZ-NO4]', async () => {
      const student = await withoutHousehold();
      await round();
      const [asked] = registry.ministry.requestsOf(student);
      expect(asked).toMatchObject({ kind: 'issue-L' });
      expect(asked.idNumber).toBeUndefined();
      expect(await numbered(student)).toMatch(/^L/);
    });

    it('are approved by the county also where the city confirms the record [GZ-NO4]', async () => {
      const senior = await registry.school('yunyan', { stage: 'senior' });
      const student = await withoutHousehold(senior);
      await round();
      expect(registry.ministry.requestsOf(student)).toEqual([]);
      const approve = (actor: Actor) => registry.app.get(ApproveTemporary).run(actor, student);
      expect(await refusalOf(approve(registry.actor('officer', offices.guiyang)))).toMatchObject({ status: 404 });
      expect(await refusalOf(approve(registry.actor('officer', offices.xifeng)))).toMatchObject({ status: 404 });
      await approve(yunyanOfficer);
      expect(await numbered(student)).toMatch(/^L/);
      expect(await refusalOf(approve(yunyanOfficer))).toMatchObject({ slug: 'wrong-state' });
    });

    it('on the way to an official one follow the student to another school: its offices go on with it [GZ-NO5]', async () => {
      const conversions = registry.app.get(Conversions);
      const student = await withoutHousehold();
      await numbered(student);
      await school.file(student, 'householdProof');
      const { birthDate, sex } = await registry.student(student);
      const entered = { idNumber: idNumberOf(birthDate, sex), kind: 'family' as const, place: '520103' };
      await conversions.enter(school.clerk, student, entered);
      const waiting = async (path: string) =>
        (await conversions.list(registry.actor('officer', path))).some(({ _id }) => _id === student);
      expect([await waiting(offices.yunyan), await waiting(offices.xifeng)]).toEqual([true, false]);

      const to = await registry.school('xifeng');
      const caseId = randomUUID();
      const place = { school: to.code, path: to.path, class: to.classId };
      const from = { school: school.code, path: school.path };
      const heard = (data: object) =>
        ({ aggregateId: caseId, seq: 1, effectiveOn: registry.clock.today(), data: { student, ...data } }) as never;
      await registry.connection.transaction<void>(async (session) => {
        await registry.app.get(KeepSeat).hold(heard({ from, to: place }), session);
      });
      await registry.connection.transaction<void>((session) =>
        registry.app.get(KeepSeat).move(heard({ to: place }), session),
      );
      expect([await waiting(offices.yunyan), await waiting(offices.xifeng)]).toEqual([false, true]);
      await conversions.approve(provinceOfficer, student);
      expect(await conversions.conversions.findOne({ _id: student })).toMatchObject({
        state: 'approved',
        path: to.path,
      });
    });

    it('become official: the school enters, the province approves, the ministry issues; both numbers find the child [GZ-NO5, GZ-RO4, R5-12]', async () => {
      const conversions = registry.app.get(Conversions);
      const student = await withoutHousehold();
      const temporary = await numbered(student);
      const before = await registry.student(student);
      const idNumber = idNumberOf(before.birthDate, before.sex);
      const enter = (actor = school.clerk, number = idNumber) =>
        conversions.enter(actor, student, { idNumber: number, kind: 'family', place: '520103' });

      expect(await refusalOf(enter())).toMatchObject({ slug: 'paper-lacking' });
      await school.file(student, 'householdProof');
      expect((await refusalOf(enter(school.clerk, idNumberOf('2019-01-01')))).items?.map((item) => item.code)).toEqual([
        'id-against-record',
      ]);
      const other = await registry.school('yunyan');
      expect(await refusalOf(enter(other.clerk))).toMatchObject({ status: 404 });
      const taken = child(school, { birthDate: before.birthDate });
      await school.enter(taken);
      expect(await refusalOf(enter(school.clerk, String(taken.documentNumber)))).toMatchObject({
        slug: 'registered-elsewhere',
      });
      expect(await refusalOf(conversions.approve(provinceOfficer, student))).toMatchObject({ status: 404 });

      registry.clock.set('2026-10-12');
      await enter();
      expect(await refusalOf(enter())).toMatchObject({ slug: 'wrong-state' });
      const { documentType: _type, certificate: _paper, ...rest } = childWithoutHousehold(school);
      const squatter = {
        ...child(school),
        ...rest,
        documentType: 'residentId',
        documentNumber: idNumber,
        householdKind: 'family',
        householdPlace: '520103',
        birthDate: before.birthDate,
      };
      const { vaccination: _v, healthBooklet: _h, residencePermit: _r, missingPapers: _m, ...registered } = squatter;
      expect((await refusalOf(other.enter({ ...registered, class: other.classId }))).slug).toBe('not-entered');

      for (const path of [offices.yunyan, offices.guiyang]) {
        expect(await refusalOf(conversions.approve(registry.actor('officer', path), student))).toMatchObject({
          status: 404,
        });
      }
      await conversions.approve(provinceOfficer, student);
      expect(await refusalOf(conversions.approve(provinceOfficer, student))).toMatchObject({ slug: 'wrong-state' });
      expect(await numbersOf(student)).toEqual([temporary]);

      registry.clock.set('2026-10-20');
      const official = await numbered(student);
      expect(official).toBe(`G${idNumber}`);
      expect(await numbersOf(student)).toEqual([temporary, official]);
      for (const studentNumber of [temporary, official]) expect((await find({ studentNumber }))._id).toBe(student);
      expect((await find({ idNumber }))._id).toBe(student);
      expect(await registry.eventsOf(`conversion.${student}`)).toHaveLength(3);

      const record = await registry.student(student);
      expect(record).toMatchObject({ documentType: 'residentId', hasHousehold: true });
      expect(record.marks.find((mark) => mark.mark === 'noHousehold')).toMatchObject({ to: '2026-10-20' });
      const view = await viewOf(record, registry.app.get(ChildVault));
      expect(view.numbers.map((number) => [number.kind, number.inForce])).toEqual([
        ['L', false],
        ['G', true],
      ]);
      expect(JSON.stringify(view)).not.toContain(idNumber);
    });
  });

  describe('history of basic information', () => {
    it('answers as of a date and as known at an instant; every change is listed [GZ-RC3, NAT-RC3]', async () => {
      const vault = registry.app.get(ChildVault);
      const cells = child(school, { name: '王小明' });
      registry.clock.set('2026-09-10');
      const { student } = await school.enter(cells);
      registry.clock.set('2026-09-20');
      await school.enter({ ...cells, name: '王晓明', address: '云岩区新路6号' });
      registry.clock.set('2026-09-25');
      await school.enter({ ...cells, name: '王曉明', address: '云岩区新路6号' });
      const record = await registry.student(student!);
      const name = async (asOf: string, knownAt: string) =>
        (await basicInfoAsOf(record, asOf, new Date(`${knownAt}T12:00:00+08:00`), vault)).name;
      expect(await name('2026-09-30', '2026-09-30')).toBe('王曉明');
      expect(await name('2026-09-20', '2026-09-30')).toBe('王晓明');
      expect(await name('2026-09-19', '2026-09-30')).toBe('王小明');
      expect(await name('2026-09-30', '2026-09-22')).toBe('王晓明');
      expect(await name('2026-09-30', '2026-09-12')).toBe('王小明');
      expect(await name('2026-09-30', '2026-09-09')).toBeUndefined();
      expect(await name('2026-08-31', '2026-09-30')).toBeUndefined();
      const history = await historyOf(record, vault);
      expect(history.filter((fact) => fact.item === 'name').map((fact) => fact.value)).toEqual([
        '王小明',
        '王晓明',
        '王曉明',
      ]);
      expect(history.filter((fact) => fact.item === 'address')).toHaveLength(2);
      expect(history.every((fact) => fact.by === school.clerk.account)).toBe(true);
      const items = await basicInfoAsOf(record, '2026-09-30', registry.clock.now(), vault);
      expect(JSON.stringify(items)).not.toContain(String(cells.documentNumber));
      expect(JSON.stringify(items)).not.toContain('13800138000');
      expect(items.idNumber).toMatch(/^\*+.{4}$/);
    });
  });
});
