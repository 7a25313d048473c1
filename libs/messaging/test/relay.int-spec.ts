import { ownCorner, until } from '#libs/testing';
import { fairShare } from '../src/leases';
import { withoutHoles } from '../src/relay';
import { shards } from '../src/shard';
import { kafkaIn, marked, OwnerSide, topicIn } from './sides';

jest.setTimeout(60_000);

interface Logged {
  key: string;
  seq: number;
}

/** Everything on the topic, per partition in order. */
const readLog = async (owner: OwnerSide, count: number): Promise<Logged[]> => {
  const kafka = kafkaIn(owner.corner);
  const groupId = `${owner.corner.runId}.reader-${Math.random().toString(36).slice(2)}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 200 });
  const logged: Logged[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topicIn(owner.corner, 'registry')], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      logged.push({ key: String(message.key), seq: Number(String(message.headers?.ce_seq)) });
    },
  });
  await until(() => logged.length >= count, { within: 30_000, message: () => `${count} on the log: ${logged.length}` });
  await consumer.disconnect();
  return logged;
};

const inOrder = (logged: Logged[]): Record<string, number[]> => {
  const byKey: Record<string, number[]> = {};
  for (const { key, seq } of logged) (byKey[key] ??= []).push(seq);
  return byKey;
};

const gaplessPositions = async (owner: OwnerSide): Promise<boolean> => {
  const rows = await owner.store.outbox.find().sort({ shard: 1, position: 1 }).toArray();
  const last = new Map<number, number>();
  return rows.every(({ shard, position }) => {
    const follows = position === (last.get(shard) ?? 0) + 1;
    last.set(shard, position as number);
    return follows;
  });
};

describe('the relay', () => {
  let owner: OwnerSide;

  beforeEach(async () => {
    owner = await OwnerSide.open(ownCorner());
  });
  afterEach(async () => {
    const { corner } = owner;
    await owner.close();
    await corner.drop();
  });

  const published = (count: number) =>
    until(async () => (await owner.store.outbox.countDocuments({ position: { $gt: 0 } })) === count, {
      within: 40_000,
      every: 50,
      message: async () => `${count} published; ${await owner.store.outbox.countDocuments({ position: null })} left`,
    });

  it('publishes in order per aggregate more than one batch of one aggregate, beside others', async () => {
    for (let from = 1; from <= 1_200; from += 300) {
      await owner.write(...Array.from({ length: 300 }, (_, n) => marked('busy', from + n)));
    }
    await owner.write(...['calm-1', 'calm-2', 'calm-3'].map((key) => marked(key, 1)));
    owner.startRelay();
    await published(1_203);
    const byKey = inOrder(await readLog(owner, 1_203));
    expect(byKey.busy).toEqual(Array.from({ length: 1_200 }, (_, n) => n + 1));
    expect(await gaplessPositions(owner)).toBe(true);
  });

  it('is woken by a change, when no poll comes', async () => {
    const relay = owner.newRelay();
    const inside = relay as unknown as { idle: (milliseconds: number) => Promise<void> };
    const idle = inside.idle.bind(relay);
    inside.idle = () => idle(3_600_000);
    relay.onApplicationBootstrap();
    for (let seq = 1; seq <= 3; seq++) {
      await owner.write(marked('child', seq));
      await published(seq);
    }
    await relay.beforeApplicationShutdown();
  });

  it('finds by its poll what no wake-up told', async () => {
    const relay = owner.newRelay();
    (relay as unknown as { listen: () => void }).listen = () => undefined;
    relay.onApplicationBootstrap();
    for (let seq = 1; seq <= 3; seq++) {
      await owner.write(marked('child', seq));
      await published(seq);
    }
    await relay.beforeApplicationShutdown();
  });

  it('two relays share the shards evenly and publish everything, each event once', async () => {
    const one = owner.startRelay();
    const other = owner.startRelay();
    const share = () => [one, other].map((relay) => relay.leases.held().length);
    await until(() => share().every((held) => held === shards / 2), {
      within: 20_000,
      message: () => `8 shards each, not ${share().join(' and ')}`,
    });
    for (let seq = 1; seq <= 4; seq++) {
      await owner.write(...Array.from({ length: 100 }, (_, n) => marked(`child-${n}`, seq)));
    }
    await published(400);
    const logged = await readLog(owner, 400);
    expect(logged).toHaveLength(400);
    for (const seqs of Object.values(inOrder(logged))) expect(seqs).toEqual([1, 2, 3, 4]);
    expect(await gaplessPositions(owner)).toBe(true);
  });

  it('the shards of one that fell silent are taken over; what it still does is fenced off', async () => {
    const silent = owner.startRelay();
    await until(() => silent.leases.held().length === shards, { message: 'all shards held' });
    const inside = silent as unknown as {
      mark: (...args: unknown[]) => Promise<void>;
      leases: { timer: NodeJS.Timeout };
    };
    // It stops renewing, and is held up between the broker's answer and the marking, as by a long pause of its machine.
    clearInterval(inside.leases.timer);
    const mark = inside.mark.bind(silent);
    let resume: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (resume = resolve));
    let marking: Promise<void> | undefined;
    inside.mark = (...args) => (marking = paused.then(() => mark(...args)));
    await owner.write(marked('child', 1), marked('child', 2));
    await until(() => marking !== undefined, { message: 'the silent one sent' });

    const fresh = owner.startRelay();
    await published(2);
    expect(fresh.leases.held()).toHaveLength(shards);
    resume();
    await expect(marking).rejects.toThrow();
    expect(await gaplessPositions(owner)).toBe(true);
    const logged = await readLog(owner, 4);
    expect(logged.map(({ seq }) => seq)).toEqual([1, 2, 1, 2]);
  });

  it('without the broker writes are accepted, and go out in order when it is back', async () => {
    const relay = owner.newRelay();
    const inside = relay as unknown as { kafka: unknown; send: (messages: unknown[]) => Promise<void> };
    const real = inside.kafka;
    // An address where nobody listens.
    inside.kafka = kafkaIn(owner.corner, { brokers: ['127.0.0.1:9'], retry: { retries: 1 } });
    const send = inside.send.bind(relay);
    let failures = 0;
    inside.send = (messages) =>
      send(messages).catch((error: unknown) => {
        failures++;
        throw error;
      });
    relay.onApplicationBootstrap();
    await owner.write(...[1, 2, 3].map((seq) => marked('child', seq)));
    await until(() => failures > 0, { within: 20_000, message: 'a failure to send' });
    expect(await relay.pending()).toBe(3);
    inside.kafka = real;
    await published(3);
    expect(inOrder(await readLog(owner, 3))).toEqual({ child: [1, 2, 3] });
    await relay.beforeApplicationShutdown();
  });

  it('reads what is unpublished by its index alone', async () => {
    await owner.write(marked('child', 1));
    const plan = JSON.stringify(
      await owner.store.outbox
        .find({ position: null, shard: { $in: [1, 2, 3] } })
        .sort({ shard: 1, aggregateId: 1, seq: 1 })
        .explain('queryPlanner'),
    );
    expect(plan).toContain('"indexName":"unpublished"');
    expect(plan).not.toContain('"SORT"');
  });
});

describe('the order within an aggregate', () => {
  it('nothing after a hole is sent', () => {
    const rows = [
      ['a', 1],
      ['a', 2],
      ['a', 4],
      ['a', 5],
      ['b', 7],
      ['b', 8],
    ].map(([aggregateId, seq]) => ({ aggregateId, seq }) as { aggregateId: string; seq: number });
    expect(withoutHoles(rows).map(({ aggregateId, seq }) => `${aggregateId}${seq}`)).toEqual(['a1', 'a2', 'b7', 'b8']);
  });
});

describe('the fair share', () => {
  it.each([
    [1, 16],
    [2, 8],
    [3, 6],
    [16, 1],
    [40, 1],
  ])('of %d instances is %d', (members, share) => expect(fairShare(members)).toBe(share));
});
