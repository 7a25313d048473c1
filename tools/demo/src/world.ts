import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Caller } from './caller';
import { Postman } from './postman';
import { Story } from './story';
import { built, Corner, freePort, moveClock, ownCorner, OwnProcess, PreparedRun, root } from '#libs/testing';

const run = promisify(execFile);

/** Name, databases and users that the start of the demo made for it. */
const preparedRun = (): PreparedRun | undefined => {
  const file = process.env.XUEJI_RUN_FILE;
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as PreparedRun) : undefined;
};

export const services = ['registry', 'transfer', 'notify', 'attendance', 'archive', 'reports'] as const;

/** A running province: its services as real processes on real engines, a clock that can be moved, and people who call. */
export class World {
  /** Where the province's e-mail arrives. */
  mail: Postman;
  private readonly secrets = new Map<string, string>();
  private readonly tokens = new Map<string, { token: Promise<string>; until: number }>();
  private readonly processes = new Map<string, OwnProcess>();

  private constructor(
    readonly story: Story,
    readonly corner: Corner,
    /** MongoDB address of each service, with its own user; absent on engines that were given by address. */
    readonly mongoUrls: Record<string, string> | undefined,
  ) {}

  /** @param at business time to begin with */
  static async start(story: Story, at: string, accounts: string[]): Promise<World> {
    const prepared = preparedRun();
    const world = new World(story, ownCorner(prepared), prepared?.mongoUrls);
    mkdirSync(world.folder, { recursive: true, mode: 0o700 });
    cpSync(join(root, 'libs/policy/data/lines'), world.fileOf('packs'), { recursive: true });
    for (const extra of ['demo-packs', 'test-packs'])
      cpSync(join(root, 'libs/policy', extra), world.fileOf('extra-packs'), { recursive: true });
    world.moveTo(at);
    try {
      await Promise.all([world.open(accounts), world.startProcesses()]);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  private async startProcesses(): Promise<void> {
    const names = ['gateway', 'ministry', 'smtp', ...services];
    const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const)));
    const url = (name: string) => `http://127.0.0.1:${ports[name]}`;
    const environment = (name: string): Record<string, string> => ({
      ...this.corner.environment(name),
      XUEJI_GATEWAY_URL: url('gateway'),
      XUEJI_SERVICES: JSON.stringify(Object.fromEntries([...services, 'gateway'].map((one) => [one, url(one)]))),
      XUEJI_CLOCK_MODULE: built('libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: this.fileOf('clock.json'),
      XUEJI_ACCOUNTS_FILE: this.fileOf('accounts.json'),
      XUEJI_ROOT_ACCOUNT: 'root',
      XUEJI_NATIONAL_URL: url('ministry'),
      XUEJI_NATIONAL_EVERY_MS: '300',
      XUEJI_NATIONAL_ASK_AGAIN_MS: '3000',
      XUEJI_PACKS_DIR: this.fileOf('packs'),
      XUEJI_EXTRA_PACKS_DIR: this.fileOf('extra-packs'),
      XUEJI_LOG_LEVEL: 'warn',
      XUEJI_SWEEP_SECONDS: '2',
      XUEJI_MINISTRY_DIR: this.folder,
      XUEJI_CRASH_FILE: this.fileOf(`crash-${name}.json`),
      XUEJI_POISON_FILE: this.fileOf('poison.txt'),
      XUEJI_SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
      XUEJI_MAIL_FROM: 'xueji@example.org',
    });
    const start = async (name: string, entry = `apps/${name}/src/main.ts`): Promise<void> => {
      const env = environment(name);
      const plan = { name: `${this.corner.runId}-${name}`, entry, port: ports[name], env, within: 300_000 };
      const own = await OwnProcess.start(plan);
      this.processes.set(name, own);
    };
    this.mail = await Postman.start(ports.smtp);
    await Promise.all([
      start('ministry', 'tools/ministry/src/main.ts'),
      start('gateway'),
      ...services.map((name) => start(name)),
    ]);
  }

