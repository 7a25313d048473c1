import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { root } from '#libs/testing';

jest.setTimeout(120_000);

/** Engines of a folder of their own, so that the shared ones are never touched. */
const run = mkdtempSync(join(tmpdir(), 'engines-'));
const { XUEJI_MONGO_URL: _m, XUEJI_KAFKA_BROKERS: _k, XUEJI_REDIS_URL: _r, ...env } = process.env;
const engines = async (...args: string[]): Promise<string> => {
  const script = join(root, 'scripts/engines.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
    env: { ...env, XUEJI_RUN: run },
  });
  return stdout.trim();
};

interface State {
  port: number;
  pid: number;
}
const state = () =>
  JSON.parse(readFileSync(join(run, 'engines.json'), 'utf8')) as Record<'mongo' | 'kafka' | 'redis', State>;
/** A process that ended and that nobody has asked about yet (a zombie) is not alive. */
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const addresses = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await engines('env', 'tests')).split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));

const withMongo = async <T>(work: (db: mongo.Db) => Promise<T>): Promise<T> => {
  const client = await new mongo.MongoClient((await addresses()).XUEJI_MONGO_URL!).connect();
  try {
    return await work(client.db('kept'));
  } finally {
    await client.close();
  }
};
const withRedis = async <T>(work: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis((await addresses()).XUEJI_REDIS_URL!);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
};
const occupy = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });

beforeAll(() => symlinkSync(join(root, '.run/engines'), join(run, 'engines')));
afterAll(async () => {
  await engines('down');
  rmSync(run, { recursive: true });
});

describe('npm run engines', () => {
  it('brings all up once, when two ask at the same time', async () => {
    const said = await Promise.all([engines('up'), engines('up')]);
    expect(said.filter((text) => text.startsWith('all up'))).toHaveLength(1);
    const { mongo: store, kafka, redis } = state();
    expect([store, kafka, redis].map(({ pid }) => isAlive(pid))).toEqual([true, true, true]);
    expect(await engines('up')).toMatch(/^all up/);
    expect(state()).toMatchObject({ mongo: store, kafka, redis });
    expect(statSync(join(run, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(run, 'keys/master.key')).mode & 0o777).toBe(0o600);
  });

  it('repairs one that was killed, and leaves the others and the data alone', async () => {
    await withMongo((db) => db.collection<{ _id: string }>('things').insertOne({ _id: 'kept' }));
    const before = state();
    for (const name of ['mongo', 'kafka'] as const) process.kill(before[name].pid, 'SIGKILL');
    expect(await engines('up')).toMatch(/started mongo, kafka|started kafka, mongo/);
    const after = state();
    expect(after.redis).toEqual(before.redis);
    expect([after.mongo.port, after.kafka.port]).toEqual([before.mongo.port, before.kafka.port]);
    expect(await withMongo((db) => db.collection('things').countDocuments())).toBe(1);
  });

  it('gives way to a stranger on its ports, and keeps its data', async () => {
    await withRedis((redis) => redis.set('kept', 'yes'));
    const before = state();
    await engines('down');
    expect([before.mongo, before.kafka, before.redis].map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
    const strangers = await Promise.all([before.mongo, before.kafka, before.redis].map(({ port }) => occupy(port)));
    await engines('up');
    const after = state();
    for (const name of ['mongo', 'kafka', 'redis'] as const) expect(after[name].port).not.toBe(before[name].port);
    expect(await withMongo((db) => db.collection('things').countDocuments())).toBe(1);
    expect(await withRedis((redis) => redis.get('kept'))).toBe('yes');
    await Promise.all(strangers.map((server) => promisify(server.close.bind(server))()));
  });

  it('stops only its own, and says so', async () => {
    const { redis, mongo: store, kafka } = state();
    await engines('down');
    expect([redis, store, kafka].map(({ pid }) => isAlive(pid))).toEqual([false, false, false]);
    expect(await engines('status')).toMatch(/mongo +down\nkafka +down\nredis +down/);
    expect(await engines('down')).toBe('all down');
  });
});
