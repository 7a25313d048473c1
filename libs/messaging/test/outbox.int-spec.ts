import { NewEvent } from '#libs/contracts';
import { ownCorner } from '#libs/testing';
import { JournalController } from '../src/journal.controller';
import { marked, OwnerSide } from './sides';

jest.setTimeout(60_000);

describe('the outbox', () => {
  const corner = ownCorner();
  let owner: OwnerSide;

  beforeAll(async () => {
    owner = await OwnerSide.open(corner);
  });
  afterAll(async () => {
    await owner.close();
    await corner.drop();
  });

  const rows = (aggregateId: string) => owner.store.outbox.countDocuments({ aggregateId });

  it('is written with the change or not at all', async () => {
    const failing = owner.store.transaction(async (session) => {
      await owner.outbox.add(session, [marked('undone', 1)]);
      throw new Error('the rest failed');
    });
    await expect(failing).rejects.toThrow('the rest failed');
    expect(await rows('undone')).toBe(0);
  });

  it('refuses to be written outside a transaction', async () => {
    const session = await owner.connection.startSession();
    await expect(owner.outbox.add(session, [marked('loose', 1)])).rejects.toThrow('inside the transaction');
    await session.endSession();
  });

  it('a seq that is taken breaks the transaction that tries it', async () => {
    await owner.write(marked('taken', 1));
    await expect(owner.write(marked('taken', 1))).rejects.toMatchObject({ code: 11000 });
    expect(await rows('taken')).toBe(1);
  });

  const wrong: [string, Partial<NewEvent>, string][] = [
    ['data that the contract does not know', { data: { mark: 7, from: '2026-09-01' } }, '/mark type'],
    ['a field without a class', { data: { mark: 'x', from: '2026-09-01', name: '张三' } }, 'additionalProperties'],
    ['a date that is none', { effectiveOn: '1 Sept' }, 'legal date'],
    ['a seq below 1', { seq: 0 }, 'seq 0'],
    ['no aggregate', { aggregateId: '' }, 'no aggregate'],
    ['more than an event should say', { data: { mark: 'x'.repeat(81), from: '2026-09-01' } }, '/mark maxLength'],
  ];
  it.each(wrong)('refuses %s, without telling the value', async (_, part, reason) => {
    const writing = owner.write({ ...marked('wrong', 1), ...part });
    await expect(writing).rejects.toThrow(reason);
    await expect(writing).rejects.not.toThrow('张三');
    expect(await rows('wrong')).toBe(0);
  });

  it('refuses the event of another owner', async () => {
    const foreign = await OwnerSide.open(corner, 'transfer');
    await expect(foreign.write(marked('foreign', 1))).rejects.toThrow('owner is registry');
    await foreign.close();
  });
});

describe('the journal', () => {
  const corner = ownCorner();
  let owner: OwnerSide;
  let journal: JournalController;

  beforeAll(async () => {
    owner = await OwnerSide.open(corner);
    journal = new JournalController(owner.store, owner.options);
    // Ids that lie around each other.
    for (const key of ['a', 'a:b', 'a:0', 'a/2026/1']) await owner.write(...[1, 2, 3].map((seq) => marked(key, seq)));
  });
  afterAll(async () => {
    await owner.close();
    await corner.drop();
  });

  it('tells one aggregate from a sequence on, and nothing of its neighbours', async () => {
    for (const key of ['a', 'a:b', 'a:0', 'a/2026/1']) {
      const { events } = await journal.ofAggregate(key, 1);
      expect(events.map(({ aggregateId, seq }) => [aggregateId, seq])).toEqual([
        [key, 2],
        [key, 3],
      ]);
    }
    expect((await journal.ofAggregate('a', 3)).events).toEqual([]);
  });

  it('tells a shard by position, published events only', async () => {
    await owner.store.outbox.updateMany({}, { $set: { shard: 5 } });
    const published = await owner.store.outbox.find({ aggregateId: 'a' }).sort({ seq: 1 }).toArray();
    for (const [index, { _id }] of published.entries()) {
      await owner.store.outbox.updateOne({ _id }, { $set: { position: index + 1 } });
    }
    const { events } = await journal.ofShard(5, 1);
    expect(events.map(({ aggregateId, position }) => [aggregateId, position])).toEqual([
      ['a', 2],
      ['a', 3],
    ]);
    expect((await journal.ofShard(5, 3)).events).toEqual([]);
  });
});
