import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkCharacter } from '#libs/codes';
import { OwnProcess, root, until } from '#libs/testing';

jest.setTimeout(60_000);

interface Answer {
  requestId: string;
  outcome: 'issued' | 'refused' | 'pending';
  number?: string;
  reason?: string;
}

const child = (n: number, over: Record<string, unknown> = {}) => {
  const first17 = `520103${2017 + Math.floor(n / 400)}0901${String((n % 400) * 2 + 1).padStart(3, '0')}`;
  return {
    requestId: `child-${n}.issue-G`,
    kind: 'issue-G',
    idNumber: first17 + checkCharacter(first17),
    birthDate: `${first17.slice(6, 10)}-09-01`,
    sex: '1',
    divisionCode: '520103',
    schoolCode: '2152000001',
    ...over,
  };
};

const withoutId = (n: number) => child(n, { requestId: `child-${n}.issue-L`, kind: 'issue-L', idNumber: undefined });

const range = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('the played national system', () => {
  let folder: string;
  let ministry: OwnProcess;

  beforeEach(async () => {
    mkdirSync(join(root, '.run/tmp'), { recursive: true });
    folder = mkdtempSync(join(root, '.run/tmp/ministry-'));
    const name = `ministry-${folder.slice(-6)}`;
    const env = { XUEJI_MINISTRY_DIR: folder, XUEJI_MINISTRY_BEHAVIOUR: 'prompt' };
    ministry = await OwnProcess.start({ name, entry: 'tools/ministry/src/main.ts', env });
  });
  afterEach(async () => {
    await ministry.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = async (path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const reply = await fetch(ministry.url + path, init);
    return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
  };
  const ask = (...requests: unknown[]) => call('/requests', { requests });
  const behave = async (behaviour: unknown) => expect((await call('/behaviour', { behaviour })).status).toBe(200);

  /** Everything after the cursor, lot by lot. */
  const heard = async (after = '0'): Promise<{ answers: Answer[]; cursor: string }> => {
    const answers: Answer[] = [];
    for (let cursor = after; ;) {
      const { body } = await call(`/answers?after=${cursor}`);
      answers.push(...(body.answers as Answer[]));
      if (body.cursor === cursor) return { answers, cursor };
      cursor = body.cursor as string;
    }
  };
  const final = (answers: Answer[]) => answers.filter(({ outcome }) => outcome !== 'pending');

  it('takes a batch, answers later by cursor, and tells a single one', async () => {
    expect(await ask(child(1), withoutId(2))).toEqual({ status: 202, body: { accepted: 2, known: 0 } });
    const { answers, cursor } = await heard();
    expect(answers).toEqual([
      { requestId: 'child-1.issue-G', outcome: 'issued', number: `G${child(1).idNumber}` },
      { requestId: 'child-2.issue-L', outcome: 'issued', number: 'L520103201709010001' },
    ]);
    expect(await heard(cursor)).toEqual({ answers: [], cursor });
    expect((await call('/requests/child-2.issue-L')).body).toMatchObject({ number: 'L520103201709010001' });
    expect((await call('/requests/unheard')).status).toBe(404);
  });

  it('asked again, also with another content, it is the same answer', async () => {
    await ask(withoutId(1));
    expect((await ask(withoutId(1), { ...withoutId(1), birthDate: '2018-01-01' })).body).toEqual({
      accepted: 0,
      known: 2,
    });
    const { answers } = await heard();
    expect(answers).toHaveLength(3);
    expect(new Set(answers.map(({ number }) => number))).toEqual(new Set(['L520103201709010001']));
  });

  it('moody: late, by batch, partly, twice, out of order, lost until asked again; each request one number', async () => {
    await behave({ delayMs: [0, 300], batchMs: 100, partly: 0.7, twice: 0.3, lose: 0.3, pending: 0.3, shuffle: true });
    const all = range(300);
    await ask(...all.map((n) => child(n)));
    expect(final((await heard()).answers).length).toBeLessThan(300);
    const waiting = async () => (await call('/figures')).body.waiting as number;
    const arrived = async () => (await heard()) && (await waiting()) === 0;
    await until(arrived, { message: async () => `${await waiting()} on their way` });

    const first = final((await heard()).answers);
    const missing = all.filter((n) => !first.some(({ requestId }) => requestId === child(n).requestId));
    expect(missing.length).toBeGreaterThan(50);
    expect((await call(`/requests/${child(missing[0]!).requestId}`)).body).toMatchObject({ outcome: 'pending' });
    await ask(...missing.map((n) => child(n)));
    await until(arrived, { message: async () => `${await waiting()} on their way` });

    const { answers } = await heard();
    const numbers = Map.groupBy(final(answers), ({ requestId }) => requestId);
    expect(numbers.size).toBe(300);
    for (const n of all)
      for (const { number } of numbers.get(child(n).requestId)!) expect(number).toBe(`G${child(n).idNumber}`);
    expect([...numbers.values()].some((given) => given.length > 1)).toBe(true);
    expect(answers.some(({ outcome }) => outcome === 'pending')).toBe(true);
    const order = first.map(({ requestId }) => all.findIndex((n) => child(n).requestId === requestId));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  it('killed at any moment, it forgets nothing that it has answered for, and gives no second number', async () => {
    await behave({ delayMs: [0, 200], twice: 0.3, lose: 0.2, shuffle: true });
    const before: Answer[] = [];
    let cursor = '0';
    for (let round = 0; round < 4; round++) {
      const asked = range(40).map((n) => withoutId(round * 40 + n));
      const asking = ask(...asked).catch(() => undefined);
      if (round % 2) await asking;
      const lot = await heard(cursor);
      before.push(...lot.answers);
      cursor = lot.cursor;
      await Promise.all([ministry.kill(), asking]);
      // A line that the kill cut off.
      appendFileSync(join(folder, 'ministry.jsonl'), '{"asked":[{"requ');
      await ministry.restart();
      await ask(...asked);
    }
    await ask(...range(160).map((n) => withoutId(n)));
    const waiting = async () => (await call('/figures')).body.waiting as number;
    await until(async () => (await heard()) && (await waiting()) === 0, { message: 'all answers to leave' });

    const { answers } = await heard();
    // Cursors given out before the kills still mean the same places.
    expect(answers.slice(0, before.length)).toEqual(before);
    const numbers = new Map<string, Set<string>>();
    for (const { requestId, number } of final(answers))
      numbers.set(requestId, (numbers.get(requestId) ?? new Set()).add(number!));
    expect(numbers.size).toBe(160);
    for (const given of numbers.values()) expect(given.size).toBe(1);
    expect(new Set([...numbers.values()].flatMap((given) => [...given])).size).toBe(160);
    expect((await call('/behaviour')).body).toMatchObject({ twice: 0.3 });
  });

  it('away: takes and answers nothing until it is back', async () => {
    await behave({ away: true });
    expect((await ask(child(1))).status).toBe(503);
    expect((await call('/answers')).status).toBe(503);
    await behave({ away: false });
    expect((await ask(child(1))).status).toBe(202);
  });

  it('tells duplicates and codes', async () => {
    await ask(child(1));
    const { idNumber } = child(1);
    expect((await call('/duplicates', { idNumber })).body).toEqual({
      duplicate: true,
      number: `G${idNumber}`,
      schoolCode: '2152000001',
    });
    expect((await call('/duplicates', { idNumber: child(2).idNumber })).body).toEqual({ duplicate: false });
    await behave({ unknownSchools: ['2152000009'] });
    expect((await call('/codes?school=2152000001')).body).toEqual({ school: '2152000001', known: true });
    expect((await call('/codes?school=2152000009')).body).toEqual({ school: '2152000009', known: false });
    await ask(child(3, { schoolCode: '2152000009' }));
    expect((await call('/requests/child-3.issue-G')).body).toMatchObject({
      outcome: 'refused',
      reason: 'unknown-school',
    });
  });

  it('answers bad input with 400 and goes on', async () => {
    for (const [path, body] of [
      ['/requests', {}],
      ['/requests', { requests: [{ ...child(1), requestId: '' }] }],
      ['/requests', { requests: [child(1), null] }],
      ['/requests', { requests: range(1_001).map((n) => child(n)) }],
      ['/requests', []],
      ['/behaviour', { behaviour: 'cheerful' }],
      ['/answers?after=99', undefined],
      ['/answers?after=x', undefined],
      ['/answers?limit=0', undefined],
    ] as const)
      expect([path, (await call(path, body)).status]).toEqual([path, 400]);
    expect((await call('/nothing')).status).toBe(404);
    expect((await call('/figures')).body).toMatchObject({ requests: 0, asked: 0 });
    await ask({ ...child(1), idNumber: 5 });
    expect((await call('/requests/child-1.issue-G')).body).toMatchObject({
      outcome: 'refused',
      reason: 'no-id-number',
    });
  });
});
