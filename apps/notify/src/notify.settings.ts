/** What only this service is told by its environment, checked once at start. */
export class NotifySettings {
  constructor(
    /** `smtp://user:password@host:port` or `smtps://…`; options of the transport may stand in its query. */
    readonly smtpUrl: string,
    /** Address that mail comes from. */
    readonly mailFrom: string,
    /** Address at which people open the system; links in mail begin with it. */
    readonly publicUrl: string,
  ) {}

  /** @throws Error naming every variable that is missing or malformed; an address with a password is not repeated. */
  static fromEnvironment(env: NodeJS.ProcessEnv = process.env): NotifySettings {
    const wrong: string[] = [];
    const smtpUrl = env.XUEJI_SMTP_URL ?? '';
    if (!URL.canParse(smtpUrl) || !/^smtps?:$/.test(new URL(smtpUrl).protocol))
      wrong.push('XUEJI_SMTP_URL is no smtp:// or smtps:// address');
    const mailFrom = env.XUEJI_MAIL_FROM ?? '';
    if (!/^[^\s@<>",;:]+@[^\s@<>",;:]+$/.test(mailFrom)) wrong.push('XUEJI_MAIL_FROM is no e-mail address');
    const publicUrl = env.XUEJI_PUBLIC_URL ?? env.XUEJI_GATEWAY_URL ?? '';
    if (!URL.canParse(publicUrl)) wrong.push('XUEJI_PUBLIC_URL is no address');
    if (wrong.length) throw new Error(wrong.join('; '));
    return new NotifySettings(smtpUrl, mailFrom, publicUrl.replace(/\/+$/, ''));
  }
}
