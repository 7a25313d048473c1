import fc from 'fast-check';
import { setTimeout as pause } from 'node:timers/promises';
import { WithoutLine } from '#libs/testing';
import { SchoolName, Step, TwoCounties } from './two-counties';

jest.setTimeout(480_000);

/** Lines that the promises rest on. */
const protections = {
  /** A case is replaced only inside its transaction, at the version it was read at. */
  caseAtItsVersion: {
    file: 'apps/transfer/src/transfer/transfer.repository.ts',
    line: 'version: before\\s*\\}, transfer, \\{\\s*session,',
    instead: '}, transfer, {',
  },
  /** Only a case that waits for its hold is held. */
  heldWhileFiled: {
    file: 'apps/transfer/src/transfer/transfer.ts',
    line: "const recordHeld = \\(before, clocks, moment\\)=>\\{\\s*if \\(before\\.state !== 'filed'\\) return undefined;",
    instead: 'const recordHeld = (before, clocks, moment)=>{',
  },
  /** A record is held once. */
  oneHold: {
    file: 'apps/registry/src/seats/keep-seat.ts',
    line: "if \\(record\\.hold\\) return no\\('held', \\[\\s*'CZ-EN14',\\s*'NAT-NO3'\\s*\\]\\);",
  },
  /** A case lets go of what it holds itself. */
  ownHold: {
    file: 'apps/registry/src/seats/keep-seat.ts',
    line: 'if \\(record\\.hold\\?\\.case !== event\\.aggregateId\\) return;\\s*await this\\.classes\\.release',
    instead: 'if (!record.hold) return; await this.classes.release',
  },
  /** The seat that was kept is free again. */
  seatReleased: {
    file: 'apps/registry/src/seats/keep-seat.ts',
    line: 'await this\\.classes\\.release\\(session, record\\.hold\\.toClass\\);',
  },
} satisfies Record<string, WithoutLine>;

/** Plays a scenario with every protection or without one, and gives what the checker finds in the data. */
const scenario =
  (pupils: { real: number; control: number }, play: (world: TwoCounties) => Promise<void>) =>
  async (without?: WithoutLine): Promise<string[]> => {
    const world = await TwoCounties.open(without ? pupils.control : pupils.real, without);
    try {
      // Without a protection a scenario may come to a stop anywhere; the data are judged as they are then.
      await (without ? play(world).catch(() => undefined) : play(world));
      await (without ? world.quiet(20_000).catch(() => undefined) : world.quiet());
      return await world.violations();
    } finally {
      await world.close();
    }
  };

const steps: Step[] = ['outSchool', 'outAuthority', 'inAuthority'];
const isDone = ({ status }: { status: number }) => status === 200;

describe('F24: both sides of a transfer act at once', () => {
  const ends = { completed: 0, ended: 0 };

  /** All parties agree, both counties twice each, and the receiving school withdraws in the midst of it. */
  const race = scenario({ real: 24, control: 8 }, async (world) => {
    Object.assign(ends, { completed: 0, ended: 0 });
    const delays = fc.sample(fc.integer({ min: 0, max: 60 }), { numRuns: world.pupils.length, seed: 24 });
    // How long the parties take is the machine's; the withdrawal follows them, so that both sides go on winning.
    let shift = 60;
    for (let from = 0; from < world.pupils.length; from += 4) {
      const pupils = world.pupils.slice(from, from + 4);
      const round = await Promise.all(pupils.map((student) => world.file(student, 'here')));
      await world.answered();
      const before = ends.ended;
      await Promise.all(
        round.map(async (id, n) => {
          const acts = [...steps, ...steps.slice(1)].map((step) => world.agree(id, step, 'here'));
          const withdrawn = pause(delays[from + n] + shift).then(() => world.withdraw(id, 'here'));
          const answers = await Promise.all(acts);
          const taken = isDone(await withdrawn);
          // Exactly one side was told that it won.
          expect(answers.filter(isDone).length === steps.length).toBe(!taken);
          ends[taken ? 'ended' : 'completed']++;
        }),
      );
      shift = Math.max(0, shift + (ends.ended - before > 2 ? 40 : -40));
    }
    await world.answered();
  });

  it('each ends one way, and both sides hear which', async () => {
    expect(await race()).toEqual([]);
    // A race that one side always wins would show nothing.
    expect(ends.completed).toBeGreaterThan(2);
    expect(ends.ended).toBeGreaterThan(2);
  });

  it('control: a case that is replaced whatever its version is found', async () =>
    expect(await race(protections.caseAtItsVersion)).not.toEqual([]));
});

