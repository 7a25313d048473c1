import fc from 'fast-check';
import { EMPTY, of } from 'rxjs';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
import { ownCorner } from '#libs/testing';
import { JournalUnreachable } from '../src/faults';
import { Tally } from '../src/inbox';
import { Arrival, arrivalFromEntry, entryOf } from '../src/wire';
import { violations } from './checker';
import { ConsumerSide, marked, OwnerSide, submitted } from './sides';

jest.setTimeout(120_000);

const go = () => undefined;

describe('the inbox', () => {
  const corner = ownCorner();
  let owner: OwnerSide;
  let consumer: ConsumerSide;
  /** What the handler does with an event before its effect; set by a test. */
  let ill: (event: ReceivedEvent) => void = go;

  beforeAll(async () => {
    owner = await OwnerSide.open(corner);
    consumer = await ConsumerSide.open(owner);
    consumer.before(async (events) => events.forEach((event) => ill(event)));
  });
  beforeEach(async () => {
    ill = go;
    consumer.journal.away = undefined;
    await owner.store.outbox.deleteMany({});
    await consumer.store.inbox.deleteMany({});
    await consumer.effects.deleteMany({});
  });
  afterAll(async () => {
    await consumer.close();
    await owner.close();
    await corner.drop();
  });

  const arrivals = async (): Promise<Arrival[]> =>
    (await owner.store.outbox.find().sort({ _id: 1 }).toArray()).map((row) =>
      arrivalFromEntry('registry', entryOf('registry', row)),
    );

  /** As the server does it: settle, heal what waits behind a gap, settle that. */
  const hear = async (heard: Arrival[]): Promise<Tally> => {
    const before = { ...consumer.server.tally };
    const server = consumer.server as unknown as {
      apply: (heard: Arrival[], pulse: () => void) => Promise<void>;
    };
    await server.apply(heard, go);
    const after = consumer.server.tally;
    return Object.assign(new Tally(), {
      applied: after.applied - before.applied,
      duplicate: after.duplicate - before.duplicate,
      skipped: after.skipped - before.skipped,
      parked: after.parked - before.parked,
    });
  };

  const check = async () =>
    violations(await owner.store.outbox.find().toArray(), await consumer.effects.find().sort({ _id: 1 }).toArray());

  const sum = ({ applied, duplicate, skipped, parked }: Tally) => applied + duplicate + skipped + parked;

  it('whatever the log does to order and number, each event takes effect once and in order', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat()),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
        async (lengths, dice, cuts) => {
          const prefix = `run${run++}`;
          const events = lengths.flatMap((length, key) =>
            Array.from({ length }, (_, n) => marked(`${prefix}-${key}`, n + 1)),
          );
          await owner.store.outbox.deleteMany({});
          await consumer.effects.deleteMany({});
          await owner.write(...events);
          const journal = await arrivals();
          const throwing = () => dice.next().value as number;
          // Doubled at will, some only once, in any order at all, across chunks of any size.
          const log = journal
            .flatMap((arrival) => Array.from({ length: 1 + (throwing() % 3) }, () => arrival))
            .map((arrival) => ({ arrival, at: throwing() }))
            .sort((a, b) => a.at - b.at)
            .map(({ arrival }) => arrival);
          for (let from = 0, turn = 0; from < log.length; turn++) {
            const size = cuts[turn % cuts.length];
            const chunk = log.slice(from, from + size);
            expect(sum(await hear(chunk))).toBe(chunk.length);
            from += size;
          }
          expect(await check()).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('with poison anywhere: the healthy keys are whole, the ill ones whole up to the poison, and all after redrive', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }),
        fc.nat({ max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (lengths, illKey, illSeq) => {
          const prefix = `ill${run++}`;
          const sick = `${prefix}-${illKey % lengths.length}`;
          const length = lengths[illKey % lengths.length];
          const at = Math.min(illSeq, length);
          ill = (event) => {
            if (event.aggregateId === sick && event.seq === at) throw new RangeError('ill');
          };
          await owner.store.outbox.deleteMany({});
          await consumer.effects.deleteMany({});
          await owner.write(
            ...lengths.flatMap((count, key) =>
              Array.from({ length: count }, (_, n) => marked(`${prefix}-${key}`, n + 1)),
            ),
          );
          const log = await arrivals();
          const tally = await hear(log);
          expect(sum(tally)).toBe(log.length);
          expect(tally.parked).toBe(length - at + 1);
          const history = await consumer.history();
          for (const [key, count] of lengths.entries()) {
            const id = `${prefix}-${key}`;
            const upTo = id === sick ? at - 1 : count;
            expect(history[id] ?? []).toEqual(Array.from({ length: upTo }, (_, n) => n + 1));
          }
          ill = go;
          expect(await consumer.parking.redrive('registry', sick)).toBe('healed');
          expect(await check()).toEqual([]);
          expect(await consumer.parking.list()).toEqual([]);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('an outage of the store in the middle is waited out, parks nothing and doubles nothing', async () => {
    await owner.write(marked('child', 1), marked('child', 2), marked('other', 1));
    let outages = 4;
    ill = () => {
      if (outages-- > 0) throw Object.assign(new Error('away'), { name: 'MongoNetworkError' });
    };
    expect(await hear(await arrivals())).toMatchObject({ applied: 3, parked: 0 });
    expect(await check()).toEqual([]);
  });

  it('two consumers that hear the same at once, as after a rebalance, apply it once', async () => {
    await owner.write(...Array.from({ length: 30 }, (_, n) => marked(`child-${n % 6}`, 1 + Math.floor(n / 6))));
    const heard = await arrivals();
    const other = await ConsumerSide.open(owner);
    const ends = await Promise.all([consumer, other].map((one) => one.inbox.settle(heard, go)));
    expect(ends.reduce((total, { tally }) => total + tally.applied, 0)).toBe(30);
    expect(ends.reduce((total, { tally }) => total + tally.duplicate, 0)).toBe(30);
    expect(await check()).toEqual([]);
    await other.close();
  });

  it('a gap is filled from the journal; when the owner is away the key waits, others move, and it heals later', async () => {
    await owner.write(...[1, 2, 3].map((seq) => marked('child', seq)), marked('other', 1));
    const log = await arrivals();
    consumer.journal.away = new JournalUnreachable('away');
    const last = log.filter(({ aggregateId, seq }) => aggregateId === 'other' || seq === 3);
    expect(await hear(last)).toMatchObject({ applied: 1, parked: 1 });
    expect(await consumer.parking.list()).toMatchObject([
      { aggregateId: 'child', seq: 0, stoppedAt: { fault: 'journal-unreachable' } },
    ]);
    consumer.journal.away = undefined;
    await (consumer.parking as unknown as { retryByItself: () => Promise<void> }).retryByItself();
    expect(await consumer.parking.list()).toEqual([]);
    expect(await check()).toEqual([]);
  });

  it('an owner that was itself restored is told apart: the key stays parked', async () => {
    await owner.write(...[1, 2, 3].map((seq) => marked('child', seq)));
    const log = await arrivals();
    await hear(log.slice(0, 1));
    await owner.store.outbox.deleteMany({ seq: { $gt: 1 } });
    await hear(log.slice(2));
    expect(await consumer.parking.list()).toMatchObject([{ seq: 1, stoppedAt: { fault: 'journal-behind' } }]);
  });

  it('an unknown type parks its key, or is passed where the consumer says so', async () => {
    await owner.write(marked('child', 1), marked('child', 2));
    await owner.store.outbox.updateOne({ seq: 1 }, { $set: { type: 'cn.xueji.registry.of-tomorrow.v1' } });
    const log = await arrivals();
    expect(await hear(log)).toMatchObject({ parked: 2, applied: 0 });
    expect(await consumer.parking.list()).toMatchObject([{ stoppedAt: { fault: 'unknown-type' } }]);
    await consumer.store.inbox.deleteMany({});
    const lenient = await ConsumerSide.open(owner, { unknownTypes: 'skip' });
    const { tally } = await lenient.inbox.settle(log, go);
    expect(tally).toMatchObject({ skipped: 1, applied: 1, parked: 0 });
    await lenient.close();
  });

  it('a known type that nobody handles here moves the key on', async () => {
    const silent = await ConsumerSide.open(owner);
    (silent.inbox as unknown as { effects: Map<string, unknown> }).effects.clear();
    await owner.write(marked('child', 1), marked('child', 2));
    const { tally } = await silent.inbox.settle(await arrivals(), go);
    expect(tally).toMatchObject({ skipped: 2, applied: 0, parked: 0 });
    expect(await silent.store.inbox.findOne({})).toMatchObject({ seq: 2 });
    await silent.close();
  });

  it('events of a type in a row come together; when one is ill they come singly, and it parks alone', async () => {
    const rows: string[][] = [];
    const many = async (events: ReceivedEvent[]) => {
      rows.push(events.map(({ aggregateId }) => aggregateId));
      if (events.some(({ aggregateId }) => aggregateId === 'ill')) throw new Error('ill');
    };
    consumer.server.addHandler(registryEvents.studentSubmitted.type, many, true, { many: true });
    await owner.write(submitted('a', 1), submitted('b', 1), marked('c', 1), submitted('d', 1));
    expect(await hear(await arrivals())).toMatchObject({ applied: 4 });
    expect(rows.splice(0)).toEqual([['a', 'b'], ['d']]);
    await owner.write(submitted('e', 1), submitted('ill', 1), submitted('j', 1));
    expect(await hear((await arrivals()).slice(4))).toMatchObject({ applied: 2, parked: 1 });
    expect(rows).toEqual([['e', 'ill', 'j'], ['e'], ['ill'], ['ill'], ['ill'], ['j']]);
  });

  it('a handler that gives back an empty or a plain stream has done its work', async () => {
    for (const [n, stream] of [EMPTY, of(1, 2)].entries()) {
      consumer.server.addHandler(registryEvents.studentNumbered.type, async () => stream, true);
      const event = { ...marked(`numbered-${n}`, 1), definition: registryEvents.studentNumbered, data: { kind: 'G' } };
      await owner.write(event);
      expect(await hear(await arrivals())).toMatchObject({ parked: 0 });
      expect(await consumer.store.inbox.findOne({ aggregateId: `numbered-${n}` })).toMatchObject({ seq: 1 });
    }
  });

  it('a message without attributes parks by its key, one without a key by its place on the log; the journal clears both', async () => {
    await owner.write(marked('child', 1));
    const unreadable = ['child', '?/3/17'].map((aggregateId) =>
      arrivalFromEntry('registry', {
        aggregateId,
        source: undefined as never,
        type: '',
        seq: 0,
        effectiveOn: '',
        recordedAt: '',
        data: undefined as never,
      }),
    );
    expect(await hear(unreadable)).toMatchObject({ parked: 2 });
    expect(await consumer.parking.redrive('registry', 'child')).toBe('healed');
    expect(await consumer.parking.redrive('registry', '?/3/17')).toBe('healed');
    expect(await check()).toEqual([]);
    expect(await consumer.store.inbox.find().toArray()).toMatchObject([{ aggregateId: 'child', seq: 1 }]);
  });

  it('what is kept of a fault holds no value of the event', async () => {
    await owner.write(marked('child', 1));
    ill = () => {
      throw new Error('ID number 520103201209011234 of 张三');
    };
    await hear(await arrivals());
    const kept = JSON.stringify(await consumer.store.inbox.find().toArray());
    expect(kept).toContain('"kind":"Error"');
    expect(kept).not.toContain('520103');
    expect(kept).not.toContain('张三');
  });
});
