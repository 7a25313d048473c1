import { ITopicConfig, Kafka, KafkaConfig, logLevel, Partitioners, Producer } from 'kafkajs';
import { Logger } from 'pino';
import { Settings } from '#libs/service-kit';
import { Owner, topicOf } from '#libs/contracts';
import { calmIdleTimer } from './kafka-idle-timer';

calmIdleTimer();

/** Partitions of every topic. Changing it moves keys between partitions: drain the topic first. */
export const partitions = 6;

const levels = { [logLevel.ERROR]: 'error', [logLevel.WARN]: 'warn' } as const;

/** Retries are bounded on purpose, see `producerOf`. */
const knownWarning = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';

/** The only place where a Kafka client is made. */
export const kafkaFor = (settings: Settings, log: Logger, overrides: Partial<KafkaConfig> = {}): Kafka =>
  new Kafka({
    clientId: settings.name,
    brokers: settings.kafkaBrokers,
    connectionTimeout: 3_000,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, topic, partition, groupId, broker, error } = entry.log;
      if (message === knownWarning) return;
      // Only what names no person: the client would also print stacks and payload parts of our handlers' errors.
      const context: Record<string, unknown> = { client: entry.namespace, topic, partition, groupId, broker };
      if (typeof error === 'string') context.error = error;
      log[levels[entry.level as keyof typeof levels] ?? 'debug'](context, message);
    },
    ...overrides,
  });

/** Runs that share a broker keep to topics and groups of their own. */
export const ownTopic = (settings: Settings, owner: Owner): string =>
  settings.runId ? `${settings.runId}.${topicOf(owner)}` : topicOf(owner);

export const ownGroup = (settings: Settings): string =>
  settings.runId ? `${settings.runId}.xueji-${settings.name}` : `xueji-${settings.name}`;

/** The broker makes no topic by itself; whoever writes or reads one makes sure that it is there. */
export const ensureTopics = async (kafka: Kafka, topics: string[]): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const existing = new Set(await admin.listTopics());
    const missing: ITopicConfig[] = topics
      .filter((topic) => !existing.has(topic))
      .map((topic) => ({ topic, numPartitions: partitions, replicationFactor: -1 }));
    if (missing.length) await admin.createTopics({ topics: missing, waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
};

/**
 * Bounded retries instead of the client's endless ones: after a failure the relay takes a new producer and sends again,
 * which can double a message on the log but never lose or reorder one within an aggregate.
 */
export const producerOf = (kafka: Kafka): Producer =>
  kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000 },
  });

const away = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSBrokerNotFound',
  'KafkaJSRequestTimeoutError',
  'KafkaJSGroupCoordinatorNotFound',
]);
const settling = new Set([
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'BROKER_NOT_AVAILABLE',
]);

/** Whether a failure only says that the broker is not there (yet): waiting helps, dying does not. */
export const isBrokerAway = (error: unknown): boolean => {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (away.has(at.name) || settling.has((at as { type?: string }).type ?? '')) return true;
  }
  return false;
};
