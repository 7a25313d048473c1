import { SMTPServer } from 'smtp-server';

export interface Letter {
  to: string[];
  text: string;
}

/** A real SMTP server that takes every letter and shows them. */
export class Postman {
  readonly letters: Letter[] = [];

  private constructor(private readonly server: SMTPServer) {}

  static async start(port: number): Promise<Postman> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          postman.letters.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            text: Buffer.concat(parts).toString('utf8'),
          });
          done();
        });
      },
    });
    const postman = new Postman(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve());
    });
    return postman;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
