import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { mongo } from 'mongoose';
import { randomBytes } from 'node:crypto';
import { Owner, topicOf } from '#libs/contracts';

/** A run's own corner of the shared engines; nothing in it meets another run, and `drop` leaves nothing behind. */
export interface Corner {
  /** Part of every consumer group and queue prefix (`XUEJI_RUN_ID`). */
  runId: string;
  /** Database of one service, or of a test that is no service. */
  database(service?: string): string;
  mongoUrl(service?: string): string;
  redisUrl: string;
  kafkaBrokers: string[];
  /** The corner's own topic of an owner. */
  topic(owner: Owner): string;
  /** BullMQ prefix for a test that makes its own queues. */
  queuePrefix: string;
  /** What a service's process needs to run in this corner. */
  environment(service: string): Record<string, string>;
  /**
   * Ends transactions of this corner that nobody works on any more. A process killed inside one leaves it open, and what
   * it wrote locked, until the server's own limit.
   */
  endLeftTransactions(): Promise<void>;
  /** Drops the corner's databases, topics and Redis keys. */
  drop(): Promise<void>;
}

const needed = (variable: string): string => {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is missing: run the tests by npm test, or npm run engines -- up first`);
  return value;
};

/** A run that was prepared for: its name, and addresses with a user for each service that opens no other's database. */
export interface PreparedRun {
  runId: string;
  mongoUrls?: Record<string, string>;
}

/**
 * The engines' addresses come from the environment, where the start of the test run put them.
 * @param prepared without it, a new name, and one user for every database
 */
export const ownCorner = (prepared?: PreparedRun): Corner => {
  const runId = prepared?.runId ?? `test_${randomBytes(6).toString('hex')}`;
  const redisUrl = needed('XUEJI_REDIS_URL');
  const brokers = needed('XUEJI_KAFKA_BROKERS');
  const server = new URL(needed('XUEJI_MONGO_URL'));
  const database = (service?: string) => (service ? `xueji_${runId}_${service}` : `xueji_${runId}`);
  const mongoUrl = (service?: string) => {
    const own = service && prepared?.mongoUrls?.[service];
    if (own) return own;
    const url = new URL(server);
    url.pathname = `/${database(service)}`;
    url.searchParams.set('appName', runId);
    return url.href;
  };
  // A user sees and ends its own sessions alone.
  const endLeftTransactions = async () => {
    const users = prepared?.mongoUrls ? Object.values(prepared.mongoUrls) : [server.href];
    await Promise.all(users.map((url) => atServer(url, (client) => endTransactions(client, runId))));
  };
  return {
    runId,
    database,
    mongoUrl,
    redisUrl,
    kafkaBrokers: brokers.split(','),
    topic: (owner) => `${runId}.${topicOf(owner)}`,
    queuePrefix: runId,
    environment: (service) => ({
      XUEJI_MONGO_URL: mongoUrl(service),
      XUEJI_KAFKA_BROKERS: brokers,
      XUEJI_REDIS_URL: redisUrl,
      XUEJI_MASTER_KEY_FILE: needed('XUEJI_MASTER_KEY_FILE'),
      XUEJI_SERVICE_KEYS: needed('XUEJI_SERVICE_KEYS'),
      XUEJI_RUN_ID: runId,
    }),
    endLeftTransactions,
    drop: async () => {
      const databases = endLeftTransactions().then(() =>
        atServer(server.href, (client) => dropDatabases(client, database())),
      );
      await Promise.all([databases, dropTopics(brokers.split(','), runId), dropKeys(redisUrl, runId)]);
    },
  };
};

const atServer = async (url: string, work: (client: mongo.MongoClient) => Promise<void>): Promise<void> => {
  const client = await new mongo.MongoClient(url).connect();
  try {
    await work(client);
  } finally {
    await client.close();
  }
};

const endTransactions = async (client: mongo.MongoClient, appName: string): Promise<void> => {
  const admin = client.db('admin');
  const idle = admin.aggregate<{ lsid: { id: mongo.Binary } }>([
    { $currentOp: { idleSessions: true } },
    { $match: { type: 'idleSession', transaction: { $exists: true }, appName } },
  ]);
  const left = (await idle.toArray()).map(({ lsid }) => ({ id: lsid.id }));
  if (left.length) await admin.command({ killSessions: left });
};

const dropDatabases = async (client: mongo.MongoClient, name: string): Promise<void> => {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  const own = databases.filter((database) => database.name === name || database.name.startsWith(`${name}_`));
  for (const database of own) await client.db(database.name).dropDatabase();
};

/** Groups need no dropping: the broker forgets one that is empty and whose topics are gone. */
const dropTopics = async (brokers: string[], runId: string): Promise<void> => {
  const admin = new Kafka({ clientId: 'testing', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${runId}.`));
    if (topics.length) await admin.deleteTopics({ topics });
  } finally {
    await admin.disconnect();
  }
};

const dropKeys = async (url: string, runId: string): Promise<void> => {
  const redis = new Redis(url, { maxRetriesPerRequest: 3 });
  try {
    for await (const keys of redis.scanStream({ match: `*${runId}*`, count: 1000 }) as AsyncIterable<string[]>)
      if (keys.length) await redis.unlink(...keys);
  } finally {
    redis.disconnect();
  }
};
