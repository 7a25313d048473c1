import { randomUUID } from 'node:crypto';
import { attendanceEvents as attendance, type DataOf, type EventDefinition, type ReceivedEvent } from '#libs/contracts';
import { MessagingStore } from '#libs/messaging';
import { DropoutConsumer } from '../src/marks/dropout.consumer';
import { SetHomeTeaching } from '../src/marks/set-home-teaching';
import { SetStudyPlace } from '../src/marks/set-study-place';
import { OpenSchool } from '../src/places/open-school';
import { OpenClass } from '../src/places/open-class';
import { Invariants } from '../src/invariants';
import { child } from './children';
import { refusalOf, RegistryCorner, TestSchool } from './registry-corner';

jest.setTimeout(120_000);

describe('marks', () => {
  let registry: RegistryCorner;
  let school: TestSchool;
  let student: string;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
    registry.clock.set('2026-09-10');
    school = await registry.school('lucheng', { entryYear: 2024 });
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    registry.clock.set('2026-09-10');
    student = await school.registered(child(school), 'basicInfoForm', 'photo');
  });

  const version = async () => (await registry.student(student)).version;
  const marks = async () => (await registry.student(student)).marks.filter(({ mark }) => /ropout/.test(mark));
  const hear = async <E extends EventDefinition>(definition: E, data: DataOf<E>, effectiveOn: string) => {
    const consumer = registry.app.get(DropoutConsumer);
    const event = { aggregateId: 'w', seq: 1, effectiveOn, caseId: 'w', recordedAt: registry.clock.now(), data };
    const effects: Record<string, (event: never, session: never) => Promise<void>> = {
      [attendance.dropoutSuspected.type]: (one, session) => consumer.suspected(one, session),
      [attendance.dropoutSuspicionWithdrawn.type]: (one, session) => consumer.withdrawn(one, session),
      [attendance.dropoutConfirmed.type]: (one, session) => consumer.confirmed(one, session),
      [attendance.dropoutReturned.type]: (one, session) => consumer.returned(one, session),
    };
    await registry.app
      .get(MessagingStore)
      .transaction((session) =>
        effects[definition.type](event as unknown as ReceivedEvent<E> as never, session as never),
      );
  };
  const at = () => ({ student, school: school.code, path: school.path });

  it('follow what attendance states; the record stays open with its seat [CZ-WD10] [NAT-DO2]', async () => {
    const seats = await registry.seats(school.classId);
    const about = { class: school.classId, stage: 'primary' as const, days: [], since: '2026-09-07' };
    await hear(attendance.dropoutSuspected, { ...at(), ...about }, '2026-09-10');
    expect(await marks()).toEqual([{ mark: 'suspectedDropout', from: '2026-09-10' }]);
    registry.clock.set('2026-09-22');
    await hear(attendance.dropoutConfirmed, { ...at(), on: '2026-09-22' }, '2026-09-22');
    expect(await marks()).toEqual([
      { mark: 'suspectedDropout', from: '2026-09-10', to: '2026-09-21' },
      { mark: 'dropout', from: '2026-09-22' },
    ]);
    expect(await registry.student(student)).toMatchObject({ registration: 'confirmed', class: school.classId });
    expect(await registry.seats(school.classId)).toEqual(seats);
    await hear(attendance.dropoutReturned, { ...at(), on: '2026-10-12', dropoutOn: '2026-09-22' }, '2026-10-12');
    expect((await marks()).at(-1)).toEqual({ mark: 'dropout', from: '2026-09-22', to: '2026-10-11' });
    expect((await registry.eventsOf(student)).slice(-4)).toEqual(Array(4).fill('student-marked'));
    expect((await registry.lastEvent(student)).caseId).toBe('w');
    expect(await registry.app.get(Invariants).count()).toMatchObject({ seatsOff: 0, gaps: 0 });
  });

  it('are taken back by a correction, and what was told stays in the journal', async () => {
    const about = { class: school.classId, stage: 'primary' as const, days: [], since: '2026-09-07' };
    await hear(attendance.dropoutSuspected, { ...at(), ...about }, '2026-09-10');
    const withdrawn = { ...at(), reason: 'corrected' as const, on: '2026-09-12', suspectedOn: '2026-09-10' };
    await hear(attendance.dropoutSuspicionWithdrawn, withdrawn, '2026-09-12');
    expect((await marks()).filter(({ from, to }) => to === undefined || from <= to)).toEqual([]);
    expect((await registry.eventsOf(student)).slice(-2)).toEqual(['student-marked', 'student-marked']);
  });

  describe('home teaching', () => {
    const set = async (input: { from: string; to?: string }, actor = school.clerk) =>
      registry.app.get(SetHomeTeaching).run(actor, randomUUID(), { student, version: await version(), ...input });

    it('is marked by the school that teaches the child at home and keeps its record [NAT-SP2]', async () => {
      await set({ from: '2026-09-14' });
      expect((await registry.student(student)).marks).toContainEqual({ mark: 'homeTeaching', from: '2026-09-14' });
      expect(await registry.lastEvent(student)).toMatchObject({
        data: { mark: 'homeTeaching', from: '2026-09-14' },
        rules: ['NAT-SP2'],
      });
      await set({ from: '2026-09-14', to: '2026-12-31' });
      expect((await registry.student(student)).marks).toContainEqual({
        ...{ mark: 'homeTeaching', from: '2026-09-14', to: '2026-12-31' },
      });
      expect((await refusalOf(set({ from: '2026-10-01' }))).slug).toBe('wrong-state');
      expect((await refusalOf(set({ from: '2027-03-01', to: '2027-02-01' }))).slug).toBe('invalid-input');
    });

    it('is the own school’s alone', async () => {
      const foreign = await registry.school('xiangyuan', { entryYear: 2024 });
      expect((await refusalOf(set({ from: '2026-09-14' }, foreign.clerk))).slug).toBe('not-found');
    });
  });

  describe('the place of study', () => {
    let special: { code: string; class: string };

    beforeAll(async () => {
      const admin = registry.actor('administrator', '/');
      const code = '5114999901';
      await registry.app.get(OpenSchool).run(admin, randomUUID(), [
        {
          ...{ code, name: '潞城区特殊教育学校', parent: '140406', type: 'special', operator: 'government' },
          ...{ stages: ['primary'], from: '2019-09-01' },
        },
      ]);
      const { classes } = await registry.app
        .get(OpenClass)
        .run(admin, randomUUID(), [
          { school: code, stage: 'primary', entryYear: 2024, grade: 3, name: '三年级1班', schoolYear: '2026' },
        ]);
      special = { code, class: classes[0].id };
    });

    const set = async (input: {
      kind: 'inclusivePlacement' | 'specialSchool' | 'recordSchool';
      class?: string;
      consent?: string;
    }) =>
      registry.app
        .get(SetStudyPlace)
        .run(school.clerk, randomUUID(), { student, version: await version(), from: '2026-09-14', ...input });
    const consent = async () => {
      await school.file(student, 'placementConsent');
      return (await registry.student(student)).dossier.placementConsent;
    };

    it('is another field than the record school: the record stays, with consent, and counts once [NAT-SP1] [D5-09]', async () => {
      const seats = await registry.seats(school.classId);
      const digest = await consent();
      await set({ kind: 'specialSchool', class: special.class, consent: digest });
      const record = await registry.student(student);
      expect(record).toMatchObject({ school: school.code, class: school.classId });
      expect(record.studyPlaces).toMatchObject([
        { kind: 'specialSchool', school: special.code, class: special.class, consent: digest, from: '2026-09-14' },
      ]);
      expect(await registry.seats(school.classId)).toEqual(seats);
      expect(await registry.seats(special.class)).toEqual({ taken: 0, reserved: 0 });
      expect(await registry.lastEvent(student)).toMatchObject({
        type: 'cn.xueji.registry.student-study-place-set.v1',
        effectiveOn: '2026-09-14',
        data: { kind: 'specialSchool', school: special.code, class: special.class },
      });
      await set({ kind: 'recordSchool' });
      expect((await registry.student(student)).studyPlaces).toHaveLength(2);
    });

    it('wants the guardian’s consent in the dossier [NAT-SP1]', async () => {
      const refusal = await refusalOf(set({ kind: 'specialSchool', class: special.class, consent: '0'.repeat(64) }));
      expect(refusal).toMatchObject({ slug: 'no-consent', citation: { rule: 'NAT-SP1' } });
    });

    it('is for inclusive placement and its reverse alone [NAT-SP1]', async () => {
      const digest = await consent();
      const ordinary = await registry.school('lucheng', { entryYear: 2024 });
      for (const kind of ['inclusivePlacement', 'specialSchool'] as const)
        expect((await refusalOf(set({ kind, class: ordinary.classId, consent: digest }))).slug).toBe(
          'not-this-placement',
        );
      expect((await refusalOf(set({ kind: 'specialSchool', class: 'nowhere', consent: digest }))).slug).toBe(
        'invalid-input',
      );
    });
  });
});
