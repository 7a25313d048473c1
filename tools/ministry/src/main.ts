import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { Malformed, NationalSystem } from './national-system';

/** The national system as a process of its own, for the demo and tests. Its memory survives kill -9. */
const folder = process.env.XUEJI_MINISTRY_DIR;
if (!folder) throw new Error('XUEJI_MINISTRY_DIR is missing: the folder of the played national system');
const system = NationalSystem.open(folder, process.env.XUEJI_MINISTRY_BEHAVIOUR);

const largestBody = 5_000_000;

interface Reply {
  status: number;
  body: unknown;
}

const ok = (body: unknown): Reply => ({ status: 200, body });
const notFound: Reply = { status: 404, body: { fault: 'not found' } };

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > largestBody) throw new Malformed(`the body is larger than ${largestBody} bytes`);
    parts.push(part);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Malformed('the body is no JSON object');
};

const handle = async (request: IncomingMessage): Promise<Reply> => {
  const url = new URL(request.url ?? '/', 'http://ministry');
  const route = `${request.method} ${url.pathname}`;
  switch (route) {
    case 'GET /health/ready':
      return ok({ ready: true });
    case 'GET /figures':
      return ok(system.figures());
    case 'GET /behaviour':
      return ok(system.currentBehaviour);
    case 'POST /behaviour': {
      const { behaviour } = await bodyOf(request);
      try {
        return ok(system.behave(behaviour));
      } catch (error) {
        throw new Malformed((error as Error).message);
      }
    }
  }
  if (system.isAway) return { status: 503, body: { fault: 'away' } };
  switch (route) {
    case 'POST /requests':
      return { status: 202, body: system.ask((await bodyOf(request)).requests, Date.now()) };
    case 'GET /answers': {
      const limit = url.searchParams.get('limit');
      return ok(
        system.answers(url.searchParams.get('after') ?? undefined, limit ? Number(limit) : undefined, Date.now()),
      );
    }
    case 'POST /duplicates':
      return ok(system.duplicateOf((await bodyOf(request)).idNumber));
    case 'GET /codes': {
      const school = url.searchParams.get('school') ?? '';
      return ok({ school, known: system.knowsSchool(school) });
    }
  }
  const one = /^GET \/requests\/([^/%]+)$/.exec(route.replaceAll('%3A', ':'));
  const answer = one && system.answerTo(one[1]!, Date.now());
  return answer ? ok(answer) : notFound;
};

const send = (response: ServerResponse, { status, body }: Reply): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const server = createServer((request, response) => {
  handle(request)
    .catch((error: unknown): Reply => {
      if (error instanceof Malformed) return { status: 400, body: { fault: error.message } };
      // What is in memory may not be on the disk: it must not answer from it.
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    })
    .then(
      (reply) => send(response, reply),
      () => response.destroy(),
    );
});
server.listen(Number(process.env.XUEJI_PORT ?? 0), process.env.XUEJI_HOST ?? '127.0.0.1');

const stop = () => {
  server.close(() => {
    system.close();
    process.exit(0);
  });
  server.closeIdleConnections();
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
