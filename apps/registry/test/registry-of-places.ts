import { Global, Module } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { Connection } from 'mongoose';
import { AccessModule, Actor, Post, Posts } from '#libs/access';
import { AuditModule } from '#libs/audit';
import type { Role } from '#libs/contracts';
import { MessagingStore, Once, Outbox } from '#libs/messaging';
import { Clock, inputValidation, ServiceModule } from '#libs/service-kit';
import { ownCorner } from '#libs/testing';
import { RegistrySettingsModule } from '../src/registry-settings.module';
import { PoliciesModule } from '../src/policies';
import { PlacesModule } from '../src/places/places.module';

// Engines are shared: what takes a second alone may take many when everybody works.
jest.setTimeout(60_000);

/** The journal and the commands without a relay: what is written is read in the store. */
@Global()
@Module({
  providers: [
    {
      provide: MessagingStore,
      useFactory: (connection: Connection) => new MessagingStore(connection).prepare(),
      inject: [getConnectionToken()],
    },
    {
      provide: Outbox,
      useFactory: (store: MessagingStore) => new Outbox(store, { owner: 'registry', consumes: [] }),
      inject: [MessagingStore],
    },
    Once,
  ],
  exports: [MessagingStore, Outbox, Once],
})
class Journal {}

class SetClock extends Clock {
  constructor(private instant: Date) {
    super();
  }

  now(): Date {
    return this.instant;
  }

  onMove(): void {}

  set(day: string): void {
    this.instant = new Date(`${day}T09:00:00+08:00`);
  }
}

/** Places and policies over HTTP, on a database of their own, with a key set that the test signs tokens for. */
export const startPlaces = async (environment: Record<string, string> = {}) => {
  const corner = ownCorner();
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] });
  const issuer = createServer((_, response) => response.setHeader('Content-Type', 'application/json').end(keys));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, corner.environment('registry'), environment, {
    XUEJI_NATIONAL_URL: 'http://127.0.0.1:1',
    XUEJI_GATEWAY_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`,
    XUEJI_LOG_LEVEL: 'error',
  });
  const clock = new SetClock(new Date('2026-09-10T09:00:00+08:00'));
  const testing = await Test.createTestingModule({
    imports: [
      ServiceModule.forRoot('registry'),
      AccessModule.forRoot({ copy: false }),
      AuditModule,
      Journal,
      RegistrySettingsModule,
      PlacesModule,
      PoliciesModule,
    ],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  app.useGlobalPipes(inputValidation());
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const connection = app.get<Connection>(getConnectionToken());
  const posts = app.get(Posts);

  const tokenOf = (account: string): Promise<string> =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
      .setIssuer('xueji')
      .setAudience('xueji')
      .setSubject(account)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);

  return {
    app,
    connection,
    clock,
    /** An actor with one post, written to the store so that HTTP finds it too. */
    async actor(role: Role, path: string, account = `${role}-${randomUUID()}`): Promise<Actor> {
      const office = path.split('/').filter(Boolean).pop() ?? '/';
      const post: Post = { _id: randomUUID(), account, role, office, path, from: '2014-03-01', version: 1 };
      await posts.collection.insertOne(post);
      return new Actor(account, [post]);
    },
    async http(
      account: string,
      method: 'GET' | 'POST',
      path: string,
      body?: object,
      headers: Record<string, string> = {},
    ) {
      const response = await app.inject({
        method,
        url: `/api/registry/v1${path}`,
        headers: {
          authorization: `Bearer ${await tokenOf(account)}`,
          ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
          ...headers,
        },
        ...(body && { payload: body }),
      });
      return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
    },
    collection: (name: string) => connection.collection<{ _id: string }>(name),
    async stop(): Promise<void> {
      await app.close();
      issuer.closeAllConnections();
      await new Promise((resolve) => issuer.close(resolve));
      await corner.drop();
    },
  };
};

export type Places = Awaited<ReturnType<typeof startPlaces>>;
