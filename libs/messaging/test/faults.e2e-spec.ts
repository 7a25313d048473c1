import { OwnProcess, until } from '#libs/testing';
import { rowId, shardOf } from '../src/shard';
import type { MessagingFigures } from '../src/status';
import type { ParkedKey } from '../src/parking';
import { Scene } from './scene';
import { marked, onOnePartition, submitted } from './sides';

/** Most of a scene is waiting, for a session or a lease to end: three run beside each other. */
const lanes = Array.from({ length: 3 }, () => Promise.resolve());
let scenes = 0;
// All tests start at once and wait for their lane, so the limit is that of the whole file.
jest.setTimeout(480_000);

/** Runs a scene from first start to the last check, and leaves nothing behind. */
const inScene = (act: (scene: Scene) => Promise<void>): Promise<void> => {
  const lane = scenes++ % lanes.length;
  const played = lanes[lane].then(() => play(act));
  lanes[lane] = played.catch(() => undefined);
  return played;
};

/** Tests of one fault; all of the file stand in one block, for jest runs side by side only what shares one. */
const fault = (title: string, define: (it: (name: string, act: () => Promise<void>) => void) => void): void =>
  define((name, act) => test.concurrent(`${title}: ${name}`, act));

const play = async (act: (scene: Scene) => Promise<void>): Promise<void> => {
  const scene = await Scene.open();
  try {
    await act(scene);
  } finally {
    await scene.close();
  }
};

const keys = (count: number) => Array.from({ length: count }, (_, n) => `child-${n}`);

/**
 * Two events of ten children, one transaction each round. All on one partition: a process that dies leaves the store
 * only the transaction that the test is about, and none of other partitions that others then wait for.
 */
const writeSome = async ({ owner }: Scene): Promise<void> => {
  for (const seq of [1, 2]) await owner.write(...onOnePartition(10).map((key) => marked(key, seq)));
};

const killed = { code: null, signal: 'SIGKILL' };

fault('F1: killed between commit and reply', (it) => {
  const scenario = async (scene: Scene, ...controls: string[]): Promise<string[]> => {
    const registry = await scene.registry('after-commit', ...controls);
    const send = () =>
      fetch(`${registry.url}/test/commands`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
        body: JSON.stringify({ child: 'child-1' }),
      });
    scene.arm('effects');
    await expect(send()).rejects.toThrow();
    expect(await registry.ended()).toEqual(killed);
    await registry.restart();
    const answers = [await send(), await send()];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const tickets = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { ticket: string }).ticket),
    );
    const effects = await scene.owner.connection.collection('effects').countDocuments();
    const stored = await scene.owner.store.commands.findOne({ _id: 'tester/k1' });
    return [
      ...(effects === 1 ? [] : [`the command took effect ${effects} times`]),
      ...(tickets.every((ticket) => ticket === (stored?.answer as { ticket: string } | undefined)?.ticket)
        ? []
        : ['the answer is not the first one']),
    ];
  };

  it('the command took effect once, and the repeated call gets the first answer', () =>
    inScene(async (scene) => expect(await scenario(scene)).toEqual([])));

  it('control: without the key it takes effect each time', () =>
    inScene(async (scene) =>
      expect(await scenario(scene, 'without-once')).toContain('the command took effect 3 times'),
    ));
});

fault('F2: the relay is killed after the broker acknowledged, before it marked', (it) => {
  const scenario = async (scene: Scene, ...controls: string[]): Promise<string[]> => {
    const registry = await scene.registry('after-produce');
    await scene.transfer(...controls);
    scene.arm(scene.topic);
    await writeSome(scene);
    expect(await registry.ended()).toEqual(killed);
    expect(await scene.pending()).toBeGreaterThan(0);
    await registry.restart();
    await scene.quiet();
    expect(await scene.logged()).toBeGreaterThan(20);
    return scene.violations();
  };

  it('the log holds some events twice, each takes effect once', () =>
    inScene(async (scene) => expect(await scenario(scene)).toEqual([])));

  it('control: without the inbox the checker finds doubled effects', () =>
    inScene(async (scene) => expect(await scenario(scene, 'without-dedupe')).not.toEqual([])));
});

const consumerKilled = async (scene: Scene, point: string, ...controls: string[]): Promise<string[]> => {
  await scene.registry();
  const transfer = await scene.transfer(point, ...controls);
  scene.arm('inbox');
  await writeSome(scene);
  expect(await transfer.ended(20_000)).toEqual(killed);
  expect(await scene.lag()).toBeGreaterThan(0);
  await transfer.restart();
  await scene.quiet(40_000);
  return scene.violations();
};

