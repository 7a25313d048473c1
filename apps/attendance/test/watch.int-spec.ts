import { registryEvents as registry } from '#libs/contracts';
import { Letter } from '../src/watch/letter';
import { Watch } from '../src/watch/watch';
import { places, RunningAttendance } from './running-attendance';

jest.setTimeout(180_000);

const { school, other, senior, lucheng } = places;
const teacher = `classTeacher-${school}`;
const clerk = `clerk-${school}`;

interface View {
  id: string;
  version: number;
  state: string;
  dueOn?: string;
  counted: { days: string[]; citation?: { rule: string; article: string } };
  lacking: { code: string }[];
  letters: { no: string; about: string; to: string; alsoTo?: string[]; recipient: string; withdraws?: string }[];
  closed?: { reason: string; on: string };
  timeline: { what: string; on: string }[];
}
interface Problem {
  type: string;
  citation?: { rule: string };
  items?: { code: string }[];
  facts?: Record<string, unknown>;
}

describe('the dropout watch', () => {
  let service: RunningAttendance;
  let one: { id: string; children: string[] };
  let child: string;

  beforeAll(async () => {
    service = await RunningAttendance.start('2026-09-11');
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    service.moveTo('2026-09-11');
    one = await service.classOf(school, 2);
    [child] = one.children;
  });

  const versions = new Map<string, number>();
  /** The roll call of a day, or its correction: the child is away without excuse, or as said. */
  const call = async (day: string, kind: string | undefined = 'unexcused', classId = one.id, by = teacher) => {
    const id = `${classId}/${day}`;
    const answer = await service.call<{ version: number }>(by, 'POST', `classes/${classId}/roll-calls`, {
      body: {
        day,
        exceptions: kind === 'present' ? [] : [{ student: child, kind }],
        ...(versions.has(id) && { version: versions.get(id) }),
      },
    });
    expect(answer).toMatchObject({ status: 200 });
    versions.set(id, answer.body.version);
  };
  const watchesOf = (student: string) =>
    service.collection<Watch>('watches').find({ student }).sort({ since: 1, _id: 1 }).toArray();
  const onlyWatch = async () => {
    const found = await watchesOf(child);
    expect(found).toHaveLength(1);
    return found[0];
  };
  const view = async (id: string, account = clerk) => (await service.call<View>(account, 'GET', `watches/${id}`)).body;
  const act = async <T = View>(id: string, what: string, body: object, account = clerk, version?: number) =>
    service.call<T>(account, 'POST', `watches/${id}/${what}`, {
      body,
      version: version ?? (await view(id, account)).version,
    });
  const names = async (id: string) => (await service.told(id)).map(({ name }) => name);

  /** Away on 8, 9 and 10 September. */
  const suspected = async (): Promise<string> => {
    await call('2026-09-07', 'present');
    for (const day of ['2026-09-08', '2026-09-09', '2026-09-10']) await call(day);
    return (await onlyWatch())._id;
  };
  const visited = (id: string) =>
    act(id, 'visits', { on: '2026-09-11', inVain: true, words: '家长外出，未见到学生' }, teacher);
  const reported = async (): Promise<string> => {
    const id = await suspected();
    expect((await visited(id)).status).toBe(201);
    const answer = await act(id, 'report', {
      pursuit: '多次电话联系',
      township: '云岩镇人民政府',
      community: '北门社区',
    });
    expect(answer).toMatchObject({ status: 200, body: { state: 'reported' } });
    return id;
  };
  const proposed = async (): Promise<string> => {
    const id = await reported();
    service.moveTo('2026-09-22');
    await service.waitFor(async () => (await view(id)).state === 'proposed', 'the proposal');
    return id;
  };

  it('is opened by three unexcused school days, which are shown with the article [GZ-DO2]', async () => {
    await call('2026-09-08');
    await call('2026-09-09');
    expect(await watchesOf(child)).toEqual([]);
    await call('2026-09-10');
    const { _id } = await onlyWatch();
    expect(await view(_id)).toMatchObject({
      state: 'suspected',
      counted: {
        days: ['2026-09-08', '2026-09-09', '2026-09-10'],
        citation: { rule: 'GZ-DO2', article: '第20条' },
      },
    });
    expect(await service.told(_id)).toMatchObject([
      {
        name: 'dropout-suspected',
        effectiveOn: '2026-09-10',
        data: { student: child, school, class: one.id, days: ['2026-09-08', '2026-09-09', '2026-09-10'] },
        rules: ['GZ-DO2'],
      },
    ]);
  });

  it('asks for a home visit, and lists where there is none [GZ-DO9]', async () => {
    const id = await suspected();
    const without = async () =>
      (await service.call<{ items: { id: string }[] }>(clerk, 'GET', 'watches?withoutVisit=true')).body.items;
    expect((await without()).map((row) => row.id)).toContain(id);
    expect(await visited(id)).toMatchObject({ status: 201 });
    expect((await without()).map((row) => row.id)).not.toContain(id);
    expect(await names(id)).toEqual(['dropout-suspected', 'home-visit-recorded']);
    expect((await service.told(id))[1].rules).toEqual(['GZ-DO9']);
    expect(JSON.stringify(await service.told(id))).not.toContain('家长外出');
    const words = await service.call<{ items: { text: string }[] }>(
      `officer-${places.county}`,
      'GET',
      `watches/${id}/words`,
    );
    expect(words.body.items[0].text).toBe('家长外出，未见到学生');
  });

  it('reports to the county only with a visit in vain on record [GZ-DO3]', async () => {
    const id = await suspected();
    const body = { pursuit: '电话联系', township: '云岩镇人民政府', community: '北门社区' };
    const refused = { status: 422, body: { type: 'urn:xueji:problem:no-home-visit', citation: { rule: 'GZ-DO3' } } };
    expect(await act<Problem>(id, 'report', body)).toMatchObject(refused);
    await act(id, 'visits', { on: '2026-09-11', inVain: false, words: '答应返校' }, teacher);
    expect(await act<Problem>(id, 'report', body)).toMatchObject(refused);
    await visited(id);
    expect(await act(id, 'report', body)).toMatchObject({ status: 200 });
  });

  it('writes to township and community at the same time, by numbered letters, and starts the return [GZ-DO4] [R5-07]', async () => {
    const id = await suspected();
    await visited(id);
    expect(await act<Problem>(id, 'report', { pursuit: '电话联系' })).toMatchObject({
      status: 400,
      body: { items: [{ field: 'township' }, { field: 'community' }] },
    });
    const before = await service.collection<Letter>('letters').countDocuments({ school });
    const answer = await act(id, 'report', { pursuit: '电话联系', township: '云岩镇人民政府', community: '北门社区' });
    expect(answer.body).toMatchObject({ state: 'reported', dueOn: '2026-09-21' });
    const { letters } = await view(id);
    expect(letters).toMatchObject([
      { to: 'county', recipient: '云岩区教育局', about: 'suspicion' },
      { to: 'township', recipient: '云岩镇人民政府' },
      { to: 'community', recipient: '北门社区' },
    ]);
    expect(letters.map(({ no }) => Number(no.slice(-4)))).toEqual([before + 1, before + 2, before + 3]);
    const [told] = (await service.told(id)).filter(({ name }) => name === 'dropout-reported');
    expect(told).toMatchObject({
      data: { about: 'suspicion', dueOn: '2026-09-21' },
      rules: ['GZ-DO3', 'GZ-DO4', 'R5-07'],
    });
  });

  it('proposes a dropout when ten calendar days from the letters have passed, and the school confirms [GZ-DO5]', async () => {
    const id = await reported();
    expect(await act<Problem>(id, 'confirm', {})).toMatchObject({
      status: 422,
      body: { type: 'urn:xueji:problem:time-to-return', citation: { rule: 'GZ-DO5' }, facts: { dueOn: '2026-09-21' } },
    });
    service.moveTo('2026-09-21', '23:59');
    expect((await act<Problem>(id, 'confirm', {})).status).toBe(422);
    service.moveTo('2026-09-22', '00:01');
    await service.waitFor(async () => (await view(id)).state === 'proposed', 'the proposal');
    expect(await act(id, 'confirm', {}, `deputyHead-${school}`)).toMatchObject({
      status: 200,
      body: { state: 'dropout' },
    });
    expect(await names(id)).toEqual([
      ...['dropout-suspected', 'home-visit-recorded', 'dropout-reported', 'dropout-proposed'],
      ...['dropout-confirmed', 'dropout-reported'],
    ]);
  });

  it('refuses a dropout while visit, county report or a letter is missing [GZ-DO5] [GZ-DO3] [GZ-DO4]', async () => {
    const id = await suspected();
    service.moveTo('2026-10-20');
    const refused = await act<Problem>(id, 'confirm', {});
    expect(refused).toMatchObject({ status: 422, body: { type: 'urn:xueji:problem:dropout-not-ready' } });
    expect(refused.body.items?.map(({ code }) => code)).toEqual([
      ...['home-visit', 'letter-county', 'letter-township', 'letter-community'],
    ]);
    expect((await view(id)).lacking).toHaveLength(4);
  });

  it('reports a compulsory dropout in writing to township, county and record authority; one office in two roles once [NAT-DO1] [D5-07]', async () => {
    const id = await proposed();
    await act(id, 'confirm', {});
    const letters = (await view(id)).letters.filter(({ about }) => about === 'dropout');
    expect(letters).toMatchObject([
      { to: 'township', recipient: '云岩镇人民政府', rules: ['NAT-DO1', 'D5-07', 'R5-07'] },
      { to: 'county', alsoTo: ['recordAuthority'], recipient: '云岩区教育局' },
    ]);
    const confirmed = (await service.told(id)).find(({ name }) => name === 'dropout-confirmed');
    expect(confirmed?.rules).toEqual(['GZ-DO5', 'NAT-DO2', 'D5-07']);
  });

  it('reports nothing more of a stage that is not compulsory [NAT-DO1]', async () => {
    one = await service.classOf(senior, 1);
    [child] = one.children;
    for (const day of ['2026-09-08', '2026-09-09', '2026-09-10'])
      await call(day, 'unexcused', one.id, `clerk-${senior}`);
    const id = (await onlyWatch())._id;
    const by = `clerk-${senior}`;
    await act(id, 'visits', { on: '2026-09-11', inVain: true, words: '无果' }, by);
    await act(id, 'report', { pursuit: '电话', township: '镇政府', community: '社区' }, by);
    service.moveTo('2026-09-22');
    await service.waitFor(async () => (await view(id, by)).state === 'proposed', 'the proposal');
    expect(await act(id, 'confirm', {}, by)).toMatchObject({ status: 200, body: { letters: [] } });
  });

  it('ends with the return; the dropped-out child is called by nobody until it is back [GZ-DO8]', async () => {
    const id = await proposed();
    await act(id, 'confirm', {});
    const onRoll = async (day: string) =>
      (await service.call<{ students: string[] }>(teacher, 'GET', `classes/${one.id}/roster?day=${day}`)).body.students;
    expect(await onRoll('2026-09-22')).not.toContain(child);
    service.moveTo('2026-10-12');
    expect(await act(id, 'return', { on: '2026-10-12' }, teacher)).toMatchObject({
      status: 200,
      body: { state: 'ended' },
    });
    expect(await onRoll('2026-10-12')).toContain(child);
    expect(await onRoll('2026-10-10')).not.toContain(child);
    expect((await service.told(id)).at(-1)).toMatchObject({
      name: 'dropout-returned',
      data: { on: '2026-10-12', dropoutOn: '2026-09-22' },
    });
    await call('2026-10-12', 'present');
    expect((await onlyWatch()).closed).toMatchObject({ reason: 'returned', on: '2026-10-12' });
  });

  it('ends within the ten days when a roll call finds the child there, and stays in the history [GZ-DO8]', async () => {
    const id = await reported();
    service.moveTo('2026-09-14');
    await call('2026-09-14', 'present');
    expect(await view(id)).toMatchObject({ state: 'ended', closed: { reason: 'returned', on: '2026-09-14' } });
    expect((await service.told(id)).at(-1)).toMatchObject({
      name: 'dropout-suspicion-withdrawn',
      effectiveOn: '2026-09-14',
      data: { reason: 'returned', suspectedOn: '2026-09-10' },
      rules: ['GZ-DO8'],
    });
    service.moveTo('2026-09-22');
    expect((await act<Problem>(id, 'confirm', {})).status).toBe(409);
    // Letters that were right when they went out stay; nothing proposes a dropout.
    expect((await view(id)).letters.filter(({ withdraws }) => withdraws)).toEqual([]);
    expect(await names(id)).not.toContain('dropout-proposed');
  });

  it('takes back mark, report and letters when a roll call is corrected, and keeps the history', async () => {
    const id = await reported();
    await call('2026-09-09', 'present');
    const after = await view(id);
    expect(after).toMatchObject({ state: 'withdrawn', closed: { reason: 'corrected' } });
    const [told] = (await service.told(id)).slice(-1);
    expect(told).toMatchObject({
      name: 'dropout-suspicion-withdrawn',
      data: { reason: 'corrected', suspectedOn: '2026-09-10' },
    });
    expect(told.data.letters).toHaveLength(3);
    const sent = after.letters.filter(({ about }) => about === 'suspicion');
    expect(after.letters.filter(({ withdraws }) => withdraws).map(({ withdraws }) => withdraws)).toEqual(
      sent.map(({ no }) => no),
    );
    expect(after.timeline.map(({ what }) => what)).toEqual(['suspected', 'visited', 'reported', 'withdrawn']);
    // Corrected once more: the three days are there again, and the watch begins anew.
    await call('2026-09-09');
    expect((await watchesOf(child)).map(({ state }) => state)).toEqual(['withdrawn', 'suspected']);
  });

  it('takes back a dropout too: a child found to have been there never dropped out', async () => {
    const id = await proposed();
    await act(id, 'confirm', {});
    await call('2026-09-14', 'present');
    expect(await view(id)).toMatchObject({ state: 'ended', closed: { reason: 'returned', on: '2026-09-14' } });
    const [told] = (await service.told(id)).slice(-1);
    expect(told.data).toMatchObject({ reason: 'returned', on: '2026-09-14', dropoutOn: '2026-09-22' });
    // The letters on the dropout are taken back, those on the suspicion were right.
    expect(told.data.letters).toHaveLength(2);
    const roster = await service.call<{ students: string[] }>(
      teacher,
      'GET',
      `classes/${one.id}/roster?day=2026-09-22`,
    );
    expect(roster.body.students).toContain(child);
  });

  it('turns absence into excused when a leave is filed afterwards, with its paper, and takes the suspicion back', async () => {
    const id = await suspected();
    const paper = await service.upload(teacher, school, Buffer.from(`%PDF-1.4\n% ${child}\n%%EOF\n`));
    const leave = {
      student: child,
      from: '2026-09-08',
      to: '2026-09-09',
      reason: 'sick',
      words: '发热',
      papers: [paper],
    };
    const filed = await service.call<{ id: string; version: number }>(teacher, 'POST', 'leaves', { body: leave });
    expect(filed).toMatchObject({ status: 201, body: { state: 'asked' } });
    expect((await view(id)).state).toBe('suspected');
    const decided = await service.call(teacher, 'POST', `leaves/${filed.body.id}/decision`, {
      body: { decision: 'grant' },
      version: 1,
    });
    expect(decided).toMatchObject({ status: 200, body: { state: 'granted' } });
    expect(await view(id)).toMatchObject({ state: 'withdrawn', closed: { reason: 'excused' } });
    const told = await service.told(`${one.id}/2026-09-08/day`);
    expect(told.map(({ data }) => (data.exceptions as { kind: string }[])[0].kind)).toEqual(['unexcused', 'excused']);
    await service.call(teacher, 'POST', `leaves/${filed.body.id}/decision`, {
      body: { decision: 'revoke' },
      version: 2,
    });
    expect((await watchesOf(child)).at(-1)).toMatchObject({ state: 'suspected' });
    const unknown = { ...leave, papers: ['0'.repeat(64)] };
    expect(await service.call<Problem>(teacher, 'POST', 'leaves', { body: unknown })).toMatchObject({
      status: 400,
      body: { items: [{ code: 'unknown-paper' }] },
    });
  });

  it('judges again when it becomes known late where the child was to be', async () => {
    const id = await suspected();
    const there = await service.openClass(other);
    await service.move(child, [school, one.id], [other, there], '2026-09-09');
    expect(await view(id)).toMatchObject({ state: 'withdrawn', closed: { reason: 'corrected' } });
    // In the new class it was not called on those days: unknown, not present.
    for (const day of ['2026-09-09', '2026-09-10']) await call(day, 'unexcused', there, `clerk-${other}`);
    expect((await watchesOf(child)).at(-1)).toMatchObject({
      school: other,
      days: ['2026-09-08', '2026-09-09', '2026-09-10'],
    });
  });

  it('judges again when a day turns out to have been none', async () => {
    const id = await suspected();
    await service.term('520000', { closed: [{ from: '2026-09-09', to: '2026-09-09', name: '防汛停课' }] });
    await service.waitFor(async () => (await view(id)).state === 'withdrawn', 'the days counted anew');
    await service.term('520000');
    await service.waitFor(async () => (await watchesOf(child)).at(-1)?.state === 'suspected', 'counted again');
  });

  it('ends with the stage, and goes on nowhere: who has left the class is called there no more', async () => {
    const id = await suspected();
    const { path } = await onlyWatch();
    const ended = { school, path, class: one.id, stage: 'primary' as const, entryYear: 2024 };
    const ending = { ...ended, ending: 'partialStudy' as const, completion: 'c' };
    await service.hear(registry.studentEnded, child, ending, '2026-09-11');
    expect(await view(id)).toMatchObject({ state: 'ended', closed: { reason: 'offRoll', on: '2026-09-11' } });
  });

  it('never counts a child that is taught at home [NAT-SP2] [R5-11]', async () => {
    const id = await suspected();
    await service.hear(registry.studentMarked, child, { mark: 'homeTeaching', from: '2026-09-01' });
    expect(await view(id)).toMatchObject({ state: 'withdrawn' });
  });

  it('is seen by its own school and the offices above, and by nobody else', async () => {
    const id = await suspected();
    expect((await service.call(`officer-${places.county}`, 'GET', `watches/${id}`)).status).toBe(200);
    for (const account of [`clerk-${other}`, 'officer-140406'])
      expect((await service.call(account, 'GET', `watches/${id}`)).status).toBe(404);
    expect((await service.call('operator', 'GET', `watches/${id}`)).status).toBe(403);
    expect(
      (await act<Problem>(id, 'visits', { on: '2026-09-11', inVain: true, words: 'x' }, `clerk-${other}`, 1)).status,
    ).toBe(404);
  });

  it('counts nothing where no text gives a number: the school states it, and reports in writing [CZ-WD9] [NAT-DO1] [D5-07]', async () => {
    one = await service.classOf(lucheng, 1);
    [child] = one.children;
    const by = `clerk-${lucheng}`;
    for (const day of ['2026-09-07', '2026-09-08', '2026-09-09', '2026-09-10'])
      await call(day, 'unexcused', one.id, by);
    expect(await watchesOf(child)).toEqual([]);
    const body = { student: child, since: '2026-09-07', words: '随父母外出' };
    const stated = await service.call<View & { notConfigured: string[] }>(by, 'POST', 'watches', { body });
    expect(stated).toMatchObject({
      status: 201,
      body: { state: 'suspected', notConfigured: ['dropout.suspected.after'] },
    });
    const { id } = stated.body;
    expect(await act<Problem>(id, 'report', { pursuit: '电话' }, by)).toMatchObject({
      status: 422,
      body: { type: 'urn:xueji:problem:not-configured' },
    });
    const confirmed = await act(id, 'confirm', { township: '潞华街道办事处' }, by);
    expect(confirmed).toMatchObject({
      status: 200,
      body: { state: 'dropout', notConfigured: ['dropout.confirm.after'] },
    });
    expect((await view(id, by)).letters).toMatchObject([
      { to: 'township', recipient: '潞华街道办事处', rules: ['NAT-DO1', 'CZ-WD9', 'D5-07', 'R5-07'] },
      { to: 'county', alsoTo: ['recordAuthority'], recipient: '潞城区教育局' },
    ]);
    const guizhou = { student: (await service.classOf(school, 1)).children[0], since: '2026-09-08', words: 'x' };
    expect(await service.call<Problem>(clerk, 'POST', 'watches', { body: guizhou })).toMatchObject({
      status: 422,
      body: { type: 'urn:xueji:problem:counted-by-roll-call', citation: { rule: 'GZ-DO2' } },
    });
  });

  it('keeps what it promises, as the operator sees', async () => {
    const { body } = await service.call<Record<string, number>>('operator', 'GET', 'operator/invariants');
    expect(body).toMatchObject({ strangers: 0, doubled: 0, unfounded: 0, registersOff: 0, gaps: 0 });
    expect(body.rollCalls).toBeGreaterThan(0);
  });
});
