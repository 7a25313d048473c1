import { Refused } from '#libs/service-kit';
import { ownCorner } from '#libs/testing';
import { digestOf, Once } from '../src/once';
import { marked, OwnerSide } from './sides';

jest.setTimeout(60_000);

describe('a command under its key', () => {
  const corner = ownCorner();
  let owner: OwnerSide;
  let once: Once;

  beforeAll(async () => {
    owner = await OwnerSide.open(corner);
    once = new Once(owner.store);
  });
  afterAll(async () => {
    await owner.close();
    await corner.drop();
  });

  /** Writes the next event of a child and answers with its number. */
  const mark = (key: string, child: string, account = 'clerk') =>
    owner.store.transaction((session) =>
      once.run(session, { account, key, body: { child } }, async () => {
        const seq = 1 + (await owner.store.outbox.countDocuments({ aggregateId: child }, { session }));
        await owner.outbox.add(session, [marked(child, seq)]);
        return { seq, at: new Date('2026-09-01T00:00:00Z') };
      }),
    );
  const events = (child: string) => owner.store.outbox.countDocuments({ aggregateId: child });

  it('acts once and gives the first answer again', async () => {
    const first = await mark('k1', 'one');
    expect(await mark('k1', 'one')).toEqual(first);
    expect(await events('one')).toBe(1);
  });

  it('is another command under another key or of another account', async () => {
    await mark('k2', 'two');
    await mark('k3', 'two');
    await mark('k3', 'two', 'other');
    expect(await events('two')).toBe(3);
  });

  it('refuses the key with another body, and does nothing', async () => {
    await mark('k4', 'four');
    const again = mark('k4', 'five');
    await expect(again).rejects.toBeInstanceOf(Refused);
    await expect(again).rejects.toMatchObject({ refusal: { slug: 'idempotency-key-reused', status: 422 } });
    expect(await events('five')).toBe(0);
  });

  it('of twelve at once one acts, and all get its answer', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => mark('k6', 'six')));
    expect(new Set(answers.map(({ seq }) => seq))).toEqual(new Set([1]));
    expect(await events('six')).toBe(1);
  });

  it('is free again when the act failed', async () => {
    const failing = owner.store.transaction((session) =>
      once.run(session, { account: 'clerk', key: 'k7', body: { child: 'seven' } }, async () => {
        throw new Error('no');
      }),
    );
    await expect(failing).rejects.toThrow('no');
    expect(await mark('k7', 'seven')).toMatchObject({ seq: 1 });
  });

  it('may answer with nothing, once', async () => {
    let acts = 0;
    const act = () =>
      owner.store.transaction((session) =>
        once.run(session, { account: 'clerk', key: 'k8', body: null }, async () => void acts++),
      );
    expect([await act(), await act()]).toEqual([undefined, undefined]);
    expect(acts).toBe(1);
  });

  it('stands only inside a transaction', async () => {
    const session = await owner.connection.startSession();
    await expect(once.run(session, { account: 'a', key: 'k', body: 1 }, async () => 1)).rejects.toThrow('transaction');
    await session.endSession();
  });

  it('tells bodies apart by content, not by the order of members', () => {
    expect(digestOf({ a: 1, b: { c: [1, 2], d: 2 } })).toBe(digestOf({ b: { d: 2, c: [1, 2] }, a: 1 }));
    expect(digestOf({ a: [1, 2] })).not.toBe(digestOf({ a: [2, 1] }));
    expect(digestOf(undefined)).not.toBe(digestOf(null));
  });
});
