import { behaviourFrom, deliveriesOf, presets } from './behaviour';

const { prompt, moody, silent } = presets;
const ids = Array.from({ length: 2_000 }, (_, n) => `child-${n}.issue-G`);
const now = 1_700_000_000_123;
const share = (how: (id: string) => boolean) => ids.filter(how).length / ids.length;

describe('answers on their way', () => {
  it('prompt: at once, once', () => {
    expect(deliveriesOf('a', 1, now, prompt!)).toEqual([{ requestId: 'a', at: now }]);
  });

  it('moody: the shares are those that were set', () => {
    expect(share((id) => deliveriesOf(id, 1, now, moody!).length === 0)).toBeCloseTo(0.2, 1);
    const arrive = (id: string) => deliveriesOf(id, 2, now, moody!);
    expect(share((id) => arrive(id).length === 0)).toBe(0);
    expect(share((id) => arrive(id).filter(({ pending }) => !pending).length === 2)).toBeCloseTo(0.15, 1);
    expect(share((id) => arrive(id).some(({ pending }) => pending))).toBeCloseTo(0.1, 1);
    const first = (id: string) => arrive(id).find(({ pending }) => !pending)!.at;
    expect(share((id) => first(id) % 250 === 0)).toBe(1);
    expect(share((id) => first(id) > Math.ceil((now + 800) / 250) * 250)).toBeGreaterThan(0);
  });

  it('pending comes before its answer', () => {
    for (const id of ids.slice(0, 200)) {
      const [pending, answer] = deliveriesOf(id, 1, now, { ...prompt!, delayMs: [100, 500], pending: 1 });
      expect(pending!.pending).toBe(true);
      expect(pending!.at).toBeLessThan(answer!.at);
    }
  });

  it('silent: never, however often one asks', () => {
    for (let asking = 1; asking < 5; asking++) expect(deliveriesOf('a', asking, now, silent!)).toEqual([]);
  });

  it('chance follows from the seed and the request, so a run can be repeated', () => {
    const plan = (seed: number) => ids.map((id) => deliveriesOf(id, 1, now, { ...moody!, seed }));
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7)).not.toEqual(plan(8));
  });
});

describe('a behaviour', () => {
  it('is a preset, or settings over what holds', () => {
    expect(behaviourFrom('moody', prompt!)).toBe(moody);
    expect(behaviourFrom({ twice: 1 }, prompt!)).toEqual({ ...prompt, twice: 1 });
  });

  it.each([
    ['cheerful', 'no behaviour "cheerful"'],
    [{ mood: 1 }, 'knows no mood'],
    [{ toString: 1 }, 'knows no toString'],
    [{ twice: 2 }, 'twice is out of range'],
    [{ partly: 0 }, 'partly is out of range'],
    [{ delayMs: [5, 1] }, 'delayMs is out of range'],
    [undefined, 'preset, or settings'],
  ])('%p is refused', (wish, reason) => {
    expect(() => behaviourFrom(wish, prompt!)).toThrow(reason);
  });
});
