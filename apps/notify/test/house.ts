import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, createConnection } from 'mongoose';
import { registryEvents, Role } from '#libs/contracts';
import { EventBusServer } from '#libs/messaging';
import { assemble } from '#libs/service-kit';
import { Corner, createClock, moveClock, ownCorner, root, until } from '#libs/testing';
import type { InboxPage } from '../src/inbox/list-inbox';
import type { DeliveryState } from '../src/mail/delivery';
import { openIssuer } from './issuer';
import { Mailbox } from './mailbox';
import { Neighbour } from './neighbour';

/** Offices of these tests: name, and who is above. */
export const offices = {
  province: '520000',
  city: '520100',
  county: '520103',
  otherCounty: '520302',
  school: '2152010301',
  otherSchool: '2152030201',
} as const;

export const pathOf = (office: string): string =>
  ({
    [offices.province]: '/520000/',
    [offices.city]: '/520000/520100/',
    [offices.county]: '/520000/520100/520103/',
    [offices.otherCounty]: '/520000/520300/520302/',
    [offices.school]: '/520000/520100/520103/2152010301/',
    [offices.otherSchool]: '/520000/520300/520302/2152030201/',
  })[office] ?? '/';

export interface Answer<T = unknown> {
  status: number;
  body: T;
}

/** What the test of a running notify holds in its hands: its neighbours, its mail server, its clock, its callers. */
export class House {
  readonly mailbox: Mailbox;
  readonly registry: Neighbour;
  readonly transfer: Neighbour;
  readonly attendance: Neighbour;
  readonly store: Connection;
  private url = '';

  private constructor(
    readonly corner: Corner,
    private readonly folder: string,
    private readonly issuer: Awaited<ReturnType<typeof openIssuer>>,
    parts: Pick<House, 'mailbox' | 'registry' | 'transfer' | 'attendance' | 'store'>,
  ) {
    Object.assign(this, parts);
  }

  static async build(): Promise<House> {
    const corner = ownCorner();
    const folder = mkdtempSync(join(tmpdir(), 'notify-'));
    const clockFile = join(folder, 'clock.json');
    const clock = createClock(clockFile);
    const now = () => clock.now();
    const [issuer, mailbox, registry, transfer, attendance, store] = await Promise.all([
      openIssuer(),
      Mailbox.open(),
      Neighbour.open(corner, 'registry', now),
      Neighbour.open(corner, 'transfer', now),
      Neighbour.open(corner, 'attendance', now),
      createConnection(corner.mongoUrl('notify')).asPromise(),
    ]);
    return new House(corner, folder, issuer, { mailbox, registry, transfer, attendance, store });
  }

  get environment(): Record<string, string> {
    return {
      ...this.corner.environment('notify'),
      XUEJI_GATEWAY_URL: this.issuer.url,
      XUEJI_SERVICES: '{}',
      XUEJI_SMTP_URL: this.mailbox.url,
      XUEJI_MAIL_FROM: 'no-reply@xueji.example',
      XUEJI_PUBLIC_URL: 'https://xueji.example',
      XUEJI_CLOCK_MODULE: join(root, 'libs/testing/src/moved-clock.ts'),
      XUEJI_CLOCK_FILE: this.clockFile,
      XUEJI_LOG_LEVEL: process.env.XUEJI_TEST_LOG ?? 'silent',
      XUEJI_SWEEP_SECONDS: '5',
    };
  }

  /** Runs the service inside this process. */
  async start(): Promise<NestFastifyApplication> {
    Object.assign(process.env, this.environment);
    // The module reads its environment when it is loaded.
    const { AppModule } = await import('../src/app.module');
    const app = await assemble({ name: 'notify', module: AppModule, hears: EventBusServer });
    await app.init();
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.speakTo(await app.getUrl());
    return app;
  }

  speakTo(url: string): void {
    this.url = url;
  }

  /** Business time as it stands in Shanghai, e.g. `2026-09-29T09:00`. */
  moveTo(time: string): void {
    moveClock(this.clockFile, new Date(`${time}:00+08:00`));
  }

  async appoint(post: string, account: string, role: Role, office: string): Promise<void> {
    const data = { account, role, office, path: pathOf(office), from: '2026-01-01' };
    await this.registry.say(registryEvents.postHeld, post, data);
  }

  async call<T>(account: string, method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const reply = await fetch(`${this.url}/api/notify/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.issuer.tokenOf(account)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: (text ? JSON.parse(text) : undefined) as T };
  }

  async inbox(account: string, query = ''): Promise<InboxPage> {
    const { status, body } = await this.call<InboxPage>(account, 'GET', `/inbox${query}`);
    if (status !== 200) throw new Error(`inbox of ${account}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Waits until the inbox is as the condition says. */
  async inboxWhen(account: string, what: string, condition: (page: InboxPage) => unknown): Promise<InboxPage> {
    let last: InboxPage | undefined;
    const look = async (): Promise<InboxPage | undefined> => {
      last = await this.inbox(account);
      return condition(last) ? last : undefined;
    };
    return until(look, {
      within: 20_000,
      message: () => `inbox of ${account}: ${what}; there is ${JSON.stringify(last)}`,
    });
  }

  async deliveries(): Promise<Record<DeliveryState, number>> {
    const { body } = await this.call<{ counts: Record<DeliveryState, number> }>('operator-1', 'GET', '/deliveries');
    return body.counts;
  }

  async deliveriesWhen(what: string, condition: (counts: Record<DeliveryState, number>) => unknown): Promise<void> {
    let last: unknown;
    await until(async () => condition((last = await this.deliveries()) as Record<DeliveryState, number>), {
      within: 20_000,
      message: () => `deliveries: ${what}; there are ${JSON.stringify(last)}`,
    });
  }

  async close(): Promise<void> {
    await Promise.all([
      this.registry.close(),
      this.transfer.close(),
      this.attendance.close(),
      this.issuer.close(),
      this.mailbox.close(),
    ]);
    await this.store.close();
    await this.corner.drop();
    rmSync(this.folder, { recursive: true });
  }

  private get clockFile(): string {
    return join(this.folder, 'clock.json');
  }
}
