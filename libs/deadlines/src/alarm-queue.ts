import { Inject, Injectable } from '@nestjs/common';
import { DelayedError, Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Logger } from 'pino';
import { Clock, LOG } from '#libs/service-kit';
import { alarmIdOf } from './deadline';
import { DeadlineFiring } from './firing';
import { Alarm } from './rows';
import { Timing, TIMING } from './timing';

/** Where the alarms of a service lie in Redis; the operator's dashboard opens the same queue. */
export interface AlarmPlace {
  redisUrl: string;
  prefix: string;
  name: string;
}

export const ALARM_PLACE = Symbol('xueji:alarm-place');

export const alarmQueueName = (owner: string): string => `${owner}-deadlines`;

type AlarmJob = Job<{ id: string; version: number }>;

const reconnect = { retryStrategy: (times: number) => Math.min(times * 100, 2_000) };

/** The alarm clock: what rings soon. It may lose everything at any time; the feeder fills it again from MongoDB. */
@Injectable()
export class AlarmQueue {
  private redis: Redis;
  private queue: Queue;
  private worker: Worker;
  private lastComplaint = '';

  constructor(
    private readonly firing: DeadlineFiring,
    private readonly clock: Clock,
    @Inject(ALARM_PLACE) private readonly place: AlarmPlace,
    @Inject(TIMING) private readonly timing: Timing,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** @param onConnect called each time Redis is there again, whatever it has forgotten */
  open(onConnect: () => void): void {
    const { redisUrl, prefix, name } = this.place;
    // Feeding fails at once when Redis is away, and is done over from MongoDB; ringing waits for Redis without limit.
    this.redis = new Redis(redisUrl, { ...reconnect, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    this.redis.on('error', (error) => this.complain(error));
    this.redis.on('ready', () => {
      this.lastComplaint = '';
      onConnect();
    });
    this.queue = new Queue(name, { connection: this.redis, prefix });
    this.queue.on('error', (error) => this.complain(error));
    this.worker = new Worker(name, (job: AlarmJob, token) => this.ring(job, token), {
      connection: { url: redisUrl, ...reconnect, maxRetriesPerRequest: null },
      prefix,
      concurrency: this.timing.concurrency,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    this.worker.on('error', (error) => this.complain(error));
  }

  get isConnected(): boolean {
    return this.redis.status === 'ready';
  }

  /** An alarm that is set already stays as it is. @throws when Redis is away or full */
  async add(alarms: Alarm[]): Promise<void> {
    const now = this.clock.now().getTime();
    await this.queue.addBulk(
      alarms.map(({ _id, kind, version, alarmAt }) => ({
        name: kind,
        data: { id: _id, version },
        opts: { jobId: alarmIdOf(_id, version), delay: Math.max(0, alarmAt.getTime() - now) },
      })),
    );
  }

  /** Forgets every alarm that has not rung. */
  async drop(): Promise<void> {
    await this.queue.drain(true);
  }

  /** Whether Redis still knows that it was given alarms: a wiped or replaced one does not. */
  async isMarked(): Promise<boolean> {
    return (await this.redis.exists(this.markKey)) === 1;
  }

  async mark(): Promise<void> {
    await this.redis.set(this.markKey, new Date().toISOString());
  }

  async close(): Promise<void> {
    // A service that was refused at boot has opened nothing.
    if (!this.redis) return;
    // Alarms under way are finished; a Redis that does not answer is not waited for.
    if (this.isConnected) await this.worker.close();
    else void this.worker.close(true).catch(() => undefined);
    await this.queue.close().catch(() => undefined);
    this.redis.disconnect();
  }

  private get markKey(): string {
    return `${this.place.prefix}:${this.place.name}:fed`;
  }

  /** A handler's refusal is noted in MongoDB, and the sweeper comes back to it: to the queue every alarm has rung. */
  private async ring(job: AlarmJob, token: string | undefined): Promise<void> {
    const firing = await this.firing.fire(job.data.id, job.data.version, 'alarm');
    if (firing.outcome !== 'early') return;
    await job.moveToDelayed(Date.now() + firing.waitMs, token);
    throw new DelayedError();
  }

  /** Once per kind of trouble, not once per try. */
  private complain(error: Error): void {
    const reason = (error as { code?: string }).code ?? error.message.slice(0, 100);
    if (reason === this.lastComplaint) return;
    this.lastComplaint = reason;
    this.log.error({ reason }, 'alarms of deadlines: Redis does not work; the sweeper fires them late');
  }
}
