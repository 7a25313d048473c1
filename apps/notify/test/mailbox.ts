import { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  to: string;
  messageId: string;
  /** Headers and body as a reader would show them. */
  text: string;
}

/** How a server answers a recipient: it takes the mail, or says a code, or keeps the line open and says nothing. */
export type Answer = 'take' | 'silence' | number;

/** A real SMTP server whose answers a test decides, by recipient. */
export class Mailbox {
  readonly mails: ReceivedMail[] = [];
  /** Recipients in the order in which they were asked for. */
  readonly asked: string[] = [];
  answerTo: (recipient: string) => Answer = () => 'take';
  /** Called when a mail has been taken, before the sender is told; the sender waits for it. */
  onTaken: (mail: ReceivedMail) => Promise<void> | void = () => undefined;

  private constructor(
    private readonly server: SMTPServer,
    readonly url: string,
  ) {}

  static async open(): Promise<Mailbox> {
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo: (address, _session, done) => own.rcptTo(address.address, done),
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on(
          'end',
          () => void own.take(session.envelope.rcptTo[0].address, Buffer.concat(parts)).then(() => done(), done),
        );
      },
    });
    server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const own: Mailbox = new Mailbox(server, `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`);
    return own;
  }

  to(recipient: string): ReceivedMail[] {
    return this.mails.filter(({ to }) => to === recipient);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  private rcptTo(recipient: string, done: (fault?: Error | null) => void): void {
    this.asked.push(recipient);
    const answer = this.answerTo(recipient);
    if (answer === 'silence') return;
    done(answer === 'take' ? null : Object.assign(new Error('not today'), { responseCode: answer }));
  }

  private async take(to: string, raw: Buffer): Promise<void> {
    const mail = { to, ...read(raw.toString('utf8')) };
    this.mails.push(mail);
    await this.onTaken(mail);
  }
}

const read = (raw: string): Omit<ReceivedMail, 'to'> => {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .replaceAll(/\?= =\?/g, '?==?')
    .replaceAll(/=\?utf-8\?b\?([^?]*)\?=/gi, (_, text: string) => Buffer.from(text, 'base64').toString('utf8'))
    .replaceAll(/=\?utf-8\?q\?([^?]*)\?=/gi, (_, text: string) => quoted(text.replaceAll('_', ' ')));
  const body = raw.slice(end + 4);
  const encoding = /^content-transfer-encoding: *(\S+)/im.exec(head)?.[1].toLowerCase();
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString('utf8')
      : encoding === 'quoted-printable'
        ? quoted(body)
        : body;
  return { messageId: /^message-id: *(\S+)/im.exec(head)?.[1] ?? '', text: `${head}\n\n${text}` };
};

const quoted = (text: string): string =>
  Buffer.from(
    text
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
