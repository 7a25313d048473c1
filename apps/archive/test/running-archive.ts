import { getConnectionToken } from '@nestjs/mongoose';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
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
  DataOf,
  EventDefinition,
  Grounds,
  partEvents,
  ReceivedEvent,
  registryEvents as registry,
  Role,
} from '#libs/contracts';
import { MessagingStore } from '#libs/messaging';
import { PlacesConsumer } from '#libs/places';
import { canonicalBytes, sha256, SignedHead } from '#libs/proofs';
import { assemble } from '#libs/service-kit';
import { Corner, moveClock, ownCorner, root, until } from '#libs/testing';
import { CopiesConsumer } from '../src/copies/copies.consumer';
import type { Copy } from '../src/copies/copy';
import { SealCopies } from '../src/copies/seal-copies';
import { CustodyConsumer } from '../src/custody/custody.consumer';
import { Verification, VerifyArchive } from '../src/verify/verify-archive';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  raw: Buffer;
}

type Owner = 'registry' | 'transfer';

/** What the played owners hold of a child. */
export interface Held {
  registry?: Record<string, unknown>;
  papers?: { owner: Owner; name: string; bytes: Buffer; lost?: boolean }[];
}

const schools = {
  '2152010301': { path: '/520000/520100/520103/2152010301/', parent: '520103' },
  '2152030201': { path: '/520000/520300/520302/2152030201/', parent: '520302' },
  '2114040601': { path: '/140000/140400/140406/2114040601/', parent: '140406' },
  '2114000001': { path: '/140000/2114000001/', parent: '140000' },
  '2153000001': { path: '/530000/2153000001/', parent: '530000' },
} as const;
export type School = keyof typeof schools;

const authorities: [id: string, parent: string | undefined, kind: 'province' | 'city' | 'county', line?: string][] = [
  ['520000', undefined, 'province', 'guizhou'],
  ['520100', '520000', 'city'],
  ['520103', '520100', 'county'],
  ['520300', '520000', 'city'],
  ['520302', '520300', 'county'],
  ['140000', undefined, 'province', 'national'],
  ['140400', '140000', 'city'],
  ['140406', '140400', 'county', 'changzhi-lucheng'],
  ['530000', undefined, 'province', 'national-blanked'],
];

/** The whole archive in this process on real engines; owners, registry and issuer of tokens are played by the test. */
export class RunningArchive {
  private readonly seqs = new Map<string, number>();
  private readonly served = new Map<string, Buffer>();
  /** Heads that the played registry keeps. */
  anchored: SignedHead[] = [];
  /** While set, the owners answer nothing. */
  ownersAway = false;

  private constructor(
    readonly corner: Corner,
    readonly app: NestFastifyApplication,
    private readonly servers: Server[],
    private readonly sign: (account: string) => Promise<string>,
    private readonly clockFile: string,
    private readonly folder: string,
  ) {}

