import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { ClientSession } from 'mongoose';
import { AccessModule, Tokens } from '#libs/access';
import {
  DataOf,
  EventDefinition,
  NewEvent,
  ReceivedEvent,
  registryEvents as registry,
  transferEvents,
} from '#libs/contracts';
import { EventBusServer, EventConsumer, MessagingModule, MessagingStore, On, Outbox } from '#libs/messaging';
import { ServiceModule } from '#libs/service-kit';
import { Corner } from '#libs/testing';

type Filed = ReceivedEvent<typeof transferEvents.transferFiled>;
type MoveAsked = ReceivedEvent<typeof transferEvents.transferMoveAsked>;
type Ended = ReceivedEvent<typeof transferEvents.transferEnded>;

/** The journal of the played registry: the next event of each aggregate. */
@Injectable()
class Journal {
  constructor(
    private readonly outbox: Outbox,
    private readonly store: MessagingStore,
  ) {}

  async say<E extends EventDefinition>(
    session: ClientSession,
    definition: E,
    aggregateId: string,
    data: DataOf<E>,
  ): Promise<void> {
    const seq = (await this.store.outbox.countDocuments({ aggregateId }, { session })) + 1;
    const event: NewEvent<E> = {
      definition,
      aggregateId,
      seq,
      effectiveOn: '2026-09-01',
      recordedAt: new Date('2026-09-01T01:00:00Z'),
      data,
    };
    await this.outbox.add(session, [event as NewEvent]);
  }
}

/** As much of the registry as a transfer meets: it holds whoever is free, moves whoever it holds, and lets go. */
@EventConsumer()
class Seats {
  private readonly holds = new Map<string, string>();

  constructor(private readonly journal: Journal) {}

  @On(transferEvents.transferFiled)
  async filed({ aggregateId, data }: Filed, session: ClientSession): Promise<void> {
    const holder = this.holds.get(data.student);
    if (holder !== undefined && holder !== aggregateId)
      return this.journal.say(session, registry.studentHoldRefused, data.student, { case: aggregateId, code: 'held' });
    this.holds.set(data.student, aggregateId);
    const hold = { case: aggregateId, toSchool: data.to.school, toClass: data.to.class };
    await this.journal.say(session, registry.studentHeld, data.student, hold);
  }

  @On(transferEvents.transferMoveAsked)
  async moveAsked({ aggregateId, data }: MoveAsked, session: ClientSession): Promise<void> {
    this.holds.delete(data.student);
    const from = { school: 'x', path: '/x/', class: 'x' };
    await this.journal.say(session, registry.studentMoved, data.student, { case: aggregateId, from, to: data.to });
  }

  @On(transferEvents.transferEnded)
  async ended({ aggregateId, data }: Ended, session: ClientSession): Promise<void> {
    if (this.holds.get(data.student) !== aggregateId) return;
    this.holds.delete(data.student);
    await this.journal.say(session, registry.studentReleased, data.student, { case: aggregateId });
  }
}

/** A registry of its own process in all but name: own database, own relay, own consumer group. */
export class PlayedRegistry {
  private constructor(private readonly app: NestFastifyApplication) {}

  static async start(corner: Corner): Promise<PlayedRegistry> {
    const before = { ...process.env };
    Object.assign(process.env, corner.environment('registry'));
    @Module({
      imports: [
        ServiceModule.forRoot('registry'),
        AccessModule.forRoot({ copy: false }),
        MessagingModule.forRoot({ owner: 'registry', consumes: ['transfer'], identity: Tokens }),
      ],
      controllers: [Seats],
      providers: [Journal],
    })
    class RegistryModule {}
    const app = await NestFactory.create<NestFastifyApplication>(RegistryModule, new FastifyAdapter(), {
      logger: ['error', 'fatal'],
    });
    app.connectMicroservice<{ strategy: CustomTransportStrategy }>({ strategy: app.get(EventBusServer) });
    await app.init();
    await app.startAllMicroservices();
    process.env = before;
    return new PlayedRegistry(app);
  }

  async say<E extends EventDefinition>(definition: E, aggregateId: string, data: DataOf<E>): Promise<void> {
    const journal = this.app.get(Journal);
    await this.app.get(MessagingStore).transaction((session) => journal.say(session, definition, aggregateId, data));
  }

  async stop(): Promise<void> {
    await this.app.close();
  }
}
