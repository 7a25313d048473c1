import { Ask } from './operator';
import { reconcile } from './reconcile';

/** A gateway alone, whose figures are given look by look; the last stays. */
const answering = (...parked: (number | Error)[]): Ask => {
  let look = 0;
  const journal = { aggregates: 0, events: 0, published: 0, gaps: 0, gapsAt: [], positionsMissing: 0 };
  const answers: Record<string, () => unknown> = {
    '/api/gateway/v1/status': () => ({ services: [{ name: 'gateway', state: 'ready' }] }),
    '/api/gateway/v1/operator/status': () => {
      const now = parked[Math.min(look++, parked.length - 1)];
      if (now instanceof Error) throw now;
      return { parked: now, counters: { consumed: 0, applied: 0, duplicate: 0, skipped: 0, parked: 0 } };
    },
    '/api/gateway/v1/operator/journal': () => journal,
    '/api/gateway/v1/operator/heard': () => ({ sources: {} }),
    '/api/registry/v1/operator/seats': () => ({ classes: 0, off: [] }),
    '/api/registry/v1/operator/records': () => ({ records: 0, off: [] }),
    '/api/registry/v1/operator/holds': () => ({ holds: [] }),
    '/api/transfer/v1/operator/cases': () => ({ cases: [] }),
  };
  return <T>(path: string) => Promise.resolve().then(() => answers[path]?.() as T | undefined);
};
const parkedOf = async (ask: Ask, seconds: number) => {
  const { findings, holds } = await reconcile(ask, { seconds, every: 1 });
  return { holds, broken: findings.find(({ promise }) => promise === 'no key is parked')!.broken };
};
const away = new Error('away');

describe('what looks broken', () => {
  it('is looked at again, and not said when it was under way', async () => {
    expect(await parkedOf(answering(1, 1, 0), 60)).toEqual({ holds: true, broken: [] });
    expect(await parkedOf(answering(away, 0), 60)).toEqual({ holds: true, broken: [] });
  });

  it('is said when it is so in every look', async () => {
    const { holds, broken } = await parkedOf(answering(1), 0.02);
    expect({ holds, broken }).toEqual({ holds: false, broken: [expect.stringContaining('gateway: 1 parked')] });
  });

  it('stays broken when nobody can look any more', async () => {
    const { broken } = await parkedOf(answering(1, away), 0.02);
    expect(broken).toEqual([expect.stringContaining('gateway: 1 parked'), 'no key is parked: not answered: away']);
    expect((await parkedOf(answering(away), 0)).holds).toBe(false);
  });
});