  static async start(on: string): Promise<RunningArchive> {
    const corner = ownCorner();
    const folder = mkdtempSync(join(tmpdir(), 'archive-'));
    const clockFile = join(folder, 'clock.json');
    moveClock(clockFile, new Date(`${on}T09:00:00+08:00`));
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] });
    const issuer = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(keys));
    const playing: { archive?: RunningArchive } = {};
    const owners = createServer((request, reply) => {
      const [status, body] = playing.archive?.serve(request.url ?? '') ?? [503, ''];
      reply.writeHead(status).end(body);
    });
    for (const server of [issuer, owners]) await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const at = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      ...corner.environment('archive'),
      XUEJI_GATEWAY_URL: at(issuer),
      XUEJI_SERVICES: JSON.stringify({ registry: at(owners), transfer: at(owners) }),
      XUEJI_PART_OWNERS: 'registry,transfer',
      XUEJI_EXTRA_PACKS_DIR: join(root, 'libs/policy/test-packs'),
      XUEJI_CLOCK_MODULE: join(root, 'libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: clockFile,
      XUEJI_SWEEP_SECONDS: '1',
      XUEJI_LOG_LEVEL: process.env.XUEJI_TEST_LOG ?? 'silent',
    });
    // Read only now: the module takes its settings from the environment as it is loaded.
    const { AppModule } = await import('../src/app.module');
    const app = await assemble({ name: 'archive', module: AppModule });
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
    const running = new RunningArchive(corner, app, [issuer, owners], sign, clockFile, folder);
    playing.archive = running;
    await running.openPlaces();
    return running;
  }

  get connection(): Connection {
    return this.app.get<Connection>(getConnectionToken());
  }

  collection<T extends object = Record<string, unknown>>(name: string) {
    return this.connection.collection<T & { _id: string }>(name);
  }

  moveTo(on: string, time = '09:00'): void {
    moveClock(this.clockFile, new Date(`${on}T${time}:00+08:00`));
  }

  async call<T = Record<string, unknown>>(
    account: string | undefined,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { body, version, key }: { body?: unknown; version?: number; key?: string } = {},
  ): Promise<Answer<T>> {
    const reply = await this.app.inject({
      method,
      url: `/api/archive/v1/${path}`,
      headers: {
        ...(account && { authorization: `Bearer ${await this.sign(account)}` }),
        ...(method === 'POST' && { 'idempotency-key': key ?? randomUUID() }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
      },
      ...(body !== undefined && { payload: body as object }),
    });
    const json = /json/.test(String(reply.headers['content-type']));
    return { status: reply.statusCode, body: (json ? reply.json() : {}) as T, raw: reply.rawPayload };
  }

  /** An event, applied as the inbox would: in one transaction, in the order of its aggregate. */
  async hear<E extends EventDefinition>(
    definition: E,
    aggregateId: string,
    data: DataOf<E>,
    more: Grounds & { effectiveOn?: string; recordedAt?: Date } = {},
  ): Promise<ReceivedEvent<E>> {
    const key = `${definition.owner} ${aggregateId}`;
    const seq = (this.seqs.get(key) ?? 0) + 1;
    this.seqs.set(key, seq);
    const event: ReceivedEvent<E> = {
      id: `${aggregateId}:${seq}`,
      type: definition.type,
      source: definition.owner,
      aggregateId,
      seq,
      effectiveOn: '2026-09-01',
      recordedAt: new Date('2026-09-01T01:00:00Z'),
      ...more,
      data,
    };
    await this.apply(event);
    return event;
  }

  /** The same event again, as a redelivery past the inbox would bring it. */
  async apply(event: ReceivedEvent): Promise<void> {
    const copies = this.app.get(CopiesConsumer);
    const places = this.app.get(PlacesConsumer);
    const custody = this.app.get(CustodyConsumer);
    const posts = this.app.get(Posts);
    type Effect = (event: never, session: never) => Promise<void>;
    const effects: [EventDefinition, Effect][] = [
      [registry.officeOpened, (one, session) => places.officesOpened([one], session)],
      [registry.postHeld, (one, session) => posts.held([one], session)],
      [registry.studentEntered, (one, session) => copies.entered([one], session)],
      [registry.studentEnded, (one, session) => copies.ended(one, session)],
      [registry.studentMoved, (one, session) => copies.moved(one, session)],
      [registry.studentPlaced, (one, session) => copies.placed(one, session)],
      [registry.closingCustodyAsked, (one, session) => custody.asked(one, session)],
      [partEvents.registryPartFrozen, (one, session) => copies.registryFrozen(one, session)],
      [partEvents.transferPartFrozen, (one, session) => copies.transferFrozen(one, session)],
    ];
    const found = effects.filter(([definition]) => definition.type === event.type);
    if (found.length === 0) throw new Error(`nothing here hears ${event.type}`);
    await this.app.get(MessagingStore).transaction(async (session) => {
      for (const [, effect] of found) await effect(event as never, session as never);
    });
  }

  private async openPlaces(): Promise<void> {
    const paths = new Map<string, string>();
    for (const [id, parent, kind, line] of authorities) {
      const path = `${parent ? paths.get(parent) : '/'}${id}/`;
      paths.set(id, path);
      const office = { kind, name: id, path, ...(parent && { parent }), ...(line && { line }) };
      await this.hear(registry.officeOpened, id, office);
      await this.post(`officer-${id}`, 'officer', id, path);
      await this.post(`keeper-${id}`, 'archiveKeeper', id, path);
    }
    for (const [id, { path, parent }] of Object.entries(schools)) await this.openSchool(id, path, parent);
  }

  async openSchool(id: string, path: string, parent: string): Promise<void> {
    const stages: ('primary' | 'junior')[] = ['primary', 'junior'];
    const school = { type: 'nineYear' as const, operator: 'government' as const, stages, managedBy: parent };
    await this.hear(registry.officeOpened, id, { kind: 'school', name: `学校 ${id}`, parent, path, school });
    for (const role of ['clerk', 'deputyHead', 'archiveKeeper'] as const)
      await this.post(`${role}-${id}`, role, id, path);
  }

  async post(account: string, role: Role, office: string, path: string): Promise<void> {
    await this.hear(registry.postHeld, `post-${account}`, { account, role, office, path, from: '2014-03-01' });
  }

  /** A child of a class. @returns the student's id */
  async enter(school: School = '2152010301'): Promise<string> {
    const id = randomUUID();
    await this.hear(registry.studentEntered, id, {
      ...this.seat(school),
      stage: 'primary',
      entryYear: 2021,
      sex: '1',
      birthMonth: '2015-01',
      hasIdNumber: true,
      marks: [],
    });
    return id;
  }

  seat(school: School) {
    return { school, path: schools[school].path, class: `class-${school}` };
  }

  /** The stage of a child has ended. @returns the copy's id */
  async end(student: string, school: School = '2152010301', on = '2027-07-05'): Promise<string> {
    const event = await this.hear(
      registry.studentEnded,
      student,
      { ...this.seat(school), stage: 'primary', entryYear: 2021, ending: 'graduation', completion: 'c-1' },
      { effectiveOn: on, recordedAt: new Date(`${on}T08:00:00Z`) },
    );
    return `${student}.permanent.${event.seq}`;
  }

  /** The record has moved. @returns ids of case and copy */
  async move(
    student: string,
    on: string,
    from: School = '2152010301',
    to: School = '2152030201',
  ): Promise<{ caseId: string; copy: string }> {
    const caseId = randomUUID();
    const event = await this.hear(
      registry.studentMoved,
      student,
      { case: caseId, from: this.seat(from), to: this.seat(to) },
      { effectiveOn: on, recordedAt: new Date(`${on}T08:00:00Z`), caseId },
    );
    return { caseId, copy: `${student}.handover.${event.seq}` };
  }

  copy(id: string): Promise<Copy | null> {
    return this.connection.collection<Copy>('copies').findOne({ _id: id });
  }

  async becomes(id: string, state: Copy['state']): Promise<Copy> {
    const look = async () => {
      this.app.get(SealCopies).wake();
      const copy = await this.copy(id);
      return copy?.state === state ? copy : undefined;
    };
    const message = async () => `${id} ${state}, it is ${JSON.stringify(await this.copy(id))?.slice(0, 400)}`;
    return until(look, { within: 20_000, message });
  }

  /** The owners freeze their parts and tell it, as libs/sealing does. */
  async freeze(id: string, { registry: base, papers = [] }: Held = {}): Promise<void> {
    const copy = await this.becomes(id, 'asked');
    for (const { bytes, lost } of papers) if (!lost) this.served.set(`${id}/${sha256(bytes)}`, bytes);
    for (const owner of ['registry', 'transfer'] as const) {
      const own = papers.filter((paper) => paper.owner === owner);
      const bytes = canonicalBytes({
        format: 'xueji-part-1',
        owner,
        copy: id,
        student: copy.student,
        asOf: copy.asOf.toISOString(),
        positions: [],
        papers: own.map(({ name, bytes: paper, lost }) => ({
          name,
          digest: sha256(paper),
          ...(lost && { missing: true }),
        })),
        data: owner === 'registry' ? (base ?? { basicInfo: { name: '王㛃' }, events: [{}] }) : { cases: [] },
      });
      this.served.set(`${id}/${sha256(bytes)}`, bytes);
      const told = { copy: id, student: copy.student, digest: sha256(bytes), bytes: bytes.length, items: 1 };
      const definition: EventDefinition =
        owner === 'registry' ? partEvents.registryPartFrozen : partEvents.transferPartFrozen;
      await this.hear(definition, id, { ...told, positions: [{ id: copy.student, seq: copy.record }] });
    }
  }

  /** The producing office looks at what is missing and records its review. */
  async review(id: string): Promise<void> {
    const copy = await this.becomes(id, 'inReview');
    const body = { school: copy.school, copies: [id], missingSeen: copy.missing.map(({ item }) => item) };
    const reviewed = await this.call(`clerk-${copy.school}`, 'POST', 'copies/reviews', { body });
    if (reviewed.status !== 200) throw new Error(JSON.stringify(reviewed.body));
  }

  /** A permanent copy, from the end of the stage to the log. */
  async sealPermanent(held: Held = {}, school: School = '2152010301', on?: string): Promise<string> {
    const id = await this.end(await this.enter(school), school, on);
    await this.freeze(id, held);
    await this.review(id);
    await this.becomes(id, 'sealed');
    return id;
  }

  /** Waits until the newest head stands for every leaf. @returns its size */
  async signed(): Promise<number> {
    const look = async () => {
      this.app.get(SealCopies).wake();
      const state = await this.connection.collection<{ _id: string; size: number }>('log_state').findOne({});
      const head = await this.connection.collection<{ _id: number }>('log_heads').findOne({}, { sort: { _id: -1 } });
      return state && head?._id === state.size ? state.size : undefined;
    };
    return until(look, { within: 20_000, message: 'the head is signed' });
  }

  verify(): Promise<Verification> {
    return this.app.get(VerifyArchive).run();
  }

  /** Events that the archive has told, of one type. */
  async told<E extends EventDefinition>(
    definition: E,
  ): Promise<{ aggregateId: string; data: DataOf<E>; rules?: string[] }[]> {
    const rows = this.app.get(MessagingStore).outbox.find({ type: definition.type }).sort({ _id: 1 });
    return (await rows.toArray()) as never;
  }

  async stop(): Promise<void> {
    await this.app.close();
    for (const server of this.servers) {
      server.close();
      server.closeAllConnections();
    }
    await this.corner.drop();
    rmSync(this.folder, { recursive: true });
  }

  private serve(url: string): [status: number, body: Buffer | string] {
    if (this.ownersAway) return [503, ''];
    if (url.startsWith('/internal/heads')) return [200, JSON.stringify({ heads: this.anchored })];
    const bytes = this.served.get(decodeURIComponent(url.replace('/internal/parts/', '')));
    return bytes ? [200, bytes] : [404, ''];
  }
}

/** A small PDF, different for every text. */
export const pdf = (text: string): Buffer => Buffer.from(`%PDF-1.4\n% ${text}\n%%EOF\n`);
