import { Inject, Injectable } from '@nestjs/common';
import { CustomTransportStrategy, MessageHandler, Server } from '@nestjs/microservices';
import { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { ClientSession } from 'mongoose';
import { Logger } from 'pino';
import { isObservable, lastValueFrom } from 'rxjs';
import { Owner, ReceivedEvent } from '#libs/contracts';
import { Health, LOG, Settings } from '#libs/service-kit';
import { Inbox, Pulse, Tally } from './inbox';
import { ensureTopics, isBrokerAway, kafkaFor, ownGroup, ownTopic } from './kafka';
import { MESSAGING, MessagingOptions } from './options';
import { Parking } from './parking';
import { arrivalFromMessage } from './wire';

/** Events that share a transaction. */
const chunkSize = 400;
const heartbeatEvery = 2_500;
/** How long the broker holds a fetch open while there is nothing. Nothing is later by it; heartbeats go out between fetches. */
const fetchWaits = 1_000;
/** How long the partitions of a process that died wait for another. A living one that is evicted by a pause does no harm. */
const sessionTimeout = 10_000;
/** Crashes without progress between them, other than an absent broker, before the process gives up. */
const crashesAllowed = 5;
/** Silence of a client that claims to listen, after which it counts as deaf. */
const deafAfter = 90_000;
/** Readiness is red for this long before the process ends, so that nobody is sent here meanwhile. */
const farewell = 2_000;

/** The consumer is closing or has lost its partitions: what is under way is left, and heard again. */
class Left extends Error {}

/** Hears the topics of other owners. Either it makes progress, or it waits for an engine, or the process ends. */
@Injectable()
export class EventBusServer extends Server implements CustomTransportStrategy {
  /** Events of the log since start, by what became of them. */
  readonly tally = new Tally();
  /** Messages taken from the log and finished; equals the sum of the tally. */
  consumed = 0;
  override readonly propagatesEventHandlerErrors = true;
  private readonly kafka: Kafka;
  private readonly sources: Map<string, Owner>;
  private readonly group: string;
  private consumer?: Consumer;
  private admin?: Promise<Admin>;
  private running?: Promise<void>;
  private end: () => void = () => undefined;
  private closing = false;
  private dead = false;
  private crashes = 0;
  private lastSign = 0;

  constructor(
    @Inject(MESSAGING) options: MessagingOptions,
    settings: Settings,
    private readonly inbox: Inbox,
    private readonly parking: Parking,
    @Inject(LOG) private readonly log: Logger,
    health: Health,
  ) {
    super();
    this.kafka = kafkaFor(settings, log);
    this.sources = new Map(options.consumes.map((owner) => [ownTopic(settings, owner), owner]));
    this.group = ownGroup(settings);
    // An absent broker does not make the service unready: it still takes commands, and the outbox waits.
    health.add('events', () => !this.dead);
  }

  /** Nest links handlers of one type to run at once; here they run one after another, for they share a session. */
  override addHandler(
    type: string,
    handler: MessageHandler,
    isEventHandler = false,
    { many }: Record<string, unknown> = {},
  ): void {
    if (!isEventHandler) throw new Error(`${type}: the bus carries events, no requests`);
    this.messageHandlers.set(type, handler);
    const call = async (data: ReceivedEvent | ReceivedEvent[], session: ClientSession) => {
      const result: unknown = await handler(data, session);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    };
    this.inbox.on(type, async (events, session) => {
      if (many) await call(events, session);
      else for (const event of events) await call(event, session);
    });
  }

  listen(callback: () => void): void {
    if (this.sources.size) this.running = this.keepConsuming();
    callback();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.end();
    await this.running;
    await (await this.admin)?.disconnect();
  }

  on(): never {
    throw new Error('the event bus has no events of its own');
  }

  unwrap<T>(): T {
    return this.consumer as T;
  }

  /** Messages on the topics that this group has not finished, by topic. */
  async lag(): Promise<Record<string, number>> {
    if (this.sources.size === 0) return {};
    this.admin ??= this.connectedAdmin();
    const admin = await this.admin.catch((error: unknown) => {
      this.admin = undefined;
      throw error;
    });
    const topics = [...this.sources.keys()];
    const committed = await admin.fetchOffsets({ groupId: this.group, topics });
    const lag: Record<string, number> = {};
    for (const { topic, partitions } of committed) {
      lag[topic] = 0;
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const done = Number(partitions.find((one) => one.partition === partition)?.offset ?? -1);
        lag[topic] += Number(high) - Math.max(done, Number(low));
      }
    }
    return lag;
  }

  private async connectedAdmin(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    return admin;
  }

  /** A consumer at a time, for as long as the process lives. kafkajs does not restart one: what follows a crash is decided here. */
  private async keepConsuming(): Promise<void> {
    const watch = setInterval(() => this.watch(), 5_000);
    for (let wait = 500; !this.closing && !this.dead;) {
      const error = await this.consume();
      this.lastSign = 0;
      if (this.closing) break;
      if (this.crashes === 0) wait = 500;
      if (!isBrokerAway(error) && (isHopeless(error) || ++this.crashes > crashesAllowed)) return this.die(error);
      this.log.warn({ err: error }, 'consumer stopped, another takes over');
      await new Promise<void>((resolve) => {
        this.end = resolve;
        setTimeout(resolve, wait);
      });
      wait = Math.min(wait * 2, 10_000);
    }
    clearInterval(watch);
  }

  /** Returns what ended it; undefined when it was asked to close. */
  private async consume(): Promise<unknown> {
    const consumer = this.kafka.consumer({
      groupId: this.group,
      maxWaitTimeInMs: fetchWaits,
      heartbeatInterval: heartbeatEvery,
      sessionTimeout,
      allowAutoTopicCreation: false,
      retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
    this.consumer = consumer;
    try {
      const topics = [...this.sources.keys()];
      await ensureTopics(this.kafka, topics);
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: true });
      const sign = () => void (this.lastSign = performance.now());
      consumer.on(consumer.events.FETCH, sign);
      consumer.on(consumer.events.HEARTBEAT, sign);
      const ended = new Promise<unknown>((resolve) => {
        this.end = () => resolve(undefined);
        consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
      });
      if (this.closing) return undefined;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 3,
        eachBatch: (payload) => this.receive(payload),
      });
      return await ended;
    } catch (error) {
      return error;
    } finally {
      await consumer.disconnect().catch(() => undefined);
    }
  }

  private async receive(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, isRunning, isStale } = payload;
    const source = this.sources.get(batch.topic) as Owner;
    let lost: unknown;
    const beat = () => payload.heartbeat().catch((error: unknown) => (lost = error));
    const beating = setInterval(() => void beat(), heartbeatEvery);
    const pulse: Pulse = () => {
      if (lost || this.closing || !isRunning() || isStale()) throw new Left();
    };
    try {
      for (let from = 0; from < batch.messages.length; from += chunkSize) {
        pulse();
        const chunk = batch.messages.slice(from, from + chunkSize);
        await this.apply(
          chunk.map((message) => arrivalFromMessage(source, message, batch.partition)),
          pulse,
        );
        this.consumed += chunk.length;
        resolveOffset(chunk[chunk.length - 1].offset);
        await this.commit(payload);
        this.crashes = 0;
        await beat();
      }
    } catch (error) {
      if (!(error instanceof Left)) throw error;
    } finally {
      clearInterval(beating);
    }
    // The client must learn of a rebalance to join again.
    if (lost) throw lost;
  }

  /** From here on the effect of every message is durable, or its key is parked. */
  private async apply(arrivals: ReturnType<typeof arrivalFromMessage>[], pulse: Pulse): Promise<void> {
    let { tally, waiting } = await this.inbox.settle(arrivals, pulse);
    this.tally.add(tally);
    while (waiting.length) {
      await this.parking.healAll(waiting, pulse);
      ({ tally, waiting } = await this.inbox.settle(waiting, pulse));
      this.tally.add(tally);
    }
  }

  /** Only after the effect. A crash before this line means that the messages are heard again. */
  private async commit(payload: EachBatchPayload): Promise<void> {
    await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
  }

  private watch(): void {
    if (this.lastSign && performance.now() - this.lastSign > deafAfter && !this.dead) {
      this.die(new Error(`the consumer gave no sign of life for ${deafAfter / 1000} s`));
    }
  }

  /** Alive but deaf is the worst state: nobody looks. */
  private die(error: unknown): void {
    this.dead = true;
    this.log.fatal({ err: error }, 'the consumer cannot go on: the process ends');
    setTimeout(() => process.exit(1), farewell);
  }
}

/** kafkajs marks what trying again cannot mend, such as a TypeError inside the client. */
const isHopeless = (error: unknown): boolean =>
  error instanceof Error &&
  error.name !== 'KafkaJSNumberOfRetriesExceeded' &&
  (error as { retriable?: boolean }).retriable === false;
