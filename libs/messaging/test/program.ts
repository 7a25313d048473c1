/** A small service for tests that need real processes: as `registry` it owns events, as `transfer` it hears them. */
import { Body, Controller, Headers, HttpCode, Injectable, Module, OnModuleInit, Post } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { AccessModule, Tokens } from '#libs/access';
import { Owner, ReceivedEvent, registryEvents } from '#libs/contracts';
import {
  EventBusServer,
  EventConsumer,
  MessagingModule,
  MessagingStore,
  On,
  OnMany,
  Once,
  Outbox,
} from '#libs/messaging';
import { boot, Open, refuse, ServiceModule } from '#libs/service-kit';

const name = process.env.TEST_SERVICE as Owner;
const consumes: Owner[] = name === 'registry' ? [] : ['registry'];

/** Two writes per event, so that half an effect can be told from a whole one. */
@Injectable()
class Effects implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  async onModuleInit(): Promise<void> {
    for (const collection of ['effects', 'sums', 'switches'])
      await this.connection.collection(collection).createIndex({ key: 1 });
  }

  async add(key: string, seq: number, session: ClientSession): Promise<void> {
    await this.connection.collection('effects').insertOne({ key, seq }, { session });
    await this.connection
      .collection<{ _id: string; sum: number }>('sums')
      .updateOne({ _id: key }, { $inc: { sum: seq } }, { session, upsert: true });
  }

  async isCured(session: ClientSession): Promise<boolean> {
    return (await this.connection.collection('switches').findOne({ cured: true }, { session })) !== null;
  }
}

@EventConsumer()
class MarksConsumer {
  constructor(private readonly effects: Effects) {}

  @On(registryEvents.studentMarked)
  async marked(event: ReceivedEvent<typeof registryEvents.studentMarked>, session: ClientSession): Promise<void> {
    await this.effects.add(event.aggregateId, event.seq, session);
    if (!event.data.mark.startsWith('poison') || (await this.effects.isCured(session))) return;
    if (event.data.mark === 'poison-type') (undefined as unknown as { x(): void }).x();
    if (event.data.mark === 'poison-text') throw 'a text';
    const text = { zh: '测试', en: 'test' };
    throw refuse('test-rule', { status: 422, title: text, detail: text, remedy: text });
  }
}

@EventConsumer()
class SubmissionsConsumer {
  constructor(private readonly effects: Effects) {}

  @OnMany(registryEvents.studentSubmitted)
  async submitted(
    events: ReceivedEvent<typeof registryEvents.studentSubmitted>[],
    session: ClientSession,
  ): Promise<void> {
    for (const { aggregateId, seq } of events) await this.effects.add(aggregateId, seq, session);
  }
}

@Open()
@Controller('test')
class CommandController {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly outbox: Outbox,
    private readonly effects: Effects,
  ) {}

  /** Marks a child under an idempotency key; answers with what this act alone knows. */
  @Post('commands')
  @HttpCode(201)
  command(@Headers('idempotency-key') key: string, @Body() body: { child: string }): Promise<{ ticket: string }> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: 'tester', key, body }, async () => {
        const seq = await this.store.outbox.countDocuments({ aggregateId: body.child }, { session });
        await this.effects.add(body.child, seq + 1, session);
        await this.outbox.add(session, [
          {
            definition: registryEvents.studentMarked,
            aggregateId: body.child,
            seq: seq + 1,
            effectiveOn: '2026-09-01',
            recordedAt: new Date('2026-09-01T01:00:00Z'),
            data: { mark: 'leftBehind', from: '2026-09-01' },
          },
        ]);
        return { ticket: Math.random().toString(36).slice(2) };
      }),
    );
  }
}

@Module({
  imports: [
    ServiceModule.forRoot(name),
    AccessModule.forRoot({ copy: false }),
    MessagingModule.forRoot({ owner: name, consumes, identity: Tokens }),
  ],
  controllers: name === 'registry' ? [CommandController] : [MarksConsumer, SubmissionsConsumer],
  providers: [Effects],
})
class TestModule {}

void boot({ name, module: TestModule, ...(consumes.length && { hears: EventBusServer }) });
