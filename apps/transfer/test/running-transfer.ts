import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Connection } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConnectionToken } from '@nestjs/mongoose';
import { Posts } from '#libs/access';
import {
  DataOf,
  EventDefinition,
  Grounds,
  ReceivedEvent,
  registryEvents as registry,
  Role,
  Stage,
} from '#libs/contracts';
import { EventBusServer, MessagingStore } from '#libs/messaging';
import { assemble } from '#libs/service-kit';
import { Corner, moveClock, ownCorner, root } from '#libs/testing';
import { PlacesConsumer } from '#libs/places';
import { largestPaper } from '#libs/papers';
import { ClosingConsumer } from '../src/closing/closing.consumer';
import { PlacementConsumer } from '../src/placement/placement.consumer';
import { StudentsConsumer } from '../src/students/students.consumer';
import { TransferConsumer } from '../src/transfer/transfer.consumer';
import { offices, terms } from './examples';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Record<string, unknown>;
  body: T;
}

interface Sent {
  body?: unknown;
  version?: number;
  key?: string;
  headers?: Record<string, string>;
}

/** The whole service in this process on real engines, with the registry and the issuer of tokens played by the test. */
export class RunningTransfer {
  /** Takes the events on their way where the test does not hand them over itself. */
  teller?: <E extends EventDefinition>(definition: E, aggregateId: string, data: DataOf<E>) => Promise<void>;
  private readonly seqs = new Map<string, number>();

  private constructor(
    readonly corner: Corner,
    readonly app: NestFastifyApplication,
    private readonly issuer: Server,
    private readonly sign: (account: string) => Promise<string>,
    private readonly clockFile: string,
    private readonly folder: string,
  ) {}

