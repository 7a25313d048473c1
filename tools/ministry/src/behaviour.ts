import { createHash } from 'node:crypto';

/** How the played system treats those who ask. Shares are 0 to 1; times are real milliseconds. */
export interface Behaviour {
  /** Least and most time from the asking to the answer. */
  delayMs: [number, number];
  /** Answers leave together, at multiples of this; 0: each when it is ready. */
  batchMs: number;
  /** Share of the ready answers that a batch takes along; the others wait for a later one. */
  partly: number;
  /** Share of answers given a second time, one delay later. */
  twice: number;
  /** Share of answers lost on the way at the first asking; asked again they come. 1: all, however often one asks. */
  lose: number;
  /** Share of requests to which `pending` is answered first. */
  pending: number;
  /** Answers of one moment leave in an order of their own. */
  shuffle: boolean;
  /** Whether a person who has a number is refused a request under another id, or told the same number. */
  refuseDuplicates: boolean;
  /** School codes that are not known. */
  unknownSchools: string[];
  /** Nothing is taken and nothing answered: 503. */
  away: boolean;
  /** All chances follow from it and from the request, so that a run can be repeated. */
  seed: number;
}

const prompt: Behaviour = {
  delayMs: [0, 0],
  batchMs: 0,
  partly: 1,
  twice: 0,
  lose: 0,
  pending: 0,
  shuffle: false,
  refuseDuplicates: true,
  unknownSchools: [],
  away: false,
  seed: 1,
};

export const presets: Record<string, Behaviour> = {
  prompt,
  moody: {
    ...prompt,
    delayMs: [50, 800],
    batchMs: 250,
    partly: 0.8,
    twice: 0.15,
    lose: 0.2,
    pending: 0.1,
    shuffle: true,
  },
  silent: { ...prompt, lose: 1 },
};

const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 3_600_000;
const isShare = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
const isFlag = (value: unknown) => typeof value === 'boolean';

const checks: Record<keyof Behaviour, (value: unknown) => boolean> = {
  delayMs: (value) => Array.isArray(value) && value.length === 2 && value.every(isTime) && value[0] <= value[1],
  batchMs: isTime,
  partly: (value) => isShare(value) && (value as number) > 0,
  twice: isShare,
  lose: isShare,
  pending: isShare,
  shuffle: isFlag,
  refuseDuplicates: isFlag,
  unknownSchools: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  away: isFlag,
  seed: (value) => Number.isSafeInteger(value),
};

/**
 * The name of a preset, or some of the settings, laid over what holds now.
 * @throws Error naming what is not known or out of range
 */
export const behaviourFrom = (wish: unknown, now: Behaviour): Behaviour => {
  if (typeof wish === 'string') {
    const preset = presets[wish];
    if (!preset) throw new Error(`no behaviour "${wish}": ${Object.keys(presets).join(', ')}`);
    return preset;
  }
  if (typeof wish !== 'object' || wish === null) throw new Error('behaviour is the name of a preset, or settings');
  for (const [name, value] of Object.entries(wish)) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof Behaviour] : undefined;
    if (!check) throw new Error(`behaviour knows no ${name}: ${Object.keys(checks).join(', ')}`);
    if (!check(value)) throw new Error(`behaviour: ${name} is out of range`);
  }
  return { ...now, ...(wish as Partial<Behaviour>) };
};

/** An answer on its way: what will be said about a request, and when. */
export interface Delivery {
  requestId: string;
  /** Real time, ms. */
  at: number;
  pending?: true;
}

/** A number from 0 up to 1 that is always the same for the same parts. */
export const chance = (...parts: (string | number)[]): number =>
  createHash('sha256').update(parts.join('|')).digest().readUInt32BE() / 2 ** 32;

/** @param asking 1 for the first time this request is asked, 2 for the second … */
export const deliveriesOf = (requestId: string, asking: number, now: number, behaviour: Behaviour): Delivery[] => {
  const { delayMs, batchMs, partly, twice, lose, pending, seed } = behaviour;
  const draw = (what: string | number) => chance(seed, requestId, asking, what);
  if (lose === 1 || (asking === 1 && draw('lose') < lose)) return [];
  const [least, most] = delayMs;
  const ready = now + least + draw('delay') * (most - least);
  let at = batchMs ? Math.ceil(ready / batchMs) * batchMs : Math.ceil(ready);
  if (batchMs) for (let missed = 0; missed < 10 && draw(`partly${missed}`) >= partly; missed++) at += batchMs;
  const deliveries: Delivery[] = [];
  if (draw('pending') < pending) deliveries.push({ requestId, at: Math.floor((now + at) / 2), pending: true });
  deliveries.push({ requestId, at });
  if (draw('twice') < twice) deliveries.push({ requestId, at: at + Math.max(batchMs, most, 1) });
  return deliveries;
};
