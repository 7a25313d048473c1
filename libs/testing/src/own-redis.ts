import { ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './processes';
import { root } from './places';
import { until } from './wait';

/** A Redis of a test's own, to be killed, emptied and filled up; the shared one belongs to everybody. */
export class OwnRedis {
  private child?: ChildProcess;
  private readonly data: string;

  private constructor(readonly port: number) {
    mkdirSync(join(root, '.run/tmp'), { recursive: true });
    this.data = mkdtempSync(join(root, '.run/tmp/redis-'));
  }

  static async start(): Promise<OwnRedis> {
    const own = new OwnRedis(await freePort());
    await own.restart();
    return own;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** On the same port, with what its append-only file still holds. */
  async restart(): Promise<void> {
    if (!existsSync(program)) throw new Error(`${program} is missing: npm run engines -- up fetches it`);
    const settings = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.data, '--save', ''];
    const asInProduction = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction'];
    // setpriv lets it die with this process, however that dies.
    const command = ['setpriv', '--pdeathsig', 'KILL', program, ...settings, ...asInProduction];
    this.child = spawn(command[0]!, command.slice(1), { stdio: 'ignore', env: { LD_LIBRARY_PATH: libraries } });
    await new Promise<void>((resolve, reject) => this.child?.once('spawn', resolve).once('error', reject));
    const pid = this.child.pid;
    const answers = async () => (await this.ask((redis) => redis.info('server'))).includes(`process_id:${pid}\r`);
    await until(answers, { message: `Redis on port ${this.port}` });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** Another one in its place, which has never heard of anything. */
  async replaceEmpty(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
    mkdirSync(this.data);
    await this.restart();
  }

  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, { maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }
}

const home = join(root, '.run/engines/redis-7');
const program = join(home, 'usr/bin/redis-server');
const libraries = join(home, 'usr/lib', process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu');
