import { DiscoveryService, MetadataScanner } from '@nestjs/core';
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
import { DataOf, EventDefinition, Grounds, ReceivedEvent, registryEvents as registry, Role } from '#libs/contracts';
import { EventBusServer, MessagingStore } from '#libs/messaging';
import { assemble, type ServiceShape } from '#libs/service-kit';
import { Corner, ownCorner } from './engines';
import { moveClock } from './moved-clock';
import { root } from './places';

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Record<string, unknown>;
  body: T;
}

export interface Sent {
  body?: unknown;
  version?: number;
  key?: string;
  headers?: Record<string, string>;
}

export interface InProcess {
  /** Business date at the start. */
  on: string;
  /** Whether events come through Kafka; else the test hands them over by `hear`. */
  hears?: boolean;
  environment?: Record<string, string>;
}

type Effect = (events: unknown, session: unknown) => Promise<void> | void;

/**
 * A whole service in the test's own process on real engines, in a corner of its own; the issuer of tokens is played by the
 * test, and so are the services whose events it hears.
 */
export class ServiceInProcess {
  private readonly seqs = new Map<string, number>();
  private readonly effects: Map<string, { run: Effect; many: boolean }[]>;

  private constructor(
    readonly name: string,
    readonly corner: Corner,
    readonly app: NestFastifyApplication,
    private readonly issuer: Server,
    private readonly sign: (account: string) => Promise<string>,
    private readonly clockFile: string,
    private readonly folder: string,
  ) {
    this.effects = effectsOf(app);
  }

  /** @param load imports the service's module; only after the environment stands, for it is read as the module is loaded */
  static async start(
    name: string,
    load: () => Promise<Omit<ServiceShape, 'name' | 'hears'>>,
    { on, hears = false, environment = {} }: InProcess,
  ): Promise<ServiceInProcess> {
    const corner = ownCorner();
    const folder = mkdtempSync(join(tmpdir(), `${name}-`));
    const clockFile = join(folder, 'clock.json');
    moveClock(clockFile, new Date(`${on}T09:00:00+08:00`));
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] });
    const issuer = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(keys));
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      ...corner.environment(name),
      XUEJI_GATEWAY_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`,
      XUEJI_CLOCK_MODULE: join(root, 'libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: clockFile,
      XUEJI_SWEEP_SECONDS: '1',
      XUEJI_LOG_LEVEL: process.env.XUEJI_TEST_LOG ?? 'silent',
      ...environment,
    });
    const app = await assemble({ name, ...(await load()), ...(hears && { hears: EventBusServer }) });
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
    return new ServiceInProcess(name, corner, app, issuer, sign, clockFile, folder);
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
      url: `/api/${this.name}/v1/${path}`,
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

  /** An event as another service would tell it, with the next sequence of its aggregate. */
  told<E extends EventDefinition>(
    definition: E,
    aggregateId: string,
    data: DataOf<E>,
    {
      effectiveOn = '2026-09-01',
      recordedAt,
      ...grounds
    }: Grounds & { effectiveOn?: string; recordedAt?: string } = {},
  ): ReceivedEvent<E> {
    const seq = (this.seqs.get(aggregateId) ?? 0) + 1;
    this.seqs.set(aggregateId, seq);
    return {
      id: `${aggregateId}:${seq}`,
      type: definition.type,
      source: definition.owner,
      aggregateId,
      seq,
      effectiveOn,
      recordedAt: new Date(`${recordedAt ?? effectiveOn}T09:00:00+08:00`),
      ...grounds,
      data,
    };
  }

  /** An event applied as the inbox would: in one transaction, in the order of its aggregate. */
  async hear<E extends EventDefinition>(
    definition: E,
    aggregateId: string,
    data: DataOf<E>,
    more: Grounds & { effectiveOn?: string; recordedAt?: string } = {},
  ): Promise<void> {
    await this.apply([this.told(definition, aggregateId, data, more)]);
  }

  /** Events of one type in a row; also again, as a redelivery past the inbox would bring them. */
  async apply(events: readonly ReceivedEvent[]): Promise<void> {
    const effects = this.effects.get(events[0].type);
    if (!effects) throw new Error(`nothing here hears ${events[0].type}`);
    await this.app.get(MessagingStore).transaction(async (session) => {
      for (const { run, many } of effects) {
        if (many) await run(events, session);
        else for (const event of events) await run(event, session);
      }
    });
  }

  /** Gives an account a post at an office of this path. */
  async post(account: string, role: Role, path: string): Promise<void> {
    const office = path.split('/').at(-2) ?? '/';
    await this.hear(registry.postHeld, `post-${account}`, { account, role, office, path, from: '2014-03-01' });
  }

  async stop(): Promise<void> {
    await this.app.close();
    this.issuer.close();
    await this.corner.drop();
    rmSync(this.folder, { recursive: true });
  }
}

/** What the service does at each type of event, found where its consumers say so. */
const effectsOf = (app: NestFastifyApplication): Map<string, { run: Effect; many: boolean }[]> => {
  const found = new Map<string, { run: Effect; many: boolean }[]>();
  const scanner = new MetadataScanner();
  for (const { instance } of app.get(DiscoveryService, { strict: false }).getControllers()) {
    if (!instance) continue;
    const target = instance as Record<string, Effect>;
    for (const name of scanner.getAllMethodNames(Object.getPrototypeOf(target) as object)) {
      const [type] = (Reflect.getMetadata('microservices:pattern', target[name]) as string[] | undefined) ?? [];
      if (type === undefined) continue;
      const extras = Reflect.getMetadata('microservices:pattern_extras', target[name]) as { many?: boolean };
      const effect = { run: target[name].bind(target), many: extras?.many === true };
      found.set(type, [...(found.get(type) ?? []), effect]);
    }
  }
  return found;
};
