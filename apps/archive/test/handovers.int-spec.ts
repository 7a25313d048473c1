import { randomUUID } from 'node:crypto';
import { archiveEvents, registryEvents } from '#libs/contracts';
import { until } from '#libs/testing';
import { pdf, RunningArchive, School } from './running-archive';

jest.setTimeout(120_000);

const out = '2152010301';
const into = '2152030201';
const papers = [
  { owner: 'registry' as const, name: 'basicInfoForm', bytes: pdf('form') },
  { owner: 'transfer' as const, name: 'contactForm', bytes: pdf('contact') },
];

interface View {
  state: string;
  version: number;
  dueOn: string | null;
  waitsFor?: string;
  items?: { item: string }[];
  citations: { rule: string }[];
  dueBy?: { rule: string };
  notConfigured?: { parameter: string };
  late?: boolean;
}

describe('the file follows the child', () => {
  let archive: RunningArchive;
  beforeAll(async () => (archive = await RunningArchive.start('2026-10-12')));
  afterAll(() => archive.stop());

  const view = async (caseId: string, account = `clerk-${out}`) =>
    (await archive.call<View>(account, 'GET', `handovers/file.${caseId}`)).body;
  const opened = (caseId: string, account?: string) =>
    until(async () => (await view(caseId, account)).state === 'open', { message: 'the file is on its way' });
  /** Moved on a day, the copy sealed, the list known. */
  const moved = async (on = '2026-10-12', from: School = out, to: School = into) => {
    const { caseId, copy } = await archive.move(await archive.enter(from), on, from, to);
    await archive.freeze(copy, { papers });
    await archive.becomes(copy, 'sealed');
    await opened(caseId, `clerk-${from}`);
    return { caseId, copy };
  };
  const deliver = async (caseId: string, items: string[], account = `clerk-${out}`) =>
    archive.call<View>(account, 'POST', `handovers/file.${caseId}/delivery`, {
      body: { items },
      version: (await view(caseId, account)).version ?? 1,
    });
  const receive = async (caseId: string, body: { received: string[]; missing: string[] }, account = `clerk-${into}`) =>
    archive.call<View>(account, 'POST', `handovers/file.${caseId}/receipt`, {
      body,
      version: (await view(caseId, account)).version ?? 1,
    });
  const all = ['record', 'basicInfoForm', 'contactForm'];

  it('[GZ-TR13] [CZ-TR8] [NAT-AR1] the old school keeps a read-only copy as of the move, and the new one has no part in it', async () => {
    for (const [from, rule] of [
      [out, 'GZ-TR13'],
      ['2114040601', 'CZ-TR8'],
      ['2114000001', 'NAT-AR1'],
    ] as const) {
      const { copy } = await moved('2026-10-12', from);
      expect(await archive.copy(copy)).toMatchObject({
        kind: 'handover',
        reason: 'transfer',
        school: from,
        citations: [{ rule }],
        custody: { keeper: from },
      });
      const shown = await archive.call(`clerk-${from}`, 'GET', `copies/${copy}`);
      expect(shown.body).toMatchObject({ readOnly: true, asOf: '2026-10-12T08:00:00.000Z' });
      expect((await archive.call(`clerk-${into}`, 'GET', `copies/${copy}`)).status).toBe(404);
    }
  });

  it('[GZ-TR12] [NAT-TR8] is sent by its list, confirmed item by item, and only then the case may end', async () => {
    for (const [from, rule] of [
      [out, 'GZ-TR12'],
      ['2114000001', 'NAT-TR8'],
    ] as const) {
      const { caseId } = await moved('2026-10-12', from);
      expect((await view(caseId, `clerk-${from}`)).citations.map((one) => one.rule)).toEqual([rule]);
      const ended = async () =>
        (await archive.told(archiveEvents.fileReceived)).some(({ data }) => data.case === caseId);
      const short = await deliver(caseId, ['record', 'contactForm'], `clerk-${from}`);
      expect(short).toMatchObject({ status: 422, body: { citation: { rule }, facts: { lacking: ['basicInfoForm'] } } });
      expect((await deliver(caseId, all, `clerk-${into}`)).status).toBe(403);
      expect((await deliver(caseId, all, `clerk-${from}`)).body).toMatchObject({ state: 'delivered' });
      expect(await receive(caseId, { received: ['record'], missing: [] })).toMatchObject({ status: 422 });
      expect((await receive(caseId, { received: all, missing: [] }, `clerk-${from}`)).status).toBe(403);
      const lacking = await receive(caseId, { received: ['record', 'basicInfoForm'], missing: ['contactForm'] });
      expect(lacking.body).toMatchObject({ state: 'open' });
      expect(await ended()).toBe(false);
      await deliver(caseId, all, `clerk-${from}`);
      expect((await receive(caseId, { received: all, missing: [] })).body).toMatchObject({ state: 'received' });
      expect(await ended()).toBe(true);
      expect((await archive.told(archiveEvents.fileReturned)).map(({ data }) => data)).toContainEqual(
        expect.objectContaining({ case: caseId, school: from, missing: 1 }),
      );
    }
  });

  it('[CZ-TR19] [NAT-TR4] is due within a month of the move; the text that leaves the number out gives no day', async () => {
    for (const [from, rule] of [
      ['2114040601', 'CZ-TR19'],
      [out, 'NAT-TR4'],
    ] as const) {
      const { caseId } = await moved('2026-10-12', from);
      expect(await view(caseId, `clerk-${from}`)).toMatchObject({ dueOn: '2026-11-12', dueBy: { rule } });
    }
    const { caseId } = await moved('2026-10-12', '2153000001');
    expect(await view(caseId, 'clerk-2153000001')).toMatchObject({
      dueOn: null,
      notConfigured: { parameter: 'transfer.files.within', citation: { rule: 'NAT-TR4' } },
    });
  });

  it('[CZ-TR19] [NAT-TR4] on the day it is reminded of, after it the office above who is late is told; received late it says so', async () => {
    archive.moveTo('2026-10-12');
    const { caseId } = await moved('2026-10-12', '2114040601');
    const other = await moved('2026-10-12', out);
    await deliver(other.caseId, all);
    const of = async <E extends typeof archiveEvents.fileReminded | typeof archiveEvents.fileOverdue>(event: E) =>
      (await archive.told(event)).filter(({ data }) => [caseId, other.caseId].includes(data.case));
    archive.moveTo('2026-11-12', '08:01');
    await until(async () => (await of(archiveEvents.fileReminded)).length === 2, { message: 'reminded' });
    expect(await of(archiveEvents.fileOverdue)).toEqual([]);
    archive.moveTo('2026-11-13', '00:01');
    await until(async () => (await of(archiveEvents.fileOverdue)).length === 2, { message: 'overdue' });
    const late = new Map((await of(archiveEvents.fileOverdue)).map(({ data }) => [data.case, data]));
    // Not sent: the old school is late. Sent and not confirmed: the new one.
    expect(late.get(caseId)).toMatchObject({ office: '2114040601', escalatedTo: '140406', dueOn: '2026-11-12' });
    expect(late.get(other.caseId)).toMatchObject({ office: into, escalatedTo: '520302' });
    await receive(other.caseId, { received: all, missing: [] });
    expect(await view(other.caseId)).toMatchObject({ state: 'received', late: true });
    expect(await view(caseId, 'clerk-2114040601')).toMatchObject({ state: 'open', waitsFor: '2114040601' });
    archive.moveTo('2026-10-12');
  });

  it('[NAT-AR1] placed into the next stage, the copy of the end of the stage is what the old school keeps', async () => {
    const student = await archive.enter();
    const permanent = await archive.end(student, out, '2027-07-05');
    await archive.freeze(permanent, { papers });
    await archive.review(permanent);
    await archive.becomes(permanent, 'sealed');
    const caseId = randomUUID();
    await archive.hear(registryEvents.studentPlaced, student, {
      case: caseId,
      from: { ...archive.seat(out), stage: 'primary' },
      to: { ...archive.seat(into), stage: 'junior', entryYear: 2027 },
    });
    await opened(caseId);
    expect(await archive.collection('copies').countDocuments({ student })).toBe(1);
    expect(await view(caseId)).toMatchObject({ copy: permanent, reason: 'placement' });
  });

  it('the list waits for the copy, and a file is seen by its two schools and the offices above them alone', async () => {
    const { caseId, copy } = await archive.move(await archive.enter(), '2026-10-12');
    await opened(caseId);
    expect(await deliver(caseId, all)).toMatchObject({ status: 409, body: { type: 'urn:xueji:problem:wrong-state' } });
    await archive.freeze(copy, { papers });
    await archive.becomes(copy, 'sealed');
    for (const account of [`clerk-${out}`, `clerk-${into}`, 'officer-520302', 'officer-520000'])
      expect((await archive.call(account, 'GET', `handovers/file.${caseId}`)).status).toBe(200);
    for (const account of ['clerk-2114040601', 'officer-140406'])
      expect((await archive.call(account, 'GET', `handovers/file.${caseId}`)).status).toBe(404);
  });
});
