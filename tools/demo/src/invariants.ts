import { mongo } from 'mongoose';
import { reconcile } from '../../ops/src/reconcile';
import { Story } from './story';
import { World } from './world';

interface Timers {
  fired: { alarm: number; sweeper: number };
  failed: number;
  due: number;
}

/** What must be true at the end: each service answers for itself over HTTP, and two are compared. */
export const invariants = async (world: World, story: Story): Promise<void> => {
  story.begin('invariants', 'What must hold · 不变式');
  await world.quiet();
  const operator = world.as('operator');
  const timers = await Promise.all(
    ['registry', 'transfer'].map((service) => operator.must<Timers>(`/api/${service}/v1/operator/deadlines/status`)),
  );
  const sum = (of: (one: Timers) => number) => timers.reduce((all, one) => all + of(one), 0);
  const [alarm, sweeper] = [sum(({ fired }) => fired.alarm), sum(({ fired }) => fired.sweeper)];
  const [due, failed] = [sum((one) => one.due), sum((one) => one.failed)];
  story.count('deadlines fired by alarm', alarm);
  story.count('deadlines fired by sweeper', sweeper);
  story.check(
    'every deadline that is due has fired, none failed; alarms and the sweeper had both to do',
    due === 0 && failed === 0 && alarm > 0 && sweeper > 0,
    `GET /operator/deadlines/status: ${alarm} by alarm, ${sweeper} by sweeper, ${due} due, ${failed} failed`,
  );
  const registry = await operator.must<Record<string, number>>('/api/registry/v1/operator/invariants');
  for (const name of ['students', 'numbers', 'events']) story.count(name, registry[name]);
  await compared(world, story);
  await databases(world, story);
};

/** What services promise each other, as `npm run ops -- reconcile` compares it; holds and cases in both directions. */
const compared = async (world: World, story: Story): Promise<void> => {
  const operator = world.as('operator');
  const { holds } = await operator.must<{ holds: { case: string }[] }>('/api/registry/v1/operator/holds');
  const { cases } = await operator.must<{ cases: { case: string }[] }>('/api/transfer/v1/operator/cases');
  story.count('records held', holds.length);
  story.count('cases under way', cases.length);
  const held = new Set(holds.map((one) => one.case));
  const open = new Set(cases.map((one) => one.case));
  const withoutCase = [...held].filter((id) => !open.has(id)).length;
  const withoutHold = [...open].filter((id) => !held.has(id)).length;
  story.check(
    'no hold without a case, and no case without a hold: registry and transfer compared, both ways',
    holds.length > 0 && withoutCase === 0 && withoutHold === 0,
    `GET /operator/holds: ${holds.length}, GET /operator/cases: ${cases.length}; ${withoutCase} holds without a case, ${withoutHold} cases without a hold`,
  );
  const { findings } = await reconcile(async <T>(path: string) => {
    const { status, body } = await operator.get(path);
    if (status === 404) return undefined;
    if (status >= 300) throw new Error(`${path}: ${status}`);
    return body as T;
  });
  for (const { promise, counted, broken } of findings)
    story.check(
      promise,
      broken.length === 0,
      broken.length ? broken.slice(0, 3).join('; ') : `ops reconcile: ${counted} looked at, none broken`,
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
