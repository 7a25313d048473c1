import { mongo } from 'mongoose';
import { Story } from './story';
import { World } from './world';

interface Slice<T> {
  items: T[];
  next?: string;
}

/** What must be true at the end: each service answers for itself over HTTP, and two are compared. */
export const invariants = async (world: World, story: Story): Promise<void> => {
  story.begin('invariants', 'What must hold · 不变式');
  await world.quiet();
  const operator = world.as('operator');
  const timers = await operator.must<{ fired: { alarm: number; sweeper: number }; failed: number; due: number }>(
    '/api/transfer/v1/operator/deadlines/status',
  );
  const { alarm, sweeper } = timers.fired;
  story.count('deadlines fired by alarm', alarm);
  story.count('deadlines fired by sweeper', sweeper);
  story.check(
    'every deadline that is due has fired, none failed; alarms and the sweeper had both to do',
    timers.due === 0 && timers.failed === 0 && alarm > 0 && sweeper > 0,
    `GET /operator/deadlines/status: ${alarm} by alarm, ${sweeper} by sweeper, ${timers.due} due, ${timers.failed} failed`,
  );
  for (const service of ['registry', 'transfer', 'notify']) {
    const { parked, counters } = await operator.must<{ parked: number; counters: Record<string, number> }>(
      `/api/${service}/v1/operator/status`,
    );
    const { consumed, applied, duplicate, skipped } = counters;
    story.check(
      `${service}: every event heard since its start was applied, a duplicate or skipped, and no key is parked`,
      parked === 0 && consumed === applied + duplicate + skipped + counters.parked,
      `consumed ${consumed} = applied ${applied} + duplicate ${duplicate} + skipped ${skipped} + parked ${counters.parked}`,
    );
  }
  const registry = await operator.must<Record<string, number>>('/api/registry/v1/operator/invariants');
  for (const name of ['students', 'numbers', 'events']) story.count(name, registry[name]);
  story.check(
    'every student has one seat, and the seats of the classes are the students in them',
    registry.seatsOff === 0,
    `GET /operator/invariants: ${registry.students} students counted by class against the counters, ${registry.seatsOff} off`,
  );
  story.check(
    'no number belongs to two students',
    registry.numbersShared === 0,
    `${registry.numbers} numbers counted, ${registry.numbersShared} shared`,
  );
  story.check(
    'per aggregate the journal has no gap',
    registry.gaps === 0,
    `${registry.events} events of the registry counted against their last sequence, ${registry.gaps} gaps`,
  );
  await holdsAndCases(world, story);
  await databases(world, story);
};

/** No hold without a case and no case without a hold, both services asked, both directions compared. */
const holdsAndCases = async (world: World, story: Story): Promise<void> => {
  const operator = world.as('operator');
  const all = async <T>(path: string, items: string): Promise<T[]> => {
    const found: T[] = [];
    for (let after = ''; ;) {
      const page = await operator.must<Record<string, unknown>>(`${path}${after && `?after=${after}`}`);
      found.push(...(page[items] as T[]));
      const { next } = page as unknown as Slice<T>;
      if (!next) return found;
      after = next;
    }
  };
  const holds = await all<{ case: string; student: string }>('/api/registry/v1/operator/holds', 'holds');
  const cases = await all<{ case: string; student: string; state: string }>('/api/transfer/v1/operator/cases', 'cases');
  const keyOf = (one: { case: string; student: string }) => `${one.case} ${one.student}`;
  const held = new Set(holds.map(keyOf));
  const open = new Set(cases.map(keyOf));
  const withoutCase = [...held].filter((key) => !open.has(key));
  const withoutHold = [...open].filter((key) => !held.has(key));
  story.count('holds', holds.length);
  story.count('cases under way', cases.length);
  story.check(
    'no hold without a case, and no case without a hold: registry and transfer compared, both ways',
    holds.length > 0 && withoutCase.length === 0 && withoutHold.length === 0,
    `${holds.length} holds of the registry, ${cases.length} cases of transfer; ${withoutCase.length} holds without a case, ${withoutHold.length} cases without a hold`,
  );
};

const unauthorized = 13;

/** Each service's own user is tried on the database of every other. */
const databases = async (world: World, story: Story): Promise<void> => {
  const urls = Object.entries(world.mongoUrls ?? {}).filter(([service]) => world.runs(service));
  if (!urls.length) return story.tell('the engines were given by address: whose users open what was not looked at');
  const opened: string[] = [];
  let refused = 0;
  for (const [service, url] of urls) {
    const client = await new mongo.MongoClient(url).connect();
    for (const [other] of urls) {
      const look = client.db(world.corner.database(other)).collection('outbox').findOne();
      const code = await look.then(
        () => undefined,
        (fault: mongo.MongoServerError) => fault.code,
      );
      if (code === undefined) opened.push(`${service} → ${other}`);
      else if (code === unauthorized) refused += 1;
      else throw new Error(`${service} on the database of ${other}: ${code}`);
    }
    await client.close();
  }
  story.check(
    'each service has its own database user, who can open no other service’s database',
    opened.length === urls.length && refused === urls.length * (urls.length - 1),
    `${urls.length} users tried on ${urls.length} databases: own opened ${opened.length}, others refused ${refused}`,
  );
};
