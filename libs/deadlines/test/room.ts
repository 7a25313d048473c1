import 'reflect-metadata';
import { Body, Controller, DynamicModule, HttpCode, Injectable, Module, Post } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection, mongo } from 'mongoose';
import { boot, Open, ServiceModule } from '#libs/service-kit';
import { Deadlines, DeadlinesModule, FiredDeadline, NewDeadline, OnDeadline, Timing } from '../src';

/** What a firing leaves behind; a second firing would leave a second one. */
export interface Effect {
  deadline: string;
  round: number;
  firedAt: Date;
}

/** A service with nothing but deadlines: what passes leaves an effect, a moody one refuses while its mood is bad. */
@Injectable()
class Waiting {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  @OnDeadline('test.step-due')
  async passed(deadline: FiredDeadline, session: ClientSession): Promise<void> {
    const effect = { deadline: deadline.id, round: deadline.data.round as number, firedAt: deadline.firedAt };
    await this.connection.collection<Effect>('effects').insertOne(effect, { session });
  }

  @OnDeadline('test.moody')
  async moody(deadline: FiredDeadline, session: ClientSession): Promise<void> {
    await this.passed(deadline, session);
    const bad = await this.connection
      .collection<{ _id: string }>('moods')
      .findOne({ _id: deadline.subject }, { session });
    if (bad) throw new TypeError('of no use to anybody');
  }
}

interface Armed extends Omit<NewDeadline, 'dueAt' | 'dueOn'> {
  dueAt: string;
}

@Open()
@Controller('room')
class RoomController {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly deadlines: Deadlines,
  ) {}

  /** Arms all or, when told to fail, none. */
  @Post('arm')
  @HttpCode(204)
  async arm(@Body() { list, fails }: { list: Armed[]; fails?: boolean }): Promise<void> {
    const deadlines = list.map((one) => ({ ...one, dueAt: new Date(one.dueAt) }));
    const arming = this.connection.transaction(async (session) => {
      await this.deadlines.arm(session, deadlines);
      if (fails) throw new Error('the change was refused after all');
    });
    await (fails ? arming.catch(() => undefined) : arming);
  }

  @Post('cancel')
  @HttpCode(200)
  async cancel(@Body() { id }: { id: string }): Promise<{ won: boolean }> {
    return { won: await this.connection.transaction((session) => this.deadlines.cancel(session, id)) };
  }
}

@Module({})
export class RoomModule {
  static with(timing: Partial<Timing>): DynamicModule {
    return {
      module: RoomModule,
      imports: [ServiceModule.forRoot('registry'), DeadlinesModule.forRoot({ owner: 'registry', timing })],
      controllers: [RoomController],
      providers: [Waiting],
    };
  }
}

export const effectsIn = (db: mongo.Db) => db.collection<Effect>('effects');

if (require.main === module) {
  @Module({ imports: [RoomModule.with(JSON.parse(process.env.ROOM_TIMING ?? '{}') as Partial<Timing>)] })
  class Main {}
  void boot({ name: 'registry', module: Main });
}
