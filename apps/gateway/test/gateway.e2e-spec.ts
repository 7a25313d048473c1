import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { createConnection, Connection } from 'mongoose';
import { registryEvents, Role } from '#libs/contracts';
import { MessagingStore, Outbox, Relay } from '#libs/messaging';
import { Settings } from '#libs/service-kit';
import { freePort, OwnProcess, ownCorner, root, until } from '#libs/testing';

jest.setTimeout(120_000);

const corner = ownCorner();
const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
const accountsFile = join(folder, 'accounts.json');
const running: OwnProcess[] = [];
let secrets: Record<string, string>;
let gateway: OwnProcess;
let notify: OwnProcess;
let registry: { connection: Connection; relay: Relay; appoint(account: string, role: Role): Promise<void> };
let smtp: Server;

/** The registry as far as others hear it: posts, over the broker. */
const openRegistry = async (): Promise<typeof registry> => {
  const connection = await createConnection(corner.mongoUrl('registry')).asPromise();
  const store = await new MessagingStore(connection).prepare();
  const options = { owner: 'registry' as const, consumes: [] };
  const environment = { ...corner.environment('registry'), XUEJI_GATEWAY_URL: 'http://127.0.0.1:9' };
  const relay = new Relay(store, options, Settings.fromEnvironment('registry', environment), pino({ level: 'silent' }));
  relay.onApplicationBootstrap();
  const outbox = new Outbox(store, options);
  return {
    connection,
    relay,
    appoint: (account, role) =>
      store.transaction((session) =>
        outbox.add(session, [
          {
            definition: registryEvents.postHeld,
            aggregateId: `post-${account}`,
            seq: 1,
            effectiveOn: '2026-01-01',
            recordedAt: new Date(),
            data: { account, role, office: '520103', path: '/520000/520100/520103/', from: '2026-01-01' },
          },
        ]),
      ),
  };
};

beforeAll(async () => {
  const made = execFileSync(
    'node',
    [join(root, 'scripts/accounts.mjs'), accountsFile, 'officer-1', 'operator-1', 'guest'],
    {
      encoding: 'utf8',
    },
  );
  secrets = Object.fromEntries(
    made
      .trim()
      .split('\n')
      .map((line) => line.split('\t')),
  ) as Record<string, string>;
  smtp = createServer().listen(0, '127.0.0.1');
  registry = await openRegistry();
  const [gatewayPort, notifyPort] = [await freePort(), await freePort()];
  const common = {
    XUEJI_GATEWAY_URL: `http://127.0.0.1:${gatewayPort}`,
    XUEJI_SERVICES: JSON.stringify({
      registry: 'http://127.0.0.1:9',
      notify: `http://127.0.0.1:${notifyPort}`,
      gateway: `http://127.0.0.1:${gatewayPort}`,
    }),
  };
  const start = async (name: 'gateway' | 'notify', port: number, env: Record<string, string>): Promise<OwnProcess> => {
    const started = await OwnProcess.start({
      name: `${name}-${corner.runId}`,
      entry: `apps/${name}/src/main.ts`,
      port,
      env: { ...corner.environment(name), ...common, ...env },
    });
    running.push(started);
    return started;
  };
  [gateway, notify] = await Promise.all([
    start('gateway', gatewayPort, { XUEJI_ACCOUNTS_FILE: accountsFile }),
    start('notify', notifyPort, {
      XUEJI_SMTP_URL: `smtp://127.0.0.1:${(smtp.address() as AddressInfo).port}`,
      XUEJI_MAIL_FROM: 'no-reply@xueji.example',
    }),
  ]);
  await registry.appoint('officer-1', 'officer');
  await registry.appoint('operator-1', 'operator');
});

afterAll(async () => {
  for (const process of running) await process.kill();
  await registry?.relay.beforeApplicationShutdown();
  await registry?.connection.close();
  smtp?.close();
  await corner.drop();
  rmSync(folder, { recursive: true });
});

const ask = (path: string, init: RequestInit = {}) => fetch(gateway.url + path, { redirect: 'manual', ...init });
const signIn = (account: string, secret: string) =>
  ask('/api/gateway/v1/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account, secret }),
  });
const tokenOf = async (account: string): Promise<string> => {
  const reply = await signIn(account, secrets[account]);
  if (reply.status !== 200) throw new Error(`${account}: ${reply.status} ${await reply.text()}`);
  return ((await reply.json()) as { token: string }).token;
};
const as = async (account: string): Promise<{ headers: Record<string, string> }> => ({
  headers: { authorization: `Bearer ${await tokenOf(account)}` },
});

