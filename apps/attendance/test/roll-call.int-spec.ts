import { registryEvents as registry } from '#libs/contracts';
import { places, RunningAttendance, pathOfOffice } from './running-attendance';

jest.setTimeout(120_000);

const { school, other } = places;
const teacher = `classTeacher-${school}`;
interface Taken {
  id: string;
  version: number;
  onRoll: number;
  present: number;
  type: string;
  citation?: { rule: string };
  items?: { code: string; field: string }[];
}

describe('a roll call', () => {
  let service: RunningAttendance;
  let one: { id: string; children: string[] };

  beforeAll(async () => {
    service = await RunningAttendance.start('2026-09-08');
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    service.moveTo('2026-09-08');
    one = await service.classOf(school, 4);
  });

  const take = (day: string, exceptions: object[] = [], more: object = {}, account = teacher) =>
    service.call<Taken>(account, 'POST', `classes/${one.id}/roll-calls`, { body: { day, exceptions, ...more } });

  it('is taken with all present in one act; late, early leave and every absence by itself [SCH12-ATT1]', async () => {
    expect(await take('2026-09-07')).toMatchObject({ status: 200, body: { version: 1, onRoll: 4, present: 4 } });
    const [a, b, c, d] = one.children;
    const answer = await take('2026-09-08', [
      { student: a, kind: 'late' },
      { student: b, kind: 'sick' },
      { student: c, kind: 'unexcused' },
      { student: d, kind: 'earlyLeave' },
    ]);
    expect(answer.body).toMatchObject({ onRoll: 4, present: 2 });
    const shown = await service.call<{ items: { exceptions: object[] }[] }>(
      teacher,
      'GET',
      `classes/${one.id}/roll-calls?from=2026-09-08&to=2026-09-08`,
    );
    expect(shown.body.items[0].exceptions).toHaveLength(4);
    // One document and one event; why a child is away stays here.
    expect(await service.collection('roll_calls').countDocuments({ class: one.id, day: '2026-09-08' })).toBe(1);
    const told = await service.told(answer.body.id);
    expect(told).toMatchObject([
      {
        name: 'roll-call-taken',
        data: {
          ...{ class: one.id, school, day: '2026-09-08', session: 'day', onRoll: 4, present: 2 },
          exceptions: [
            { student: a, kind: 'late' },
            { student: b, kind: 'excused' },
            { student: c, kind: 'unexcused' },
            { student: d, kind: 'earlyLeave' },
          ],
        },
      },
    ]);
    expect(JSON.stringify(told)).not.toContain('sick');
  });

  it('is corrected by the same command: the next event, and what it said before stays', async () => {
    const [a, b] = one.children;
    await take('2026-09-08', [{ student: a, kind: 'unexcused' }]);
    expect(await take('2026-09-08', [])).toMatchObject({
      status: 412,
      body: { type: 'urn:xueji:problem:stale-version' },
    });
    const corrected = await take('2026-09-08', [{ student: b, kind: 'personal' }], { version: 1 });
    expect(corrected).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await service.told(corrected.body.id)).toHaveLength(2);
    const shown = await service.call<{ items: object[] }>(
      teacher,
      'GET',
      `classes/${one.id}/roll-calls?from=2026-09-08&to=2026-09-08`,
    );
    expect(shown.body.items).toMatchObject([
      {
        version: 2,
        exceptions: [{ student: b, kind: 'personal', counts: 'excused' }],
        history: [{ version: 1, exceptions: [{ student: a, kind: 'unexcused' }] }],
      },
    ]);
  });

  it('may come late, never early, and only on a day on which the school teaches', async () => {
    expect(await take('2026-09-01')).toMatchObject({ status: 200 });
    expect(await take('2026-09-09')).toMatchObject({ status: 422, body: { type: 'urn:xueji:problem:not-yet' } });
    expect(await take('2026-09-06')).toMatchObject({
      status: 422,
      body: { type: 'urn:xueji:problem:not-a-school-day', citation: { rule: 'GZ-DO1' } },
    });
    expect(await take('2026-08-31')).toMatchObject({ status: 422 });
  });

  it('names only children who are called there that day', async () => {
    const stranger = await service.enter(other, await service.openClass(other));
    const answer = await take('2026-09-08', [
      { student: stranger, kind: 'late' },
      { student: one.children[0], kind: 'late' },
      { student: one.children[0], kind: 'sick' },
    ]);
    expect(answer).toMatchObject({
      status: 400,
      body: {
        items: [
          { code: 'not-on-roll', field: 'exceptions.0.student' },
          { code: 'named-twice', field: 'exceptions.2.student' },
        ],
      },
    });
  });

  it('is the own school’s alone; a foreign class and one that does not exist are answered alike', async () => {
    const foreign = await take('2026-09-08', [], {}, `classTeacher-${other}`);
    const missing = await service.call(teacher, 'POST', 'classes/nowhere/roll-calls', {
      body: { day: '2026-09-08', exceptions: [] },
    });
    expect(foreign.status).toBe(404);
    expect({ ...missing.body, instance: '' }).toEqual({ ...foreign.body, instance: '' });
    expect((await take('2026-09-08', [], {}, 'officer-520103')).status).toBe(403);
  });

  it('acts once under its key', async () => {
    const body = { day: '2026-09-08', exceptions: [] };
    const path = `classes/${one.id}/roll-calls`;
    const first = await service.call(teacher, 'POST', path, { body, key: 'key-of-a-roll-call' });
    expect(await service.call(teacher, 'POST', path, { body, key: 'key-of-a-roll-call' })).toEqual(first);
    expect(await service.told(`${one.id}/2026-09-08/day`)).toHaveLength(1);
  });

  it('of two at once for one session takes one', async () => {
    const answers = await Promise.all([take('2026-09-08'), take('2026-09-08')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('leaves out who is taught at home, and calls who studies here [NAT-SP2] [R5-11] [NAT-SP1]', async () => {
    const [home, away] = one.children;
    const elsewhere = await service.openClass(other);
    await service.hear(registry.studentMarked, home, { mark: 'homeTeaching', from: '2026-09-07' }, '2026-09-07');
    const study = { school: other, path: pathOfOffice(other), class: elsewhere };
    await service.hear(
      registry.studentStudyPlaceSet,
      away,
      { kind: 'inclusivePlacement', from: '2026-09-07', ...study },
      '2026-09-07',
    );
    expect((await take('2026-09-04')).body.onRoll).toBe(4);
    expect((await take('2026-09-08')).body.onRoll).toBe(2);
    expect((await take('2026-09-08', [{ student: home, kind: 'unexcused' }], { version: 1 })).status).toBe(400);
    const there = await service.call<Taken>(`classTeacher-${other}`, 'POST', `classes/${elsewhere}/roll-calls`, {
      body: { day: '2026-09-08', exceptions: [{ student: away, kind: 'unexcused' }] },
    });
    expect(there).toMatchObject({ status: 200, body: { onRoll: 1, present: 0 } });
  });

  describe('that is missing', () => {
    const missing = (classId: string, day: string) => service.told(`${classId}/${day}`);

    it('is told the same day, and unknown is never full attendance [GZ-DO1] [GZ-CA2] [R5-06] [SCH7-ATT1]', async () => {
      const school = places.junior;
      const [called, uncalled] = [await service.classOf(school, 1), await service.classOf(school, 1)];
      const empty = await service.openClass(school);
      await service.call(`clerk-${school}`, 'POST', `classes/${called.id}/roll-calls`, {
        body: { day: '2026-09-08', exceptions: [] },
      });
      service.moveTo('2026-09-08', '16:59');
      expect(await missing(uncalled.id, '2026-09-08')).toEqual([]);
      service.moveTo('2026-09-08', '17:01');
      const [event] = await service.waitFor(async () => {
        const told = await missing(uncalled.id, '2026-09-08');
        return told.length > 0 ? told : undefined;
      }, 'the alarm');
      expect(event).toMatchObject({
        name: 'roll-call-missing',
        effectiveOn: '2026-09-08',
        data: { class: uncalled.id, school, day: '2026-09-08' },
        rules: ['GZ-DO1', 'GZ-CA2', 'R5-06'],
      });
      for (const { id } of [called, { id: empty }]) expect(await missing(id, '2026-09-08')).toEqual([]);
      const day = await service.call<{ classes: { class: string; state: string }[] }>(
        `officer-${places.county}`,
        'GET',
        `schools/${school}/roll-calls?day=2026-09-08`,
      );
      const states = Object.fromEntries(day.body.classes.map((row) => [row.class, row.state]));
      expect(states).toMatchObject({ [called.id]: 'called', [uncalled.id]: 'unknown', [empty]: 'empty' });

      // Weekends and holidays pass without an alarm; the next school day has one again.
      service.moveTo('2026-09-14', '17:01');
      await service.waitFor(async () => (await missing(uncalled.id, '2026-09-14')).length, 'the next Monday');
      for (const free of ['2026-09-12', '2026-09-13']) expect(await missing(uncalled.id, free)).toEqual([]);
      expect(await missing(uncalled.id, '2026-09-11')).toHaveLength(1);
    });

    it('is no alarm on a day that was closed by the term [GZ-DO1]', async () => {
      const school = places.senior;
      const { id } = await service.classOf(school, 1);
      service.moveTo('2026-09-15', '08:00');
      await service.term(school, {
        closed: [{ from: '2026-09-15', to: '2026-09-16', name: '校运会' }],
        makeUp: [{ date: '2026-09-19', name: '补9月15日课' }],
      });
      await service.waitFor(
        async () =>
          (await service.collection<{ data: { day: string } }>('deadlines').findOne({ subject: school }))?.data.day ===
          '2026-09-17',
        'the days counted anew',
      );
      service.moveTo('2026-09-19', '17:01');
      await service.waitFor(async () => (await missing(id, '2026-09-19')).length, 'the day that makes up');
      for (const day of ['2026-09-15', '2026-09-16']) expect(await missing(id, day)).toEqual([]);
      for (const day of ['2026-09-17', '2026-09-18']) expect(await missing(id, day)).toHaveLength(1);
    });
  });
});
