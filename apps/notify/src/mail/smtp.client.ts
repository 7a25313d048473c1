import { Injectable, OnModuleDestroy } from '@nestjs/common';
import { createTransport, Transporter } from 'nodemailer';
import { NotifySettings } from '../notify.settings';
import type { Mail } from './write-mail';

/** Connections kept to the server, and mails sent side by side. */
export const lanes = 3;

/** Together below the length of a lease, so that no mail is on the wire when another sender may take it over. */
const limits = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };

@Injectable()
export class Smtp implements OnModuleDestroy {
  private readonly transport: Transporter;

  constructor(private readonly settings: NotifySettings) {
    const { searchParams, ...url } = parts(settings.smtpUrl);
    this.transport = createTransport({
      ...url,
      ...searchParams,
      ...limits,
      pool: true,
      maxConnections: lanes,
      maxMessages: 100,
      disableFileAccess: true,
      disableUrlAccess: true,
    } as Parameters<typeof createTransport>[0]);
  }

  /** Resolves when the server has taken the mail. @throws what nodemailer throws, see `verdictOf` */
  async send(to: string, { messageId, subject, text }: Mail): Promise<void> {
    await this.transport.sendMail({
      from: { name: '学籍 Xueji', address: this.settings.mailFrom },
      to: { name: '', address: to },
      messageId,
      subject,
      text,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  }

  onModuleDestroy(): void {
    this.transport.close();
  }
}

/** `requireTLS=true` and the like may stand in the query. */
const parts = (address: string) => {
  const url = new URL(address);
  const flags = [...url.searchParams].map(([name, value]) => [
    name,
    value === 'true' ? true : value === 'false' ? false : value,
  ]);
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    ...(url.username && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    searchParams: Object.fromEntries(flags) as Record<string, unknown>,
  };
};
