import { Redis } from 'ioredis';
import { Kafka } from 'kafkajs';
import { createConnection, mongo } from 'mongoose';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ownCorner } from './engines';
import { root } from './places';

/** The user that `npm run engines` made for a service, on a database of choice. */
const asService = (service: string, database: string): Promise<mongo.MongoClient> => {
  const { XUEJI_MONGO_URL: _tests, ...env } = process.env;
  const engines = [join(root, 'scripts/engines.mjs'), 'env', service];
  const lines = execFileSync(process.execPath, engines, { encoding: 'utf8', env: env as NodeJS.ProcessEnv });
  const url = new URL(/^XUEJI_MONGO_URL=(.*)$/m.exec(lines)![1]!);
  expect(url.username).toBe(service);
  url.pathname = `/${database}`;
  return new mongo.MongoClient(url.href).connect();
};

describe('a corner of the engines', () => {
  it('has its own database with transactions, and is gone after drop', async () => {
    const corner = ownCorner();
    const connection = await createConnection(corner.mongoUrl('registry')).asPromise();
    await connection.createCollection('things');
    await connection.transaction(async (session) => {
      await connection.collection('things').insertOne({ one: 1 }, { session });
    });
    const redis = new Redis(corner.redisUrl);
    await redis.set(`${corner.queuePrefix}:job`, '1');

    const admin = new Kafka({ brokers: corner.kafkaBrokers }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: corner.topic('registry') }], waitForLeaders: true });

    const names = async () => (await connection.db!.admin().listDatabases()).databases.map(({ name }) => name);
    expect(await names()).toContain(corner.database('registry'));
    expect(await admin.listTopics()).toContain(corner.topic('registry'));
    await corner.drop();
    expect(await admin.listTopics()).not.toContain(corner.topic('registry'));
    expect(await names()).not.toContain(corner.database('registry'));
    expect(await redis.exists(`${corner.queuePrefix}:job`)).toBe(0);

    await admin.disconnect();
    redis.disconnect();
    await connection.close();
  });

  it('keeps two corners apart', async () => {
    const [one, other] = [ownCorner(), ownCorner()];
    expect(one.runId).not.toBe(other.runId);
    const redis = new Redis(one.redisUrl);
    await redis.set(`${other.queuePrefix}:job`, '1');
    await one.drop();
    expect(await redis.exists(`${other.queuePrefix}:job`)).toBe(1);
    await other.drop();
    redis.disconnect();
  });
});

describe('the engines', () => {
  it('let no service open the database of another', async () => {
    const own = await asService('notify', 'xueji_notify');
    await expect(own.db().collection('any').findOne()).resolves.toBeNull();
    await own.close();
    const foreign = await asService('notify', 'xueji_registry');
    await expect(foreign.db().collection('any').findOne()).rejects.toMatchObject({ codeName: 'Unauthorized' });
    await expect(foreign.db().collection('any').insertOne({})).rejects.toMatchObject({ codeName: 'Unauthorized' });
    await foreign.close();
  });

  it('let nobody in without a password', async () => {
    const address = new URL(process.env.XUEJI_MONGO_URL!);
    const nobody = await new mongo.MongoClient(`mongodb://${address.host}/?directConnection=true`).connect();
    await expect(nobody.db('xueji_registry').collection('any').findOne()).rejects.toMatchObject({
      codeName: 'Unauthorized',
    });
    await nobody.close();
    const redisAddress = new URL(process.env.XUEJI_REDIS_URL!);
    const redis = new Redis({ host: redisAddress.hostname, port: Number(redisAddress.port) });
    redis.on('error', () => undefined);
    await expect(redis.get('any')).rejects.toThrow('NOAUTH');
    redis.disconnect();
  });

  it('evict nothing from Redis and write its file every second', async () => {
    const redis = new Redis(process.env.XUEJI_REDIS_URL!);
    const setting = async (name: string) => ((await redis.config('GET', name)) as string[])[1];
    expect(await setting('maxmemory-policy')).toBe('noeviction');
    expect(await setting('appendonly')).toBe('yes');
    expect(await setting('appendfsync')).toBe('everysec');
    redis.disconnect();
  });
});
