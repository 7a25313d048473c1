import { setTimeout as pause } from 'node:timers/promises';
import { Rounds } from './rounds';

describe('rounds of work', () => {
  it('come one at a time, and again after a while', async () => {
    let [now, most, done] = [0, 0, 0];
    const rounds = new Rounds(
      async () => {
        most = Math.max(most, ++now);
        await pause(5);
        now--;
        done++;
      },
      fail,
      10,
    );
    rounds.start();
    for (let n = 0; n < 20; n++) {
      rounds.wake();
      await pause(2);
    }
    while (done < 3) await pause(5);
    await rounds.stop();
    expect(most).toBe(1);
  });

  it('go on after one that failed', async () => {
    const faults: unknown[] = [];
    let tries = 0;
    const rounds = new Rounds(
      () => (++tries === 1 ? Promise.reject(new Error('away')) : Promise.resolve()),
      (fault) => faults.push(fault),
    );
    rounds.wake();
    await pause(1);
    rounds.wake();
    await rounds.stop();
    expect(tries).toBe(2);
    expect(faults).toEqual([new Error('away')]);
  });

  it('end with the one under way: what wakes it later begins none', async () => {
    let [begun, ended] = [0, 0];
    const rounds = new Rounds(async () => {
      begun++;
      await pause(10);
      ended++;
    }, fail);
    rounds.wake();
    await rounds.stop();
    rounds.wake();
    expect([begun, ended, rounds.stopping]).toEqual([1, 1, true]);
  });
});

const fail = (fault: unknown): never => {
  throw fault;
};