fault('F3: the consumer is killed after its transaction, before its offset is committed', (it) => {
  it('what is heard again takes no second effect', () =>
    inScene(async (scene) => expect(await consumerKilled(scene, 'after-commit')).toEqual([])));

  it('control: without the inbox the checker finds doubled effects', () =>
    inScene(async (scene) => expect(await consumerKilled(scene, 'after-commit', 'without-dedupe')).not.toEqual([])));
});

fault('F4: the consumer is killed in the middle of its transaction', (it) => {
  it('nothing is half applied, all is heard again', () =>
    inScene(async (scene) => expect(await consumerKilled(scene, 'mid-transaction')).toEqual([])));

  it('control: without the transaction the checker finds doubled effects', () =>
    inScene(async (scene) =>
      expect(await consumerKilled(scene, 'mid-transaction', 'without-transaction')).not.toEqual([]),
    ));
});

fault('F5: poison events', (it) => {
  const poisons = { 'ill-type': 'poison-type', 'ill-rule': 'poison-rule', 'ill-text': 'poison-text' };
  const bad = 'ill-schema';

  const poison = async (scene: Scene): Promise<void> => {
    const { owner } = scene;
    await owner.write(...keys(24).map((key) => marked(key, 1)), ...Object.keys(poisons).map((key) => marked(key, 1)));
    await owner.write(...Object.entries(poisons).map(([key, mark]) => marked(key, 2, mark)));
    // What no outbox of ours would write.
    const row = {
      _id: rowId(bad, 1),
      aggregateId: bad,
      seq: 1,
      shard: shardOf(bad),
      type: 'cn.xueji.registry.student-marked.v1',
      data: { mark: 7 },
      effectiveOn: '2026-09-01',
      recordedAt: new Date(),
      at: new Date(),
      position: null,
    };
    await owner.store.outbox.insertOne(row);
    await owner.write(marked(bad, 2));
    await owner.write(...keys(24).map((key) => marked(key, 2)));
    await owner.write(...keys(24).map((key) => submitted(key, 3)));
    await owner.write(...Object.keys(poisons).map((key) => marked(key, 3)));
  };

  const healthy = async (scene: Scene) =>
    (await scene.effects()).filter(({ key }) => key.startsWith('child-')).length === 24 * 3;

  it('parks its key only; the others keep moving; redriven, every key is whole', () =>
    inScene(async (scene) => {
      await scene.registry();
      const transfer = await scene.transfer();
      await poison(scene);
      await scene.quiet();
      expect(await healthy(scene)).toBe(true);

      const routes = `${transfer.url}/api/transfer/v1/operator`;
      const list = async () => (await scene.operator.call<{ parked: ParkedKey[] }>('GET', `${routes}/parked`)).parked;
      const parked = Object.fromEntries(
        (await list()).map(({ aggregateId, seq, stoppedAt, waiting }) => [
          aggregateId,
          { seq, fault: stoppedAt.fault, at: stoppedAt.seq, waiting },
        ]),
      );
      expect(parked).toEqual({
        'ill-type': { seq: 1, fault: 'TypeError', at: 2, waiting: 2 },
        'ill-rule': { seq: 1, fault: 'refused', at: 2, waiting: 2 },
        'ill-text': { seq: 1, fault: 'not-an-error', at: 2, waiting: 2 },
        [bad]: { seq: 0, fault: 'schema', at: 1, waiting: 2 },
      });
      const figures = await scene.operator.call<MessagingFigures>('GET', `${routes}/status`);
      const { consumed, applied, duplicate, skipped, parked: set } = figures.counters;
      expect(consumed).toBe(await scene.logged());
      expect(consumed).toBe(applied + duplicate + skipped + set);
      expect(figures).toMatchObject({ parked: 4, outboxPending: 0 });

      const redrive = async (key: string) =>
        (await scene.operator.call<{ outcome: string }>('POST', `${routes}/parked/registry/${key}/redrive`)).outcome;
      // Still ill: it parks again, and says so.
      expect(await redrive('ill-type')).toBe('parked');
      await scene.consumerStore.collection('switches').insertOne({ cured: true });
      await scene.owner.store.outbox.updateOne(
        { _id: rowId(bad, 1) },
        { $set: { data: { mark: 'leftBehind', from: '2026-09-01' } } },
      );
      for (const key of [...Object.keys(poisons), bad]) expect(await redrive(key)).toBe('healed');
      expect(await list()).toEqual([]);
      expect(await scene.violations()).toEqual([]);

      // The key moves on by the log again.
      await scene.owner.write(marked('ill-type', 4));
      await scene.quiet();
      expect(await scene.violations()).toEqual([]);
    }));

  it('control: passed over instead of parked, the checker finds the hole', () =>
    inScene(async (scene) => {
      await scene.registry();
      await scene.transfer('without-parking');
      await poison(scene);
      await scene.quiet();
      expect((await scene.violations()).join('\n')).toContain('ill-type: expected 1,2,3, found 1,3');
    }));

  it('control: tried for ever, the others stand still', () =>
    inScene(async (scene) => {
      await scene.registry();
      await scene.transfer('without-giving-up');
      await poison(scene);
      await expect(until(() => healthy(scene), { within: 15_000, message: 'the others done' })).rejects.toThrow();
    }));
});

