import { OwnRedis, until, WithoutLine } from '#libs/testing';
import { RoomPlan, Rooms } from './rooms';

export interface Stage {
  rooms: Rooms;
  redis: OwnRedis;
  start(plan?: RoomPlan): Promise<void>;
  /**
   * Waits until an instant has passed and nothing is due any more; with a line missing that may never be, and the data is
   * judged as it is then.
   */
  settle(passed: Date): Promise<void>;
}

export interface Outcome {
  violations: string[];
  firedBy: Record<string, number>;
}

/**
 * A scenario that can be played with every protection, or with one line missing. It states no expectation itself: what
 * is judged afterwards are the data and what was promised to the outside.
 */
export const scenario =
  (play: (stage: Stage) => Promise<void>) =>
  async (without?: WithoutLine): Promise<Outcome> => {
    const [rooms, redis] = await Promise.all([Rooms.open(), OwnRedis.start()]);
    const settle = async (passed: Date): Promise<void> => {
      await until(() => rooms.now() > passed, { within: 30_000, message: () => `${passed.toISOString()} to pass` });
      const settled = until(async () => (await rooms.due()) === 0, {
        within: without ? 3_000 : 30_000,
        message: async () => `${await rooms.due()} deadlines still due`,
      });
      await (without ? settled.catch(() => undefined) : settled);
    };
    const start = async (plan?: RoomPlan) => void (await rooms.start({ redisUrl: redis.url, without, ...plan }));
    try {
      await play({ rooms, redis, start, settle });
      return { violations: await rooms.violations(), firedBy: await rooms.firedBy() };
    } finally {
      await rooms.close();
      await redis.stop();
    }
  };

/** The lines that the promises rest on, each with what stands there when it is missing. */
export const protections = {
  sweep: {
    file: 'libs/deadlines/src/sweeper.ts',
    line: 'this\\.sweep\\(\\)\\.catch\\(this\\.note\\)',
    instead: 'undefined',
  },
  mark: {
    file: 'libs/deadlines/src/feeder.ts',
    line: 'if \\(!await this\\.queue\\.isMarked\\(\\)\\) this\\.everything = true;',
  },
  retime: { file: 'libs/deadlines/src/feeder.ts', line: 'this\\.retime = true;' },
  notEarly: { file: 'libs/deadlines/src/firing.ts', line: ',\\s*alarmAt: \\{\\s*\\$lte: now\\s*\\}' },
  once: {
    file: 'libs/deadlines/src/firing.ts',
    line: "version,\\s*state: 'armed',\\s*alarmAt: \\{",
    instead: 'version, alarmAt: {',
  },
  cancelOnlyOpen: {
    file: 'libs/deadlines/src/deadlines.ts',
    line: "state: open\\s*\\}, \\{\\s*\\$set: \\{\\s*state: 'cancelled'\\s*\\}\\s*\\}, \\{\\s*session\\s*\\}\\);\\s*return matchedCount === 1",
    instead: "}, { $set: { state: 'cancelled' } }, { session }); return matchedCount === 1",
  },
  firingInTransaction: {
    file: 'libs/deadlines/src/firing.ts',
    line: "session,\\s*returnDocument: 'after'",
    instead: "returnDocument: 'after'",
  },
  armingInTransaction: {
    file: 'libs/deadlines/src/deadlines.ts',
    line: 'session,\\s*ordered: false',
    instead: 'ordered: false',
  },
} satisfies Record<string, WithoutLine>;