  /** Gives accounts, each with a secret of its own. */
  async open(accounts: string[]): Promise<void> {
    const made = await run(process.execPath, [
      join(root, 'scripts/accounts.mjs'),
      this.fileOf('accounts.json'),
      ...accounts,
    ]);
    for (const line of made.stdout.trim().split('\n')) {
      const [account, secret] = line.split('\t');
      this.secrets.set(account, secret);
    }
  }

  accountSecrets(): Record<string, string> {
    return Object.fromEntries(this.secrets);
  }

  /** A file of this run, e.g. one that arms a crash point. */
  fileOf(name: string): string {
    return join(this.folder, name);
  }

  runs(name: string): boolean {
    return this.processes.has(name);
  }

  /** A service's process. */
  process(name: string): OwnProcess {
    const own = this.processes.get(name);
    if (!own) throw new Error(`${name} does not run`);
    return own;
  }

  /** Stops services and starts them again, as an operator does after a change of their files. */
  async restart(...names: string[]): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        await this.process(name).stop();
        await this.process(name).restart();
      }),
    );
  }

  /** Business time jumps, `2026-09-28T10:00` in China; call `quiet` afterwards. */
  moveTo(at: string): void {
    const to = new Date(`${at}:00+08:00`);
    moveClock(this.fileOf('clock.json'), to);
    this.story.moved(to);
  }

  /** Somebody with an account. */
  as(account: string): Caller {
    return new Caller(this, account);
  }

  /** A token is short-lived; people sign in again before theirs ends. */
  tokenOf(account: string): Promise<string> {
    const known = this.tokens.get(account);
    if (known && known.until > Date.now()) return known.token;
    const token = this.signIn(account);
    this.tokens.set(account, { token, until: Date.now() + 8 * 60_000 });
    return token;
  }

  private async signIn(account: string): Promise<string> {
    const secret = this.secrets.get(account);
    if (!secret) throw new Error(`nobody has the account ${account}`);
    const response = await fetch(`${this.url}/api/gateway/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account, secret }),
    });
    const { token } = (await response.json()) as { token?: string };
    if (!token) throw new Error(`${account} could not sign in: ${response.status}`);
    return token;
  }

  get url(): string {
    const gateway = this.processes.get('gateway');
    if (!gateway) throw new Error('the gateway does not run');
    return gateway.url;
  }

  /**
   * The barrier: outboxes empty, nothing in flight, no deadline due and unfired, no long work.
   * @param patience milliseconds in which something must have moved on
   */
  async quiet(patience = 60_000): Promise<void> {
    let last = '';
    let limit = Date.now() + patience;
    for (let calm = 0; calm < 2; await pause(100)) {
      const { busy, seen } = await this.figures();
      calm = busy.every((count) => count === 0) ? calm + 1 : 0;
      if (seen !== last) limit = Date.now() + patience;
      else if (Date.now() > limit) throw new Error(`not quiet, and nothing moves for ${patience} ms: ${seen}`);
      last = seen;
    }
  }

  private async figures(): Promise<{ busy: unknown[]; seen: string }> {
    const operator = this.as('operator');
    const [registry, transfer, work, ...timers] = await Promise.all([
      operator.get('/api/registry/v1/operator/status'),
      operator.get('/api/transfer/v1/operator/status'),
      operator.get('/api/registry/v1/operator/work'),
      operator.get('/api/registry/v1/operator/deadlines/status'),
      operator.get('/api/transfer/v1/operator/deadlines/status'),
      operator.get('/api/registry/v1/operator/deadlines/status'),
    ]);
    const busy = [
      ...[registry, transfer].flatMap(({ body }) => [
        body.outboxPending,
        ...Object.values((body.lag ?? { none: 1 }) as Record<string, number>),
      ]),
      work.body.collections,
      work.body.numbers,
      ...timers.map(({ body }) => body.due),
    ];
    return { busy, seen: JSON.stringify([registry, transfer, work, ...timers].map(({ body }) => body)) };
  }

  async stop(): Promise<void> {
    for (const own of [...this.processes.values()].reverse()) await own.stop();
    await this.mail?.stop();
    await this.corner.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get folder(): string {
    return join(root, '.run', this.corner.runId);
  }
}
