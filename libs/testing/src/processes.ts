import { ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { built, root } from './places';
import { until } from './wait';

export interface ProcessPlan {
  /** Names the log `.run/logs/<name>.log`; by default the app of that name is started. */
  name: string;
  /** Source file to run once built; default `apps/<name>/src/main.ts`. */
  entry?: string;
  /** Added to this process's own environment; `XUEJI_PORT` is set from `port`. */
  env?: Record<string, string>;
  /** Kept through restarts; default a free one. */
  port?: number;
  /** Source files loaded before the program, e.g. crash points. */
  preload?: string[];
  /** Milliseconds to become ready; default 90 000: a machine that starts many at once is slow, not broken. */
  within?: number;
  /** Path that answers 200 when ready; default `/health/ready`. */
  ready?: string;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program of this repository as a real process. It dies with the process that started it, however that dies. */
export class OwnProcess {
  readonly log: string;
  private child?: ChildProcess;
  private ending?: Promise<Ended>;
  private logFrom = 0;

  private constructor(
    private readonly plan: ProcessPlan,
    readonly port: number,
  ) {
    this.log = join(root, '.run/logs', `${plan.name}.log`);
  }

  /** @throws Error with the end of the log when the program ends or is not ready in time. */
  static async start(plan: ProcessPlan): Promise<OwnProcess> {
    const own = new OwnProcess(plan, plan.port ?? (await freePort()));
    await own.restart();
    return own;
  }

  get name(): string {
    return this.plan.name;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.isRunning() ? this.child?.pid : undefined;
  }

  isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts it again on the same port, with other preloads when given, and waits until it is ready. */
  async restart(preload = this.plan.preload): Promise<void> {
    await this.launch(preload);
    const limit = this.plan.within ?? 90_000;
    const answers = async () => {
      if (!this.isRunning()) return 'ended';
      const reply = await fetch(this.url + (this.plan.ready ?? '/health/ready'), { signal: AbortSignal.timeout(2000) });
      await reply.body?.cancel();
      return reply.status === 200 && 'ready';
    };
    try {
      const state = await until(answers, {
        within: limit,
        every: 50,
        message: () => `${this.name} ready\n${this.tail()}`,
      });
      if (state === 'ended') throw new Error(`${this.name} ended while starting\n${this.tail()}`);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Starts it without waiting for anything: for programs that are expected not to come up. */
  async launch(preload = this.plan.preload): Promise<void> {
    if (this.isRunning()) throw new Error(`${this.name} is running already, pid ${this.child?.pid}`);
    mkdirSync(join(root, '.run/logs'), { recursive: true });
    const output = openSync(this.log, 'a', 0o600);
    this.logFrom = statSync(this.log).size;
    const preloads = [dieWithParent, ...(preload ?? [])].flatMap((file) => ['--require', built(file)]);
    const flags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning', ...preloads];
    const child = spawn(node, [...flags, built(this.plan.entry ?? `apps/${this.name}/src/main.ts`)], {
      cwd: root,
      stdio: ['ignore', output, output, 'ipc'],
      env: { ...inherited(), ...this.plan.env, XUEJI_PORT: String(this.port) },
    });
    closeSync(output);
    this.child = child;
    this.ending = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    // The starter may end while its children run; they notice by the channel.
    child.channel?.unref();
  }

  /** What the program has written since its last start. */
  output(): string {
    return readFileSync(this.log).subarray(this.logFrom).toString('utf8');
  }

  /** kill -9: no farewell, nothing flushed. */
  async kill(): Promise<void> {
    if (!this.isRunning()) return;
    this.child?.kill('SIGKILL');
    await this.ending;
  }

  /** SIGTERM, then waits for the program to end by itself; kills it after `within` milliseconds. */
  async stop(within = 15_000): Promise<Ended> {
    if (!this.child || !this.ending) return { code: null, signal: null };
    if (!this.isRunning()) return this.ending;
    this.child.kill('SIGTERM');
    const impatient = setTimeout(() => this.child?.kill('SIGKILL'), within);
    const ended = await this.ending;
    clearTimeout(impatient);
    return ended;
  }

  /** Stops the world inside the program (SIGSTOP), as a long pause of its machine would. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Waits for the program to end by itself, e.g. at a crash point. */
  async ended(within = 10_000): Promise<Ended> {
    await until(() => !this.isRunning(), { within, message: () => `the end of ${this.name}\n${this.tail()}` });
    return this.ending ?? { code: null, signal: null };
  }

  private tail(): string {
    return this.output().split('\n').slice(-25).join('\n');
  }
}

const node = join(root, 'node_modules/.bin/node');
const dieWithParent = 'libs/testing/src/die-with-parent.ts';

/** Without what jest and npm put there: a service must run as it does anywhere else. */
const inherited = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(JEST_|npm_|NODE_OPTIONS$|NODE_ENV$|NODE_PATH$)/.test(name)),
  );

/** A port that is free now, below those that the system gives to outgoing connections. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
