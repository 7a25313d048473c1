import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { getConnectionToken } from '@nestjs/mongoose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Connection } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Posts } from '#libs/access';
import {
  type DataOf,
  type EventDefinition,
  type ReceivedEvent,
  registryEvents as registry,
  type Role,
  type Stage,
} from '#libs/contracts';
import { MessagingStore } from '#libs/messaging';
import { PlacesConsumer } from '#libs/places';
import { assemble } from '#libs/service-kit';
import { type Corner, moveClock, ownCorner, root, until } from '#libs/testing';
import { largestPaper } from '#libs/papers';
import { DaysConsumer } from '../src/roll-call/replan';
import { StudentsConsumer } from '../src/roster/students.consumer';

/** An event as it stands in the journal. */
export interface Told {
  name: string;
  data: Record<string, unknown>;
  effectiveOn: string;
  rules: string[];
}

export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
}

/** A school of Guizhou, one of its county, one in Changzhi; the senior one of Guizhou answers to the city. */
export const places = {
  county: '520103',
  school: '2152010301',
  other: '2152010302',
  junior: '3152010301',
  senior: '3452010301',
  lucheng: '2114040601',
} as const;
const pathOf: Record<string, string> = {
  '520000': '/520000/',
  '520100': '/520000/520100/',
  '520103': '/520000/520100/520103/',
  [places.school]: `/520000/520100/520103/${places.school}/`,
  [places.other]: `/520000/520100/520103/${places.other}/`,
  [places.junior]: `/520000/520100/520103/${places.junior}/`,
  [places.senior]: `/520000/520100/520103/${places.senior}/`,
  '140400': '/140400/',
  '140406': '/140400/140406/',
  [places.lucheng]: `/140400/140406/${places.lucheng}/`,
};
const names: Record<string, string> = { '520103': '云岩区教育局', '520100': '贵阳市教育局', '140406': '潞城区教育局' };

/** The whole service in this process on real engines, with the registry and the issuer of tokens played by the test. */
export class RunningAttendance {
  private readonly seqs = new Map<string, number>();

  private constructor(
    readonly corner: Corner,
    readonly app: NestFastifyApplication,
    private readonly issuer: Server,
    private readonly sign: (account: string) => Promise<string>,
    private readonly clockFile: string,
    private readonly folder: string,
  ) {}

