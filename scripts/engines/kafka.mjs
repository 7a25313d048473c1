/** Kafka in KRaft mode, one node. Topics are made here, one per owner; the broker makes none by itself. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exchange, freePort, isFree, isOurs, startDetached, waitUntilReady } from './own-process.mjs';
import { inWorkFolder, MissingTool, remedies, run } from './fetching.mjs';
import { inRun, partitions, root, topics, writeWhole } from './places.mjs';

/** The leading `-` that base64url may give would look like an option. */
export const newClusterId = () => `x${randomBytes(16).toString('base64url').slice(1)}`;

const pom = join(root, 'tools/kafka/pom.xml');
const version = () => /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(pom, 'utf8'))[1];
const home = () => inRun('engines', `kafka-${version()}`);
const log = () => inRun('logs', 'kafka.log');

export const kafka = {
  name: 'Kafka',

  async isReady(known) {
    return isOurs(known) && (await clusterAt(known)) === true;
  },

  isFetched: () => existsSync(join(home(), 'libs')),

  fetch: () =>
    inWorkFolder('kafka', async (folder) => {
      await checkJava();
      const goal = 'dependency:copy-dependencies';
      const libs = join(folder, 'libs');
      await run('mvn', ['-B', '-q', '-f', pom, goal, '-DincludeScope=runtime', `-DoutputDirectory=${libs}`]);
      mkdirSync(home(), { recursive: true });
      renameSync(libs, join(home(), 'libs'));
    }),

  async start(known, keep) {
    if (!known.port || !(await isFree(known.port))) known.port = await freePort();
    if (!known.controllerPort || !(await isFree(known.controllerPort)))
      known.controllerPort = await freePort([known.port]);
    known.clusterId ??= newClusterId();
    const data = inRun('data', 'kafka');
    const settings = inRun('config', 'kafka.properties');
    writeWhole(settings, properties(known, data));
    const java = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', `${home()}/libs/*`];
    java.push('-Dorg.slf4j.simpleLogger.defaultLogLevel=warn');
    if (!existsSync(join(data, 'meta.properties'))) {
      rmSync(data, { recursive: true, force: true });
      await run('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', known.clusterId, '-c', settings]);
    }
    // The first run writes its loaded classes to an archive when it ends; later ones start twice as fast from it.
    const archive = join(home(), 'kafka.jsa');
    const classes = existsSync(archive) ? `-XX:SharedArchiveFile=${archive}` : `-XX:ArchiveClassesAtExit=${archive}`;
    const args = ['-Xms128m', '-Xmx256m', classes, ...java, 'kafka.Kafka', settings];
    keep(startDetached('java', args, { log: log(), cwd: dirname(settings) }));
    await waitUntilReady('Kafka', known, log(), () => kafka.isReady(known));
  },

  /** Writes only to a broker that names our cluster. */
  async prepare(known) {
    const wanted = topics.join(' ');
    if (known.topics === wanted) return;
    await ensureTopics([`127.0.0.1:${known.port}`], known.clusterId);
    known.topics = wanted;
  },
};

/** Maven's own complaint about a missing Java says nothing of how to get one, and the broker's about an old one still less. */
async function checkJava() {
  const version = /version "(\d+)/.exec(await run('java', ['-version']))?.[1];
  if (Number(version) < 17)
    throw new MissingTool(`Kafka needs Java 17 and finds ${version}. To bring it: ${remedies.java}`);
}

/** An admin client that is not connected yet. */
export async function adminOf(brokers) {
  const { Kafka, logLevel } = await import('kafkajs');
  // The client sets timers into the past, which is harmless in a run this short; Node says so on every start.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) =>
    rest[0] === 'TimeoutNegativeWarning' ? undefined : emitWarning.call(process, warning, ...rest);
  return new Kafka({ clientId: 'engines', brokers, logLevel: logLevel.NOTHING, retry: { retries: 10 } }).admin();
}

/** @param {string} [clusterId] when given, a broker of another cluster is left untouched */
export async function ensureTopics(brokers, clusterId) {
  const admin = await adminOf(brokers);
  await admin.connect();
  try {
    const cluster = await admin.describeCluster();
    if (clusterId && cluster.clusterId !== clusterId)
      throw new Error(`${brokers} is cluster ${cluster.clusterId}, not ours (${clusterId}): nothing was written`);
    const existing = await admin.listTopics();
    const missing = topics.filter((topic) => !existing.includes(topic));
    if (missing.length)
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((topic) => ({ topic, numPartitions: partitions })),
      });
  } finally {
    await admin.disconnect();
  }
}

const properties = (known, data) =>
  [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${known.controllerPort}`,
    `log.dirs=${data}`,
    `listeners=PLAINTEXT://127.0.0.1:${known.port},CONTROLLER://127.0.0.1:${known.controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${known.port}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'num.network.threads=1',
    'num.io.threads=2',
    `num.partitions=${partitions}`,
    'auto.create.topics.enable=false',
    'group.initial.rebalance.delay.ms=0',
    'offsets.topic.num.partitions=4',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.num.partitions=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'log.cleaner.dedupe.buffer.size=8388608',
    'log.segment.bytes=67108864',
    '',
  ].join('\n');

/** Asks for the cluster's metadata (version 4, no topics) by hand: true when it is ours and has its broker. */
async function clusterAt(known) {
  const client = Buffer.from('engines');
  const ask = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4 + 1);
  ask.writeInt32BE(ask.length - 4, 0);
  ask.writeInt16BE(3, 4);
  ask.writeInt16BE(4, 6);
  ask.writeInt32BE(1, 8);
  ask.writeInt16BE(client.length, 12);
  client.copy(ask, 14);
  const reply = await exchange(known, ask, (bytes) => bytes.length >= 4 && bytes.length >= bytes.readInt32BE(0) + 4);
  return reply && reply.includes(known.clusterId) && reply.readInt32BE(12) === 1;
}
