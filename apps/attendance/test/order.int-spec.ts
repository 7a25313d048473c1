import fc from 'fast-check';
import type { Told } from './running-attendance';
import { places, RunningAttendance } from './running-attendance';

jest.setTimeout(600_000);

const { school } = places;
const teacher = `classTeacher-${school}`;
const days = [
  ...['2026-09-07', '2026-09-08', '2026-09-09', '2026-09-10', '2026-09-11', '2026-09-14', '2026-09-15', '2026-09-16'],
];

/** Mark spans as the registry keeps them: a span told again replaces the one with the same first day. */
const marksOf = (told: readonly Told[]): string[] => {
  const spans = new Map<string, string | undefined>();
  const never = (from: string) => spans.delete(from);
  for (const { name, data, effectiveOn } of told) {
    if (name === 'dropout-suspected') {
      if (data.before) never(String(data.before));
      spans.set(effectiveOn, undefined);
    } else if (data.reason === 'returned') spans.set(String(data.suspectedOn), String(data.on));
    else never(String(data.suspectedOn));
  }
  return [...spans].map(([from, back]) => `${from}..${back ?? ''}`).sort();
};

/**
 * Two classes of the same children in all but name: one is called day by day in order, in the other the same roll calls come
 * late, in any order, some of them wrong at first, and a leave in between. Both must end with the same marks.
 */
describe('roll calls in any order', () => {
  let service: RunningAttendance;

  beforeAll(async () => {
    service = await RunningAttendance.start('2026-09-18');
  });
  afterAll(() => service.stop());

  const size = 4;
  const sign = fc.constantFrom('present', 'unexcused', 'unexcused', 'unexcused', 'sick');
  const named = (children: string[], signs: string[]) =>
    children.flatMap((student, n) => (signs[n] === 'present' ? [] : [{ student, kind: signs[n] }]));
  const call = async (classId: string, day: string, exceptions: object[], version?: number) => {
    const answer = await service.call<{ version: number }>(teacher, 'POST', `classes/${classId}/roll-calls`, {
      body: { day, exceptions, ...(version && { version }) },
    });
    expect(answer.status).toBe(200);
    return answer.body.version;
  };
  const grantLeave = async (student: string, from: string, to: string) => {
    const filed = await service.call<{ id: string }>(teacher, 'POST', 'leaves', {
      body: { student, from, to, reason: 'sick', papers: [] },
    });
    const path = `leaves/${filed.body.id}/decision`;
    expect((await service.call(teacher, 'POST', path, { body: { decision: 'grant' }, version: 1 })).status).toBe(200);
  };
  const marksIn = async (student: string): Promise<string[]> => {
    const watches = await service
      .collection<{ student: string }>('watches')
      .find({ student })
      .sort({ _id: 1 })
      .toArray();
    const all: string[] = [];
    for (const { _id } of watches) all.push(...marksOf(await service.told(_id)));
    return all.sort();
  };

  it('give the same marks as in order: late, corrected, missing ones and a leave filed late [GZ-DO1] [GZ-DO2]', async () => {
    const scene = fc.record({
      signs: fc.array(fc.array(sign, { minLength: size, maxLength: size }), {
        minLength: days.length,
        maxLength: days.length,
      }),
      missing: fc.uniqueArray(fc.nat(days.length - 1), { maxLength: 2 }),
      wrong: fc.array(fc.boolean(), { minLength: days.length, maxLength: days.length }),
      order: fc.shuffledSubarray([...days.keys()], { minLength: days.length }),
      leave: fc.record({ child: fc.nat(size - 1), from: fc.nat(days.length - 1), when: fc.nat(days.length - 1) }),
    });
    await fc.assert(
      fc.asyncProperty(scene, async ({ signs, missing, wrong, order, leave }) => {
        const [inOrder, anyhow] = [await service.classOf(school, size), await service.classOf(school, size)];
        const called = (n: number) => !missing.includes(n);
        const [from, to] = [days[leave.from], days[Math.min(leave.from + 1, days.length - 1)]];
        await grantLeave(inOrder.children[leave.child], from, to);
        for (const n of days.keys()) if (called(n)) await call(inOrder.id, days[n], named(inOrder.children, signs[n]));

        for (const [turn, n] of order.entries()) {
          if (turn === leave.when) await grantLeave(anyhow.children[leave.child], from, to);
          if (!called(n)) continue;
          const right = named(anyhow.children, signs[n]);
          const first = wrong[n] ? named(anyhow.children, signs[n].toReversed()) : right;
          const version = await call(anyhow.id, days[n], first);
          if (wrong[n]) await call(anyhow.id, days[n], right, version);
        }
        for (const n of inOrder.children.keys())
          expect(await marksIn(anyhow.children[n])).toEqual(await marksIn(inOrder.children[n]));
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
