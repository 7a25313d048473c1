/**
 * `idle`: what the services cost while nobody does anything. Every built app runs as a process of its own, with its usual
 * intervals, in an empty corner of the engines; once it has settled, the processor time of each is read at the beginning
 * and the end of a span. `--size N` sets the span in seconds, 60 by default. One JSON line per service, and one for all
 * together: `ours` in percent of one core, `raw` is one core. The engines' own time is not in it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, ownCorner, OwnProcess, root } from '#libs/testing';

/** Consumer groups have formed, leases are shared, start-up code is compiled or thrown away. */
const settling = 30_000;
/** Clock ticks of Linux in a second. */
const ticks = 100;

/** Services under `apps/` that are built; the gateway first, for the others fetch its key set. */
const services = readdirSync(join(root, 'apps'))
  .filter((name) => existsSync(join(root, 'dist/apps', name, 'src/main.js')))
  .sort((a, b) => Number(b === 'gateway') - Number(a === 'gateway'));

/** Stands where the national system would; it is asked now and then, and not counted. */
const ministry = 'ministry';

/** Seconds of processor time of all threads, in and for the process. */
const processorTime = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
};

const print = (name: string, percent: number, span: number): void => {
  const line = { name, ours: +percent.toFixed(2), raw: 100, ratio: +(percent / 100).toFixed(4), unit: '% of a core' };
  process.stdout.write(`${JSON.stringify({ ...line, n: span })}\n`);
};

const main = async (): Promise<void> => {
  const at = process.argv.indexOf('--size');
  const span = at < 0 ? 60 : Number(process.argv[at + 1]);
  if (!(span > 0)) throw new Error('--size is no number above 0');
  const corner = ownCorner();
  const folder = join(root, '.run', corner.runId);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const accounts = join(folder, 'accounts.json');
  writeFileSync(accounts, JSON.stringify({ accounts: {} }), { mode: 0o600 });
  const ports = new Map<string, number>();
  for (const name of [...services, ministry, 'smtp']) ports.set(name, await freePort());
  const url = (name: string) => `http://127.0.0.1:${ports.get(name)}`;
  const urls = JSON.stringify(Object.fromEntries(services.map((name) => [name, url(name)])));
  const own = new Map<string, OwnProcess>();
  try {
    for (const name of [ministry, ...services]) {
      const env = {
        ...corner.environment(name),
        XUEJI_GATEWAY_URL: url('gateway'),
        XUEJI_SERVICES: urls,
        XUEJI_ACCOUNTS_FILE: accounts,
        XUEJI_ROOT_ACCOUNT: 'root',
        XUEJI_NATIONAL_URL: url(ministry),
        XUEJI_SMTP_URL: `smtp://127.0.0.1:${ports.get('smtp')}`,
        XUEJI_MAIL_FROM: 'no-reply@xueji.example',
        XUEJI_PUBLIC_URL: url('gateway'),
        XUEJI_MINISTRY_DIR: folder,
        XUEJI_LOG_LEVEL: 'warn',
      };
      const entry = name === ministry ? 'tools/ministry/src/main.ts' : `apps/${name}/src/main.ts`;
      const plan = { name: `${corner.runId}-${name}`, entry, port: ports.get(name), env };
      own.set(name, await OwnProcess.start({ ...plan, within: 120_000 }));
    }
    await pause(settling);
    const before = new Map(services.map((name) => [name, processorTime(own.get(name)?.pid as number)]));
    const from = performance.now();
    await pause(span * 1_000);
    const seconds = (performance.now() - from) / 1_000;
    let together = 0;
    for (const name of services) {
      const used = processorTime(own.get(name)?.pid as number) - (before.get(name) as number);
      const percent = (100 * used) / seconds;
      together += percent;
      print(`idle.${name}`, percent, span);
    }
    print('idle', together, span);
  } finally {
    for (const one of [...own.values()].reverse()) await one.stop();
    await corner.drop();
    rmSync(folder, { recursive: true, force: true });
  }
};

void main();
