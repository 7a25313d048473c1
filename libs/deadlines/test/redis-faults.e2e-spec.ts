import { expectAlarms, hour } from './rooms';
import { Outcome, protections, scenario } from './scenario';

jest.setTimeout(90_000);

/** Far beyond the test: only what the scenario is about can help. */
const never = 24 * hour;

const right = ({ violations }: Outcome) => expect(violations).toEqual([]);
const wrong = ({ violations }: Outcome, how: string) => {
  expect(violations).toContainEqual(expect.stringMatching(how));
};

describe('F18: Redis is killed while deadlines are armed', () => {
  const killed = scenario(async ({ rooms, redis, start, settle }) => {
    await start({ timing: { sweepEveryMs: 1_000, graceMs: 500 } });
    const due = await rooms.arm(200, () => hour);
    await redis.kill();
    // A business command needs no Redis.
    await rooms.arm(50, () => hour - 60_000, { prefix: 'meanwhile' });
    await rooms.cancel('test.step-due/meanwhile0/k');
    rooms.moveClock(due);
    await settle(due);
  });

  it('everything fires without Redis, by the sweeper, once', async () => {
    const outcome = await killed();
    right(outcome);
    expect(outcome.firedBy).toEqual({ alarm: 0, sweeper: 249 });
  });

  it('control: without the sweep, deadlines are forgotten', async () =>
    wrong(await killed(protections.sweep), 'never fired'));

  it('alarms work again when it is back, with nothing but its file', async () => {
    const outcome = await scenario(async ({ rooms, redis, start, settle }) => {
      await start({ timing: { sweepEveryMs: never } });
      const due = await rooms.arm(100, () => hour);
      await expectAlarms(rooms, redis.url, 100);
      await redis.kill();
      await rooms.arm(100, () => hour - 60_000, { prefix: 'meanwhile' });
      await redis.restart();
      await expectAlarms(rooms, redis.url, 200);
      rooms.moveClock(due);
      await settle(due);
    })();
    right(outcome);
    expect(outcome.firedBy).toEqual({ alarm: 200, sweeper: 0 });
  });

  it('a service that finds no Redis starts all the same, and takes it when it comes', async () => {
    const outcome = await scenario(async ({ rooms, redis, start, settle }) => {
      await redis.kill();
      await start({ timing: { sweepEveryMs: never } });
      const due = await rooms.arm(50, () => hour);
      await redis.restart();
      await expectAlarms(rooms, redis.url, 50);
      rooms.moveClock(due);
      await settle(due);
    })();
    right(outcome);
    expect(outcome.firedBy).toEqual({ alarm: 50, sweeper: 0 });
  });
});

describe('F19: Redis is emptied while deadlines are armed', () => {
  const wiped = scenario(async ({ rooms, redis, start, settle }) => {
    await start({ timing: { sweepEveryMs: never, checkEveryMs: 500 } });
    const due = await rooms.arm(100, () => 4_000);
    await expectAlarms(rooms, redis.url, 100);
    await redis.ask((client) => client.flushall());
    await settle(due);
  });

  it('every alarm is set anew from MongoDB, and fires once', async () => {
    const outcome = await wiped();
    right(outcome);
    expect(outcome.firedBy).toEqual({ alarm: 100, sweeper: 0 });
  });

  it('control: without a look at the mark, nobody notices', async () =>
    wrong(await wiped(protections.mark), 'never fired'));

  it('replaced by an empty one, 10,000 alarms are set anew, and none that passes is doubled by the sweeper', async () => {
    const outcome = await scenario(async ({ rooms, redis, start, settle }) => {
      await start({ timing: { sweepEveryMs: 500, graceMs: 200 } });
      const last = await rooms.arm(10_000, (n) => hour + n * 1_000);
      await expectAlarms(rooms, redis.url, 10_000, 30_000);
      await redis.replaceEmpty();
      await expectAlarms(rooms, redis.url, 10_000, 30_000);
      // The first 200 pass, in reach of alarms and sweeper at once.
      rooms.moveClock(new Date(last.getTime() - 9_800_000));
      await settle(rooms.now());
    })();
    right(outcome);
  });
});

describe('F20: Redis is full', () => {
  it('commands succeed, the sweeper fires, and alarms are set once there is room', async () => {
    const outcome = await scenario(async ({ rooms, redis, start, settle }) => {
      await start({ timing: { sweepEveryMs: 1_000, graceMs: 500 } });
      await redis.ask((client) => client.config('SET', 'maxmemory', '1'));
      const due = await rooms.arm(100, () => hour);
      rooms.moveClock(due);
      await settle(due);
      await rooms.arm(100, () => hour, { prefix: 'later' });
      await redis.ask((client) => client.config('SET', 'maxmemory', '0'));
      await expectAlarms(rooms, redis.url, 100);
    })();
    right(outcome);
    expect(outcome.firedBy).toEqual({ alarm: 0, sweeper: 100 });
  });
});
