import { ownCorner, until } from '#libs/testing';
import { ConsumerSide, marked, OwnerSide } from './sides';

jest.setTimeout(60_000);

describe('from a change to its effect in another service', () => {
  const corner = ownCorner();
  let owner: OwnerSide;
  let consumer: ConsumerSide;

  beforeAll(async () => {
    owner = await OwnerSide.open(corner);
    consumer = await ConsumerSide.open(owner);
  });
  afterAll(async () => {
    await consumer.close();
    await owner.close();
    await corner.drop();
  });

  it('every event takes effect once, in order per aggregate', async () => {
    const relay = owner.startRelay();
    consumer.listen();
    const keys = Array.from({ length: 40 }, (_, n) => `child-${n}`);
    for (let seq = 1; seq <= 5; seq++) await owner.write(...keys.map((key) => marked(key, seq)));
    await until(async () => (await consumer.effects.countDocuments()) === 200, {
      within: 20_000,
      message: async () => `200 effects, there are ${await consumer.effects.countDocuments()}`,
    });
    const history = await consumer.history();
    expect(Object.keys(history).sort()).toEqual([...keys].sort());
    for (const seqs of Object.values(history)) expect(seqs).toEqual([1, 2, 3, 4, 5]);
    expect(await relay.pending()).toBe(0);
    await until(async () => Object.values(await consumer.server.lag()).every((lag) => lag === 0), {
      message: 'no lag left',
    });
    const { applied, duplicate, skipped, parked } = consumer.server.tally;
    expect({ applied, duplicate, skipped, parked }).toEqual({ applied: 200, duplicate: 0, skipped: 0, parked: 0 });
    expect(consumer.server.consumed).toBe(200);
  });

  it('positions have no gap in any shard and follow the order of each aggregate', async () => {
    const rows = await owner.store.outbox.find().sort({ shard: 1, position: 1 }).toArray();
    const last = new Map<number, number>();
    const seqOf = new Map<string, number>();
    for (const { shard, position, aggregateId, seq } of rows) {
      expect(position).toBe((last.get(shard) ?? 0) + 1);
      last.set(shard, position as number);
      expect(seq).toBe((seqOf.get(aggregateId) ?? 0) + 1);
      seqOf.set(aggregateId, seq);
    }
  });
});
