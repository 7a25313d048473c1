import { allEvents, registryEvents as registry, transferEvents } from '#libs/contracts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkingCalendar, YearOfOrders } from '#libs/policy';
import { root, until } from '#libs/testing';
import { clocksOf } from '../src/law/clocks';
import { Law } from '../src/law/law';
import { RecountDue } from '../src/transfer/recount-due';
import type { Refusal, Transfer } from '../src/transfer/transfer';
import { Answer, pdf, RunningTransfer } from './running-transfer';

jest.setTimeout(60_000);

const out = '2152010301';
const into = '2152030201';
const clerkIn = `clerk-${into}`;
const clerkOut = `clerk-${out}`;

interface Problem {
  type: string;
  title: string;
  citation?: { rule: string; article: string };
  facts: Record<string, unknown>;
  items?: { code?: string; field?: string }[];
}
interface View {
  version: number;
  state: string;
  steps: {
    step: string;
    state: string;
    dueOn?: string;
    workingDaysLeft?: number;
    acted?: { late: boolean };
    overdueOn?: string;
  }[];
  timeline: { what: string; on: string; step?: string; account?: string; citation?: { article: string } }[];
  waitingFor: string[];
  filing: { late: boolean; dueOn: string };
  outcome?: { kind: string; code?: string; citations?: { rule: string; article: string }[] };
  violations: { rule: string }[];
}

