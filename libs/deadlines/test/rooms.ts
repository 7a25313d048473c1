import { Queue } from 'bullmq';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { built, Corner, moveClock, OwnProcess, ownCorner, root, until, WithoutLine } from '#libs/testing';
import { alarmPlace, Timing } from '../src';
import { DeadlineRow } from '../src/deadline';
import { Ledger } from './ledger';
import { effectsIn } from './room';

export interface RoomPlan {
  timing?: Partial<Timing>;
  redisUrl?: string;
  without?: WithoutLine;
  preload?: string[];
  env?: Record<string, string>;
  /** Starts nothing. */
  asleep?: boolean;
}

export const hour = 3_600_000;

/** Processes of the room, on one corner, with one clock and one ledger of what they promised. */
export class Rooms {
  readonly corner: Corner = ownCorner();
  readonly ledger = new Ledger();
  readonly clockFile: string;
  private readonly folder = mkdtempSync(join(root, '.run/tmp/rooms-'));
  private readonly processes: OwnProcess[] = [];
  private offset = 0;

  private constructor(private readonly client: mongo.MongoClient) {
    this.clockFile = join(this.folder, 'clock.json');
  }

  static async open(): Promise<Rooms> {
    const client = new mongo.MongoClient(process.env.XUEJI_MONGO_URL!);
    return new Rooms(await client.connect());
  }

  get db(): mongo.Db {
    return this.client.db(this.corner.database());
  }

  get rows() {
    return this.db.collection<DeadlineRow>('deadlines');
  }

  get effects() {
    return effectsIn(this.db);
  }

  get crashFile(): string {
    return join(this.folder, 'crash.json');
  }

  get first(): OwnProcess {
    return this.processes[0]!;
  }

  environment(): Record<string, string> {
    return {
      ...this.corner.environment('registry'),
      XUEJI_MONGO_URL: this.corner.mongoUrl(),
      XUEJI_GATEWAY_URL: 'http://127.0.0.1:9',
      XUEJI_CLOCK_MODULE: built('libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: this.clockFile,
      XUEJI_CRASH_FILE: this.crashFile,
      XUEJI_LOG_LEVEL: 'debug',
    };
  }

  async start({ timing = {}, redisUrl, without, preload = [], env = {} }: RoomPlan = {}): Promise<OwnProcess> {
    const room = await OwnProcess.start({
      name: `room-${this.corner.runId}-${this.processes.length + 1}`,
      entry: 'libs/deadlines/test/room.ts',
      preload: [...preload, ...(without ? ['libs/testing/src/crash-points/without-line.ts'] : [])],
      env: {
        ...this.environment(),
        ...(redisUrl && { XUEJI_REDIS_URL: redisUrl }),
        ...(without && { XUEJI_WITHOUT_LINE: JSON.stringify(without) }),
        ROOM_TIMING: JSON.stringify(timing),
        ...env,
      },
    });
    this.processes.push(room);
    return room;
  }

  /** Business time. */
  now(): Date {
    return new Date(Date.now() + this.offset);
  }

  moveClock(to: Date): void {
    this.offset = to.getTime() - Date.now();
    moveClock(this.clockFile, to);
  }

  /**
   * Arms so many, each due `after` ms (of its place in the row) from now; the ledger keeps what was answered.
   * @returns the last due
   */
  async arm(
    count: number,
    after: (n: number) => number,
    { prefix = 's', round = 1, kind = 'test.step-due' } = {},
  ): Promise<Date> {
    const now = this.now().getTime();
    const list = Array.from({ length: count }, (_, n) => ({
      kind,
      subject: `${prefix}${n}`,
      key: 'k',
      dueAt: new Date(now + after(n)).toISOString(),
      data: { round },
    }));
    for (let from = 0; from < count; from += 500) await this.post('arm', { list: list.slice(from, from + 500) });
    for (const { subject, dueAt } of list) this.ledger.armed(`${kind}/${subject}/k`, new Date(dueAt), round);
    return new Date(
      list
        .map(({ dueAt }) => dueAt)
        .toSorted()
        .at(-1)!,
    );
  }

  /** Cancels, and keeps what was answered. @returns whether it came in time */
  async cancel(id: string, room = this.first): Promise<boolean> {
    const { won } = (await this.post('cancel', { id }, room)) as { won: boolean };
    if (won) this.ledger.cancelled(id);
    return won;
  }

  async post(path: string, body: unknown, room = this.first): Promise<unknown> {
    const reply = await fetch(`${room.url}/room/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply.status === 204 ? undefined : reply.json();
  }

  due(): Promise<number> {
    return this.rows.countDocuments({ state: 'armed', alarmAt: { $lte: this.now() } });
  }

  async firedBy(): Promise<Record<string, number>> {
    const rows = await this.rows.find({ state: 'fired' }).toArray();
    return {
      alarm: 0,
      sweeper: 0,
      ...Object.fromEntries([...Map.groupBy(rows, ({ firedBy }) => firedBy!)].map(([by, all]) => [by, all.length])),
    };
  }

  violations(): Promise<string[]> {
    return this.ledger.violations(this.db, this.now());
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((room) => room.kill()));
    await this.corner.drop();
    await this.client.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Alarms that lie in Redis. */
export const alarmsIn = async (rooms: Rooms, redisUrl: string): Promise<number> => {
  const { name, prefix } = alarmPlace('registry', { redisUrl, runId: rooms.corner.runId });
  const queue = new Queue(name, { prefix, connection: { url: redisUrl } });
  try {
    return await queue.getDelayedCount();
  } finally {
    await queue.close();
  }
};

/** Waits until the feeder has set so many alarms. */
export const expectAlarms = (rooms: Rooms, redisUrl: string, count: number, within = 20_000) =>
  until(async () => (await alarmsIn(rooms, redisUrl)) === count, {
    within,
    message: async () => `${count} alarms, there are ${await alarmsIn(rooms, redisUrl)}`,
  });