  /** @param hears whether events come through Kafka; else the test hands them to the consumers */
  static async start(on: string, { hears = false } = {}): Promise<RunningTransfer> {
    const corner = ownCorner();
    const folder = mkdtempSync(join(tmpdir(), 'transfer-'));
    const clockFile = join(folder, 'clock.json');
    moveClock(clockFile, new Date(`${on}T09:00:00+08:00`));
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] });
    const issuer = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(keys));
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      ...corner.environment('transfer'),
      XUEJI_GATEWAY_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`,
      XUEJI_CLOCK_MODULE: join(root, 'libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: clockFile,
      XUEJI_SWEEP_SECONDS: '1',
      XUEJI_LOG_LEVEL: process.env.XUEJI_TEST_LOG ?? 'silent',
    });
    // Read only now: the module takes its settings from the environment as it is loaded.
    const { AppModule } = await import('../src/app.module');
    const app = await assemble({
      name: 'transfer',
      module: AppModule,
      fileLimit: largestPaper,
      ...(hears && { hears: EventBusServer }),
    });
    await app.init();
    if (hears) await app.startAllMicroservices();
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
    return new RunningTransfer(corner, app, issuer, sign, clockFile, folder);
  }

  get connection(): Connection {
    return this.app.get<Connection>(getConnectionToken());
  }

  collection<T extends object = Record<string, unknown>>(name: string) {
    return this.connection.collection<T & { _id: string }>(name);
  }

  /** Business time, in Shanghai. */
  moveTo(on: string, time = '09:00'): void {
    moveClock(this.clockFile, new Date(`${on}T${time}:00+08:00`));
  }

  async call<T = Record<string, unknown>>(
    account: string | undefined,
    method: 'GET' | 'POST',
    path: string,
    { body, version, key, headers }: Sent = {},
  ): Promise<Answer<T>> {
    const reply = await this.app.inject({
      method,
      url: `/api/transfer/v1/${path}`,
      headers: {
        ...(account && { authorization: `Bearer ${await this.sign(account)}` }),
        ...(method === 'POST' && { 'idempotency-key': key ?? randomUUID() }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
        ...headers,
      },
      ...(body !== undefined && { payload: body as object }),
    });
    const json = /json/.test(String(reply.headers['content-type']));
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: (json ? reply.json() : { raw: reply.rawPayload }) as T,
    };
  }

  /** Uploads a scan and gives its digest. */
  async upload(account: string, school: string, bytes: Buffer): Promise<Answer<{ digest: string }>> {
    const boundary = 'part';
    const payload = Buffer.concat([
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="联系表.pdf"\r\nContent-Type: application/pdf\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const reply = await this.app.inject({
      method: 'POST',
      url: `/api/transfer/v1/evidence?school=${school}`,
      headers: {
        authorization: `Bearer ${await this.sign(account)}`,
        'content-type': `multipart/form-data; boundary=${boundary}`,
      },
      payload,
    });
    return { status: reply.statusCode, headers: reply.headers, body: reply.json() };
  }

  /** An event of the registry, applied as the inbox would: in one transaction, in the order of its aggregate. */
  async hear<E extends EventDefinition>(
    definition: E,
    aggregateId: string,
    data: DataOf<E>,
    more: Grounds & { effectiveOn?: string } = {},
  ): Promise<void> {
    if (this.teller) return this.teller(definition, aggregateId, data);
    const seq = (this.seqs.get(aggregateId) ?? 0) + 1;
    this.seqs.set(aggregateId, seq);
    const event: ReceivedEvent<E> = {
      id: `${aggregateId}:${seq}`,
      type: definition.type,
      source: 'registry',
      aggregateId,
      seq,
      effectiveOn: '2026-09-01',
      recordedAt: new Date('2026-09-01T01:00:00Z'),
      ...more,
      data,
    };
    await this.apply(event);
  }

  /** The same event again, as a redelivery past the inbox would bring it. */
  async apply(event: ReceivedEvent): Promise<void> {
    await this.applyRow([event]);
  }

  /** Events of one type that came in a row. */
  async applyRow(events: ReceivedEvent[]): Promise<void> {
    const effects = this.effectsOf(events[0].type);
    if (effects.length === 0) throw new Error(`nothing here hears ${events[0].type}`);
    await this.app.get(MessagingStore).transaction(async (session) => {
      for (const effect of effects) await effect(events as never, session as never);
    });
  }

  private effectsOf(type: string): ((events: never, session: never) => Promise<void>)[] {
    const places = this.app.get(PlacesConsumer);
    const students = this.app.get(StudentsConsumer);
    const cases = this.app.get(TransferConsumer);
    const posts = this.app.get(Posts);
    const placements = this.app.get(PlacementConsumer);
    const closings = this.app.get(ClosingConsumer);
    type Effect = (events: never, session: never) => Promise<void>;
    const single =
      (effect: Effect) =>
      async (events: never[], session: never): Promise<void> => {
        for (const event of events) await effect(event, session);
      };
    const all: [EventDefinition, Effect][] = [
      [registry.officeOpened, (events, session) => places.officesOpened(events, session)],
      [registry.officeLineSet, single((event, session) => places.lineSet(event, session))],
      [registry.classOpened, (events, session) => places.classesOpened(events, session)],
      [registry.termSet, single((event, session) => places.termSet(event, session))],
      [registry.postHeld, (events, session) => posts.held(events, session)],
      [registry.studentEntered, (events, session) => students.entered(events, session)],
      [registry.studentCorrected, (events, session) => students.corrected(events, session)],
      [registry.studentSubmitted, (events, session) => students.submitted(events, session)],
      [registry.studentReturned, (events, session) => students.returned(events, session)],
      [registry.studentConfirmed, (events, session) => students.confirmed(events, session)],
      [registry.studentEntryUndone, (events, session) => students.undone(events, session)],
      [registry.studentMarked, single((event, session) => students.marked(event, session))],
      [registry.studentHeld, single((event, session) => students.held(event, session))],
      [registry.studentReleased, single((event, session) => students.released(event, session))],
      [registry.studentMoved, single((event, session) => students.moved(event, session))],
      [registry.studentHeld, single((event, session) => cases.held(event, session))],
      [registry.studentHoldRefused, single((event, session) => cases.refused(event, session))],
      [registry.studentMoved, single((event, session) => cases.moved(event, session))],
      [registry.studentEnded, (events, session) => students.ended(events, session)],
      [registry.studentPlaced, (events, session) => students.placed(events, session)],
      [registry.studentHeld, (events, session) => placements.held(events, session)],
      [registry.studentHoldRefused, (events, session) => placements.refused(events, session)],
      [registry.studentPlaced, (events, session) => placements.placed(events, session)],
      [registry.intakeApproved, single((event, session) => placements.approved(event, session))],
      [registry.studentReseated, (events, session) => students.reseated(events, session)],
      [registry.closingAnnounced, single((event, session) => closings.announced(event, session))],
      [registry.closingAsked, single((event, session) => closings.asked(event, session))],
    ];
    return all.filter(([definition]) => definition.type === type).map(([, effect]) => effect);
  }

  /** Offices and terms of the examples, and posts by account name: `clerk-<school>`, `officer-<authority>`. */
  async openPlaces(): Promise<void> {
    for (const { _id, kind, name, parent, path, lines, school } of offices) {
      await this.hear(registry.officeOpened, _id, {
        kind,
        name,
        path,
        ...(parent && { parent }),
        ...(lines[0] && { line: lines[0].line }),
        ...(school && { school: { operator: 'government', ...school } }),
      });
      await this.post(
        kind === 'school' ? `clerk-${_id}` : `officer-${_id}`,
        kind === 'school' ? 'clerk' : 'officer',
        _id,
      );
    }
    for (const { _id, office, schoolYear, term, firstDay, lastDay } of terms)
      await this.hear(registry.termSet, _id, { office, schoolYear, term, firstDay, lastDay });
  }

  async post(account: string, role: Role, office: string): Promise<void> {
    const path = offices.find(({ _id }) => _id === office)?.path ?? '/';
    await this.hear(registry.postHeld, `post-${account}`, { account, role, office, path, from: '2014-03-01' });
  }

  async openClass(id: string, school: string, stage: Stage = 'primary', entryYear = 2024): Promise<void> {
    const { path } = offices.find(({ _id }) => _id === school)!;
    await this.hear(registry.classOpened, id, {
      school,
      path,
      stage,
      entryYear,
      grade: 1,
      name: '1班',
      schoolYear: String(entryYear),
    });
  }

  /** A confirmed pupil of a class. @returns the student's id */
  async enter(classId: string, school: string, more: { entryYear?: number; stage?: Stage } = {}): Promise<string> {
    const id = randomUUID();
    const { path } = offices.find(({ _id }) => _id === school)!;
    await this.hear(registry.studentEntered, id, {
      school,
      path,
      class: classId,
      stage: more.stage ?? 'primary',
      entryYear: more.entryYear ?? 2024,
      sex: '1',
      birthMonth: '2018-01',
      hasIdNumber: true,
      marks: [],
    });
    await this.hear(registry.studentConfirmed, id, { authority: '520103', school });
    return id;
  }

  async stop(): Promise<void> {
    await this.app.close();
    this.issuer.close();
    await this.corner.drop();
    rmSync(this.folder, { recursive: true });
  }
}

/** A small PDF, different for every text. */
export const pdf = (text: string): Buffer => Buffer.from(`%PDF-1.4\n% ${text}\n%%EOF\n`);