describe('a transfer', () => {
  let service: RunningTransfer;
  let form: string;
  let luchengPapers: { kind: string; digest: string }[];

  beforeAll(async () => {
    service = await RunningTransfer.start('2026-09-28');
    await service.openPlaces();
    await service.openClass('class-out', out);
    await service.openClass('class-in', into);
    await service.openClass('class-lucheng', '2114040601');
    await service.openClass('class-lucheng-1', '2114040601', 'primary', 2026);
    await service.openClass('class-pingshun', '2114042501');
    await service.post('operator', 'operator', '520000');
    form = (await service.upload(clerkIn, into, pdf('contact form'))).body.digest;
    const lucheng = await service.upload('clerk-2114040601', '2114040601', pdf('household'));
    luchengPapers = [{ kind: 'householdProof', digest: lucheng.body.digest }];
  });
  afterAll(() => service.stop());
  beforeEach(() => service.moveTo('2026-09-28'));

  const filing = (student: string, more: Record<string, unknown> = {}) => ({
    student,
    class: 'class-in',
    ground: 'householdMoved',
    facts: { householdMovedWithGuardians: true, newHouseholdOutsideCatchment: true },
    consentOn: '2026-09-24',
    form: { guardianSigned: true, seal: 'schoolSeal', factsChecked: true },
    papers: [{ kind: 'contactForm', digest: form }],
    ...more,
  });
  const file = (body: object, account = clerkIn, key?: string) =>
    service.call<{ id: string; version: number; late: boolean; dueOn: string; state: string }>(
      account,
      'POST',
      'transfers',
      {
        body,
        key,
      },
    );
  const view = async (id: string, account = clerkIn) =>
    (await service.call<View>(account, 'GET', `transfers/${id}`)).body;
  const held = (student: string, id: string) =>
    service.hear(registry.studentHeld, student, { case: id, toSchool: into, toClass: 'class-in' });
  const act = <T = { version: number; state: string; late: boolean }>(
    id: string,
    account: string,
    version: number,
    body: object,
    key?: string,
  ): Promise<Answer<T>> => service.call<T>(account, 'POST', `transfers/${id}/acts`, { body, version, key });
  const agree = (id: string, account: string, version: number, step: string) =>
    act(id, account, version, { step, answer: 'agree' });
  const journal = (id: string) =>
    service
      .collection<{ type: string; seq: number; data: object }>('outbox')
      .find({ aggregateId: id })
      .sort({ _id: 1 })
      .toArray();
  const names = async (id: string) => (await journal(id)).map(({ type }) => type.split('.').at(-2));

  /** Filed and held by the registry: the old school's turn. */
  const inReview = async (more: Record<string, unknown> = {}) => {
    const student = await service.enter('class-out', out);
    const filed = await file(filing(student, more));
    expect(filed).toMatchObject({ status: 201 });
    await held(student, filed.body.id);
    return { student, id: filed.body.id, version: (await view(filed.body.id)).version };
  };

  describe('filing', () => {
    it('is by the receiving school alone: the old school is told so, everybody else finds nothing [NAT-TR1]', async () => {
      const student = await service.enter('class-out', out);
      const old = await file(filing(student), clerkOut);
      expect(old).toMatchObject({
        status: 422,
        body: { type: 'urn:xueji:problem:only-receiving-school', citation: { rule: 'NAT-TR1', article: '第14条' } },
      });
      expect(await file(filing(student), 'clerk-2152010201')).toMatchObject({ status: 404 });
      expect(await file(filing(student), 'officer-520302')).toMatchObject({ status: 403 });
      expect(await service.call(undefined, 'POST', 'transfers', { body: filing(student) })).toMatchObject({
        status: 401,
      });
    });

    it('under Changzhi too [CZ-TR6]', async () => {
      const student = await service.enter('class-lucheng', '2114040601');
      const old = await file(filing(student), 'clerk-2114040601');
      expect(old).toMatchObject({ status: 422, body: { citation: { rule: 'CZ-TR6' } } });
    });

    it('is accepted while the registry is away; its moment is that of the acceptance [GZ-TR6]', async () => {
      const student = await service.enter('class-out', out);
      const filed = await file(filing(student));
      expect(filed).toMatchObject({ status: 201, body: { state: 'filed', late: false, dueOn: '2026-09-29' } });
      service.moveTo('2026-10-09');
      await held(student, filed.body.id);
      const later = await view(filed.body.id);
      expect(later.timeline[0]).toMatchObject({ what: 'filed', on: '2026-09-28' });
      expect(later.steps[0]).toMatchObject({
        step: 'outSchool',
        state: 'open',
        arrivedOn: '2026-10-09',
        dueOn: '2026-10-12',
      });
    });

    it('after its due day is late, recorded and processed [GZ-TR6]', async () => {
      const { id } = await inReview({ consentOn: '2026-09-22' });
      expect(await view(id)).toMatchObject({ state: 'inReview', filing: { late: true, dueOn: '2026-09-24' } });
    });

    it('shows all that stands in the way at once, each with its article', async () => {
      const student = await service.enter('class-out', out);
      const body = filing(student, { facts: {}, form: { guardianSigned: false, factsChecked: false }, papers: [] });
      const refused = await file(body);
      expect(refused).toMatchObject({ status: 422, body: { type: 'urn:xueji:problem:transfer-refused' } });
      const { items } = refused.body as unknown as Problem;
      expect(items?.map(({ code }) => code)).toEqual(['NAT-SC4', 'GZ-TR5', 'GZ-TR6']);
      const preflight = await service.call<{ possible: boolean; asOf: string; blockers: object[]; steps: object[] }>(
        clerkIn,
        'POST',
        'transfers/preflight',
        { body },
      );
      expect(preflight).toMatchObject({
        status: 200,
        body: {
          possible: false,
          asOf: '2026-09-01T01:00:00.000Z',
          blockers: [
            { rule: 'NAT-SC4' },
            { rule: 'GZ-TR5', citation: { article: '第16条 二1' }, mustAct: { party: 'inSchool', office: into } },
            { rule: 'GZ-TR6' },
          ],
          steps: [
            { step: 'outSchool', office: out },
            { step: 'outAuthority', office: '520103' },
            { step: 'inAuthority', office: '520302' },
          ],
        },
      });
    });

    it('with a fault of form names every field, in both languages, and writes nothing', async () => {
      const student = await service.enter('class-out', out);
      const before = await service.collection('transfers').countDocuments();
      const bad = await file({
        ...filing(student, { consentOn: '2026-02-30', papers: [{ kind: 'contactForm', digest: 'x' }] }),
        surprise: 1,
      });
      expect(bad).toMatchObject({ status: 400, body: { type: 'urn:xueji:problem:invalid-input' } });
      const fields = (bad.body as unknown as Problem).items?.map(({ field }) => field);
      expect(fields?.sort()).toEqual(['consentOn', 'papers.0.digest', 'surprise']);
      const unknown = await file(
        filing(student, { consentOn: '2026-09-29', papers: [{ kind: 'contactForm', digest: 'a'.repeat(64) }] }),
      );
      expect(unknown).toMatchObject({
        status: 400,
        body: { items: [{ field: 'consentOn' }, { field: 'papers.0.digest' }] },
      });
      expect(await service.collection('transfers').countDocuments()).toBe(before);
    });

    it('with an override that nothing asks for is refused', async () => {
      const student = await service.enter('class-out', out);
      const refused = await file(filing(student, { overrides: [{ rule: 'CZ-TR12', reason: '家长要求' }] }));
      expect(refused).toMatchObject({ status: 422, body: { type: 'urn:xueji:problem:override-not-possible' } });
    });

    it('takes effect once under its key, and another body under the key is refused', async () => {
      const student = await service.enter('class-out', out);
      const key = 'filing-once-1';
      const [first, second] = await Promise.all([
        file(filing(student), clerkIn, key),
        file(filing(student), clerkIn, key),
      ]);
      expect(first).toMatchObject({ status: 201 });
      expect(second.body).toEqual(first.body);
      expect(await service.collection('transfers').countDocuments({ student })).toBe(1);
      const other = await file(filing(student, { consentOn: '2026-09-23' }), clerkIn, key);
      expect(other).toMatchObject({ status: 422, body: { type: 'urn:xueji:problem:idempotency-key-reused' } });
    });
  });

  describe('the review under Guizhou', () => {
    it('goes through the golden case: reminded, escalated, never approved by silence [GZ-TR7]', async () => {
      const { student, id, version } = await inReview();
      service.moveTo('2026-09-29');
      const school = await agree(id, clerkOut, version, 'outSchool');
      expect(school).toMatchObject({ status: 200, body: { late: false, waitingFor: ['520103'] } });
      expect((await view(id)).steps[1]).toMatchObject({ dueOn: '2026-10-08', workingDaysLeft: 2 });

      service.moveTo('2026-10-08');
      await until(async () => (await names(id)).includes('transfer-step-reminded'), {
        message: 'a reminder in the morning of the due day',
      });
      const county = await agree(id, 'officer-520103', (await view(id)).version, 'outAuthority');
      expect(county).toMatchObject({ status: 200, body: { late: false } });

      service.moveTo('2026-10-10', '23:00');
      await until(async () => (await view(id)).timeline.filter(({ what }) => what === 'reminded').length === 2, {
        message: 'the reminder of the receiving county',
      });
      expect((await view(id)).steps[2]).toMatchObject({ state: 'open', dueOn: '2026-10-10', workingDaysLeft: 0 });
      service.moveTo('2026-10-11', '00:30');
      await until(async () => (await view(id)).steps[2].overdueOn === '2026-10-11', { message: 'the escalation' });
      const escalated = (await journal(id)).at(-1);
      expect(escalated).toMatchObject({ data: { office: '520302', escalatedTo: '520300', dueOn: '2026-10-10' } });
      expect(await view(id)).toMatchObject({ state: 'inReview', waitingFor: ['520302'] });

      service.moveTo('2026-10-12');
      const last = await agree(id, 'officer-520302', (await view(id)).version, 'inAuthority');
      expect(last).toMatchObject({ status: 200, body: { late: true, state: 'moving' } });
      await service.hear(
        registry.studentMoved,
        student,
        {
          case: id,
          from: { school: out, path: '/520000/520100/520103/2152010301/', class: 'class-out' },
          to: { school: into, path: '/520000/520300/520302/2152030201/', class: 'class-in' },
        },
        { effectiveOn: '2026-10-12' },
      );
      const done = await view(id);
      expect(done).toMatchObject({ state: 'completed', outcome: { kind: 'completed', on: '2026-10-12' } });
      expect(done.timeline.map(({ what }) => what)).toEqual(
        [
          'filed',
          'held',
          'stepOpened',
          'acted',
          'stepOpened',
          'reminded',
          'acted',
          'stepOpened',
          'reminded',
          'overdue',
        ].concat(['acted', 'moveAsked', 'moved']),
      );
      for (const { what, account, citation } of done.timeline)
        if (what === 'acted') expect([account, citation?.article]).toEqual([expect.any(String), '第16条 二2']);
      expect(await service.collection('deadlines').countDocuments({ subject: id, state: 'armed' })).toBe(0);
      const events = await journal(id);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    });

    it('is by exactly the office whose turn it is; a foreign county finds nothing', async () => {
      const { id, version } = await inReview();
      for (const account of ['officer-520102', 'clerk-2152010201'])
        for (const answer of [
          await service.call(account, 'GET', `transfers/${id}`),
          await agree(id, account, version, 'outSchool'),
          await service.call(account, 'GET', 'transfers/0198f0a0-0000-7000-8000-00000000dead'),
        ])
          expect(answer).toMatchObject({ status: 404, body: { type: 'urn:xueji:problem:not-found' } });
      expect(await agree(id, 'officer-520103', version, 'outSchool')).toMatchObject({ status: 403 });
      expect(await agree(id, clerkIn, version, 'outSchool')).toMatchObject({ status: 403 });
      expect(await agree(id, 'officer-520103', version, 'outAuthority')).toMatchObject({
        status: 409,
        body: { type: 'urn:xueji:problem:wrong-state', facts: { waitingFor: [out] } },
      });
      expect(await agree(id, 'officer-520100', version, 'outAuthority')).toMatchObject({ status: 403 });
      expect(await service.call('officer-520100', 'GET', `transfers/${id}`)).toMatchObject({ status: 200 });
    });

    it('wants the version that was read, a key, and an answer that the act has [R5-02]', async () => {
      const { id, version } = await inReview();
      expect(await agree(id, clerkOut, version - 1, 'outSchool')).toMatchObject({
        status: 412,
        body: { facts: { expected: version - 1, actual: version } },
      });
      expect(
        await service.call(clerkOut, 'POST', `transfers/${id}/acts`, { body: { step: 'outSchool', answer: 'agree' } }),
      ).toMatchObject({ status: 400, body: { items: [{ field: 'If-Match' }] } });
      expect(await act<Problem>(id, clerkOut, version, { step: 'outSchool', answer: 'register' })).toMatchObject({
        status: 422,
        body: { type: 'urn:xueji:problem:no-such-answer', citation: { rule: 'R5-02' } },
      });
      expect(await act(id, clerkOut, version, { step: 'elsewhere', answer: 'agree' })).toMatchObject({ status: 400 });
      const key = 'act-once-0001';
      const first = await act(id, clerkOut, version, { step: 'outSchool', answer: 'agree' }, key);
      const again = await act(id, clerkOut, version, { step: 'outSchool', answer: 'agree' }, key);
      expect(first.status).toBe(200);
      expect(again.body).toEqual(first.body);
      expect(await act(id, clerkOut, version, { step: 'outSchool', answer: 'agree', note: '又' }, key)).toMatchObject({
        status: 422,
        body: { type: 'urn:xueji:problem:idempotency-key-reused' },
      });
    });

    it('two officers of one office at once: one acts, the other sees a changed case', async () => {
      const { id, version } = await inReview();
      await service.post('second-clerk', 'clerk', out);
      const answers = await Promise.all([
        agree(id, clerkOut, version, 'outSchool'),
        agree(id, 'second-clerk', version, 'outSchool'),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
      expect((await names(id)).filter((name) => name === 'transfer-step-acted')).toHaveLength(1);
    });

    it('an act and the passing of its day: exactly one of the two wins [GZ-TR7]', async () => {
      const cases = await Promise.all(Array.from({ length: 6 }, () => inReview()));
      service.moveTo('2026-10-08', '00:00');
      // The day has passed for all of them; the acts race the alarms that are now going off.
      const acts = await Promise.all(cases.map(({ id, version }) => agree(id, clerkOut, version, 'outSchool')));
      await until(
        async () =>
          (await service
            .collection('deadlines')
            .countDocuments({ kind: 'transfer.step-overdue', state: 'armed', dueOn: '2026-09-30' })) === 0,
        { message: 'every alarm of the day has fired or was cancelled' },
      );
      for (const [i, { id }] of cases.entries()) {
        const seen = await names(id);
        const timer = await service.collection('deadlines').findOne({ _id: `transfer.step-overdue/${id}/outSchool` });
        const escalations = seen.filter((name) => name === 'transfer-step-overdue').length;
        const acted = seen.filter((name) => name === 'transfer-step-acted').length;
        if (acts[i].status === 200) {
          expect([timer?.state, escalations, acted]).toEqual(['cancelled', 0, 1]);
          expect((await view(id)).steps[0].acted?.late).toBe(true);
        } else {
          // A reminder or the escalation came first: the act is told that the case has changed.
          expect([acts[i].status, acted]).toEqual([412, 0]);
          expect([timer?.state, escalations]).toEqual(['fired', 1]);
        }
      }
    });

    it('flags study before the approval [GZ-TR8]', async () => {
      const { id, version } = await inReview({ firstDayOfStudy: '2026-09-29' });
      // Before eight in the morning, when the reminder would change the case meanwhile.
      service.moveTo('2026-09-30', '07:00');
      expect(await view(id)).toMatchObject({ studyBeforeApproval: true, violations: [] });
      await agree(id, clerkOut, version, 'outSchool');
      await agree(id, 'officer-520103', (await view(id)).version, 'outAuthority');
      await agree(id, 'officer-520302', (await view(id)).version, 'inAuthority');
      expect(await view(id)).toMatchObject({ state: 'moving', violations: [{ rule: 'GZ-TR8' }] });
    });

    it('shows the inbox of an office, paged, with the working days left', async () => {
      const ids = [(await inReview()).id, (await inReview()).id].sort();
      type Page = { items: { id: string; waitingFor: { workingDaysLeft: number }[] }[]; next?: string };
      const inbox = async (account: string, query: string) =>
        (await service.call<Page>(account, 'GET', `transfers?${query}`)).body;
      const all = await inbox(clerkOut, `office=${out}&limit=200`);
      expect(all.items.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
      expect(all.items.find(({ id }) => id === ids[0])?.waitingFor).toMatchObject([{ workingDaysLeft: 2 }]);
      const first = await inbox(clerkOut, `office=${out}&limit=1`);
      expect(first.items).toHaveLength(1);
      expect((await inbox(clerkOut, `office=${out}&limit=1&after=${first.next}`)).items[0].id).not.toBe(
        first.items[0].id,
      );
      expect((await inbox('officer-520102', `office=${out}`)).items).toEqual([]);
      expect((await inbox('officer-520102', '')).items).toEqual([]);
    });
  });

  describe('refusals', () => {
    const noGround = { step: 'outSchool', answer: 'refuse', ground: 'noGroundHolds', note: '家长没有理由' };

    it('of the old school that the facts disprove has no effect and goes to its county [GZ-TR11] [R5-36]', async () => {
      const { id, version } = await inReview();
      const refused = await act<Problem>(id, clerkOut, version, noGround);
      expect(refused).toMatchObject({
        status: 422,
        body: {
          type: 'urn:xueji:problem:ground-disproved',
          citation: { rule: 'GZ-TR11', article: '第16条 二4' },
          facts: {
            ground: 'noGroundHolds',
            listedAt: '520103',
            grounds: expect.arrayContaining([
              expect.objectContaining({ code: 'noGroundHolds', proof: 'disproved' }),
            ]) as unknown,
            transferGrounds: expect.arrayContaining([
              expect.objectContaining({ code: 'householdMoved', holds: true }),
            ]) as unknown,
          },
        },
      });
      expect(await view(id)).toMatchObject({
        state: 'inReview',
        waitingFor: [out],
        refusals: [{ proof: 'disproved' }],
      });
      const list = async (account: string) =>
        (await service.call<{ items: { id: string; case: string }[] }>(account, 'GET', 'refusals?limit=200')).body
          .items;
      const listed = (await list('officer-520103')).find((one) => one.case === id);
      expect(listed).toBeDefined();
      expect((await list('officer-520302')).some((one) => one.case === id)).toBe(false);
      expect(await names(id)).toContain('transfer-refusal-listed');
      // The county looks at it: unfounded, and the school has to act.
      const review = (account: string, finding: string) =>
        service.call(account, 'POST', `refusals/${listed!.id}/review`, { body: { finding } });
      expect(await review('officer-520302', 'unfounded')).toMatchObject({ status: 404 });
      expect(await review('officer-520100', 'unfounded')).toMatchObject({ status: 403 });
      expect(await review('officer-520103', 'unfounded')).toMatchObject({ status: 200, body: { state: 'inReview' } });
      expect(await review('officer-520103', 'founded')).toMatchObject({ status: 409 });
      expect((await list('officer-520103')).some((one) => one.case === id)).toBe(false);
      const { version: now } = await view(id);
      expect(await agree(id, clerkOut, now, 'outSchool')).toMatchObject({ status: 200 });
    });

    it('"class full", which Guizhou does not know, is answered with the grounds known and listed at the city [FJ-C7]', async () => {
      const { id, version } = await inReview();
      await agree(id, clerkOut, version, 'outSchool');
      await agree(id, 'officer-520103', (await view(id)).version, 'outAuthority');
      const { version: now } = await view(id);
      const refused = await act<Problem>(id, 'officer-520302', now, {
        step: 'inAuthority',
        answer: 'refuse',
        ground: 'classFull',
      });
      expect(refused).toMatchObject({
        status: 422,
        body: {
          type: 'urn:xueji:problem:ground-not-known',
          citation: { rule: 'FJ-C7' },
          facts: { ground: 'classFull', listedAt: '520300', version: now + 1 },
        },
      });
      const known = (refused.body.facts.grounds as { code: string }[]).map(({ code }) => code);
      expect(known.sort()).toEqual(['formNotSealed', 'noGroundHolds', 'notEnrolled']);
      const [listed] = await service.collection<Refusal>('refusals').find({ case: id }).toArray();
      expect(
        await service.call('officer-520300', 'POST', `refusals/${listed._id}/review`, { body: { finding: 'founded' } }),
      ).toMatchObject({ status: 422, body: { type: 'urn:xueji:problem:ground-not-known' } });
    });

    it('without a ground, or with an agreement that names one, is no answer [FJ-C7]', async () => {
      const { id, version } = await inReview();
      expect(await act(id, clerkOut, version, { step: 'outSchool', answer: 'refuse' })).toMatchObject({
        status: 422,
        body: { type: 'urn:xueji:problem:ground-missing', citation: { rule: 'FJ-C7' } },
      });
      expect(
        await act(id, clerkOut, version, { step: 'outSchool', answer: 'agree', ground: 'notEnrolled' }),
      ).toMatchObject({
        status: 400,
      });
      expect((await view(id)).version).toBe(version);
    });

    it('that the facts prove ends the case, and the registry lets go [FJ-C7] [R5-36]', async () => {
      const { id, version, student } = await inReview();
      // The registry says that the seat is elsewhere by now.
      await service.collection('students').updateOne({ _id: student }, { $set: { school: '2152010201' } });
      const refused = await act(id, clerkOut, version, { step: 'outSchool', answer: 'refuse', ground: 'notEnrolled' });
      expect(refused).toMatchObject({ status: 200, body: { state: 'ended' } });
      expect(await names(id)).toEqual(
        expect.arrayContaining(['transfer-step-acted', 'transfer-refusal-listed', 'transfer-ended']),
      );
      expect(await view(id)).toMatchObject({
        outcome: { kind: 'refused', code: 'notEnrolled', citations: [{ rule: 'NAT-TR2' }] },
      });
      expect(await service.collection('deadlines').countDocuments({ subject: id, state: 'armed' })).toBe(0);
    });

    it('repeated under its key is answered the same and listed once', async () => {
      const { id, version } = await inReview();
      const key = 'refuse-once-1';
      const [first, second] = [
        await act(id, clerkOut, version, noGround, key),
        await act(id, clerkOut, version, noGround, key),
      ];
      expect([first.status, second.status]).toEqual([422, 422]);
      expect((second.body as unknown as Problem).facts).toEqual((first.body as unknown as Problem).facts);
      expect(await service.collection('refusals').countDocuments({ case: id })).toBe(1);
    });
  });

  describe('withdrawal', () => {
    it('by the receiving school, until the last act; the registry is told to let go', async () => {
      const { id, version } = await inReview();
      const withdraw = (account: string, seen: number) =>
        service.call(account, 'POST', `transfers/${id}/withdraw`, { body: { reason: '家长撤回' }, version: seen });
      expect(await withdraw(clerkOut, version)).toMatchObject({ status: 403 });
      expect(await withdraw('clerk-2152010201', version)).toMatchObject({ status: 404 });
      expect(await withdraw(clerkIn, version)).toMatchObject({ status: 200, body: { state: 'ended' } });
      expect((await journal(id)).at(-1)).toMatchObject({
        type: transferEvents.transferEnded.type,
        data: { outcome: 'withdrawn' },
      });
      expect(await withdraw(clerkIn, version + 1)).toMatchObject({ status: 409 });
      expect(await agree(id, clerkOut, version + 1, 'outSchool')).toMatchObject({ status: 409 });
    });

    it('before the registry has answered: the late answer changes nothing', async () => {
      const student = await service.enter('class-out', out);
      const { id, version } = (await file(filing(student))).body;
      await service.call(clerkIn, 'POST', `transfers/${id}/withdraw`, { body: { reason: '撤回' }, version });
      await held(student, id);
      expect(await view(id)).toMatchObject({ state: 'ended', outcome: { kind: 'withdrawn' }, waitingFor: [] });
    });
  });

  describe("the registry's answers", () => {
    it('a full class is refused with its article, by the pack that the registry names', async () => {
      service.moveTo('2026-09-10');
      const student = await service.enter('class-pingshun', '2114042501');
      const filed = await file(
        {
          ...filing(student),
          class: 'class-lucheng',
          ground: 'homeAndHouseholdMoved',
          facts: { homeMovedAcrossCounty: true, householdMovedToNewHome: true },
          newCounty: '140406',
          consentOn: '2026-09-09',
          papers: luchengPapers,
        },
        'clerk-2114040601',
      );
      expect(filed).toMatchObject({ status: 201 });
      await service.hear(
        registry.studentHoldRefused,
        student,
        { case: filed.body.id, code: 'class-full', facts: { taken: 50, cap: 50 } },
        { pack: 'changzhi-lucheng-2019', rules: ['CZ-TR10', 'CZ-CL3'] },
      );
      expect(await view(filed.body.id, 'clerk-2114040601')).toMatchObject({
        state: 'ended',
        outcome: {
          kind: 'holdRefused',
          code: 'class-full',
          facts: { taken: 50, cap: 50 },
          citations: [{ rule: 'CZ-TR10', article: '第十八条' }, { rule: 'CZ-CL3' }],
        },
      });
    });

    it('that come twice, late or out of order change nothing', async () => {
      const { id, student } = await inReview();
      const before = await view(id);
      const again = { case: id, toSchool: into, toClass: 'class-in' };
      await service.hear(registry.studentHeld, student, again);
      await service.hear(registry.studentHoldRefused, student, { case: id, code: 'held' });
      await service.hear(registry.studentMoved, student, {
        case: id,
        from: { school: out, path: '/a/', class: 'class-out' },
        to: { school: into, path: '/b/', class: 'class-in' },
      });
      expect(await view(id)).toEqual(before);
      // A case that is not here stops no other event.
      await service.hear(registry.studentHeld, student, { ...again, case: 'case-of-another-life' });
    });

    it('that do not come are shown to the operator, without the student', async () => {
      const student = await service.enter('class-out', out);
      const { id } = (await file(filing(student))).body;
      service.moveTo('2026-09-28', '10:30');
      await until(async () => (await view(id)).timeline.some(({ what }) => what === 'registrySilent'), {
        message: 'the alarm for the operator',
      });
      const shown = await service.call<{ items: object[] }>('operator', 'GET', 'transfers/unanswered');
      expect(shown.body.items).toContainEqual({ id, state: 'filed', since: expect.any(String) as string });
      expect(JSON.stringify(shown.body)).not.toContain(student);
      expect(await service.call('operator', 'GET', `transfers/${id}`)).toMatchObject({ status: 403 });
    });
  });

  describe('Changzhi on 10 September 2026', () => {
    const district = 'officer-140406';
    const lucheng = (student: string, more: Record<string, unknown> = {}) => ({
      ...filing(student),
      class: 'class-lucheng',
      ground: 'homeAndHouseholdMoved',
      facts: { homeMovedAcrossCounty: true, householdMovedToNewHome: true },
      newCounty: '140406',
      consentOn: '2026-09-09',
      papers: luchengPapers,
      ...more,
    });
    beforeEach(() => service.moveTo('2026-09-10'));

    it('four consents in the order of the text, each by the law of its own line [CZ-TR3] [CZ-TR6] [CZ-TR18]', async () => {
      const student = await service.enter('class-pingshun', '2114042501');
      const { id } = (await file(lucheng(student), 'clerk-2114040601')).body;
      await service.hear(registry.studentHeld, student, { case: id, toSchool: '2114040601', toClass: 'class-lucheng' });
      const see = () => view(id, 'clerk-2114040601');
      for (const [account, step] of [
        [district, 'inAuthority'],
        ['clerk-2114042501', 'outSchool'],
        ['officer-140425', 'outAuthority'],
      ])
        expect(await agree(id, account, (await see()).version, step)).toMatchObject({ status: 200 });
      expect(await see()).toMatchObject({
        state: 'moving',
        steps: [
          { step: 'inAuthority', pack: 'changzhi-lucheng-2019', act: 'approve', dueOn: '2026-09-23' },
          { step: 'outSchool', pack: 'national-2013', act: 'review' },
          { step: 'outAuthority', pack: 'national-2013', act: 'review' },
        ],
        handovers: [
          { party: 'inSchool', dueOn: '2026-09-22' },
          { party: 'inAuthority', dueOn: '2026-09-23', citation: { rule: 'CZ-TR18' } },
        ],
      });
    });

    it('the starting grade needs an override with a reason; a change of grade has none [CZ-TR11] [CZ-TR12]', async () => {
      const student = await service.enter('class-pingshun-1', '2114042501', { entryYear: 2026 });
      const starting = lucheng(student, { class: 'class-lucheng-1' });
      expect(await file(starting, 'clerk-2114040601')).toMatchObject({
        status: 422,
        body: { citation: { rule: 'CZ-TR12' } },
      });
      const overrides = [{ rule: 'CZ-TR12', reason: '父母调动工作' }];
      const filed = await file({ ...starting, overrides }, 'clerk-2114040601');
      expect(filed).toMatchObject({ status: 201 });
      expect(await view(filed.body.id, 'clerk-2114040601')).toMatchObject({
        overrides: [{ rule: 'CZ-TR12', person: 'clerk-2114040601' }],
      });
      const other = lucheng(student, { overrides: [{ rule: 'CZ-TR11', reason: '想换年级' }, ...overrides] });
      expect(await file(other, 'clerk-2114040601')).toMatchObject({
        status: 422,
        body: { items: [{ code: 'CZ-TR11' }] },
      });
    });

    it('filed later than 15 days from the first day of term is refused [CZ-TR7]', async () => {
      service.moveTo('2026-09-17');
      const student = await service.enter('class-pingshun', '2114042501');
      expect(await file(lucheng(student, { consentOn: '2026-09-16' }), 'clerk-2114040601')).toMatchObject({
        status: 422,
        body: { citation: { rule: 'CZ-TR7', article: '第十七条' } },
      });
    });
  });

  describe('papers', () => {
    it('lie encrypted, are shown to the parties of the case, and every reading is recorded', async () => {
      const scan = pdf('sealed form of a child named 王小明');
      const { body } = await service.upload(clerkIn, into, scan);
      const student = await service.enter('class-out', out);
      await file(filing(student, { papers: [{ kind: 'contactForm', digest: body.digest }] }));
      const shown = await service.call<{ raw: Buffer }>(clerkOut, 'GET', `evidence/${body.digest}`);
      expect(shown.status).toBe(200);
      expect(shown.headers['content-type']).toBe('application/pdf');
      expect(shown.body.raw.equals(scan)).toBe(true);
      expect(await service.call('officer-520102', 'GET', `evidence/${body.digest}`)).toMatchObject({ status: 404 });
      expect(await service.call(clerkIn, 'GET', `evidence/${'0'.repeat(64)}`)).toMatchObject({ status: 404 });
      const chunks = await service.collection<{ data: { buffer: Buffer } }>('files.chunks').find().toArray();
      expect(Buffer.concat(chunks.map(({ data }) => Buffer.from(data.buffer))).includes('王小明')).toBe(false);
      expect(await service.collection('audit').countDocuments({ act: 'transfer.paper.read', account: clerkOut })).toBe(
        1,
      );
    });

    it('sent many times at the same moment are taken, each time', async () => {
      const scan = pdf('sent by an impatient hand');
      const answers = await Promise.all(Array.from({ length: 10 }, () => service.upload(clerkIn, into, scan)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
      const [{ body }] = answers;
      expect(await service.collection('evidence').countDocuments({ digest: body.digest })).toBe(1);
      const subject = { 'subject.kind': 'paper', 'subject.id': body.digest };
      expect(await service.collection('audit').countDocuments(subject)).toBe(1);
    });

    it('are PDF, PNG or JPEG by their bytes, not empty, not above the limit, and of one’s own school', async () => {
      const upload = (bytes: Buffer, school = into) => service.upload(clerkIn, school, bytes);
      expect(await upload(Buffer.from('PK\u0003\u0004 no paper'))).toMatchObject({ status: 415 });
      expect(await upload(Buffer.alloc(0))).toMatchObject({ status: 400 });
      expect(await upload(Buffer.concat([pdf('big'), Buffer.alloc(11 * 1_048_576)]))).toMatchObject({ status: 413 });
      expect(await upload(pdf('other school'), out)).toMatchObject({ status: 404 });
      expect(await service.call(clerkIn, 'POST', `evidence?school=${into}`, { body: { file: 'x' } })).toMatchObject({
        status: 400,
      });
    });

    it('of another school, though it lies there, cannot be named', async () => {
      const { body } = await service.upload(clerkOut, out, pdf('only at the old school'));
      const student = await service.enter('class-out', out);
      expect(await file(filing(student, { papers: [{ kind: 'contactForm', digest: body.digest }] }))).toMatchObject({
        status: 400,
        body: { items: [{ field: 'papers.0.digest', code: 'paper-not-uploaded' }] },
      });
    });
  });

  it('a provisional due day is counted again with the next start, once its order is known', async () => {
    service.moveTo('2026-12-30');
    const { id } = await inReview({ consentOn: '2026-12-29' });
    expect((await view(id)).steps[0]).toMatchObject({ dueOn: '2027-01-01', provisional: true });
    const law = service.app.get(Law);
    const published = {
      year: 2027,
      source: 'test',
      orders: [{ number: '〔2026〕x号', issued: '2026-12-30', title: 'x', off: [newYear], work: [] }],
    };
    Object.assign(law.clocks, clocksOf(law.policy, new WorkingCalendar([...(await ordersUntil2026()), published])));
    await service.app.get(RecountDue).onApplicationBootstrap();
    expect((await view(id)).steps[0]).toMatchObject({ dueOn: '2027-01-04', provisional: false });
    Object.assign(law.clocks, clocksOf(law.policy, law.calendar));
  });
  const newYear = { from: '2027-01-01', to: '2027-01-03', name: '元旦' };
  const ordersUntil2026 = async (): Promise<YearOfOrders[]> => {
    const file = join(root, 'libs/policy/data/working-days/2026.json');
    return [JSON.parse(await readFile(file, 'utf8')) as YearOfOrders];
  };

  describe('what is kept', () => {
    it('words about a child lie sealed beside the case; parties read them, and that is recorded', async () => {
      const { id } = await inReview({
        ground: 'localConditionOrSpecialReason',
        groundText: '祖母病重需照顾',
        facts: {},
      });
      const stored = [
        ...(await service.collection('transfers').find({ _id: id }).toArray()),
        ...(await service.collection('words').find({ case: id }).toArray()),
        ...(await journal(id)),
        ...(await service.collection('commands').find().toArray()),
        ...(await service.collection('audit').find({ 'subject.id': id }).toArray()),
      ];
      expect(JSON.stringify(stored)).not.toContain('祖母');
      expect(await service.call(clerkOut, 'GET', `transfers/${id}/words`)).toMatchObject({
        status: 200,
        body: { items: [{ what: 'ground', text: '祖母病重需照顾', account: clerkIn }] },
      });
      expect(await service.call('officer-520102', 'GET', `transfers/${id}/words`)).toMatchObject({ status: 404 });
      expect(await service.collection('audit').countDocuments({ act: 'transfer.words.read', 'subject.id': id })).toBe(
        1,
      );
    });

    it('every change has its audit row with the version it led to', async () => {
      const { id, version } = await inReview();
      await agree(id, clerkOut, version, 'outSchool');
      const rows = await service
        .collection<{ act: string; account: string; subject: { version: number } }>('audit')
        .find({ 'subject.id': id })
        .toArray();
      expect(rows.map(({ act: what, account }) => [what, account])).toEqual([
        ['transfer.case.file', clerkIn],
        ['transfer.case.held', 'system'],
        ['transfer.case.act', clerkOut],
      ]);
      expect(rows.at(-1)?.subject.version).toBe((await view(id)).version);
    });

    it('no event or case holds more than codes, ids and dates', async () => {
      const known = new Set(allEvents.map(({ type }) => type));
      for (const { type } of await service.collection<{ type: string }>('outbox').find().toArray())
        expect(known.has(type)).toBe(true);
      const cases = await service.collection<Transfer>('transfers').find().toArray();
      expect(cases.length).toBeGreaterThan(10);
      for (const one of cases)
        expect(Object.keys(one)).not.toEqual(expect.arrayContaining(['name', 'idNumber', 'groundText']));
    });
  });

  it('describes itself: every route with its answers', async () => {
    const reply = await service.app.inject({ method: 'GET', url: '/api/transfer/openapi.json' });
    const { paths } = reply.json<{
      paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>;
    }>();
    const routes = Object.entries(paths).filter(
      ([path]) => path.startsWith('/api/transfer/v1/transfers') || /evidence|refusals/.test(path),
    );
    expect(routes.length).toBeGreaterThanOrEqual(9);
    for (const [, methods] of routes)
      for (const { responses } of Object.values(methods)) {
        expect(Object.keys(responses)).toEqual(
          expect.arrayContaining(['400', '401', '403', '404', '409', '412', '422']),
        );
        const success = Object.entries(responses).find(([status]) => status.startsWith('2'));
        expect(success?.[1].content).toBeDefined();
      }
  });
});
