import { createConnection, Connection } from 'mongoose';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corner, freePort, ownCorner, OwnProcess, until } from '#libs/testing';
import { violations } from './checker';
import { TestOperator } from './operator';
import { kafkaIn, OwnerSide, topicIn } from './sides';

const crashPoints = 'libs/testing/src/crash-points';
const points = (names: string[]) => names.map((name) => `${crashPoints}/${name}.ts`);

/** An owner and a consumer as real processes, seen from outside: the stores, the log, HTTP. */
export class Scene {
  private readonly processes: OwnProcess[] = [];
  private readonly admin;

  private constructor(
    readonly corner: Corner,
    readonly owner: OwnerSide,
    readonly consumerStore: Connection,
    readonly operator: TestOperator,
    private readonly registryPort: number,
  ) {
    this.admin = kafkaIn(corner).admin();
  }

  static async open(): Promise<Scene> {
    const corner = ownCorner();
    const scene = new Scene(
      corner,
      await OwnerSide.open(corner),
      await createConnection(corner.mongoUrl('transfer')).asPromise(),
      await TestOperator.start(),
      await freePort(),
    );
    await scene.operator.appointIn(scene.consumerStore);
    await scene.admin.connect();
    return scene;
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.admin.disconnect();
    await Promise.all([this.owner.close(), this.consumerStore.close(), this.operator.stop()]);
    await this.corner.drop();
    this.disarm();
  }

  /** @param protection names of crash points and controls that are loaded before the program */
  registry(...protection: string[]): Promise<OwnProcess> {
    return this.start('registry', protection, this.registryPort);
  }

  transfer(...protection: string[]): Promise<OwnProcess> {
    return this.start('transfer', protection);
  }

  /** From now on the process that meets this moment dies of it. */
  arm(where: string): void {
    writeFileSync(this.crashFile, JSON.stringify({ where }));
  }

  disarm(): void {
    rmSync(this.crashFile, { force: true });
    rmSync(`${this.crashFile}.went-off`, { force: true });
  }

  get topic(): string {
    return topicIn(this.corner, 'registry');
  }

  /** Messages on the log. */
  async logged(): Promise<number> {
    const partitions = await this.admin.fetchTopicOffsets(this.topic);
    return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  }

  /** Messages that the consumer has not finished. */
  async lag(): Promise<number> {
    const groupId = `${this.corner.runId}.xueji-transfer`;
    const [group] = await this.admin.fetchOffsets({ groupId, topics: [this.topic] });
    const done = group.partitions.reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0);
    return (await this.logged()) - done;
  }

  pending(): Promise<number> {
    return this.owner.store.outbox.countDocuments({ position: null });
  }

  /** Everything published and heard. */
  async quiet(within = 30_000): Promise<void> {
    await until(async () => (await this.pending()) === 0 && (await this.lag()) === 0, {
      within,
      every: 100,
      message: async () => `outbox empty and no lag; pending ${await this.pending()}, lag ${await this.lag()}`,
    });
  }

  async violations(): Promise<string[]> {
    const [journal, effects, sums] = await Promise.all([
      this.owner.store.outbox.find().toArray(),
      this.effects(),
      this.consumerStore.collection<{ _id: string; sum: number }>('sums').find().toArray(),
    ]);
    return violations(journal, effects, new Map(sums.map(({ _id, sum }) => [_id, sum])));
  }

  effects(): Promise<{ key: string; seq: number }[]> {
    return this.consumerStore.collection<{ key: string; seq: number }>('effects').find().sort({ _id: 1 }).toArray();
  }

  private get crashFile(): string {
    return join(tmpdir(), `${this.corner.runId}.crash`);
  }

  private async start(service: 'registry' | 'transfer', names: string[], port?: number): Promise<OwnProcess> {
    const started = await OwnProcess.start({
      name: `messaging-${service}-${this.corner.runId}`,
      entry: 'libs/messaging/test/program.ts',
      env: {
        ...this.corner.environment(service),
        TEST_SERVICE: service,
        XUEJI_GATEWAY_URL: this.operator.url,
        XUEJI_SERVICES: JSON.stringify({ registry: `http://127.0.0.1:${this.registryPort}` }),
        XUEJI_CRASH_FILE: this.crashFile,
      },
      preload: points(names),
      port,
    });
    this.processes.push(started);
    return started;
  }
}
