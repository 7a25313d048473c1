import { randomUUID } from 'node:crypto';
import { Actor } from '#libs/access';
import { ApproveIntake } from '../src/enrolment/approve-intake';
import { EnterChild } from '../src/enrolment/enter-child';
import { ReviewIntake } from '../src/enrolment/review-intake';
import { SubmitIntake } from '../src/enrolment/submit-intake';
import { Cells } from '../src/collection/workbook';
import { ShowPolicy } from '../src/policies/show-policy';
import { OverrideCap } from '../src/seats/override-cap';
import { AttachPaper, DossierItem } from '../src/students/attach-paper';
import { ListStudents } from '../src/students/list-students';
import { viewOf } from '../src/students/view';
import { ChildVault } from '../src/students/child-vault';
import { child, childWithoutHousehold, idNumberOf } from './children';
import { offices, refusalOf, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(120_000);

const pdf = Buffer.from('%PDF-1.4 scan');

describe('enrolment', () => {
  let registry: RegistryCorner;
  let yunyanOfficer: Actor;
  let luchengOfficer: Actor;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    yunyanOfficer = registry.actor('officer', offices.yunyan);
    luchengOfficer = registry.actor('officer', offices.lucheng);
  });

  afterAll(() => registry.stop());
  beforeEach(() => registry.clock.set('2026-09-10'));

  const enter = (school: TestSchool, cells: Cells, actor = school.clerk, key: string = randomUUID()) =>
    registry.app.get(EnterChild).run(actor, key, school.code, cells as Record<string, string>);

  const entered = async (school: TestSchool, cells: Cells): Promise<string> => (await enter(school, cells)).student!;

  const deputyOf = (school: TestSchool) => registry.actor('deputyHead', school.path);

  const submit = (school: TestSchool, named?: string[], actor = deputyOf(school)) =>
    registry.app.get(SubmitIntake).run(actor, school.code, named);

  const review = (
    school: TestSchool,
    officer: Actor,
    confirm: 'all' | string[],
    sendBack: { student: string; reason: string }[] = [],
  ) => registry.app.get(ReviewIntake).run(officer, { school: school.code, confirm, sendBack });

  const file = (school: TestSchool, student: string, ...items: DossierItem[]) =>
    items.reduce(
      (before, item) =>
        before.then(() =>
          registry.app
            .get(AttachPaper)
            .run(school.clerk, student, item, pdf)
            .then(() => undefined),
        ),
      Promise.resolve(),
    );

  const codes = async (answer: Promise<unknown>) => (await refusalOf(answer)).items?.map((item) => item.code) ?? [];

  describe('one child by form', () => {
    it('is new, then unchanged, then corrected, and stays one record at one school [FJ-C1, FJ-C3, GZ-CL3]', async () => {
      const school = await registry.school('yunyan');
      const cells = child(school);
      const first = await enter(school, cells);
      expect(first).toMatchObject({ outcome: 'new', problems: [] });
      expect(await enter(school, cells)).toMatchObject({ outcome: 'unchanged', student: first.student });
      expect(await enter(school, { ...cells, address: '云岩区新路2号' })).toMatchObject({
        outcome: 'corrected',
        student: first.student,
      });
      const record = await registry.student(first.student!);
      expect(record).toMatchObject({
        school: school.code,
        class: school.classId,
        registration: 'entered',
        version: 2,
        enteredBy: school.clerk.account,
      });
      expect(await registry.eventsOf(first.student!)).toEqual(['student-entered', 'student-corrected']);
      expect(await registry.seats(school.classId)).toEqual({ taken: 1, reserved: 0 });
      expect(await registry.students({ school: school.code })).toHaveLength(1);
    });

    it('takes effect once under its key, and a key used for another child is refused', async () => {
      const school = await registry.school('yunyan');
      const cells = child(school);
      const first = await enter(school, cells, school.clerk, 'one-key');
      expect(await enter(school, cells, school.clerk, 'one-key')).toEqual(first);
      expect(await refusalOf(enter(school, child(school), school.clerk, 'one-key'))).toMatchObject({
        slug: 'idempotency-key-reused',
        status: 422,
      });
      expect(await registry.students({ school: school.code })).toHaveLength(1);
    });

    it('at a second school is refused, with the article and without telling where the record is [FJ-C2, NAT-NO5, GZ-NO6, CZ-EN13]', async () => {
      const [first, second] = [await registry.school('yunyan'), await registry.school('xifeng')];
      const lucheng = await registry.school('lucheng', { entryYear: 2025 });
      const national = await registry.school('xiangyuan');
      const cells = child(first);
      await enter(first, cells);
      for (const [school, rule] of [
        [second, 'GZ-NO6'],
        [lucheng, 'CZ-EN13'],
        [national, 'NAT-NO5'],
      ] as const) {
        const refusal = await refusalOf(enter(school, { ...cells, class: school.classId }));
        expect(refusal.items).toEqual([
          expect.objectContaining({ code: 'registered-elsewhere', citation: expect.objectContaining({ rule }) }),
        ]);
        expect(JSON.stringify(refusal)).not.toContain(first.code);
        expect(await registry.students({ school: school.code })).toHaveLength(0);
      }
    });

    it('entered at two schools in the same moment becomes one record [FJ-C2]', async () => {
      const schools = [await registry.school('yunyan'), await registry.school('xifeng')];
      for (let i = 0; i < 5; i++) {
        const cells = child(schools[0]);
        const answers = await Promise.allSettled(
          schools.map((school) => enter(school, { ...cells, class: school.classId })),
        );
        expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
        const refused = answers.find((answer) => answer.status === 'rejected')!;
        expect(await refusalOf(Promise.reject(refused.reason as Error))).toMatchObject({ slug: 'not-entered' });
      }
      const all = await registry.students({ school: { $in: schools.map((school) => school.code) } });
      expect(all).toHaveLength(5);
      const seats = await Promise.all(schools.map((school) => registry.seats(school.classId)));
      expect(seats[0].taken + seats[1].taken).toBe(5);
    });

    it('entered with an ID number and without one in the same moment becomes one record [CZ-EN13]', async () => {
      const schools = [
        await registry.school('lucheng', { entryYear: 2025 }),
        await registry.school('lucheng', { entryYear: 2025 }),
      ];
      const born = { birthDate: '2019-05-01', entryDate: '2025-09-01' };
      for (let i = 0; i < 8; i++) {
        const cells = child(schools[0], born);
        const { name, sex, guardianName } = cells;
        const without = childWithoutHousehold(schools[1], { ...born, name, sex, guardianName });
        const answers = await Promise.allSettled([enter(schools[0], cells), enter(schools[1], without)]);
        expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
        const refused = answers.find((answer) => answer.status === 'rejected')!;
        expect((await refusalOf(Promise.reject(refused.reason as Error))).items).toEqual([
          expect.objectContaining({ code: 'lookalike', citation: expect.objectContaining({ rule: 'CZ-EN13' }) }),
        ]);
      }
      const all = await registry.students({ school: { $in: schools.map((school) => school.code) } });
      expect(all).toHaveLength(8);
    });

    it('is no duplicate of a namesake who is entered in the same moment [CZ-EN13, GZ-PB8]', async () => {
      const lucheng = await registry.school('lucheng', { entryYear: 2025 });
      const guizhou = await registry.school('yunyan');
      for (let i = 0; i < 4; i++) {
        // Born on one day, of other guardians.
        const one = child(lucheng, { birthDate: '2019-05-01', entryDate: '2025-09-01' });
        const other = { ...one, documentNumber: idNumberOf('2019-05-01'), guardianName: '李母' };
        // Under Guizhou look-alikes are taken, and told to whoever came second.
        const third = child(guizhou);
        const fourth = { ...third, documentNumber: idNumberOf('2020-03-05') };
        const [first, second, ...told] = await Promise.all([
          enter(lucheng, one),
          enter(lucheng, other),
          enter(guizhou, third),
          enter(guizhou, fourth),
        ]);
        expect([first.outcome, second.outcome]).toEqual(['new', 'new']);
        expect(told.map(({ outcome }) => outcome)).toEqual(['new', 'new']);
        const warned = told.map(({ warnings }) => warnings.some(({ code }) => code === 'lookalike'));
        expect(warned.sort()).toEqual([false, true]);
      }
    });

    it('under Changzhi is the same person by name, birth date and guardian too [CZ-EN13]', async () => {
      const school = await registry.school('lucheng', { entryYear: 2025 });
      const cells = child(school, { birthDate: '2019-05-01', entryDate: '2025-09-01' });
      await enter(school, cells);
      const { name, sex, guardianName, birthDate, entryDate } = cells;
      const same = childWithoutHousehold(school, { name, sex, guardianName, birthDate, entryDate });
      const refusal = await refusalOf(enter(school, same));
      expect(refusal.items).toEqual([
        expect.objectContaining({ code: 'lookalike', citation: expect.objectContaining({ rule: 'CZ-EN13' }) }),
      ]);
      expect(await enter(school, { ...same, guardianName: '王母' })).toMatchObject({ outcome: 'new', warnings: [] });
      // Two different ID numbers are two persons; that they look alike is told.
      const namesake = await enter(school, { ...cells, documentNumber: idNumberOf('2019-05-01') });
      expect(namesake).toMatchObject({ outcome: 'new', warnings: [expect.objectContaining({ code: 'lookalike' })] });
    });

    it('whose number, sex and birth date contradict each other is refused with every item named [CZ-EN12]', async () => {
      const school = await registry.school('lucheng', { entryYear: 2025 });
      const refusal = await refusalOf(enter(school, { ...child(school), sex: '2', birthDate: '2019-01-01' }));
      expect(refusal.items?.some((item) => item.citation?.rule === 'CZ-EN12')).toBe(true);
      expect(await registry.students({ school: school.code })).toHaveLength(0);
    });

    it('is entered by the clerk of the school alone', async () => {
      const [school, other] = [await registry.school('yunyan'), await registry.school('yunyan')];
      expect(await refusalOf(enter(school, child(school), other.clerk))).toMatchObject({ status: 404 });
      expect(await refusalOf(enter(school, child(school), yunyanOfficer))).toMatchObject({ status: 404 });
    });
  });

  describe('age', () => {
    it('at 31 August decides under the line that sets an age; who entered stays known [GZ-EN5, GZ-EN6, GZ-PB23, R5-18]', async () => {
      const school = await registry.school('xifeng', { line: 'guizhou-xifeng' });
      const refusal = await refusalOf(enter(school, child(school, { birthDate: '2020-09-01' })));
      expect(refusal.items).toEqual([
        expect.objectContaining({
          code: 'under-age',
          citation: expect.objectContaining({ rule: 'DEMO-EN1' }),
          facts: { years: 5, asked: 6, on: '2026-08-31' },
        }),
      ]);
      const student = await entered(school, child(school, { birthDate: '2020-08-31' }));
      expect(await registry.student(student)).toMatchObject({ marks: [], enteredBy: school.clerk.account });
      expect((await registry.lastEvent(student)).rules).toContain('DEMO-EN1');
    });

    it('without an age set is not judged: the child is taken and marked [GZ-EN5, R5-18]', async () => {
      const school = await registry.school('yunyan');
      const student = await entered(school, child(school, { birthDate: '2021-12-31' }));
      expect((await registry.student(student)).marks).toEqual([{ mark: 'ageNotChecked', from: '2026-09-10' }]);
      const listed = await registry.app
        .get(ListStudents)
        .run(yunyanOfficer, { mark: 'ageNotChecked', school: school.code, limit: 10 });
      expect(listed.items.map((line) => line.student)).toEqual([student]);
    });

    it('that was not checked is counted for the office that can set it, each office its own [GZ-EN5, R5-01]', async () => {
      const waiting = async (office: Actor, id: string) => {
        const { items } = await registry.app.get(ShowPolicy).notConfigured(office, id);
        return items.find(({ parameter }) => parameter === 'enrolment.minAge')?.records;
      };
      const city = registry.actor('officer', offices.guiyang);
      const before = await waiting(yunyanOfficer, '520103');
      const ofCity = await waiting(city, '520100');
      const school = await registry.school('yunyan');
      const open = await registry.school('xifeng');
      await entered(school, child(school, { birthDate: '2021-12-31' }));
      await entered(open, child(open, { birthDate: '2021-12-30' }));
      const upper = await registry.school('yunyan', { entryYear: 2024 });
      await entered(upper, child(upper, { birthDate: '2017-12-31' }));
      expect(await waiting(yunyanOfficer, '520103')).toBe(before! + 1);
      expect(await waiting(city, '520100')).toBe(ofCity! + 2);
      const { items } = await registry.app.get(ShowPolicy).notConfigured(yunyanOfficer, '520103');
      expect(items[0].parameter).toBe('enrolment.minAge');
    });
  });

  describe('a child without household registration', () => {
    it('needs the certificate, its guardian, and an explanation for papers that lack [GZ-EN2, SCH10-EN3]', async () => {
      const school = await registry.school('yunyan');
      const cells = childWithoutHousehold(school);
      for (const key of ['certificate', 'guardianName', 'guardianPhone', 'missingPapers'] as const) {
        const { [key]: _left, ...rest } = cells;
        expect((await codes(enter(school, rest))).length).toBeGreaterThan(0);
      }
      expect(await registry.students({ school: school.code })).toHaveLength(0);
      const student = await entered(school, cells);
      expect(await registry.student(student)).toMatchObject({ hasHousehold: false, documentType: 'none' });
      expect((await registry.student(student)).marks.map((mark) => mark.mark)).toContain('noHousehold');
    });

    it('is not confirmed before the certificate is in the dossier, then gets a temporary number [GZ-EN2, GZ-NO4]', async () => {
      const school = await registry.school('yunyan');
      const student = await entered(school, childWithoutHousehold(school));
      await submit(school);
      const waiting = await review(school, yunyanOfficer, 'all');
      expect(waiting).toMatchObject({ confirmed: 0, sentBack: 0 });
      expect(waiting.waiting).toEqual([
        {
          student,
          problems: [
            expect.objectContaining({ code: 'paper-lacking', citation: expect.objectContaining({ rule: 'GZ-EN2' }) }),
          ],
        },
      ]);
      await file(school, student, 'noHouseholdCertificate');
      expect(await review(school, yunyanOfficer, 'all')).toMatchObject({ confirmed: 1, waiting: [] });
      const requests = registry.connection.collection('number_requests');
      expect(await requests.findOne({ student })).toMatchObject({ kind: 'issue-L', state: 'wanted' });
    });

    it('is the same child when entered again', async () => {
      const school = await registry.school('yunyan');
      const cells = childWithoutHousehold(school);
      const student = await entered(school, cells);
      expect(await enter(school, cells)).toMatchObject({ outcome: 'unchanged', student });
      const other = await registry.school('yunyan');
      expect(await codes(enter(other, { ...cells, class: other.classId }))).toContain('registered-elsewhere');
    });
  });

  describe('the time to open a file', () => {
    it.each([
      ['yunyan', '2026-10-01', false],
      ['yunyan', '2026-10-02', true],
      ['xiangyuan', '2026-10-01', false],
      ['xiangyuan', '2026-10-02', true],
      ['lucheng', '2026-10-01', false],
      ['lucheng', '2026-10-02', true],
    ] as const)(
      'at %s on %s: late is %s; late is taken and listed [GZ-EN3, NAT-EN3, CZ-EN2]',
      async (at, today, late) => {
        registry.clock.set(today);
        const school = await registry.school(at);
        await approve(school, luchengOfficer);
        const { student, warnings } = await enter(school, child(school, { entryDate: '2026-09-01' }));
        const marks = (await registry.student(student!)).marks.map((mark) => mark.mark);
        expect(marks.includes('lateEntry')).toBe(late);
        expect(warnings.map((warning) => warning.code).includes('late-entry')).toBe(late);
      },
    );

    it('is not configured where the number is blank: nothing is marked [NAT-EN3]', async () => {
      registry.clock.set('2026-12-20');
      const school = await registry.school('xiangyuan', { line: 'national-blanked' });
      const { student, warnings } = await enter(school, child(school));
      expect((await registry.student(student!)).marks.map((mark) => mark.mark)).not.toContain('lateEntry');
      expect(warnings).toEqual([]);
    });

    it('was kept when the entry came in time and its correction later [GZ-EN3]', async () => {
      const school = await registry.school('yunyan');
      const cells = child(school);
      const student = await entered(school, cells);
      registry.clock.set('2026-11-20');
      expect(await enter(school, { ...cells, address: '云岩区新路3号' })).toMatchObject({ outcome: 'corrected' });
      expect((await registry.student(student)).marks.map((mark) => mark.mark)).not.toContain('lateEntry');
    });
  });

  const approve = (school: TestSchool, officer: Actor, planned = 100) =>
    school.path.startsWith(offices.lucheng)
      ? registry.app
          .get(ApproveIntake)
          .run(officer, randomUUID(), { school: school.code, stage: school.stage, entryYear: 2026, planned })
      : Promise.resolve(undefined);

  describe('an intake under Changzhi', () => {
    it('lets no new record be made before the authority approves it [CZ-EN4]', async () => {
      const school = await registry.school('lucheng');
      const refusal = await refusalOf(enter(school, child(school)));
      expect(refusal.items).toEqual([
        expect.objectContaining({ code: 'intake-not-approved', citation: expect.objectContaining({ rule: 'CZ-EN4' }) }),
      ]);
      expect(await refusalOf(approve(school, registry.actor('officer', offices.xiangyuan)))).toMatchObject({
        status: 404,
      });
      expect(await refusalOf(approve(school, registry.actor('officer', offices.changzhi)))).toMatchObject({
        status: 404,
      });
      await approve(school, luchengOfficer);
      expect(await enter(school, child(school))).toMatchObject({ outcome: 'new' });
    });

    it('takes no more than the plan has places [CZ-EN4]', async () => {
      const school = await registry.school('lucheng');
      await approve(school, luchengOfficer, 2);
      await enter(school, child(school));
      const second = await school.openClass('2班', 2026);
      const cells = child(school, { class: second });
      await enter(school, cells);
      expect(await enter(school, cells)).toMatchObject({ outcome: 'unchanged' });
      const refusal = await refusalOf(enter(school, child(school, { class: second })));
      expect(refusal.items).toEqual([
        expect.objectContaining({ code: 'beyond-plan', citation: expect.objectContaining({ rule: 'CZ-EN4' }) }),
      ]);
      await approve(school, luchengOfficer, 3);
      const answers = await Promise.allSettled([
        enter(school, child(school)),
        enter(school, child(school, { class: second })),
      ]);
      expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await registry.students({ school: school.code })).toHaveLength(3);
    });

    it('is of autumn: an entrant of another season is refused at every stage [CZ-EN3]', async () => {
      for (const stage of ['primary', 'junior', 'senior'] as const) {
        const school = await registry.school('lucheng', { stage });
        await approve(school, luchengOfficer);
        registry.clock.set('2027-03-10');
        const cells = child(school, { birthDate: '2010-03-05', entryDate: '2027-03-01' });
        const refusal = await refusalOf(enter(school, cells));
        expect(refusal.items).toEqual([
          expect.objectContaining({
            code: 'not-in-season',
            citation: expect.objectContaining({ rule: 'CZ-EN3' }),
            facts: { from: '2026-08-01', until: '2026-11-30' },
          }),
        ]);
        registry.clock.set('2026-09-10');
        expect(await enter(school, { ...cells, entryDate: '2026-09-01' })).toMatchObject({ outcome: 'new' });
      }
    });
  });

  describe('the check by the school', () => {
    it('is another person’s: nobody submits what they entered or corrected [GZ-EN1, SCH9-EN2, GZ-NO3]', async () => {
      const school = await registry.school('yunyan');
      const cells = child(school);
      const student = await entered(school, cells);
      expect(await submit(school, undefined, school.clerk)).toMatchObject({
        submitted: 0,
        kept: [{ student, problem: { code: 'own-entry' } }],
      });
      const secondClerk = registry.actor('clerk', school.path);
      await enter(school, { ...cells, address: '云岩区新路4号' }, secondClerk);
      expect(await submit(school, undefined, secondClerk)).toMatchObject({ submitted: 0, kept: [{ student }] });
      expect(await registry.student(student)).toMatchObject({ registration: 'entered' });
      expect(await submit(school)).toEqual({ submitted: 1, kept: [] });
      expect(await registry.student(student)).toMatchObject({ registration: 'submitted' });
      expect(await registry.eventsOf(student)).toEqual(['student-entered', 'student-corrected', 'student-submitted']);
    });

    it('comes before the review: what is not submitted is not confirmed and has no number [GZ-EN1, GZ-NO3, NAT-EN1, CZ-RO3]', async () => {
      const school = await registry.school('yunyan');
      const student = await entered(school, child(school));
      expect(await review(school, yunyanOfficer, 'all')).toEqual({ confirmed: 0, sentBack: 0, waiting: [] });
      expect(await refusalOf(review(school, yunyanOfficer, [student]))).toMatchObject({ status: 404 });
      expect(await registry.connection.collection('number_requests').countDocuments({ student })).toBe(0);
      await submit(school);
      expect(await review(school, yunyanOfficer, [student])).toMatchObject({ confirmed: 1 });
      expect(await registry.connection.collection('number_requests').countDocuments({ student })).toBe(1);
    });
  });

  describe('the review by the authority', () => {
    it('confirms, or sends back with a reason; corrected and submitted again it is confirmed [GZ-EN8, NAT-EN2, CZ-RC4]', async () => {
      const school = await registry.school('yunyan');
      const wrong = child(school);
      const [good, bad] = [await entered(school, child(school)), await entered(school, wrong)];
      await submit(school);
      expect(await review(school, yunyanOfficer, 'all', [{ student: bad, reason: '监护人电话有误，请核对' }])).toEqual({
        confirmed: 1,
        sentBack: 1,
        waiting: [],
      });
      expect(await registry.student(good)).toMatchObject({ registration: 'confirmed' });
      const returned = await registry.student(bad);
      expect(returned).toMatchObject({ registration: 'returned' });
      const view = await viewOf(returned, registry.app.get(ChildVault));
      expect(view.returned?.reason).toBe('监护人电话有误，请核对');
      expect((await registry.lastEvent(bad)).rules).toEqual(['GZ-EN8', 'NAT-EN2']);
      await enter(school, { ...wrong, guardianPhone: '13900139000' });
      expect(await submit(school)).toEqual({ submitted: 1, kept: [] });
      expect(await review(school, yunyanOfficer, 'all')).toMatchObject({ confirmed: 1 });
      const confirmed = await registry.student(bad);
      expect(confirmed.registration).toBe('confirmed');
      expect((await viewOf(confirmed, registry.app.get(ChildVault))).returned).toBeUndefined();
      expect(await registry.eventsOf(bad)).toEqual([
        'student-entered',
        'student-submitted',
        'student-returned',
        'student-corrected',
        'student-submitted',
        'student-confirmed',
      ]);
    });

    it('may send back for a paper: filed, it is submitted again by name without another change [NAT-EN2]', async () => {
      const school = await registry.school('yunyan');
      const student = await entered(school, child(school));
      await submit(school);
      await review(school, yunyanOfficer, [], [{ student, reason: '缺照片' }]);
      expect(await submit(school)).toEqual({ submitted: 0, kept: [] });
      await file(school, student, 'photo');
      expect(await submit(school, [student])).toEqual({ submitted: 1, kept: [] });
      expect(await review(school, yunyanOfficer, 'all')).toMatchObject({ confirmed: 1 });
    });

    it('lets a wrong ID number be corrected in the record that has it, and frees nobody else’s [NAT-EN2, FJ-C2]', async () => {
      const school = await registry.school('yunyan');
      const [cells, taken] = [child(school), child(school)];
      const student = await entered(school, cells);
      await entered(school, taken);
      await submit(school);
      await review(school, yunyanOfficer, [], [{ student, reason: '身份证号与户口簿不符' }]);
      const correct = (change: Cells) =>
        registry.app
          .get(EnterChild)
          .correct(school.clerk, randomUUID(), student, { ...cells, ...change } as Record<string, string>);
      expect(await codes(correct({ documentNumber: taken.documentNumber }))).toContain('registered-elsewhere');
      const number = idNumberOf('2020-03-05');
      expect(await correct({ documentNumber: number })).toMatchObject({ outcome: 'corrected', student });
      expect(await registry.students({ school: school.code })).toHaveLength(2);
      expect(await enter(school, { ...cells, documentNumber: number })).toMatchObject({
        outcome: 'unchanged',
        student,
      });
      const foreign = await registry.school('yunyan');
      expect(
        await refusalOf(
          registry.app.get(EnterChild).correct(foreign.clerk, randomUUID(), student, cells as Record<string, string>),
        ),
      ).toMatchObject({ status: 404 });
    });

    it('is the county’s in charge alone: any other office has no such school [GZ-EN8]', async () => {
      const school = await registry.school('yunyan');
      const student = await entered(school, child(school));
      await submit(school);
      for (const path of [offices.xifeng, offices.guiyang, offices.guizhou, offices.lucheng]) {
        expect(await refusalOf(review(school, registry.actor('officer', path), 'all'))).toMatchObject({
          slug: 'not-found',
          status: 404,
        });
      }
      expect(await registry.student(student)).toMatchObject({ registration: 'submitted' });
      const both = new Actor('two-posts', [
        ...registry.actor('officer', offices.guiyang).posts,
        ...yunyanOfficer.posts,
      ]);
      expect(await review(school, both, 'all')).toMatchObject({ confirmed: 1 });
    });

    it('leaves a record pending until form, signatures and photo are in [CZ-EN7]', async () => {
      const school = await registry.school('lucheng');
      await approve(school, luchengOfficer);
      const student = await entered(school, child(school));
      await submit(school);
      const pending = await review(school, luchengOfficer, 'all');
      expect(pending.confirmed).toBe(0);
      expect(pending.waiting[0].problems.map((problem) => problem.field)).toEqual([
        'dossier.basicInfoForm',
        'dossier.photo',
      ]);
      expect(pending.waiting[0].problems[0].citation).toMatchObject({ rule: 'CZ-EN7' });
      await file(school, student, 'basicInfoForm');
      expect(await review(school, luchengOfficer, 'all')).toMatchObject({ confirmed: 0 });
      await file(school, student, 'photo');
      expect(await review(school, luchengOfficer, 'all')).toMatchObject({ confirmed: 1, waiting: [] });
      expect((await registry.lastEvent(student)).rules).toEqual(['NAT-EN2', 'CZ-RC4']);
    });

    it('leaves what is confirmed to reviewed changes: an entry that differs is refused [CZ-RC4]', async () => {
      const school = await registry.school('yunyan');
      const cells = child(school);
      await entered(school, cells);
      await submit(school);
      await review(school, yunyanOfficer, 'all');
      expect(await enter(school, cells)).toMatchObject({ outcome: 'unchanged' });
      expect(await codes(enter(school, { ...cells, address: '云岩区新路5号' }))).toEqual(['confirmed-differs']);
    });
  });

  describe('the caps of a class', () => {
    const fill = (classId: string, taken: number) =>
      registry.connection
        .collection<{ _id: string }>('classes')
        .updateOne({ _id: classId }, { $set: { 'seats.taken': taken } });

    it.each([
      ['primary', 2026, 45, 'CZ-CL2'],
      ['primary', 2025, 50, 'CZ-CL3'],
      ['junior', 2026, 50, 'CZ-CL4'],
      ['junior', 2025, 55, 'CZ-CL5'],
      ['senior', 2026, 50, 'CZ-CL6'],
      ['senior', 2025, 56, 'CZ-CL7'],
    ] as const)(
      'of %s, cohort %s: the %sth is seated and the next refused with its article (%s) [CZ-CL2, CZ-CL3, CZ-CL4, CZ-CL5, CZ-CL6, CZ-CL7, D5-01]',
      async (stage, entryYear, cap, rule) => {
        const school = await registry.school('lucheng', { stage, entryYear });
        await approve(school, luchengOfficer);
        await fill(school.classId, cap - 1);
        const change = { birthDate: '2012-03-05', entryDate: `${entryYear}-09-01` };
        expect(await enter(school, child(school, change))).toMatchObject({ outcome: 'new' });
        const refusal = await refusalOf(enter(school, child(school, change)));
        expect(refusal.items).toEqual([
          expect.objectContaining({ code: 'class-full', citation: expect.objectContaining({ rule }), facts: { cap } }),
        ]);
        expect(await registry.seats(school.classId)).toEqual({ taken: cap, reserved: 0 });
      },
    );

    it('that hold in principle are set aside by the authority, with a reason and a person, up to the cap of the stage [CZ-CL2, CZ-CL3, D5-01, D5-04]', async () => {
      const school = await registry.school('lucheng');
      await approve(school, luchengOfficer);
      await fill(school.classId, 45);
      const set = (actor: Actor, classId = school.classId) =>
        registry.app.get(OverrideCap).run(actor, randomUUID(), classId, '片区适龄儿童超出预期');
      expect(await codes(enter(school, child(school)))).toEqual(['class-full']);
      expect(await refusalOf(set(registry.actor('officer', offices.xiangyuan)))).toMatchObject({ status: 404 });
      await set(luchengOfficer);
      expect(await enter(school, child(school))).toMatchObject({ outcome: 'new' });
      expect(await registry.connection.collection('cap_overrides').findOne({ class: school.classId })).toMatchObject({
        rule: 'CZ-CL2',
        person: luchengOfficer.account,
        reason: '片区适龄儿童超出预期',
      });
      const told = await registry.lastEvent(school.classId);
      expect(told).toMatchObject({
        type: 'cn.xueji.registry.class-cap-overridden.v1',
        seq: 2,
        rules: ['CZ-CL2'],
        data: { school: school.code, stage: 'primary', rule: 'CZ-CL2', cap: 45, authority: '140406' },
      });
      expect(JSON.stringify(told)).not.toContain('片区');
      await fill(school.classId, 50);
      const refusal = await refusalOf(enter(school, child(school)));
      expect(refusal.items).toEqual([
        expect.objectContaining({ code: 'class-full', citation: expect.objectContaining({ rule: 'CZ-CL3' }) }),
      ]);
    });

    it('of the senior stage hold without exception [CZ-CL6]', async () => {
      const school = await registry.school('lucheng', { stage: 'senior' });
      const refusal = await refusalOf(
        registry.app.get(OverrideCap).run(luchengOfficer, randomUUID(), school.classId, '生源多'),
      );
      expect(refusal).toMatchObject({ slug: 'not-in-principle', citation: { rule: 'CZ-CL6' } });
    });

    it('hold for a change of class too, and the old seat becomes free [CZ-CL3]', async () => {
      const school = await registry.school('lucheng', { entryYear: 2025 });
      const full = await school.openClass('2班', 2025);
      await fill(full, 50);
      const cells = child(school, { birthDate: '2018-03-05', entryDate: '2025-09-01' });
      const student = await entered(school, cells);
      expect(await codes(enter(school, { ...cells, class: full }))).toEqual(['class-full']);
      await fill(full, 49);
      expect(await enter(school, { ...cells, class: full })).toMatchObject({ outcome: 'corrected', student });
      expect(await registry.seats(school.classId)).toEqual({ taken: 0, reserved: 0 });
      expect(await registry.seats(full)).toEqual({ taken: 50, reserved: 0 });
    });

    it('of Guizhou are not configured: its text has none', async () => {
      const school = await registry.school('yunyan');
      await fill(school.classId, 70);
      expect(await enter(school, child(school))).toMatchObject({ outcome: 'new' });
    });
  });
});