describe('F24: two schools file for one student at the same moment', () => {
  const two = scenario({ real: 10, control: 3 }, async (world) => {
    const filed = await Promise.all(
      world.pupils.flatMap((student) =>
        (['here', 'there'] as const).map(async (to) => ({ student, to, id: await world.file(student, to) })),
      ),
    );
    await world.answered();
    await world.quiet();
    const states = await world.states();
    for (const student of world.pupils) {
      const of = filed.filter((one) => one.student === student).map(({ id }) => states.get(id));
      expect(of.sort()).toEqual(['ended', 'inReview']);
    }
    // Half of the winners go on to their end.
    const winners = filed.filter(({ id }) => states.get(id) === 'inReview');
    for (const { id, to } of winners.slice(0, winners.length / 2))
      await Promise.all(steps.map((step) => world.agree(id, step, to)));
    await world.answered();
  });

  it('one is held, the other is refused, and the one held goes on', async () => expect(await two()).toEqual([]));

  it('control: a record that is held twice is found', async () =>
    expect((await two(protections.oneHold)).join('\n')).toMatch(/without a hold|reserved says/));

  it('control: a refused case that lets go of the other’s hold is found', async () =>
    expect((await two(protections.ownHold)).join('\n')).toMatch(/without a hold|held by a case/));
});

describe('F24: the service that keeps the seats is down for days', () => {
  const outage = scenario({ real: 20, control: 20 }, async (world) => {
    const { registry } = world.processes;
    const toHere = (from: number, to: number) =>
      Promise.all(world.pupils.slice(from, to).map((student) => world.file(student, 'here')));
    const all = (ids: string[], act: (id: string) => Promise<unknown>) => Promise.all(ids.map(act));
    // A waits for its last party, B for all of them.
    const a = await toHere(0, 4);
    const b = await toHere(4, 8);
    await world.answered();
    await all(a, (id) => world.agree(id, 'outSchool', 'here'));
    await all(a, (id) => world.agree(id, 'outAuthority', 'here'));
    // C is being filed while the process dies, D afterwards.
    const filing = toHere(8, 12);
    await registry.kill();
    const c = await filing;
    const d = await toHere(12, 16);
    const both = await all(world.pupils.slice(16), async (student) =>
      Promise.all((['here', 'there'] as const).map((to) => world.file(student, to))),
    );
    expect(both).toHaveLength(4);
    await all(a, (id) => world.agree(id, 'inAuthority', 'here'));
    await all([...b.slice(0, 2), ...c.slice(0, 2), ...d.slice(0, 2)], (id) => world.withdraw(id, 'here'));
    for (const day of ['2026-09-14', '2026-09-17', '2026-09-21']) {
      world.moveTo(day);
      await pause(1_500);
    }
    // Filed again elsewhere by a pupil whose first filing was taken back before anybody held it.
    await world.file(world.pupils[12], 'there');
    // It dies twice more while it catches up.
    for (const after of [150, 600]) {
      await world.corner.endLeftTransactions();
      await registry.restart();
      await pause(after);
      await registry.kill();
    }
    await world.corner.endLeftTransactions();
    await registry.restart();
    await world.answered();
    await world.quiet();
    // What is still under way ends as well.
    await finish(world);
  });

  const finish = async (world: TwoCounties): Promise<void> => {
    const { cases } = await world.seen();
    const classes = new Map(Object.entries(world.classes).map(([name, id]) => [id, name as SchoolName]));
    for (const { _id, to } of cases.filter(({ state }) => state === 'inReview'))
      await Promise.all(steps.map((step) => world.agree(_id, step, classes.get(to.class)!)));
    await world.answered();
    const states = [...(await world.states()).values()];
    expect(states.filter((state) => state !== 'completed' && state !== 'ended')).toEqual([]);
    expect(new Set(states)).toEqual(new Set(['completed', 'ended']));
  };

  it('every case ends completed or rolled back', async () => expect(await outage()).toEqual([]));

  it('control: an answer that comes for a case taken back revives it, and is found', async () =>
    expect((await outage(protections.heldWhileFiled)).join('\n')).toContain('without a hold'));

  it('control: a seat that stays kept is found', async () =>
    expect((await outage(protections.seatReleased)).join('\n')).toMatch(/reserved says/));
});
