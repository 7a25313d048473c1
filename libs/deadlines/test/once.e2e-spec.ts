import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { until } from '#libs/testing';
import { expectAlarms, hour } from './rooms';
import { Outcome, protections, scenario } from './scenario';

jest.setTimeout(120_000);

const never = 24 * hour;

const right = ({ violations }: Outcome) => expect(violations).toEqual([]);
const wrong = ({ violations }: Outcome, how: RegExp) => {
  expect(violations).toContainEqual(expect.stringMatching(how));
};

describe('F23: the act comes at the moment at which its deadline fires', () => {
  const wins = { firing: 0, act: 0 };
  const race = (rounds: number) =>
    scenario(async ({ rooms, start, settle }) => {
      await start({ timing: { sweepEveryMs: 40, graceMs: 0, checkEveryMs: 500 } });
      const offsets = fc.array(fc.integer({ min: -15, max: 25 }), { minLength: 25, maxLength: 25 });
      // How long firing takes is the machine's; the acts follow it, so that both sides go on winning.
      let shift = 0;
      for (const [round, moments] of fc.sample(offsets, { numRuns: rounds, seed: 23 }).entries()) {
        const wonBefore = wins.act;
        const due = await rooms.arm(moments.length, () => 250, { prefix: `race${round}-` });
        const acts = moments.map(async (offset, n) => {
          await pause(Math.max(0, due.getTime() + offset + shift - rooms.now().getTime()));
          return rooms.cancel(`test.step-due/race${round}-${n}/k`);
        });
        for (const won of await Promise.all(acts)) wins[won ? 'act' : 'firing']++;
        shift += wins.act - wonBefore > moments.length / 2 ? 15 : -15;
      }
      await settle(rooms.now());
    });

  it('exactly one wins, and the act is told which, in 400 rounds', async () => {
    Object.assign(wins, { firing: 0, act: 0 });
    right(await race(16)());
    // A race that one side always wins would show nothing.
    expect(wins.firing).toBeGreaterThan(20);
    expect(wins.act).toBeGreaterThan(20);
  });

  it('control: an act that cancels what has fired is found', async () =>
    wrong(await race(6)(protections.cancelOnlyOpen), /cancelled, and fired/));

  it('control: a firing that does not look at the state is found', async () =>
    wrong(await race(6)(protections.once), /fired \d+ times|cancelled, and fired/));
});

describe('alarms and sweepers of two instances fire the same deadlines', () => {
  const crowd = scenario(async ({ rooms, start, settle }) => {
    const timing = { sweepEveryMs: 20, graceMs: 0 };
    for (let n = 0; n < 2; n++) await start({ timing });
    await settle(await rooms.arm(150, (n) => 1_500 + n));
  });

  it('each has one effect', async () => {
    const outcome = await crowd();
    right(outcome);
    expect(outcome.firedBy.alarm).toBeGreaterThan(0);
    expect(outcome.firedBy.sweeper).toBeGreaterThan(0);
  });

  it('control: without the compare-and-set they are doubled', async () =>
    wrong(await crowd(protections.once), /fired \d+ times/));
});

describe('the process is killed while a deadline fires', () => {
  const killed = (preload: string) =>
    scenario(async ({ rooms, start, settle }) => {
      await start({
        timing: { sweepEveryMs: 500, graceMs: 200 },
        preload: [`libs/testing/src/crash-points/${preload}.ts`],
      });
      for (let n = 0; n < 3; n++) {
        const due = await rooms.arm(40, () => 1_000, { prefix: `kill${n}-` });
        writeFileSync(rooms.crashFile, JSON.stringify({ where: 'effects', after: n * 7 }));
        await rooms.first.ended(15_000);
        // What the dead process had locked is free at once, not after the server's own minute.
        await rooms.corner.endLeftTransactions();
        await rooms.first.restart();
        await settle(due);
      }
    });

  it('before the commit: it fires after the restart, once', async () => right(await killed('before-commit')()));

  it('after the commit: it has fired, and does not again', async () => right(await killed('after-commit')()));

  it('control: a firing outside the transaction loses its effect', async () =>
    wrong(await killed('before-commit')(protections.firingInTransaction), /never fired/));
});

describe('a change that arms and is refused', () => {
  const refused = scenario(async ({ rooms, start }) => {
    await start();
    const dueAt = new Date(rooms.now().getTime() + hour);
    const one = { kind: 'test.step-due', subject: 'refused', key: 'k', dueAt, data: { round: 1 } };
    await rooms.post('arm', { list: [one], fails: true });
  });

  it('has armed nothing', async () => right(await refused()));

  it('control: arming outside the transaction is found', async () =>
    wrong(await refused(protections.armingInTransaction), /armed by a change that was refused/));
});

describe('F22: business time is moved', () => {
  const forward = scenario(async ({ rooms, redis, start, settle }) => {
    await start({ timing: { sweepEveryMs: never } });
    const due = await rooms.arm(50, (n) => 24 * hour + n);
    // Beyond the horizon at first; the move brings it in reach.
    const later = await rooms.arm(50, (n) => 72 * hour + n, { prefix: 'later' });
    // Set by the old time: an alarm that is first set after the move would ring by the new one in any case.
    await expectAlarms(rooms, redis.url, 50);
    rooms.moveClock(new Date(due.getTime() - 1_000));
    await settle(due);
    rooms.moveClock(new Date(later.getTime() + hour));
    await settle(later);
  });

  it('forward: alarms ring by the new time, also those that were beyond the horizon', async () => {
    const outcome = await forward();
    right(outcome);
    expect(outcome.firedBy).toEqual({ alarm: 100, sweeper: 0 });
  });

  it('control: alarms that keep the old time do not ring', async () =>
    wrong(await forward(protections.retime), /never fired/));

  const back = scenario(async ({ rooms, start, settle }) => {
    await start({ timing: { sweepEveryMs: never } });
    const due = await rooms.arm(60, (n) => 2_000 + 10 * n);
    const times = due.getTime() - 590;
    await until(() => rooms.now().getTime() > times, { every: 2, within: 5_000, message: 'the first to be due' });
    // Alarms of the next moments ring before anybody has noticed the move.
    rooms.moveClock(new Date(times - hour));
    await pause(800);
    rooms.moveClock(new Date(due.getTime() - 200));
    await settle(due);
  });

  it('back: an alarm that rings by the old time fires nothing, and rings again', async () => right(await back()));

  it('control: firing without a look at the time is early', async () =>
    wrong(await back(protections.notEarly), /fired early/));
});
