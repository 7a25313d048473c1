import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Behaviour, Ministry, MinistryState, NumberRequest } from './ministry';

/** The national system as a process of its own, for the demo and tests. Its memory survives kill -9. */
const folder = process.env.XUEJI_MINISTRY_DIR ?? '.run';
const file = join(folder, 'ministry.json');

const load = (): MinistryState | undefined =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as MinistryState) : undefined;

const save = (state: MinistryState): void => {
  const half = `${file}.new`;
  const handle = openSync(half, 'w', 0o600);
  writeSync(handle, JSON.stringify(state));
  fsyncSync(handle);
  closeSync(handle);
  renameSync(half, file);
};

const ministry = new Ministry(load(), save, process.env.XUEJI_MINISTRY_BEHAVIOUR as Behaviour | undefined);

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > 5_000_000) throw new RangeError('the body is too large');
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8') || '{}') as Record<string, unknown>;
};

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://ministry');
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /health/ready':
      return answer(response, 200, { ready: true });
    case 'POST /requests': {
      const { requests } = await bodyOf(request);
      ministry.ask(requests as NumberRequest[]);
      return answer(response, 202, {});
    }
    case 'GET /answers':
      return answer(response, 200, ministry.answers(url.searchParams.get('after') ?? undefined));
    case 'POST /behaviour':
      ministry.behave((await bodyOf(request)).behaviour as Behaviour);
      return answer(response, 200, {});
    case 'GET /figures':
      return answer(response, 200, ministry.figures());
    default:
      return answer(response, 404, {});
  }
};

const server = createServer((request, response) => {
  handle(request, response).catch((fault: unknown) =>
    answer(response, 400, { fault: fault instanceof Error ? fault.message : 'unknown' }),
  );
});
server.listen(Number(process.env.XUEJI_PORT ?? 0), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => server.close(() => process.exit(0)));
