import { adminOf } from './kafka.mjs';

/**
 * Takes away what cut-off test runs left: everything whose name begins as a test's corner of the engines begins (see
 * libs/testing). Only for engines on which nothing else runs.
 */
export async function sweep({ XUEJI_MONGO_URL, XUEJI_KAFKA_BROKERS, XUEJI_REDIS_URL }) {
  await Promise.all([databases(XUEJI_MONGO_URL), topics(XUEJI_KAFKA_BROKERS.split(',')), keys(XUEJI_REDIS_URL)]);
}

async function databases(url) {
  const { MongoClient } = await import('mongodb');
  const client = await new MongoClient(url).connect();
  try {
    const { databases: all } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    for (const { name } of all) if (name.startsWith('xueji_test_')) await client.db(name).dropDatabase();
  } finally {
    await client.close();
  }
}

async function topics(brokers) {
  const admin = await adminOf(brokers);
  await admin.connect();
  try {
    const left = (await admin.listTopics()).filter((topic) => topic.startsWith('test_'));
    if (left.length) await admin.deleteTopics({ topics: left });
  } finally {
    await admin.disconnect();
  }
}

async function keys(url) {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url);
  try {
    for await (const found of redis.scanStream({ match: '*test_*', count: 1000 }))
      if (found.length) await redis.unlink(...found);
  } finally {
    redis.disconnect();
  }
}
