import { DynamicModule, Global, Module } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { MongooseModule } from '@nestjs/mongoose';
import pino from 'pino';
import { calmPool } from './calm-pool';
import { Clock, clockFrom } from './clock';
import { HealthController } from './health.controller';
import { Health } from './health';
import { ProblemFilter } from './problem.filter';
import { Settings } from './settings';

export const LOG = Symbol('log');

/** What every service has: settings, business clock, log, store, health, problem answers. */
@Global()
@Module({})
export class ServiceModule {
  static forRoot(name: string): DynamicModule {
    const settings = Settings.fromEnvironment(name);
    // Values never reach the log: only ids, routes, states and counts are logged, and these paths are cut as a second line.
    const log = pino({
      name,
      level: settings.logLevel,
      redact: ['*.idNumber', '*.studentNumber', '*.phone', '*.address', '*.name', 'req.headers', 'body'],
    });
    return {
      module: ServiceModule,
      imports: [
        MongooseModule.forRoot(settings.mongoUrl, {
          writeConcern: { w: 'majority', journal: true },
          readConcern: { level: 'majority' },
          serverSelectionTimeoutMS: 10_000,
          maxPoolSize: 20,
          autoIndex: true,
          connectionFactory: calmPool,
        }),
      ],
      controllers: [HealthController],
      providers: [
        { provide: Settings, useValue: settings },
        { provide: Clock, useValue: clockFrom(settings) },
        { provide: LOG, useValue: log },
        Health,
        {
          provide: APP_FILTER,
          useFactory: (adapter: HttpAdapterHost) => new ProblemFilter(adapter, log),
          inject: [HttpAdapterHost],
        },
      ],
      exports: [Settings, Clock, LOG, Health],
    };
  }
}
