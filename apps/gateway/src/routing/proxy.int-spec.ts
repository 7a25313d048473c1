import multipart from '@fastify/multipart';
import fastify, { FastifyInstance } from 'fastify';
import { createHash, randomBytes } from 'node:crypto';
import { createServer, IncomingMessage, request as rawRequest, RequestListener, Server } from 'node:http';
import { AddressInfo, createServer as createTcpServer, Server as TcpServer } from 'node:net';
import { isDevious, proxyTo } from './proxy';
import { strictHeaders } from './strict-headers';

const megabyte = 1_048_576;
const closing: (() => Promise<unknown>)[] = [];
const listening = async (server: Server | TcpServer): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const service = (answer: RequestListener): Promise<string> => listening(createServer(answer));

/** The gateway's HTTP side as it stands in front of services, parsers of its own included. */
const gateway = async (services: Record<string, string>, hopTimeout = 5_000): Promise<string> => {
  const app: FastifyInstance = fastify({ bodyLimit: 16_384, forceCloseConnections: true });
  await app.register(multipart);
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_, body, done) =>
    done(null, body),
  );
  strictHeaders(app);
  await proxyTo(app, { services, hopTimeout });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  closing.unshift(() => app.close());
  return url;
};

const bytesOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
};
const echo: RequestListener = (request, reply) =>
  void bytesOf(request).then((body) => {
    const seen = { method: request.method, url: request.url, headers: request.headers };
    const digest = createHash('sha256').update(body).digest('hex');
    reply
      .writeHead(207, { 'content-type': 'application/json', etag: '"7"', server: 'Banner/1', 'x-powered-by': 'banner' })
      .end(JSON.stringify({ ...seen, size: body.length, digest }));
  });
interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  size: number;
  digest: string;
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('a request through the gateway', () => {
  it('arrives as it was sent, with the id of the request and where it came from', async () => {
    const url = await gateway({ registry: await service(echo) });
    const reply = await fetch(
      `${url}/api/registry/v1/students?school=2152000001&name=${encodeURIComponent('阿·依?&')}`,
      {
        method: 'PATCH',
        body: JSON.stringify({ note: '转学' }),
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer abc',
          'idempotency-key': 'k1',
          'if-match': '"6"',
          cookie: 'xueji-operator=secret',
          'x-forwarded-for': '8.8.8.8',
          'x-request-id': 'mine',
        },
      },
    );
    expect(reply.status).toBe(207);
    expect(reply.headers.get('etag')).toBe('"7"');
    const seen = (await reply.json()) as Echo;
    expect(seen.method).toBe('PATCH');
    expect(seen.url).toBe(`/api/registry/v1/students?school=2152000001&name=${encodeURIComponent('阿·依?&')}`);
    expect(seen.headers).toMatchObject({
      authorization: 'Bearer abc',
      'idempotency-key': 'k1',
      'if-match': '"6"',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-request-id': reply.headers.get('x-request-id'),
    });
    expect(seen.headers['x-request-id']).not.toBe('mine');
    expect(seen.headers.cookie).toBeUndefined();
  });

  it('carries an upload of 20 MB and an answer of 20 MB unharmed, far above its own limit for bodies', async () => {
    const file = randomBytes(20 * megabyte);
    const url = await gateway({
      registry: await service((request, reply) => void bytesOf(request).then((body) => reply.end(body))),
    });
    const form = new FormData();
    form.set('file', new Blob([file]), '学生.xlsx');
    const reply = await fetch(`${url}/api/registry/v1/collections`, { method: 'POST', body: form });
    const back = Buffer.from(await reply.arrayBuffer());
    expect(back.length).toBeGreaterThan(file.length);
    expect(back.includes(file)).toBe(true);
    expect(back.toString('utf8', 0, 400)).toContain('学生.xlsx');
  });

  it('does not gather an upload: the service reads the first part before the caller has sent the last', async () => {
    let heard: () => void;
    const first = new Promise<void>((resolve) => (heard = resolve));
    const upstream = await service((request, reply) => {
      request.once('data', () => heard());
      void bytesOf(request).then((body) => reply.end(String(body.length)));
    });
    const url = new URL(await gateway({ registry: upstream }));
    const upload = rawRequest({ host: url.hostname, port: url.port, method: 'POST', path: '/api/registry/v1/files' });
    const answer = new Promise<string>((resolve, reject) => {
      upload.on('error', reject).on('response', (reply) => void bytesOf(reply).then((body) => resolve(`${body}`)));
    });
    upload.write(Buffer.alloc(megabyte));
    await first;
    upload.end(Buffer.alloc(megabyte));
    expect(await answer).toBe(String(2 * megabyte));
  });

  it('is not stopped by a wish that the hop has answered already (Expect: 100-continue)', async () => {
    const url = new URL(await gateway({ registry: await service(echo) }));
    const options = { host: url.hostname, port: url.port, method: 'POST', path: '/api/registry/v1/x' };
    const body = await new Promise<string>((resolve, reject) => {
      const upload = rawRequest({ ...options, headers: { expect: '100-continue', 'content-length': 4 } });
      upload.on('continue', () => upload.end('data'));
      upload.on('error', reject).on('response', (reply) => void bytesOf(reply).then((bytes) => resolve(`${bytes}`)));
      upload.flushHeaders();
    });
    expect((JSON.parse(body) as Echo).size).toBe(4);
  });

  it('gets strict headers, no banner and no word about other origins', async () => {
    const url = await gateway({ registry: await service(echo) });
    const { headers } = await fetch(`${url}/api/registry/v1/x`, { headers: { origin: 'https://elsewhere.example' } });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    for (const name of ['server', 'x-powered-by', 'access-control-allow-origin']) expect(headers.get(name)).toBeNull();
    const preflight = await fetch(`${url}/api/registry/v1/x`, { method: 'OPTIONS' });
    expect(preflight.status).toBe(404);
  });

  it('never reaches a path that is not the service’s own, however it is written', async () => {
    const asked: string[] = [];
    const upstream = await service((request, reply) => {
      asked.push(request.url ?? '');
      reply.end();
    });
    const url = new URL(await gateway({ registry: upstream }));
    const raw = (path: string) =>
      new Promise<number>((resolve, reject) =>
        rawRequest({ host: url.hostname, port: url.port, path }, (reply) => {
          reply.resume();
          resolve(reply.statusCode ?? 0);
        })
          .on('error', reject)
          .end(),
      );
    for (const path of [
      '/api/registry/../../internal/journal/shards/0',
      '/api/registry/%2e%2e/%2E%2E/internal/journal/shards/0',
      '/api/registry/..%2finternal',
      '/api/registry/..\\internal',
      '/api/registry//internal',
      '/internal/journal/shards/0',
      '/health/ready',
      '/api/unknown/v1/x',
      '/api/registryx/v1/x',
    ])
      expect([path, await raw(path)]).toEqual([path, 404]);
    expect(asked).toEqual([]);
    expect(await raw('/api/registry/v1/files/a.b..c')).toBe(200);
    expect(asked).toEqual(['/api/registry/v1/files/a.b..c']);
  });
});

