import { BeforeApplicationShutdown, Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { setTimeout as pause } from 'node:timers/promises';
import { ClientSession, Connection } from 'mongoose';
import { Logger } from 'pino';
import { Posts } from '#libs/access';
import { Deadlines, FiredDeadline, OnDeadline } from '#libs/deadlines';
import { durably } from '#libs/messaging';
import { Clock, LOG } from '#libs/service-kit';
import { Contacts } from '../contacts/contacts.repository';
import { NotifySettings } from '../notify.settings';
import { type Kind, rolesOf } from '../inbox/item';
import { Offices } from '../places/offices.repository';
import { allowedTries, nextTryAfter, verdictOf } from './delivery';
import { Deliveries, Leased } from './deliveries.repository';
import { deadlineOf, deliverKind } from './post-mail';
import { lanes, Smtp } from './smtp.client';
import { writeMail } from './write-mail';

/** Looked this often for what nobody woke us for: deliveries of an instance that has died. Milliseconds. */
const lookEvery = 5_000;
/** Longest wait for a mail on the wire when the service ends. Milliseconds. */
const farewell = 5_000;

/**
 * Sends what is due, each delivery by one instance at a time. What the server accepted is written down at once and never
 * sent again; only a process that dies between the server's answer and that note leaves a mail that is sent a second
 * time, under the same Message-ID.
 */
@Injectable()
export class SendMail implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private closing = false;
  private running: Promise<void>[] = [];
  private readonly sleepers = new Set<() => void>();

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly deliveries: Deliveries,
    private readonly deadlines: Deadlines,
    private readonly posts: Posts,
    private readonly contacts: Contacts,
    private readonly offices: Offices,
    private readonly smtp: Smtp,
    private readonly settings: NotifySettings,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** The next try has come. The mail itself goes out after the commit: a transaction may run twice, a mail may not. */
  @OnDeadline(deliverKind)
  async comeDue({ subject }: FiredDeadline, session: ClientSession): Promise<void> {
    await this.deliveries.makeDue(session, subject);
    session.once('ended', () => this.wake());
  }

  onApplicationBootstrap(): void {
    this.running = Array.from({ length: lanes }, () => this.keepSending());
  }

  /** Mails on the wire are finished; one that the server keeps open is left to its lease, and another sender takes it. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    this.wake();
    await Promise.race([Promise.all(this.running), pause(farewell, undefined, { ref: false })]);
  }

  private wake(): void {
    for (const sleeper of this.sleepers) sleeper();
  }

  private async keepSending(): Promise<void> {
    while (!this.closing) {
      try {
        const delivery = await this.deliveries.take();
        if (delivery) await this.attempt(delivery);
        else await this.sleep();
      } catch (fault) {
        this.log.warn({ err: fault }, 'mail waits: the store is away');
        await this.sleep();
      }
    }
  }

  private async sleep(): Promise<void> {
    await new Promise<void>((resolve) => {
      const wakeUp = () => {
        clearTimeout(timer);
        this.sleepers.delete(wakeUp);
        resolve();
      };
      const timer = setTimeout(wakeUp, lookEvery);
      this.sleepers.add(wakeUp);
      if (this.closing) wakeUp();
    });
  }

  private async attempt(delivery: Leased): Promise<void> {
    // One that took its sender down each time must not do so for ever.
    if (delivery.tries > allowedTries) return this.settle(delivery, 'givenUp', delivery.reason ?? 'tries used up');
    const recipients = await this.recipientsOf(delivery.office, delivery.content.kind);
    if (recipients.length === 0) return this.settle(delivery, delivery.accepted.length ? 'sent' : 'noAddress');
    const nameOf = await this.offices.names([delivery.office, ...officesIn(delivery)]);
    const { mailFrom: from, publicUrl } = this.settings;
    const done = new Set([...delivery.accepted, ...delivery.refused]);
    let refusal = delivery.refused.length ? (delivery.reason ?? 'refused') : undefined;
    let failure: string | undefined;
    for (const { account, email } of recipients) {
      if (done.has(account)) continue;
      const leave = await this.deliveries.hold(delivery);
      if (leave === 'lost') return;
      if (leave === 'unwanted') return this.settle(delivery, 'withdrawn');
      try {
        await this.smtp.send(email, writeMail(delivery, { account, nameOf, from, publicUrl }));
        await this.deliveries.note(delivery, 'accepted', account);
      } catch (fault) {
        const { permanent, reason } = verdictOf(fault);
        if (permanent) await this.deliveries.note(delivery, 'refused', account);
        if (permanent) refusal = reason;
        else failure = reason;
      }
    }
    if (failure !== undefined) return this.tryAgain(delivery, failure);
    return refusal === undefined ? this.settle(delivery, 'sent') : this.settle(delivery, 'givenUp', refusal);
  }

  /** Whoever holds the office's posts now, not when the mail was written, and has left an address. */
  private async recipientsOf(office: string, kind: Kind): Promise<{ account: string; email: string }[]> {
    const today = this.clock.today();
    const held = await Promise.all(rolesOf(kind).map((role) => this.posts.at(office, role, today)));
    return this.contacts.emailsOf([...new Set(held.flat().map(({ account }) => account))]);
  }

  private async tryAgain(delivery: Leased, reason: string): Promise<void> {
    const nextTryAt = nextTryAfter(delivery.tries, this.clock.now());
    if (!nextTryAt) return this.settle(delivery, 'givenUp', reason);
    const leave = await this.deliveries.hold(delivery);
    if (leave === 'unwanted') return this.settle(delivery, 'withdrawn');
    await this.connection.transaction(async (session) => {
      if (await this.deliveries.settle(session, delivery, { state: 'failed', reason, nextTryAt }))
        await this.deadlines.arm(session, deadlineOf({ _id: delivery._id, nextTryAt }));
    }, durably);
    this.log.info({ delivery: delivery._id, tries: delivery.tries, reason }, 'mail is tried again');
  }

  private async settle(delivery: Leased, state: 'sent' | 'givenUp' | 'withdrawn' | 'noAddress', reason?: string) {
    await this.connection.transaction(
      async (session) => void (await this.deliveries.settle(session, delivery, { state, reason })),
      durably,
    );
    if (state === 'givenUp') this.log.warn({ delivery: delivery._id, reason }, 'mail is given up');
  }
}

const officesIn = ({ content }: Leased): string[] =>
  Object.values(content).filter((value): value is string => typeof value === 'string' && /^\d{6}(\d{4})?$/.test(value));
