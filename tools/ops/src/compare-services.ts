import { Ask } from './operator';
import { Promised } from './promised';
import { must, slices } from './slices';

interface Figures {
  outboxPending: number;
  parked: number;
  counters: { consumed: number; applied: number; duplicate: number; skipped: number; parked: number };
}

interface JournalSlice {
  events: number;
  published: number;
  gaps: number;
  gapsAt: string[];
  positionsMissing: number;
  next?: string;
}

interface HeardSlice {
  sources: Record<string, { aggregates: number; events: number }>;
  next?: string;
}

const operatorOf = (service: string): string => `/api/${service}/v1/operator`;

const figuresOf = (ask: Ask, service: string): Promise<Figures> => must(ask, `${operatorOf(service)}/status`);

export const nothingParked = (ask: Ask, services: string[]): Promised => ({
  name: 'no key is parked',
  async look() {
    const broken = new Map<string, string>();
    for (const service of services) {
      const { parked } = await figuresOf(ask, service);
      if (parked > 0) broken.set(service, `${service}: ${parked} parked (npm run ops -- parked ${service})`);
    }
    return { counted: services.length, broken };
  },
});

export const counters = (ask: Ask, services: string[]): Promised => ({
  name: 'what was consumed was applied, known, skipped or parked',
  async look() {
    let counted = 0;
    const broken = new Map<string, string>();
    for (const service of services) {
      const { consumed, applied, duplicate, skipped, parked } = (await figuresOf(ask, service)).counters;
      counted += consumed;
      if (consumed !== applied + duplicate + skipped + parked)
        broken.set(
          service,
          `${service}: ${consumed} consumed, ${applied} + ${duplicate} + ${skipped} + ${parked} accounted for`,
        );
    }
    return { counted, broken };
  },
});

const journalOf = (ask: Ask, service: string) => slices<JournalSlice>(ask, `${operatorOf(service)}/journal`);

export const journals = (ask: Ask, services: string[]): Promised => ({
  name: 'no journal has a gap',
  async look() {
    let counted = 0;
    const broken = new Map<string, string>();
    for (const service of services) {
      let [gaps, positions] = [0, 0];
      for await (const slice of journalOf(ask, service)) {
        counted += slice.events;
        positions += slice.positionsMissing;
        gaps += slice.gaps - slice.gapsAt.length;
        for (const id of slice.gapsAt) broken.set(`${service} ${id}`, `${service}: sequence of ${id} has a gap`);
      }
      if (gaps > 0) broken.set(`${service} more`, `${service}: ${gaps} more sequences have a gap`);
      if (positions !== 0) broken.set(`${service} positions`, `${service}: ${positions} positions are nobody's`);
    }
    return { counted, broken };
  },
});

/**
 * What an owner had published at the first look has been heard by each who hears it, and nobody has heard of more than the
 * owner's journal holds.
 */
export const heardToTheEnd = (ask: Ask, services: string[]): Promised => {
  const published = new Map<string, number>();
  const sumOf = async (service: string, what: 'events' | 'published'): Promise<number> => {
    let sum = 0;
    for await (const slice of journalOf(ask, service)) sum += slice[what];
    return sum;
  };
  return {
    name: 'what an owner published has been heard',
    async look() {
      let counted = 0;
      const broken = new Map<string, string>();
      for (const source of services)
        if (!published.has(source)) published.set(source, await sumOf(source, 'published'));
      const heard: { service: string; source: string; events: number }[] = [];
      for (const service of services) {
        const sums = new Map<string, number>();
        for await (const { sources } of slices<HeardSlice>(ask, `${operatorOf(service)}/heard`))
          for (const [source, { events }] of Object.entries(sources))
            sums.set(source, (sums.get(source) ?? 0) + events);
        for (const [source, events] of sums) heard.push({ service, source, events });
      }
      const written = new Map<string, number>();
      // Who is no part of this deployment has told nobody anything.
      for (const source of services) written.set(source, await sumOf(source, 'events'));
      for (const { service, source, events } of heard) {
        counted += events;
        const name = `${service} ${source}`;
        const [atLeast, atMost] = [published.get(source) ?? 0, written.get(source) ?? 0];
        if (events < atLeast) broken.set(name, `${service} has heard ${events} of ${atLeast} events of ${source}`);
        if (events > atMost)
          broken.set(name, `${service} has heard ${events} events of ${source}, whose journal has ${atMost}`);
      }
      return { counted, broken };
    },
  };
};

/** The gateway keeps no deadlines. */
export const deadlines = (ask: Ask, services: string[]): Promised => ({
  name: 'every deadline that is due has fired',
  async look() {
    let counted = 0;
    const broken = new Map<string, string>();
    for (const service of services) {
      const timers = await ask<{ due: number; failed: number; fired: { alarm: number; sweeper: number } }>(
        `${operatorOf(service)}/deadlines/status`,
      );
      if (!timers) continue;
      counted += timers.fired.alarm + timers.fired.sweeper + timers.due + timers.failed;
      if (timers.due > 0) broken.set(`${service} due`, `${service}: ${timers.due} due and not fired`);
      if (timers.failed > 0) broken.set(`${service} failed`, `${service}: ${timers.failed} refused by their handler`);
    }
    return { counted, broken };
  },
});