  static async start(on: string): Promise<RunningAttendance> {
    const corner = ownCorner();
    const folder = mkdtempSync(join(tmpdir(), 'attendance-'));
    const clockFile = join(folder, 'clock.json');
    moveClock(clockFile, new Date(`${on}T09:00:00+08:00`));
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] });
    const issuer = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(keys));
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      ...corner.environment('attendance'),
      XUEJI_GATEWAY_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`,
      XUEJI_CLOCK_MODULE: join(root, 'libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: clockFile,
      XUEJI_SWEEP_SECONDS: '1',
      XUEJI_LOG_LEVEL: process.env.XUEJI_TEST_LOG ?? 'silent',
    });
    // Read only now: the module takes its settings from the environment as it is loaded.
    const { AppModule } = await import('../src/app.module');
    const app = await assemble({ name: 'attendance', module: AppModule, fileLimit: largestPaper });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    const sign = (account: string) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
        .setIssuer('xueji')
        .setAudience('xueji')
        .setSubject(account)
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(privateKey);
    const running = new RunningAttendance(corner, app, issuer, sign, clockFile, folder);
    await running.openPlaces();
    return running;
  }

  collection<T extends object = Record<string, unknown>>(name: string) {
    return this.app.get<Connection>(getConnectionToken()).collection<T & { _id: string }>(name);
  }

  /** Business time, in Shanghai. */
  moveTo(on: string, time = '09:00'): void {
    moveClock(this.clockFile, new Date(`${on}T${time}:00+08:00`));
  }

  async call<T = Record<string, unknown>>(
    account: string,
    method: 'GET' | 'POST',
    path: string,
    { body, version, key }: { body?: object; version?: number; key?: string } = {},
  ): Promise<Answer<T>> {
    const reply = await this.app.inject({
      method,
      url: `/api/attendance/v1/${path}`,
      headers: {
        authorization: `Bearer ${await this.sign(account)}`,
        ...(method === 'POST' && { 'idempotency-key': key ?? randomUUID() }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
      },
      ...(body !== undefined && { payload: body }),
    });
    return { status: reply.statusCode, body: reply.json() as T };
  }

  async upload(account: string, school: string, bytes: Buffer): Promise<string> {
    const boundary = 'part';
    const payload = Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="假条.pdf"\r\nContent-Type: application/pdf\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const reply = await this.app.inject({
      method: 'POST',
      url: `/api/attendance/v1/papers?school=${school}`,
      headers: {
        authorization: `Bearer ${await this.sign(account)}`,
        'content-type': `multipart/form-data; boundary=${boundary}`,
      },
      payload,
    });
    return (reply.json() as { digest: string }).digest;
  }

  /** An event of the registry, applied as the inbox would: in one transaction, in the order of its aggregate. */
  async hear<E extends EventDefinition>(
    definition: E,
    aggregateId: string,
    data: DataOf<E>,
    effectiveOn = '2026-09-01',
  ): Promise<void> {
    const seq = (this.seqs.get(aggregateId) ?? 0) + 1;
    this.seqs.set(aggregateId, seq);
    const event: ReceivedEvent<E> = {
      id: `${aggregateId}:${seq}`,
      type: definition.type,
      source: 'registry',
      aggregateId,
      seq,
      effectiveOn,
      recordedAt: new Date(),
      data,
    };
    await this.app.get(MessagingStore).transaction(async (session) => {
      for (const effect of this.effectsOf(definition)) await effect(event as never, session as never);
    });
  }

  private effectsOf(definition: EventDefinition): ((event: never, session: never) => Promise<void>)[] {
    const copies = this.app.get(PlacesConsumer);
    const students = this.app.get(StudentsConsumer);
    const days = this.app.get(DaysConsumer);
    const posts = this.app.get(Posts);
    const all: [EventDefinition, (event: never, session: never) => Promise<void>][] = [
      [registry.officeOpened, (event, session) => copies.officesOpened([event], session)],
      [registry.officeOpened, (event, session) => days.opened(event, session)],
      [registry.officeLineSet, (event, session) => copies.lineSet(event, session)],
      [registry.classOpened, (event, session) => copies.classesOpened([event], session)],
      [registry.classOpened, (event, session) => days.classOpened(event, session)],
      [registry.termSet, (event, session) => copies.termSet(event, session)],
      [registry.termSet, (event, session) => days.termSet(event, session)],
      [registry.postHeld, (event, session) => posts.held([event], session)],
      [registry.studentEntered, (event, session) => students.entered([event], session)],
      [registry.studentCorrected, (event, session) => students.corrected(event, session)],
      [registry.studentEntryUndone, (event, session) => students.undone(event, session)],
      [registry.studentMoved, (event, session) => students.moved(event, session)],
      [registry.studentEnded, (event, session) => students.ended(event, session)],
      [registry.studentPlaced, (event, session) => students.placed(event, session)],
      [registry.studentMarked, (event, session) => students.marked(event, session)],
      [registry.studentStudyPlaceSet, (event, session) => students.studyPlaceSet(event, session)],
    ];
    const found = all.filter(([one]) => one.type === definition.type).map(([, effect]) => effect);
    if (found.length === 0) throw new Error(`nothing hears ${definition.type}`);
    return found;
  }

  private async openPlaces(): Promise<void> {
    for (const [id, path] of Object.entries(pathOf)) {
      const parent = path.split('/').filter(Boolean).at(-2);
      const stage: Stage = id.startsWith('31') ? 'junior' : id.startsWith('34') ? 'senior' : 'primary';
      const kind = id.length === 10 ? 'school' : id === '520000' ? 'province' : id.endsWith('00') ? 'city' : 'county';
      const line = { '520000': 'guizhou', '140406': 'changzhi-lucheng', '140400': 'national' }[id];
      await this.hear(
        registry.officeOpened,
        id,
        {
          ...{ kind, name: names[id] ?? `单位${id}`, path },
          ...(parent && { parent }),
          ...(line && { line }),
          ...(kind === 'school' && {
            school: { type: stage, operator: 'government' as const, stages: [stage], managedBy: parent! },
          }),
        },
        '2019-09-01',
      );
      if (kind === 'school') {
        for (const role of ['classTeacher', 'clerk', 'deputyHead'] as const) await this.post(`${role}-${id}`, role, id);
      } else await this.post(`officer-${id}`, 'officer', id);
    }
    await this.post('operator', 'operator', '520000');
    for (const office of ['520000', '140400']) await this.term(office);
  }

  async term(office: string, more: Partial<DataOf<typeof registry.termSet>> = {}): Promise<void> {
    const data = {
      office,
      schoolYear: '2026',
      term: '1' as const,
      firstDay: '2026-09-01',
      lastDay: '2027-01-22',
      ...more,
    };
    await this.hear(registry.termSet, `${office}/2026/${data.term}`, data);
  }

  async post(account: string, role: Role, office: string): Promise<void> {
    const data = { account, role, office, path: pathOf[office], from: '2014-03-01' };
    await this.hear(registry.postHeld, `post-${account}`, data);
  }

  async openClass(school: string, id = `class-${randomUUID().slice(0, 8)}`): Promise<string> {
    const stage: Stage = school.startsWith('31') ? 'junior' : school.startsWith('34') ? 'senior' : 'primary';
    await this.hear(registry.classOpened, id, {
      ...{ school, path: pathOf[school], stage, entryYear: 2024, grade: 1, name: '1班', schoolYear: '2026' },
    });
    return id;
  }

  /** A child in a class from a day on. @returns its id */
  async enter(school: string, classId: string, from = '2026-09-01', marks: string[] = []): Promise<string> {
    const id = randomUUID();
    const stage: Stage = school.startsWith('31') ? 'junior' : school.startsWith('34') ? 'senior' : 'primary';
    await this.hear(
      registry.studentEntered,
      id,
      {
        ...{ school, path: pathOf[school], class: classId, stage, entryYear: 2024 },
        ...{ sex: '1' as const, birthMonth: '2018-01', hasIdNumber: true, marks },
      },
      from,
    );
    return id;
  }

  /** A class of a school with children in it. */
  async classOf(school: string, size = 3): Promise<{ id: string; children: string[] }> {
    const id = await this.openClass(school);
    const children: string[] = [];
    for (let n = 0; n < size; n++) children.push(await this.enter(school, id));
    return { id, children };
  }

  async move(student: string, from: [string, string], to: [string, string], on: string): Promise<void> {
    const side = ([school, classId]: [string, string]) => ({ school, path: pathOf[school], class: classId });
    await this.hear(registry.studentMoved, student, { case: randomUUID(), from: side(from), to: side(to) }, on);
  }

  /** What this service has told of an aggregate, by the short names of the events. */
  async told(aggregateId: string): Promise<Told[]> {
    const rows = await this.collection<Omit<Told, 'name'> & { type: string }>('outbox')
      .find({ aggregateId })
      .sort({ seq: 1 })
      .toArray();
    return rows.map(({ type, data, effectiveOn, rules = [] }) => ({
      name: type.split('.').at(-2)!,
      data,
      effectiveOn,
      rules,
    }));
  }

  /** Waits for something that a deadline does. */
  waitFor<T>(look: () => Promise<T>, message: string): Promise<NonNullable<T>> {
    return until(look, { within: 60_000, message });
  }

  async stop(): Promise<void> {
    await this.app.close();
    this.issuer.close();
    await this.corner.drop();
    rmSync(this.folder, { recursive: true });
  }
}

export const pathOfOffice = (id: string): string => pathOf[id];
