import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { attendanceEvents as attendance } from '#libs/contracts';
import { until } from '#libs/testing';
import { House, offices, pathOf } from './house';

jest.setTimeout(180_000);

const { county, school, province } = offices;
const at = { school, path: pathOf(school) };

describe('what attendance tells', () => {
  let house: House;
  let app: NestFastifyApplication;
  let watches = 0;

  beforeAll(async () => {
    house = await House.build();
    house.moveTo('2026-09-11T09:00');
    app = await house.start();
    await house.appoint('p-teacher', 'teacher-1', 'classTeacher', school);
    await house.appoint('p-clerk', 'clerk-1', 'clerk', school);
    await house.appoint('p-county', 'officer-1', 'officer', county);
    await house.appoint('p-operator', 'operator-1', 'operator', province);
    for (const account of ['teacher-1', 'clerk-1', 'officer-1'])
      await until(async () => (await house.call(account, 'GET', '/inbox')).status === 200, {
        within: 60_000,
        message: `post of ${account}`,
      });
  });
  afterAll(async () => {
    await app?.close();
    await house?.close();
  });

  const kinds = async (account: string) => (await house.inbox(account)).items.map(({ kind }) => kind).sort();
  const when = (account: string, what: string, expected: string[]) =>
    house.inboxWhen(
      account,
      what,
      ({ items }) =>
        items
          .map(({ kind }) => kind)
          .sort()
          .join() === expected.join(),
    );
  const letter = (serial: number, to: 'county' | 'township' | 'community') => ({
    no: `${school}-2026-000${serial}`,
    to,
    on: '2026-09-11',
    ...(to === 'county' && { office: county }),
  });
  const suspected = async () => {
    const id = `watch-${++watches}`;
    const days = ['2026-09-08', '2026-09-09', '2026-09-10'];
    await house.attendance.say(attendance.dropoutSuspected, id, {
      ...{ student: 'child', ...at, class: 'class-1', stage: 'primary' as const, days, since: days[0] },
    });
    return id;
  };

  it('is a missing roll call, for teacher and clerk, until the class is called [GZ-DO1] [SCH7-ATT1]', async () => {
    const missing = { class: 'class-1', ...at, day: '2026-09-11' };
    await house.attendance.say(attendance.rollCallMissing, 'class-1/2026-09-11', missing);
    for (const account of ['teacher-1', 'clerk-1']) {
      const { items } = await when(account, 'the alarm', ['rollCallMissing']);
      expect(items[0]).toMatchObject({ task: true, content: { class: 'class-1', day: '2026-09-11' } });
      expect(items[0].text.zh).toContain('未知');
    }
    expect(await kinds('officer-1')).toEqual([]);
    const [item] = (await house.inbox('teacher-1')).items;
    expect((await house.call('teacher-1', 'POST', `/inbox/${item.id}/read`)).status).toBe(204);
    await house.attendance.say(attendance.rollCallTaken, 'class-1/2026-09-11/day', {
      ...{ class: 'class-1', ...at, day: '2026-09-11', session: 'day' as const },
      ...{ onRoll: 50, present: 50, exceptions: [] },
    });
    await when('teacher-1', 'called', []);
  });

  it('is a home visit, a report, letters, a proposal; each ends with its act [GZ-DO9] [GZ-DO3] [GZ-DO4] [R5-07]', async () => {
    const id = await suspected();
    await when('teacher-1', 'the visit', ['homeVisit']);
    await house.attendance.say(attendance.homeVisitRecorded, id, {
      student: 'child',
      ...at,
      on: '2026-09-11',
      inVain: true,
    });
    await when('clerk-1', 'the report', ['reportSuspicion']);
    expect(await kinds('teacher-1')).toEqual([]);
    const letters = [letter(1, 'county'), letter(2, 'township'), letter(3, 'community')];
    await house.attendance.say(attendance.dropoutReported, id, {
      ...{ student: 'child', ...at, about: 'suspicion' as const, letters, dueOn: '2026-09-21' },
    });
    const { items } = await when('clerk-1', 'letters', ['letterToSend', 'letterToSend']);
    expect(items.map(({ content }) => 'to' in content && content.to).sort()).toEqual(['community', 'township']);
    const told = await when('officer-1', 'for information', ['suspicionReported']);
    expect(told.items[0]).toMatchObject({ task: false, content: { no: letters[0].no, watch: id } });
    await house.attendance.say(attendance.dropoutProposed, id, { student: 'child', ...at, dueOn: '2026-09-21' });
    await when('clerk-1', 'the proposal', ['dropoutProposed', 'letterToSend', 'letterToSend']);
    await house.attendance.say(attendance.dropoutConfirmed, id, { student: 'child', ...at, on: '2026-09-22' });
    await when('clerk-1', 'done', ['letterToSend', 'letterToSend']);
    const report = [{ ...letter(4, 'county'), alsoTo: ['recordAuthority' as const] }, letter(5, 'township')];
    await house.attendance.say(attendance.dropoutReported, id, {
      ...{ student: 'child', ...at, about: 'dropout' as const, letters: report },
    });
    await when('officer-1', 'in writing', ['dropoutReported', 'suspicionReported']);
  });

  it('is taken back by a correction where it was told, and the taking back is told', async () => {
    await house.store.collection('items').deleteMany({});
    const id = await suspected();
    await when('teacher-1', 'the visit', ['homeVisit']);
    const letters = [letter(6, 'county'), letter(7, 'township')];
    await house.attendance.say(attendance.dropoutReported, id, {
      ...{ student: 'child', ...at, about: 'suspicion' as const, letters },
    });
    await when('officer-1', 'for information', ['suspicionReported']);
    await house.attendance.say(attendance.dropoutSuspicionWithdrawn, id, {
      ...{ student: 'child', ...at, reason: 'corrected' as const, on: '2026-09-14', suspectedOn: '2026-09-10' },
      letters: letters.map((one, n) => ({ ...one, no: `${school}-2026-000${8 + n}`, withdraws: one.no })),
    });
    const { items } = await when('officer-1', 'taken back', ['reportWithdrawn']);
    expect(items[0].content).toMatchObject({ withdraws: letters[0].no });
    const left = await when('clerk-1', 'the letter that takes back', ['letterToSend']);
    expect(left.items[0].content).toMatchObject({ about: 'withdrawal', to: 'township' });
    expect(await kinds('teacher-1')).toEqual([]);
  });
});
