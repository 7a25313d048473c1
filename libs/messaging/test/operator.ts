import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { Connection } from 'mongoose';

/** An issuer of tokens and one operator, whom the service under test knows by a post in its own store. */
export class TestOperator {
  private constructor(
    private readonly server: Server,
    readonly token: string,
  ) {}

  static async start(): Promise<TestOperator> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const key = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' };
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
      .setIssuer('xueji')
      .setAudience('xueji')
      .setSubject('test-operator')
      .setExpirationTime('1h')
      .sign(privateKey);
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: [key] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TestOperator(server, token);
  }

  /** Where a service finds the key set (`XUEJI_GATEWAY_URL`). */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async appointIn(connection: Connection): Promise<void> {
    const post = { account: 'test-operator', role: 'operator', office: '520000', path: '/520000/', from: '2000-01-01' };
    await connection
      .collection<{ _id: string }>('posts')
      .replaceOne({ _id: 'test-post' }, { ...post, version: 1 }, { upsert: true });
  }

  async call<T>(method: 'GET' | 'POST', url: string): Promise<T> {
    const response = await fetch(url, { method, headers: { authorization: `Bearer ${this.token}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}
