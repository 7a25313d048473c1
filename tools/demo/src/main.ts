import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '#libs/testing';
import { accounts, clerkOf, officerOf } from './accounts';
import { breakThings } from './break-things';
import { changzhi } from './changzhi';
import { collect } from './collect';
import { invariants } from './invariants';
import { lastSeat } from './last-seat';
import { numbers } from './numbers';
import { openPlaces } from './open-places';
import { register } from './register';
import { Story } from './story';
import { transfer } from './transfer';
import { services, World } from './world';

/** `--once` stops everything afterwards; `--json FILE` writes the summary. */
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

const play = async (world: World, story: Story): Promise<void> => {
  const places = await openPlaces(world, story);
  const lu = await changzhi(world, story, places);
  await lastSeat(world, story, lu);
  const intake = await collect(world, story, places);
  await register(world, story, intake);
  await numbers(world, story, places, intake);
  await transfer(world, story, places, intake, lu);
  await breakThings(world, story, places, intake);
  await invariants(world, story);
};

const run = async (): Promise<number> => {
  const story = new Story();
  let world: World | undefined;
  let fault: string | undefined;
  try {
    world = await World.start(story, '2026-09-02T09:00', accounts());
    console.log(`started    ${story.seconds} s: gateway ${world.url}, every service with a database of its own`);
    await play(world, story);
  } catch (error) {
    fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(fault);
  }
  story.end();
  const failed = story.failed;
  const summary = {
    ok: fault === undefined && failed.length === 0,
    seconds: story.seconds,
    counts: story.counts,
    checks: story.checks,
    chapters: story.chapters,
    repeats: story.repeats,
    ...(story.case && { case: story.case }),
    ...(fault && { fault }),
  };
  show(story, summary.ok);
  const file = option('--json');
  if (file) writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
  if (file) console.log(`summary     ${file}`);
  if (world) console.log(`logs        .run/logs/${world.corner.runId}-*.log`);
  if (world && (process.argv.includes('--once') || fault)) await world.stop();
  else if (world) await stay(world);
  return summary.ok ? 0 : 1;
};

/** The summary as people read it. */
const show = (story: Story, ok: boolean): void => {
  console.log(`\n── Summary · 小结 ${'─'.repeat(80)}`);
  for (const { key, title, seconds } of story.chapters) {
    const counts = Object.entries(story.counts[key]).map(([name, n]) => `${n} ${name}`);
    console.log(`   ${title} (${seconds} s)`);
    if (counts.length) console.log(`     ${counts.join(', ')}`);
  }
  const steps = Object.values(story.counts).reduce((sum, counts) => sum + (counts.steps ?? 0), 0);
  console.log(
    `\n${story.checks.length - story.failed.length} of ${story.checks.length} checks hold, ${steps} steps over HTTP, ${story.seconds} s: ${ok ? 'all is well' : 'something is wrong'}`,
  );
  if (story.repeats.length)
    console.log(`${story.repeats.length} calls were made again: ${[...new Set(story.repeats)].join(', ')}`);
  for (const { chapter, name, how } of story.failed) console.log(`✗ ${chapter}: ${name} (${how})`);
};

/** Leaves the province running until somebody stops it. */
const stay = async (world: World): Promise<void> => {
  const file = join(root, '.run/demo.json');
  const secrets = world.accountSecrets();
  const openapi = Object.fromEntries(
    [...services, 'gateway'].map((name) => [name, `${world.url}/api/${name}/openapi.json`]),
  );
  writeFileSync(file, JSON.stringify({ gateway: world.url, openapi, accounts: secrets }, null, 2), {
    mode: 0o600,
  });
  const some = ['root', 'operator', officerOf('520103'), clerkOf('2152000001')];
  console.log(`
The province runs until Ctrl-C.
   address     ${world.url}
   sign in     POST ${world.url}/api/gateway/v1/tokens  {"account": …, "secret": …}
   accounts    ${some.join(', ')} and ${Object.keys(secrets).length - some.length} more; secrets in .run/demo.json
   API         ${openapi.registry} and the like
   operator    ${world.url}/operator (queues), with the account operator`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await world.stop();
};

void run().then((code) => process.exit(code));
