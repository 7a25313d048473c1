import { randomUUID } from 'node:crypto';
import { placementEvents, registryEvents as registry } from '#libs/contracts';
import { MessagingStore } from '#libs/messaging';
import { loadPolicy } from '#libs/policy';
import { root, until } from '#libs/testing';
import { Law } from '../src/law/law';
import { stepClock, windowOf } from '../src/placement/clocks';
import { RunningTransfer } from './running-transfer';

jest.setTimeout(120_000);

const first = '2152010301';
const second = '2152010302';
const middle = '3152010301';
const clerk = `clerk-${middle}`;
const lucheng = '3114040601';

interface Filed {
  cases: { id: string; from: string; entrants: number }[];
  quota: { planned: number | null; placed: number; underWay: number; beyond: number };
  dueOn: string | null;
  late: boolean;
}
interface View {
  state: string;
  version: number;
  counts: Record<string, number>;
  waitingFor: string[];
  entrants: { student: string; state: string; code?: string }[];
  steps: {
    key: string;
    office: string;
    act: string;
    state: string;
    due?: { dueOn?: string; parameter?: string; citation?: { rule: string } };
  }[];
  timeline: { what: string }[];
  outcome?: string;
}

describe('a placement in the next stage', () => {
  let service: RunningTransfer;

  beforeAll(async () => {
    service = await RunningTransfer.start('2027-09-02');
    await service.openPlaces();
    for (const office of ['520000', '140400'])
      await service.hear(registry.termSet, `${office}/2027/1`, {
        office,
        schoolYear: '2027',
        term: '1',
        firstDay: '2027-09-01',
        lastDay: '2028-01-20',
      });
    await service.openClass('six-first', first, 'primary', 2021);
    await service.openClass('six-second', second, 'primary', 2021);
    await service.openClass('seven', middle, 'junior', 2027);
  });
  afterAll(() => service.stop());
  beforeEach(() => service.moveTo('2027-09-02'));

  const graduate = async (school: string, classId: string): Promise<string> => {
    const student = await service.enter(classId, school, { entryYear: 2021 });
    const path = `/520000/520100/520103/${school}/`;
    await service.hear(registry.studentEnded, student, {
      ...{ school, path, class: classId, stage: 'primary', entryYear: 2021 },
      ending: 'graduation',
      completion: 'completion-1',
    });
    return student;
  };
  const body = (students: string[], more: object = {}) => ({
    school: middle,
    stage: 'junior',
    entryYear: 2027,
    entryOn: '2027-09-01',
    entrants: students.map((student) => ({ student, class: 'seven' })),
    ...more,
  });
  const file = async (students: string[]): Promise<Filed> => {
    const filed = await service.call<Filed>(clerk, 'POST', 'placements', { body: body(students) });
    expect(filed).toMatchObject({ status: 201 });
    return filed.body;
  };
  const view = async (id: string): Promise<View> => (await service.call<View>(clerk, 'GET', `placements/${id}`)).body;
  const hold = (student: string, id: string) =>
    service.hear(registry.studentHeld, student, { case: id, toSchool: middle, toClass: 'seven' });
  const refuse = (student: string, id: string, code: string) =>
    service.hear(registry.studentHoldRefused, student, { case: id, code }, { rules: ['NAT-GR1'] });
  const seat = (student: string, id: string) =>
    service.hear(registry.studentPlaced, student, {
      case: id,
      from: { school: first, path: `/520000/520100/520103/${first}/`, class: 'six-first', stage: 'primary' },
      to: {
        school: middle,
        path: `/520000/520100/520103/${middle}/`,
        class: 'seven',
        stage: 'junior',
        entryYear: 2027,
      },
    });
  const act = (account: string, office: string, more: object = {}) =>
    service.call<{
      acted: { id: string; state: string; late: boolean }[];
      kept: { id: string; problem: { code: string; citation?: { rule: string } } }[];
    }>(account, 'POST', 'placements/acts', { body: { office, answer: 'agree', ...more } });
  const said = async (id: string) => {
    const rows = await service.app.get(MessagingStore).outbox.find({ aggregateId: id }).sort({ seq: 1 }).toArray();
    return rows.map((row) => row.type.replace(/^cn\.xueji\.transfer\.placement-(.*)\.v1$/, '$1'));
  };

  it('is filed by the enrolling school for a list, one case for each school that has graduated them, against the plan [GZ-EN4, NAT-TR1, R5-05]', async () => {
    await service.hear(registry.intakeApproved, `${middle}/junior/2027`, {
      school: middle,
      stage: 'junior',
      entryYear: 2027,
      planned: 4,
    });
    const [a, b] = [await graduate(first, 'six-first'), await graduate(first, 'six-first')];
    const c = await graduate(second, 'six-second');
    const old = await service.call(`clerk-${first}`, 'POST', 'placements', { body: body([a]) });
    expect(old.status).toBe(404);
    const asked = await service.call<{ cases: unknown[]; warnings: unknown[] }>(clerk, 'POST', 'placements/preflight', {
      body: body([a, b, c]),
    });
    expect(asked.body).toMatchObject({
      cases: [
        { from: first, entrants: 2 },
        { from: second, entrants: 1 },
      ],
      warnings: [],
      problems: [],
    });
    const key = randomUUID();
    const filed = await service.call<Filed>(clerk, 'POST', 'placements', { body: body([a, b, c]), key });
    const again = await service.call<Filed>(clerk, 'POST', 'placements', { body: body([a, b, c]), key });
    expect(again.body).toEqual(filed.body);
    expect(filed.body).toMatchObject({
      quota: { planned: 4, placed: 0, underWay: 0, beyond: 0 },
      dueOn: '2027-10-01',
      late: false,
    });
    const [one, two] = filed.body.cases;
    expect(await view(one.id)).toMatchObject({ state: 'filed', counts: { asked: 2 } });
    await hold(a, one.id);
    expect(await view(one.id)).toMatchObject({ state: 'filed' });
    await refuse(b, one.id, 'stage-not-ended');
    const held = await view(one.id);
    expect(held).toMatchObject({ state: 'inReview', counts: { held: 1, refused: 1 }, waitingFor: [first] });
    expect(held.entrants.find(({ student }) => student === b)).toMatchObject({
      state: 'refused',
      code: 'stage-not-ended',
    });
    // Another filing would go beyond the plan: said, and no ground to refuse.
    const more = [
      await graduate(second, 'six-second'),
      await graduate(second, 'six-second'),
      await graduate(second, 'six-second'),
    ];
    const beyond = await service.call(clerk, 'POST', 'placements/preflight', { body: body(more) });
    expect(beyond.body).toMatchObject({ quota: { planned: 4, underWay: 2, beyond: 1 } });
    await hold(c, two.id);
  });

  it('passes every party by one command for all cases that wait, and ends when the registry has seated everybody [NAT-GR2]', async () => {
    const students = [await graduate(first, 'six-first'), await graduate(first, 'six-first')];
    const { cases } = await file(students);
    const [{ id }] = cases;
    for (const student of students) await hold(student, id);
    expect((await act(`officer-520102`, '520102')).body.acted).toEqual([]);
    const { steps } = await view(id);
    // The county is in charge of both schools and acts once, at the end.
    expect(steps.map(({ key, office }) => [key, office])).toEqual([
      ['outSchool', first],
      ['outAuthority', '520103'],
    ]);
    expect((await act('officer-520103', '520103', { cases: [id] })).body.kept).toMatchObject([
      { problem: { code: 'wrong-state' } },
    ]);
    const mine = (await act(`clerk-${first}`, first)).body.acted;
    expect(mine.find((one) => one.id === id)).toMatchObject({ state: 'inReview', late: false });
    const last = await act('officer-520103', '520103');
    expect(last.body.acted.find((one) => one.id === id)).toMatchObject({ state: 'seating' });
    for (const student of students) await seat(student, id);
    expect(await view(id)).toMatchObject({ state: 'completed', counts: { placed: 2, held: 0 }, outcome: 'completed' });
    // Heard twice, nothing changes.
    const before = (await view(id)).version;
    await seat(students[0], id);
    expect((await view(id)).version).toBe(before);
    expect((await said(id)).at(-1)).toBe('completed');
    const copy = await service.collection('students').findOne({ _id: students[0] });
    expect(copy).toMatchObject({ school: middle, class: 'seven', stage: 'junior', entryYear: 2027 });
    expect(copy).not.toHaveProperty('ended');
  });

  it('has the clock of its pack: the first month of the new term, ten working days of each party, thirty days of entry, or none [GZ-EN4, GZ-CA3, NAT-GR2, CZ-PR3]', async () => {
    const student = await graduate(first, 'six-first');
    service.moveTo('2027-10-04');
    const filed = await file([student]);
    expect(filed).toMatchObject({ dueOn: '2027-10-01', late: true });
    const { policy, calendar } = service.app.get(Law);
    const clock = stepClock(policy, calendar);
    const of = (pack: string) =>
      clock({ pack, path: '/x/' }, '2027-09-06', { entryOn: '2027-09-03', termFrom: '2027-09-01' });
    expect(of('guizhou-2014')).toMatchObject({ dueOn: '2027-10-01', citation: { rule: 'GZ-EN4', article: '第11条' } });
    expect(of('national-2013')).toMatchObject({
      dueOn: '2027-09-20',
      provisional: true,
      citation: { rule: 'NAT-GR2' },
    });
    expect(of('changzhi-lucheng-2019')).toMatchObject({ dueOn: '2027-10-03', citation: { rule: 'CZ-PR3' } });
    const blanked = loadPolicy({ extraPacksDir: `${root}/libs/policy/test-packs` });
    const none = stepClock(blanked, calendar)({ pack: 'national-2013-blanked', path: '/x/' }, '2027-09-06', {
      entryOn: '2027-09-03',
    });
    expect(none).toEqual({
      parameter: 'placement.within',
      citation: expect.objectContaining({ rule: 'NAT-GR2' }) as object,
    });
    // A term that nobody has set starts no clock.
    expect(clock({ pack: 'guizhou-2014', path: '/x/' }, '2027-09-06', { entryOn: '2027-09-03' })).toMatchObject({
      parameter: 'placement.within',
    });
    const pack = policy.pack('national-2013');
    expect(windowOf(pack, '2027-09-01', '2027-09-01', calendar)).toMatchObject({ parameter: 'placement.window' });
  });

  it('is reminded, escalated, and at the end of the window compared with the plan [GZ-EN4, GZ-CA3]', async () => {
    const student = await graduate(first, 'six-first');
    const { cases } = await file([student]);
    await hold(student, cases[0].id);
    service.moveTo('2027-10-01', '08:30');
    await until(async () => (await said(cases[0].id)).includes('step-reminded'), {
      within: 30_000,
      message: 'reminded',
    });
    service.moveTo('2027-10-02', '00:30');
    await until(async () => (await said(cases[0].id)).includes('step-overdue'), { within: 30_000, message: 'overdue' });
    const late = await act(`clerk-${first}`, first, { cases: [cases[0].id] });
    expect(late.body.acted).toMatchObject([{ late: true }]);
    const compared = await until(
      () => service.app.get(MessagingStore).outbox.findOne({ type: placementEvents.placementCompared.type }),
      {
        within: 30_000,
        message: async () =>
          JSON.stringify(await service.collection('deadlines').find({ kind: 'placement.compare-plan' }).toArray()),
      },
    );
    expect(compared).toMatchObject({
      aggregateId: `${middle}.junior.2027`,
      rules: ['GZ-EN4', 'GZ-CA3'],
      data: { school: middle, planned: 4, placed: 2, dueOn: '2027-10-01' },
    });
  });

  it('ends without a placement when the school takes it back, or when nobody could be held; a refusal needs a ground that stands', async () => {
    const [a, b] = [await graduate(first, 'six-first'), await graduate(first, 'six-first')];
    const { cases } = await file([a]);
    await hold(a, cases[0].id);
    const refused = await act(`clerk-${first}`, first, {
      cases: [cases[0].id],
      answer: 'refuse',
      ground: 'notEnrolled',
    });
    expect(refused.body.kept).toMatchObject([
      { problem: { code: 'ground-does-not-stand', citation: { rule: 'FJ-C7' } } },
    ]);
    expect((await act('officer-520103', '520103', { answer: 'refuse' })).status).toBe(422);
    const { version } = await view(cases[0].id);
    const foreign = await service.call(`clerk-${first}`, 'POST', `placements/${cases[0].id}/withdraw`, { version });
    expect(foreign.status).toBe(404);
    const back = await service.call(clerk, 'POST', `placements/${cases[0].id}/withdraw`, { version });
    expect(back.body).toMatchObject({ state: 'ended' });
    expect(await view(cases[0].id)).toMatchObject({ outcome: 'withdrawn', counts: { held: 0, released: 1 } });
    const ended = await service.app
      .get(MessagingStore)
      .outbox.findOne({ aggregateId: cases[0].id, type: placementEvents.placementEnded.type });
    expect(ended?.data).toEqual({ students: [a], outcome: 'withdrawn' });
    const other = await file([b]);
    await refuse(b, other.cases[0].id, 'held');
    expect(await view(other.cases[0].id)).toMatchObject({ state: 'ended', outcome: 'holdRefused' });
  });

  it('says of a list everything that is wrong with it at once', async () => {
    const a = await graduate(first, 'six-first');
    const pupil = await service.enter('six-first', first, { entryYear: 2021 });
    const wrong = await service.call<{ items: { field: string; code: string }[] }>(clerk, 'POST', 'placements', {
      body: body([a, a, randomUUID()]),
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body.items.map(({ field, code }) => [field, code])).toEqual([
      ['entrants.1.student', 'named-twice'],
      ['entrants.2.student', 'no-such-student'],
    ]);
    const early = await service.call<{ warnings: { code: string }[] }>(clerk, 'POST', 'placements/preflight', {
      body: body([pupil]),
    });
    expect(early.body.warnings).toMatchObject([{ code: 'stage-not-ended' }]);
    expect((await service.call(`clerk-${lucheng}`, 'GET', 'placements')).body).toEqual({ items: [] });
  });

  it('is named to a closing of either school until it is over, one answer for each question; a reseated pupil is followed', async () => {
    const student = await graduate(second, 'six-second');
    const { cases } = await file([student]);
    const path = `/520000/520100/520103/${second}/`;
    const closing = randomUUID();
    const answer = async (seq: number) =>
      (await service.app.get(MessagingStore).outbox.findOne({ aggregateId: `closing.${closing}`, seq }))?.data;
    const announced = { school: second, path, kind: 'closure' as const, authority: '520103', ask: 1 };
    await service.hear(registry.closingAnnounced, closing, announced);
    expect((await answer(1)) as { items: object[] }).toMatchObject({ closing, ask: 1 });
    expect(((await answer(1)) as { items: object[] }).items).toContainEqual({ kind: 'placement', id: cases[0].id });
    const open = ((await answer(1)) as { open: number }).open;
    await refuse(student, cases[0].id, 'held');
    await service.hear(registry.closingAsked, closing, { school: second, path, ask: 2 });
    expect(await answer(2)).toMatchObject({ ask: 2, open: open - 1 });
    const to = { school: first, path: `/520000/520100/520103/${first}/`, class: 'six-first' };
    await service.hear(registry.studentReseated, student, {
      closing,
      from: { school: second, path, class: 'six-second' },
      to,
    });
    expect(await service.collection('students').findOne({ _id: student })).toMatchObject(to);
  });
});