describe('signing in', () => {
  it('gives a token for ten minutes that every service verifies by itself; posts decide what it opens', async () => {
    const reply = await signIn('officer-1', secrets['officer-1']);
    const answer = (await reply.json()) as { token: string; tokenType: string; expiresIn: number; expiresAt: string };
    expect(answer).toMatchObject({ tokenType: 'Bearer', expiresIn: 600 });
    expect(Math.abs(Date.parse(answer.expiresAt) - Date.now() - 600_000)).toBeLessThan(10_000);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    const inbox = async (account: string) => (await ask('/api/notify/v1/inbox', await as(account))).status;
    await until(async () => (await inbox('officer-1')) === 200, { message: 'the inbox of officer-1', within: 20_000 });
    expect(await inbox('guest')).toBe(403);
    const forged = `${answer.token.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`;
    expect((await ask('/api/notify/v1/inbox', { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
    expect((await ask('/api/notify/v1/inbox')).status).toBe(401);
  });

  it('answers the same to a wrong secret and to an account that does not exist, and slows down guessing', async () => {
    const words = async (reply: Response) => {
      const { instance: _instance, ...rest } = (await reply.json()) as Record<string, unknown>;
      return { status: reply.status, ...rest };
    };
    const wrong = await words(await signIn('guest', 'x'));
    expect(wrong).toMatchObject({ status: 401, type: 'urn:xueji:problem:wrong-credentials' });
    expect(await words(await signIn('nobody', 'x'))).toEqual(wrong);
    for (let n = 0; n < 4; n++) expect((await signIn('nobody', 'x')).status).toBe(401);
    const slowed = await signIn('nobody', 'x');
    expect(slowed.status).toBe(429);
    expect(Number(slowed.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await slowed.json()) as object).toMatchObject({ type: 'urn:xueji:problem:too-many-attempts' });
    expect((await signIn('guest', secrets.guest)).status).toBe(200);
  });

  it('refuses what is malformed and names it', async () => {
    const send = (body: string, type = 'application/json') =>
      ask('/api/gateway/v1/tokens', { method: 'POST', headers: { 'content-type': type }, body });
    const reply = await send(JSON.stringify({ account: 7, role: 'operator' }));
    const { items } = (await reply.json()) as { items: { field: string }[] };
    expect(reply.status).toBe(400);
    expect(new Set(items.map(({ field }) => field))).toEqual(new Set(['account', 'secret', 'role']));
    expect((await send('{')).status).toBe(400);
    expect((await send(JSON.stringify({ account: 'a', secret: 'b'.repeat(20_000) }))).status).toBe(413);
    expect((await send('<a/>', 'application/xml')).status).toBe(415);
  });

  it('shows the public half of its key alone', async () => {
    const reply = await ask('/.well-known/jwks.json');
    const { keys } = (await reply.json()) as { keys: Record<string, string>[] };
    expect(Object.keys(keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});

describe('the one address', () => {
  it('shows of a service its own paths alone, and its own problem documents', async () => {
    const openapi = await ask('/api/notify/openapi.json');
    expect(Object.keys(((await openapi.json()) as { paths: object }).paths)).toContain('/api/notify/v1/inbox');
    for (const path of [
      '/internal/journal/shards/0',
      '/%69nternal/journal/shards/0',
      '/api/none/v1/x',
      '/api/gateway/v1/none',
      '/',
    ]) {
      const reply = await ask(path);
      expect([path, reply.status]).toEqual([path, 404]);
      expect(reply.headers.get('content-type')).toContain('application/problem+json');
    }
    const missing = await ask('/api/notify/v1/inbox/none/read', { method: 'POST', ...(await as('officer-1')) });
    const { type, instance } = (await missing.json()) as { type: string; instance: string };
    expect([missing.status, type]).toEqual([404, 'urn:xueji:problem:not-found']);
    expect(instance).toBe(missing.headers.get('x-request-id'));
  });

  it('is strict about what it answers', async () => {
    for (const path of ['/health/ready', '/.well-known/jwks.json', '/api/notify/openapi.json', '/nothing']) {
      const { headers } = await ask(path, { headers: { origin: 'https://elsewhere.example' } });
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      for (const name of ['server', 'x-powered-by', 'access-control-allow-origin'])
        expect(headers.get(name)).toBeNull();
    }
  });

  it('describes its own routes', async () => {
    const { paths } = (await (await ask('/api/gateway/openapi.json')).json()) as { paths: object };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/gateway/v1/tokens', '/.well-known/jwks.json', '/api/gateway/v1/status']),
    );
  });
});

describe('an operator', () => {
  beforeAll(() =>
    until(async () => (await ask('/api/gateway/v1/status', await as('operator-1'))).status === 200, {
      message: "the operator's post at the gateway",
      within: 20_000,
      every: 250,
    }),
  );

  it('sees whether every service is ready; nobody else does', async () => {
    const status = (await (await ask('/api/gateway/v1/status', await as('operator-1'))).json()) as {
      ready: boolean;
      services: { name: string; state: string; parts: Record<string, boolean> }[];
    };
    expect(status.ready).toBe(false);
    expect(status.services.map(({ name, state }) => [name, state])).toEqual([
      ['gateway', 'ready'],
      ['registry', 'away'],
      ['notify', 'ready'],
    ]);
    expect(status.services[2].parts).toMatchObject({ store: true, events: true });
    expect((await ask('/api/gateway/v1/status', await as('officer-1'))).status).toBe(403);
    expect((await ask('/api/gateway/v1/status')).status).toBe(401);
  });

  it('looks at the queues of all services and can change nothing there', async () => {
    const operator = await as('operator-1');
    const queues = await ask('/operator/queues/api/queues', operator);
    expect(queues.status).toBe(200);
    const names = ((await queues.json()) as { queues: { name: string; readOnlyMode: boolean }[] }).queues;
    expect(names.map(({ name }) => name)).toEqual(['registry-deadlines', 'notify-deadlines']);
    expect(names.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
    const page = await ask('/operator/queues', operator);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const script = /src="(static\/js\/main[^"]+)"/.exec(await page.text())?.[1];
    expect((await ask(`/operator/queues/${script}`, operator)).status).toBe(200);
    for (const [method, path] of [
      ['PUT', 'api/queues/notify-deadlines/pause'],
      ['PUT', 'api/queues/notify-deadlines/obliterate'],
      ['POST', 'api/queues/notify-deadlines/add'],
    ])
      expect((await ask(`/operator/queues/${path}`, { method, ...operator })).status).toBe(405);
  });

  it('opens the board in a browser by a cookie that no script reads and no other site sends', async () => {
    const session = await ask('/api/gateway/v1/operator/session', { method: 'POST', ...(await as('operator-1')) });
    expect(session.status).toBe(204);
    const cookie = session.headers.get('set-cookie') ?? '';
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/operator', 'Max-Age=600']) expect(cookie).toContain(part);
    const headers = { cookie: cookie.split(';')[0] };
    expect((await ask('/operator/queues/api/queues', { headers })).status).toBe(200);
    // It opens the board and nothing else.
    expect((await ask('/api/gateway/v1/status', { headers })).status).toBe(401);
    expect((await ask('/api/notify/v1/deliveries', { headers })).status).toBe(401);
    const closed = await ask('/api/gateway/v1/operator/session', { method: 'DELETE' });
    expect(closed.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('alone comes to the board; a page leads to the door, a program is refused', async () => {
    for (const path of ['/operator/queues', '/operator/queues/api/queues', '/operator/queues/static/js/none.js']) {
      expect([path, (await ask(path)).status]).toEqual([path, 401]);
      expect([path, (await ask(path, await as('officer-1'))).status]).toEqual([path, 403]);
      expect([path, (await ask(path, { headers: { cookie: 'xueji-operator=x' } })).status]).toEqual([path, 401]);
    }
    const page = await ask('/operator/queues', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/operator']);
    const door = await ask('/operator');
    expect(await door.text()).toContain('/operator/sign-in.js');
    expect(door.headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});

describe('a gateway in trouble', () => {
  it('says that a service is away, and that it is back', async () => {
    const officer = await as('officer-1');
    await notify.kill();
    const away = await ask('/api/notify/v1/inbox', officer);
    expect([away.status, away.headers.get('retry-after')]).toEqual([502, '2']);
    expect((await away.json()) as object).toMatchObject({
      type: 'urn:xueji:problem:service-away',
      facts: { service: 'notify' },
    });
    await notify.restart();
    expect((await ask('/api/notify/v1/inbox', officer)).status).toBe(200);
  });

  it('restarted, still accepts the tokens it gave before; it ends by SIGTERM by itself', async () => {
    const officer = await as('officer-1');
    expect((await gateway.stop(15_000)).signal).not.toBe('SIGKILL');
    await gateway.restart();
    expect((await ask('/api/notify/v1/inbox', officer)).status).toBe(200);
  });

  it('writes no secret and no token to its log', () => {
    const log = gateway.output();
    expect(log).toContain('listening');
    for (const secret of Object.values(secrets)) expect(log).not.toContain(secret);
    expect(log).not.toMatch(/eyJ[\w-]{10}/);
  });

  it('does not start without its accounts, its key or its settings', async () => {
    const start = (env: Record<string, string>) =>
      OwnProcess.start({
        name: `gateway-bad-${corner.runId}`,
        entry: 'apps/gateway/src/main.ts',
        env: {
          ...corner.environment('gateway'),
          XUEJI_GATEWAY_URL: 'http://127.0.0.1:9',
          XUEJI_SERVICES: '{}',
          XUEJI_ACCOUNTS_FILE: accountsFile,
          ...env,
        },
      }).then(
        () => 'started',
        (fault: Error) => fault.message,
      );
    expect(await start({ XUEJI_ACCOUNTS_FILE: '' })).toContain('XUEJI_ACCOUNTS_FILE is missing');
    expect(await start({ XUEJI_ACCOUNTS_FILE: join(folder, 'none.json') })).toContain('none.json');
    const keys = corner.environment('gateway').XUEJI_SERVICE_KEYS;
    for (const file of ['services.jwks.json', 'gateway.jwk.json']) copyFileSync(join(keys, file), join(folder, file));
    expect(await start({ XUEJI_SERVICE_KEYS: folder })).toContain('gateway-signing.jwk.json');
  });
});