fault('F7: the client fails beyond repair', (it) => {
  /** Alive, called ready, and not hearing. */
  const isDeaf = async (scene: Scene, transfer: OwnProcess): Promise<boolean> =>
    transfer.isRunning() && (await readiness(transfer)) === 200 && (await scene.lag()) > 0;

  const readiness = async (process: OwnProcess): Promise<number> => {
    const reply = await fetch(`${process.url}/health/ready`);
    await reply.body?.cancel();
    return reply.status;
  };

  const scenario = async (scene: Scene, ...controls: string[]): Promise<OwnProcess> => {
    await scene.registry();
    const transfer = await scene.transfer('broken-client', ...controls);
    await writeSome(scene);
    await scene.quiet();
    scene.arm('anything');
    await scene.owner.write(...onOnePartition(10).map((key) => marked(key, 3)));
    return transfer;
  };

  it('readiness turns red and the process ends within 10 s; a new one goes on', () =>
    inScene(async (scene) => {
      const transfer = await scenario(scene);
      await until(async () => (await readiness(transfer)) === 503, { within: 20_000, message: 'readiness red' });
      const red = performance.now();
      expect((await transfer.ended(10_000)).code).toBe(1);
      expect(performance.now() - red).toBeLessThan(10_000);
      scene.disarm();
      await transfer.restart();
      await scene.quiet(40_000);
      expect(await scene.violations()).toEqual([]);
    }));

  it('control: a consumer that says nothing is found alive but deaf', () =>
    inScene(async (scene) => {
      const transfer = await scenario(scene, 'without-death');
      // As long as it took the other to end.
      await expect(transfer.ended(10_000)).rejects.toThrow();
      expect(await isDeaf(scene, transfer)).toBe(true);
      await transfer.kill();
    }));
});

fault('F17: transactions commit out of the order of their ids', (it) => {
  const scenario = async (scene: Scene, ...controls: string[]): Promise<string[]> => {
    await scene.registry(...controls);
    await scene.transfer();
    const { owner } = scene;
    await owner.store.transaction(async (session) => {
      await owner.outbox.add(session, [marked('a-slow', 1)]);
      await owner.write(marked('b-quick', 1));
      await until(async () => (await owner.store.outbox.findOne({ aggregateId: 'b-quick' }))?.position === 1, {
        message: 'the quick one published',
      });
    });
    await until(async () => (await scene.pending()) === 0, { within: 12_000, message: 'the slow one published' }).catch(
      () => undefined,
    );
    await until(async () => (await scene.lag()) === 0, { message: 'no lag' });
    return scene.violations();
  };

  it('no event is skipped', () => inScene(async (scene) => expect(await scenario(scene)).toEqual([])));

  it('control: a relay that polls after the last id loses the slow one', () =>
    inScene(async (scene) =>
      expect(await scenario(scene, 'watermark-poll')).toEqual(['a-slow: expected 1, found nothing']),
    ));
});

fault('a consumer that was restored from an older state', (it) => {
  it('heals a gap when the next event comes, and all keys when it is rebuilt', () =>
    inScene(async (scene) => {
      await scene.registry();
      const transfer = await scene.transfer();
      await writeSome(scene);
      await scene.quiet();
      await transfer.stop();
      // What a backup from before the second round would hold, while the group's offsets stand after it.
      const { consumerStore } = scene;
      await consumerStore.collection('effects').deleteMany({ seq: 2 });
      await consumerStore.collection('sums').updateMany({}, { $set: { sum: 1 } });
      await consumerStore.collection('inbox').updateMany({}, { $set: { seq: 1 } });
      await transfer.restart();
      const [first] = onOnePartition(1);
      await scene.owner.write(marked(first, 3));
      await scene.quiet();
      const found = async () => (await scene.effects()).filter(({ key }) => key === first).map(({ seq }) => seq);
      expect(await found()).toEqual([1, 2, 3]);
      expect(await scene.violations()).toHaveLength(9);
      await scene.operator.call('POST', `${transfer.url}/api/transfer/v1/operator/rebuild/registry`);
      await until(async () => (await scene.violations()).length === 0, { message: 'every key whole' });
    }));
});
