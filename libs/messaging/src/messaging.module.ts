import { DynamicModule, InjectionToken, Module } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { EventBusServer } from './event-bus.server';
import { Inbox } from './inbox';
import { IDENTITY, JournalClient, ServiceIdentity } from './journal.client';
import { JournalController } from './journal.controller';
import { Once } from './once';
import { operatorController } from './operator.controller';
import { MESSAGING, MessagingOptions } from './options';
import { Outbox } from './outbox';
import { Parking } from './parking';
import { Relay } from './relay';
import { MessagingStatus } from './status';
import { MessagingStore } from './store';

@Module({})
export class MessagingModule {
  /**
   * @param options.identity class that proves this service to others, with `ownToken()`; needed by who consumes
   * @throws Error at start when the service consumes its own events, or consumes without an identity
   */
  static forRoot({
    identity,
    ...options
  }: MessagingOptions & { identity?: InjectionToken<ServiceIdentity> }): DynamicModule {
    if (options.consumes.includes(options.owner)) throw new Error(`${options.owner} would hear itself`);
    if (options.consumes.length && !identity) throw new Error('who consumes needs an identity to read journals');
    return {
      module: MessagingModule,
      global: true,
      controllers: [JournalController, operatorController(options)],
      providers: [
        { provide: MESSAGING, useValue: options },
        ...(identity ? [{ provide: IDENTITY, useExisting: identity }] : []),
        {
          provide: MessagingStore,
          useFactory: (connection: Connection) => new MessagingStore(connection).prepare(),
          inject: [getConnectionToken()],
        },
        Outbox,
        Once,
        Relay,
        Inbox,
        JournalClient,
        Parking,
        EventBusServer,
        MessagingStatus,
      ],
      exports: [MessagingStore, Outbox, Once, Relay, Parking, EventBusServer, MessagingStatus],
    };
  }
}
