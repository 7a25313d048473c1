import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { ClientSession, Connection } from 'mongoose';
import { getConnectionToken } from '@nestjs/mongoose';
import { inputValidation } from '#libs/service-kit';
import { moveClock, ownCorner, root, until } from '#libs/testing';
import { Deadlines, DeadlinesStatus, FiredDeadline, OnDeadline, Timing } from '../src';
import { DeadlineRow } from '../src/deadline';
import { effectsIn, RoomModule } from './room';

jest.setTimeout(60_000);

const corner = ownCorner();
const tmp = join(root, '.run/tmp');
mkdirSync(tmp, { recursive: true });
const folder = mkdtempSync(join(tmp, 'deadlines-'));
const clockFile = join(folder, 'clock.json');
const before = { ...process.env };
let offset = 0;

const now = () => Date.now() + offset;
const moveTo = (instant: Date) => {
  offset = instant.getTime() - Date.now();
  moveClock(clockFile, instant);
};

@Injectable()
class SecondHandler {
  @OnDeadline('test.step-due')
  async alsoPassed(_deadline: FiredDeadline, _session: ClientSession): Promise<void> {}
}

const open = async (
  timing: Partial<Timing> = {},
  extra: (new () => object)[] = [],
): Promise<NestFastifyApplication> => {
  @Module({ imports: [RoomModule.with({ sweepEveryMs: 3_600_000, ...timing })], providers: extra })
  class Main {}
  const app = await NestFactory.create<NestFastifyApplication>(Main, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  app.useGlobalPipes(inputValidation());
  try {
    await app.init();
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
};

beforeAll(() => {
  Object.assign(process.env, corner.environment('registry'), {
    XUEJI_MONGO_URL: corner.mongoUrl(),
    XUEJI_GATEWAY_URL: 'http://127.0.0.1:9',
    XUEJI_CLOCK_MODULE: join(root, 'libs/testing/src/moved-clock.ts'),
    XUEJI_CLOCK_FILE: clockFile,
    XUEJI_LOG_LEVEL: process.env.XUEJI_TEST_LOG ?? 'silent',
  });
});
afterAll(async () => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
  await corner.drop();
});

describe('deadlines of a service', () => {
  let app: NestFastifyApplication;
  let connection: Connection;
  let deadlines: Deadlines;
  let status: DeadlinesStatus;

  beforeAll(async () => {
    app = await open();
    connection = app.get(getConnectionToken());
    deadlines = app.get(Deadlines);
    status = app.get(DeadlinesStatus);
  });
  afterAll(() => app.close());

  const rows = () => connection.collection<DeadlineRow>('deadlines');
  const row = (id: string) => rows().findOne({ _id: id });
  const effects = (id: string) => effectsIn(connection.db!).find({ deadline: id }).toArray();
  const within = <T>(act: (session: ClientSession) => Promise<T>) => connection.transaction(act);
  const name = (subject: string, kind = 'test.step-due') => ({ kind, subject, key: 'k' });
  const idOf = (subject: string, kind = 'test.step-due') => `${kind}/${subject}/k`;
  const after = (ms: number) => new Date(now() + ms);
  const arm = (subject: string, ms: number, kind?: string, round = 1) =>
    within((session) => deadlines.arm(session, { ...name(subject, kind), dueAt: after(ms), data: { round } }));
  const fired = (id: string, count = 1) =>
    until(async () => (await effects(id)).length === count, { message: async () => JSON.stringify(await row(id)) });

  it('one that passes has its effect by the alarm, with the business time of the firing', async () => {
    await arm('plain', 300);
    const due = (await row(idOf('plain')))!.alarmAt;
    await fired(idOf('plain'));
    const [effect] = await effects(idOf('plain'));
    expect(effect!.firedAt.getTime()).toBeGreaterThanOrEqual(due.getTime());
    expect(await row(idOf('plain'))).toMatchObject({ state: 'fired', firedBy: 'alarm', firedAt: effect!.firedAt });
  });

  it('by date, it may be acted on until midnight in Shanghai', async () => {
    moveTo(new Date('2026-10-10T15:59:58Z'));
    await within((session) => deadlines.arm(session, { ...name('day'), dueOn: '2026-10-10', data: { round: 1 } }));
    expect(await within((session) => deadlines.move(session, idOf('day'), { dueOn: '2026-10-10' }))).toBe(true);
    await fired(idOf('day'));
    const [effect] = await effects(idOf('day'));
    expect(effect!.firedAt.toISOString()).toMatch(/^2026-10-10T16:00:0/);
    expect(await row(idOf('day'))).toMatchObject({ dueOn: '2026-10-10', version: 2 });
  });

  it('moved earlier it fires by the earlier due, once', async () => {
    await arm('earlier', 3_600_000);
    expect(await within((session) => deadlines.move(session, idOf('earlier'), { dueAt: after(200) }))).toBe(true);
    await fired(idOf('earlier'));
    expect(await row(idOf('earlier'))).toMatchObject({ state: 'fired', version: 2 });
  });

  it('moved later it does not fire by the earlier due', async () => {
    await arm('later', 400);
    await within((session) => deadlines.move(session, idOf('later'), { dueAt: after(1_500) }));
    const due = (await row(idOf('later')))!.alarmAt;
    await fired(idOf('later'));
    expect((await effects(idOf('later')))[0]!.firedAt.getTime()).toBeGreaterThanOrEqual(due.getTime());
  });

  it('cancelled it does not fire; cancelling or moving again says that it is over', async () => {
    await arm('cancelled', 300);
    await arm('witness', 900);
    expect(await within((session) => deadlines.cancel(session, idOf('cancelled')))).toBe(true);
    expect(await within((session) => deadlines.cancel(session, idOf('cancelled')))).toBe(false);
    expect(await within((session) => deadlines.move(session, idOf('cancelled'), { dueAt: after(1) }))).toBe(false);
    expect(await within((session) => deadlines.cancel(session, idOf('unheard')))).toBe(false);
    await fired(idOf('witness'));
    expect(await effects(idOf('cancelled'))).toEqual([]);
  });

  it('all of one subject are cancelled together, and no other', async () => {
    const of = (subject: string, key: string) => ({ kind: 'test.step-due', subject, key, dueAt: after(3_600_000) });
    await within((session) => deadlines.arm(session, [of('both', 'a'), of('both', 'b'), of('other', 'a')]));
    expect(await within((session) => deadlines.cancelAll(session, 'both'))).toBe(2);
    expect(await row('test.step-due/other/a')).toMatchObject({ state: 'armed' });
    await within((session) => deadlines.cancelAll(session, 'other'));
  });

  it('armed anew after it fired, it fires again', async () => {
    await arm('again', 100);
    await fired(idOf('again'));
    await arm('again', 100, undefined, 2);
    await fired(idOf('again'), 2);
    const rounds = (await effects(idOf('again'))).map(({ round }) => round);
    expect(rounds).toEqual([1, 2]);
    expect(await row(idOf('again'))).toMatchObject({ state: 'fired', version: 2 });
  });

  it('takes data as it is, also what looks like an expression of the store', async () => {
    const data = { path: '$version', list: ['$$ROOT'], 名: '值' };
    await within((session) => deadlines.arm(session, { ...name('data'), dueAt: after(3_600_000), data }));
    expect((await row(idOf('data')))!.data).toEqual(data);
    await within((session) => deadlines.cancelAll(session, 'data'));
  });

  it('refuses a kind that nothing handles, a session without transaction, a name with a slash', async () => {
    const dueAt = after(1);
    await expect(within((session) => deadlines.arm(session, { ...name('x', 'no.such'), dueAt }))).rejects.toThrow(
      'handles',
    );
    const session = await connection.startSession();
    await expect(deadlines.arm(session, { ...name('x'), dueAt })).rejects.toThrow('inside the transaction');
    await expect(deadlines.cancel(session, idOf('x'))).rejects.toThrow('inside the transaction');
    await session.endSession();
    await expect(within((own) => deadlines.arm(own, { ...name('a/b'), dueAt }))).rejects.toThrow('no slash');
  });

  it('what the alarms, the sweeper and the business ask for is answered from an index', async () => {
    const open = { $in: ['armed', 'failed'] as const };
    for (const [filter, index] of [
      [{ state: 'armed', kind: { $in: ['test.step-due'] }, alarmAt: { $lte: new Date() } }, 'armed'],
      [{ state: 'armed', kind: { $nin: ['test.step-due', 'test.moody'] } }, 'armed'],
      [{ subject: 's', state: open }, 'open'],
      [{ state: 'failed' }, 'failed'],
      [{ state: 'fired', firedBy: 'alarm', firedAt: { $gte: new Date(0) } }, 'fired'],
    ] as const) {
      const plan = JSON.stringify(
        await rows()
          .find(filter as never)
          .explain('queryPlanner'),
      );
      expect(plan).toContain(`"indexName":"${index}"`);
    }
  });

  describe('whose handler refuses', () => {
    const moods = () => connection.collection<{ _id: string }>('moods');
    let sweeping: NestFastifyApplication;
    beforeAll(async () => {
      sweeping = await open({ sweepEveryMs: 100, graceMs: 0 });
    });
    afterAll(() => sweeping.close());

    const get = async (path: string): Promise<unknown> =>
      (await app.inject({ url: `/api/registry/v1/operator/deadlines/${path}` })).json();
    const redrive = async (id: string) =>
      (await app.inject({ method: 'POST', url: '/api/registry/v1/operator/deadlines/failed/redrive', payload: { id } }))
        .statusCode;
    const id = idOf('grim', 'test.moody');

    it('is tried five times, then stands as failed before the operator; others are not held up', async () => {
      await moods().insertOne({ _id: 'grim' });
      await arm('grim', 100, 'test.moody');
      await arm('cheerful', 150, 'test.moody');
      await fired(idOf('cheerful', 'test.moody'));
      await until(async () => (await row(id))?.state === 'failed', {
        message: async () => JSON.stringify(await row(id)),
      });
      expect(await row(id)).toMatchObject({ tries: 5, version: 1 });
      expect(await effects(id)).toEqual([]);
      const failed = (await get('failed')) as { id: string; lastError: string }[];
      expect(failed).toEqual([expect.objectContaining({ id, state: 'failed', tries: 5 })]);
      // Class and place, not the words.
      expect(failed[0]!.lastError).toMatch(/^TypeError at libs\/deadlines\/test\/room\.ts:\d+$/);
      expect(await get('status')).toMatchObject({ due: 0, failed: 1 });
    });

    it('is redriven: refused again while nothing has changed, fired once when it has', async () => {
      expect(await redrive(id)).toBe(204);
      expect(await redrive(id)).toBe(404);
      await until(async () => (await row(id))?.state === 'failed', {
        message: async () => JSON.stringify(await row(id)),
      });
      await moods().deleteOne({ _id: 'grim' });
      expect(await redrive(id)).toBe(204);
      await fired(id);
      expect(await row(id)).toMatchObject({ state: 'fired', version: 3 });
      expect(await status.failed()).toBe(0);
    });

    it('is cancelled by an act that comes all the same', async () => {
      await moods().insertOne({ _id: 'late' });
      await arm('late', 50, 'test.moody');
      const late = idOf('late', 'test.moody');
      await until(async () => (await row(late))?.state === 'failed', {
        message: async () => JSON.stringify(await row(late)),
      });
      expect(await within((session) => deadlines.cancelAll(session, 'late'))).toBe(1);
      expect(await get('failed')).toEqual([]);
    });
  });

  it('the operator drops all alarms and sets them anew', async () => {
    await arm('rebuilt', 3_600_000);
    const reply = await app.inject({ method: 'POST', url: '/api/registry/v1/operator/deadlines/rebuild' });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({ alarms: await rows().countDocuments({ state: 'armed' }) });
    moveTo(after(3_600_000));
    await fired(idOf('rebuilt'));
    expect(await row(idOf('rebuilt'))).toMatchObject({ firedBy: 'alarm' });
  });

  it('counts what fired by alarm and by sweeper', async () => {
    const { alarm, sweeper } = await status.fired();
    const all = await rows().countDocuments({ state: 'fired' });
    expect(alarm + sweeper).toBe(all);
    expect(await status.fired(new Date('2100-01-01'))).toEqual({ alarm: 0, sweeper: 0 });
  });
});

describe('a service does not start', () => {
  it('with two handlers of one kind', async () => {
    await expect(open({}, [SecondHandler])).rejects.toThrow(
      /test\.step-due have two handlers: .*Waiting\.passed.*SecondHandler\.alsoPassed|SecondHandler\.alsoPassed.*Waiting\.passed/,
    );
  });

  it('with an armed deadline that nothing handles', async () => {
    const app = await open();
    const connection = app.get<Connection>(getConnectionToken());
    const orphan = { state: 'armed', kind: 'test.forgotten', subject: 's', key: 'k', alarmAt: new Date(now() + 1e9) };
    await connection
      .collection<DeadlineRow>('deadlines')
      .insertOne({ _id: 'test.forgotten/s/k', version: 1, tries: 0, ...orphan, state: 'armed' });
    await app.close();
    await expect(open()).rejects.toThrow('armed deadlines of kind test.forgotten, and nothing handles them');
  });
});