describe('a service that does not answer', () => {
  const problem = async (reply: Response) => {
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    const body = (await reply.json()) as { type: string; instance: string; title: string; en: { title: string } };
    expect(body.instance).toBe(reply.headers.get('x-request-id'));
    expect(body.title).toMatch(/[\u4e00-\u9fff]/);
    return {
      status: reply.status,
      type: body.type.replace('urn:xueji:problem:', ''),
      after: reply.headers.get('retry-after'),
    };
  };

  it('is away: 502, nothing happened, try again', async () => {
    const server = createServer();
    const upstream = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    closing.pop();
    const url = await gateway({ transfer: upstream });
    const reply = await fetch(`${url}/api/transfer/v1/cases`, { method: 'POST', body: '{}' });
    expect(await problem(reply)).toEqual({ status: 502, type: 'service-away', after: '2' });
  });

  it('is slow: 504, and the request may have taken effect', async () => {
    const url = await gateway({ transfer: await service(() => undefined) }, 300);
    const reply = await fetch(`${url}/api/transfer/v1/cases`, { method: 'POST', body: '{}' });
    expect(await problem(reply)).toEqual({ status: 504, type: 'service-slow', after: '5' });
  });

  it('breaks off: a change is left to the caller, a read is asked again once', async () => {
    let asked = 0;
    const upstream = await listening(
      createTcpServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          asked++;
          socket.destroy();
        });
      }),
    );
    const url = await gateway({ transfer: upstream });
    const change = await fetch(`${url}/api/transfer/v1/cases`, { method: 'POST', body: '{}' });
    expect(await problem(change)).toEqual({ status: 502, type: 'service-broke-off', after: '2' });
    expect(asked).toBe(1);
    const read = await fetch(`${url}/api/transfer/v1/cases`);
    expect(await problem(read)).toEqual({ status: 502, type: 'service-broke-off', after: '2' });
    expect(asked).toBe(3);
  });

  it('says itself that it is not ready: that answer is passed on at once', async () => {
    let asked = 0;
    const url = await gateway({
      transfer: await service((_, reply) => {
        asked++;
        reply.writeHead(503, { 'retry-after': '30' }).end('{}');
      }),
    });
    const reply = await fetch(`${url}/api/transfer/v1/cases`);
    expect([reply.status, reply.headers.get('retry-after'), asked]).toEqual([503, '30', 1]);
  });
});

describe('a devious path', () => {
  it.each(['/api/a/..', '/api/a/./b', '/api//b', '/api/a%2Fb', '/api/a%5cb', '/api/a\\b', '/api/%2e%2e/b'])(
    'is %s',
    (path) => expect(isDevious(path)).toBe(true),
  );
  it.each(['/api/a/b.c', '/api/a/..b', '/api/a/b..', '/api/a/%E5%AD%A6'])('is not %s', (path) =>
    expect(isDevious(path)).toBe(false),
  );
});
