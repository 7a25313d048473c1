import { DynamicModule, Global, Inject, Module, OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Owner } from '#libs/contracts';
import { Settings } from '#libs/service-kit';
import { ALARM_PLACE, AlarmPlace, AlarmQueue, alarmQueueName } from './alarm-queue';
import { Deadlines } from './deadlines';
import { DeadlinesStatus } from './deadlines-status';
import { deadlinesController } from './deadlines.controller';
import { Feeder } from './feeder';
import { DeadlineFiring } from './firing';
import { DeadlineHandlers } from './on-deadline';
import { DeadlineRows } from './rows';
import { Sweeper } from './sweeper';
import { Timing, TIMING, usualTiming } from './timing';

const OPTIONS = Symbol('xueji:deadlines');

export interface DeadlinesOptions {
  owner: Owner;
  /** Where it differs from the usual. `XUEJI_SWEEP_SECONDS` in the environment sets the sweeper's interval. */
  timing?: Partial<Timing>;
}

/** Durable timers of one service. Expects its store, settings, clock and log (ServiceModule). */
@Global()
@Module({})
export class DeadlinesModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly rows: DeadlineRows,
    private readonly handlers: DeadlineHandlers,
    private readonly feeder: Feeder,
    private readonly sweeper: Sweeper,
    @Inject(OPTIONS) private readonly options: DeadlinesOptions,
  ) {}

  static forRoot(options: DeadlinesOptions): DynamicModule {
    return {
      module: DeadlinesModule,
      imports: [DiscoveryModule],
      controllers: [deadlinesController(options.owner)],
      providers: [
        { provide: OPTIONS, useValue: options },
        { provide: TIMING, useFactory: () => ({ ...usualTiming, ...sweepFromEnvironment(), ...options.timing }) },
        {
          provide: ALARM_PLACE,
          useFactory: (settings: Settings) => alarmPlace(options.owner, settings),
          inject: [Settings],
        },
        DeadlineRows,
        DeadlineHandlers,
        DeadlineFiring,
        Deadlines,
        DeadlinesStatus,
        AlarmQueue,
        Feeder,
        Sweeper,
      ],
      exports: [Deadlines, DeadlinesStatus],
    };
  }

  /** @throws Error when a deadline is armed that nothing would handle: a service that forgets a promise does not start */
  async onApplicationBootstrap(): Promise<void> {
    const orphan = await this.rows.collection.findOne(
      { state: 'armed', kind: { $nin: this.handlers.kinds } },
      { projection: { kind: 1 } },
    );
    if (orphan)
      throw new Error(`${this.options.owner} holds armed deadlines of kind ${orphan.kind}, and nothing handles them`);
    this.feeder.start();
    this.sweeper.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.sweeper.stop(), this.feeder.stop()]);
  }
}

/** Runs that share a Redis are told apart by their id. */
export const alarmPlace = (owner: string, settings: Pick<Settings, 'redisUrl' | 'runId'>): AlarmPlace => ({
  redisUrl: settings.redisUrl,
  prefix: settings.runId ? `xueji-${settings.runId}` : 'xueji',
  name: alarmQueueName(owner),
});

const sweepFromEnvironment = (): Partial<Timing> => {
  const given = process.env.XUEJI_SWEEP_SECONDS;
  if (given === undefined) return {};
  const seconds = Number(given);
  if (!(seconds > 0)) throw new Error('XUEJI_SWEEP_SECONDS is no number of seconds above 0');
  return { sweepEveryMs: seconds * 1_000 };
};
