import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Postman } from './postman';
import { built, Corner, freePort, moveClock, ownCorner, OwnProcess, root, until } from '#libs/testing';

const run = promisify(execFile);

/** What a service answered. */
export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  etag?: string;
}

export class Unexpected extends Error {}

const services = ['registry', 'transfer', 'notify'] as const;
export type Service = (typeof services)[number] | 'gateway';

/** A running province: its services as real processes on real engines, a clock that can be moved, and people who call. */
export class World {
  /** Where the province's e-mail arrives. */
  mail: Postman;
  private readonly secrets = new Map<string, string>();
  private readonly tokens = new Map<string, { token: string; until: number }>();

  private constructor(
    readonly corner: Corner,
    readonly processes: Map<string, OwnProcess>,
    private readonly clockFile: string,
    private readonly accountsFile: string,
  ) {}

  /** @param at business time to begin with */
  static async start(
    at: Date,
    accounts: string[],
    extra: { packs?: string; say?: (line: string) => void } = {},
  ): Promise<World> {
    const corner = ownCorner();
    const folder = join(root, '.run', corner.runId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const clockFile = join(folder, 'clock.json');
    moveClock(clockFile, at);
    const accountsFile = join(folder, 'accounts.json');
    const world = new World(corner, new Map(), clockFile, accountsFile);
    await world.open(accounts);
    const ports = Object.fromEntries(
      await Promise.all(
        ['gateway', 'ministry', 'smtp', ...services].map(async (name) => [name, await freePort()] as const),
      ),
    );
    const url = (name: string) => `http://127.0.0.1:${ports[name]}`;
    const environment = (name: string): Record<string, string> => ({
      ...corner.environment(name),
      XUEJI_GATEWAY_URL: url('gateway'),
      XUEJI_SERVICES: JSON.stringify(Object.fromEntries([...services, 'gateway'].map((one) => [one, url(one)]))),
      XUEJI_CLOCK_MODULE: built('libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: clockFile,
      XUEJI_ACCOUNTS_FILE: accountsFile,
      XUEJI_ROOT_ACCOUNT: 'root',
      XUEJI_NATIONAL_URL: url('ministry'),
      XUEJI_NATIONAL_EVERY_MS: '300',
      XUEJI_NATIONAL_ASK_AGAIN_MS: '3000',
      XUEJI_EXTRA_PACKS_DIR: extra.packs ?? '',
      XUEJI_LOG_LEVEL: 'warn',
      XUEJI_SWEEP_SECONDS: '2',
      XUEJI_MINISTRY_DIR: folder,
      XUEJI_CRASH_FILE: join(folder, `crash-${name}.json`),
      XUEJI_POISON_FILE: join(folder, 'poison.txt'),
      XUEJI_SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
      XUEJI_MAIL_FROM: 'xueji@example.org',
    });
    const plan = (name: string, entry?: string, ready?: string) =>
      OwnProcess.start({
        name: `${corner.runId}-${name}`,
        entry: entry ?? `apps/${name}/src/main.ts`,
        port: ports[name],
        env: environment(name),
        ...(ready && { ready }),
      }).then((own) => world.processes.set(name, own));
    await plan('ministry', 'tools/ministry/src/main.ts');
    world.mail = await Postman.start(ports.smtp);
    await plan('gateway');
    await plan('registry');
    await plan('transfer');
    await plan('notify');
    return world;
  }

  /** Gives accounts, each with a secret of its own. */
  async open(accounts: string[]): Promise<void> {
    const made = await run(process.execPath, [join(root, 'scripts/accounts.mjs'), this.accountsFile, ...accounts]);
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
    return join(root, '.run', this.corner.runId, name);
  }

  /** A service's process. */
  process(name: string): OwnProcess {
    const own = this.processes.get(name);
    if (!own) throw new Error(`${name} does not run`);
    return own;
  }

  /** Business time jumps; call `quiet` afterwards. */
  moveTo(at: string): void {
    moveClock(this.clockFile, new Date(at));
  }

  /** Somebody with an account. */
  as(account: string): Caller {
    return new Caller(this, account);
  }

  async tokenOf(account: string): Promise<string> {
    const known = this.tokens.get(account);
    if (known && known.until > Date.now()) return known.token;
    const secret = this.secrets.get(account);
    if (!secret) throw new Error(`nobody has the account ${account}`);
    const response = await fetch(`${this.url}/api/gateway/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account, secret }),
    });
    const { token } = (await response.json()) as { token?: string };
    if (!token) throw new Error(`${account} could not sign in: ${response.status}`);
    this.tokens.set(account, { token, until: Date.now() + 8 * 60_000 });
    return token;
  }

  get url(): string {
    const gateway = this.processes.get('gateway');
    if (!gateway) throw new Error('the gateway does not run');
    return gateway.url;
  }

  /** The barrier: outboxes empty, nothing in flight, no deadline due and unfired, no long work. */
  async quiet(within = 60_000): Promise<void> {
    const operator = this.as('operator');
    let last: unknown;
    let calm = 0;
    await until(
      async () => {
        const [registry, transfer, work, ...timers] = await Promise.all([
          operator.get('/api/registry/v1/operator/status'),
          operator.get('/api/transfer/v1/operator/status'),
          operator.get('/api/registry/v1/operator/work'),
          operator.get('/api/transfer/v1/operator/deadlines/status'),
          operator.get('/api/registry/v1/operator/deadlines/status'),
        ]);
        last = [registry.body, transfer.body, work.body, ...timers.map(({ body }) => body)];
        const busy = [
          ...[registry, transfer].flatMap(({ body }) => [
            body.outboxPending,
            ...Object.values((body.lag ?? { none: 1 }) as Record<string, number>),
          ]),
          work.body.collections,
          work.body.numbers,
          ...timers.map(({ body }) => body.due),
        ];
        calm = busy.every((count) => count === 0) ? calm + 1 : 0;
        return calm >= 2;
      },
      { within, every: 100, message: () => `all quiet; last seen ${JSON.stringify(last)}` },
    );
  }

  async stop(): Promise<void> {
    for (const own of [...this.processes.values()].reverse()) await own.stop();
    await this.mail?.stop();
    await this.corner.drop();
    rmSync(join(root, '.run', this.corner.runId), { recursive: true, force: true });
  }
}

/** Calls over HTTP with one account's token. Says what it expects; anything else stops the story with the answer. */
export class Caller {
  constructor(
    private readonly world: World,
    readonly account: string,
  ) {}

  get<T = Record<string, unknown>>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  post<T = Record<string, unknown>>(
    path: string,
    body: unknown = {},
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return this.call<T>('POST', path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  async put(path: string, body: unknown): Promise<void> {
    const answer = await this.call('PUT', path, JSON.stringify(body), { 'content-type': 'application/json' });
    if (answer.status >= 300)
      throw new Unexpected(`${this.account} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** @throws Unexpected when it is not a success */
  async must<T = Record<string, unknown>>(
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = body === undefined ? await this.get<T>(path) : await this.post<T>(path, body, headers);
    if (answer.status >= 300)
      throw new Unexpected(`${this.account} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 1500)}`);
    return answer.body;
  }

  /** @throws Unexpected when the answer has another status */
  async refused(status: number, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = body === undefined ? await this.get(path) : await this.post(path, body, headers);
    if (answer.status !== status)
      throw new Unexpected(
        `${this.account} ${path}: ${answer.status}, not ${status}: ${JSON.stringify(answer.body).slice(0, 800)}`,
      );
    return answer;
  }

  async upload<T = Record<string, unknown>>(
    path: string,
    bytes: Uint8Array,
    name: string,
    type = 'application/octet-stream',
  ): Promise<Answer<T>> {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
    return this.call<T>('POST', path, form);
  }

  async download(path: string): Promise<Buffer> {
    const response = await this.send('GET', path);
    if (!response.ok) throw new Unexpected(`${this.account} ${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  private async call<T>(
    method: string,
    path: string,
    body?: string | FormData,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await this.send(method, path, body, headers);
    const text = await response.text();
    const etag = response.headers.get('etag') ?? undefined;
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as T, ...(etag && { etag }) };
  }

  private async send(
    method: string,
    path: string,
    body?: string | FormData,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${this.world.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.world.tokenOf(this.account)}`,
        ...(method !== 'GET' && { 'idempotency-key': randomUUID() }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
  }
}
