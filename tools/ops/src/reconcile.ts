import { setTimeout as pause } from 'node:timers/promises';
import { atRegistry, holdsAndCases } from './compare-registry';
import { headCounts } from './compare-reports';
import { counters, deadlines, journals, nothingParked, heardToTheEnd } from './compare-services';
import { Ask } from './operator';
import { Look, Promised } from './promised';

export interface Finding {
  promise: string;
  counted: number;
  /** What was broken in every look, in words. */
  broken: string[];
}

export interface Report {
  holds: boolean;
  findings: Finding[];
}

export interface Patience {
  /** Seconds for which what looks broken may turn out to be under way. */
  seconds: number;
  every?: number;
}

interface Status {
  services: { name: string; state: string }[];
}

/**
 * Compares what services promise each other, over HTTP alone. Services are asked one after another while work goes on, so
 * what is under way can look broken: it is looked at again, and only what is broken in every look is reported.
 * @throws Error when the gateway does not answer, or the account is no operator's
 */
export const reconcile = async (ask: Ask, { seconds, every = 500 }: Patience = { seconds: 20 }): Promise<Report> => {
  const status = await ask<Status>('/api/gateway/v1/status');
  if (!status) throw new Error('the gateway has no status');
  const services = status.services.map(({ name }) => name);
  const promises: Promised[] = [
    everyoneAnswers(ask),
    nothingParked(ask, services),
    counters(ask, services),
    journals(ask, services),
    heardToTheEnd(ask, services),
    deadlines(ask, services),
    ...atRegistry(ask),
    holdsAndCases(ask),
    ...(services.includes('reports') ? [headCounts(ask)] : []),
  ];
  const findings: Finding[] = [];
  for (const promise of promises) findings.push(await patiently(promise, seconds * 1_000, every));
  return { holds: findings.every(({ broken }) => broken.length === 0), findings };
};

const patiently = async ({ name, look }: Promised, within: number, every: number): Promise<Finding> => {
  const limit = performance.now() + within;
  let seen: Look | undefined;
  let fault = '';
  for (;;) {
    try {
      const now = await look();
      const still = ([thing]: [string, string]) => !seen || seen.broken.has(thing);
      seen = { ...now, broken: new Map([...now.broken].filter(still)) };
      fault = '';
    } catch (error) {
      // What was broken before is not mended because nobody could look.
      fault = `not answered: ${(error as Error).message}`;
    }
    if (seen?.broken.size === 0 && !fault) return { promise: name, counted: seen.counted, broken: [] };
    if (performance.now() >= limit) break;
    await pause(every);
  }
  // Who cannot be asked has not kept the promise as far as anybody can tell.
  const broken = [...(seen?.broken.values() ?? []), ...(fault ? [`${name}: ${fault}`] : [])];
  return { promise: name, counted: seen?.counted ?? 0, broken };
};

const everyoneAnswers = (ask: Ask): Promised => ({
  name: 'every service is ready',
  async look() {
    const { services } = (await ask<Status>('/api/gateway/v1/status')) as Status;
    const not = services.filter(({ state }) => state !== 'ready');
    return { counted: services.length, broken: new Map(not.map(({ name, state }) => [name, `${name} is ${state}`])) };
  },
});
