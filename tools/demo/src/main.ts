import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '#libs/testing';
import { breakThings, invariants } from './break-things';
import { changzhi } from './changzhi';
import { collect } from './collect';
import { accounts, openPlaces } from './open-places';
import { register } from './register';
import { Story } from './story';
import { transfer } from './transfer';
import { World } from './world';

/** `--once` stops everything afterwards; `--json FILE` writes the summary. */
const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
};

const run = async (): Promise<number> => {
  const story = new Story();
  let world: World | undefined;
  let fault: string | undefined;
  try {
    story.begin('Start · 启动');
    world = await World.start(new Date('2026-09-02T09:00:00+08:00'), accounts(), {
      packs: join(root, 'libs/policy/demo-packs'),
    });
    story.tell(`gateway ${world.url}`);
    const places = await openPlaces(world, story);
    const intake = await collect(world, story, places);
    await register(world, story, intake);
    await changzhi(world, story, places);
    await transfer(world, story, places, intake);
    await breakThings(world, story, places, intake);
    await invariants(world, story);
  } catch (error) {
    fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(fault);
  }
  const summary = {
    ok: fault === undefined && story.failed.length === 0,
    seconds: Number(story.seconds.toFixed(1)),
    counts: story.counts,
    checks: story.checks,
    ...(fault && { fault }),
  };
  console.log(
    `\n${story.checks.length - story.failed.length} of ${story.checks.length} checks hold, ${summary.seconds} s`,
  );
  for (const name of story.failed) console.log(`✗ ${name}`);
  const file = option('--json');
  if (file) writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
  if (world && (process.argv.includes('--once') || fault)) await world.stop();
  else if (world) await stay(world);
  return summary.ok ? 0 : 1;
};

/** Leaves the province running until somebody stops it. */
const stay = async (world: World): Promise<void> => {
  const file = join(root, '.run/demo.json');
  writeFileSync(file, JSON.stringify({ gateway: world.url, accounts: world.accountSecrets() }, null, 2), {
    mode: 0o600,
  });
  console.log(
    `\nThe province runs at ${world.url}; accounts and secrets are in ${existsSync(file) ? '.run/demo.json' : ''}. Stop it with Ctrl-C.`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await world.stop();
};

void run().then((code) => process.exit(code));
