import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Account, Operator } from './operator';
import { reconcile } from './reconcile';
import { must } from './slices';
import { table } from './table';

const usage = `npm run ops -- COMMAND [--json]

  parked [SERVICE]          keys that wait after an event could not be applied
  redrive SERVICE KEY       tries a parked key again, from its owner's journal; KEY as \`parked\` shows it
  rebuild-timers SERVICE    drops the alarms of a service and sets them anew from its deadlines
  verify-archive            looks at every copy, leaf, node and head; names what was edited, deleted, reordered …
  reconcile                 compares what services promise each other; --patience SECONDS for what is under way (20)

Who asks, and where: XUEJI_GATEWAY_URL, XUEJI_OPS_ACCOUNT, XUEJI_OPS_SECRET; without them, the demo that is running.
Ends with 0, with 1 when something is broken or not healed, with 2 when it could not be asked.`;

class Usage extends Error {}

interface ParkedKey {
  source: string;
  aggregateId: string;
  stoppedAt: { seq: number; type: string; fault: string; detail: string };
  since: string;
  tries: number;
  waiting: number;
}

/** What a command shows, and whether all is well. */
interface Shown {
  json: unknown;
  text: string;
  well: boolean;
}

const accountFrom = (env: NodeJS.ProcessEnv): Account => {
  const { XUEJI_GATEWAY_URL: gateway, XUEJI_OPS_ACCOUNT: account, XUEJI_OPS_SECRET: secret } = env;
  if (gateway && account && secret) return { gateway, account, secret };
  if (account || secret) throw new Usage('XUEJI_GATEWAY_URL, XUEJI_OPS_ACCOUNT and XUEJI_OPS_SECRET go together');
  const file = join(process.cwd(), '.run/demo.json');
  if (!existsSync(file)) throw new Usage(`no XUEJI_OPS_ACCOUNT is given, and no demo runs (${file})`);
  const demo = JSON.parse(readFileSync(file, 'utf8')) as { gateway: string; accounts: Record<string, string> };
  return { gateway: demo.gateway, account: 'operator', secret: demo.accounts.operator };
};

const servicesOf = async ({ ask }: Operator): Promise<string[]> =>
  (await must<{ services: { name: string }[] }>(ask, '/api/gateway/v1/status')).services.map(({ name }) => name);

const parked = async (operator: Operator, only?: string): Promise<Shown> => {
  const services = only ? [only] : await servicesOf(operator);
  const keys: (ParkedKey & { service: string })[] = [];
  for (const service of services) {
    const path = `/api/${service}/v1/operator/parked`;
    const found = await must<{ parked: ParkedKey[] }>(operator.ask, path);
    keys.push(...found.parked.map((key) => ({ service, ...key })));
  }
  const rows = keys.map(({ service, source, aggregateId, stoppedAt: { seq, type, fault, detail }, ...key }) => [
    service,
    `${source}/${aggregateId}`,
    String(seq),
    type,
    `${fault}: ${detail}`,
    key.since,
    String(key.tries),
    String(key.waiting),
  ]);
  const head = ['service', 'key', 'stopped at', 'type', 'fault', 'since', 'tries', 'waiting'];
  return { json: { parked: keys }, text: keys.length ? table(head, rows) : 'no key is parked', well: true };
};

const redrive = async (operator: Operator, service?: string, key?: string): Promise<Shown> => {
  const [, source, aggregateId] = /^([^/]+)\/(.+)$/.exec(key ?? '') ?? [];
  if (!service || !source) throw new Usage('redrive SERVICE KEY, the key as `parked` shows it: registry/…');
  const answer = await operator.order<{ outcome: string }>(`/api/${service}/v1/operator/parked/redrive`, {
    source,
    aggregateId,
  });
  return { json: answer, text: `${service} ${key}: ${answer.outcome}`, well: answer.outcome === 'healed' };
};

const rebuildTimers = async (operator: Operator, service?: string): Promise<Shown> => {
  if (!service) throw new Usage('rebuild-timers SERVICE');
  const answer = await operator.order<{ alarms: number }>(`/api/${service}/v1/operator/deadlines/rebuild`);
  return { json: answer, text: `${service}: ${answer.alarms} alarms set anew`, well: true };
};

interface Verification {
  copies: number;
  leaves: number;
  heads: number;
  files: number;
  anchors: Record<string, number | null>;
  findings: { harm: string; what: string; zh: string; en: string }[];
  more: number;
}

const verifyArchive = async (operator: Operator): Promise<Shown> => {
  const found = await operator.order<Verification>('/api/archive/v1/operator/verify');
  const { copies, leaves, heads, files, anchors, findings, more } = found;
  const kept = Object.entries(anchors).map(([name, n]) => `${name} ${n ?? 'gave no answer'}`);
  const looked = `${copies} copies, ${files} files, ${leaves} leaves, ${heads} heads; heads kept by ${kept.join(', ')}`;
  const harm = findings.map(({ harm: kind, what, en }) => `✗ ${kind}: ${what}: ${en}`);
  const text = [
    looked,
    ...harm,
    ...(more > 0 ? [`… and ${more} more`] : []),
    ...(harm.length ? [] : ['✓ nothing was touched']),
  ];
  return { json: found, text: text.join('\n'), well: findings.length === 0 };
};

const compare = async (operator: Operator, seconds: number): Promise<Shown> => {
  const report = await reconcile(operator.ask, { seconds });
  const rows = report.findings.map(({ promise, counted, broken }) => [
    broken.length ? '✗' : '✓',
    promise,
    String(counted),
    String(broken.length),
  ]);
  const broken = report.findings.flatMap((finding) => finding.broken.map((what) => `✗ ${what}`));
  const text = [table(['', 'promise', 'counted', 'broken'], rows), ...(broken.length ? ['', ...broken] : [])];
  return { json: report, text: text.join('\n'), well: report.holds };
};

const run = async (args: string[]): Promise<Shown> => {
  const at = args.indexOf('--patience');
  const [, given] = at < 0 ? [] : args.splice(at, 2);
  const patience = Number(at < 0 ? 20 : given);
  if (!(patience >= 0)) throw new Usage('--patience is a number of seconds');
  const [command, ...rest] = args;
  const operator = () => new Operator(accountFrom(process.env));
  switch (command) {
    case 'parked':
      return parked(operator(), rest[0]);
    case 'redrive':
      return redrive(operator(), rest[0], rest[1]);
    case 'rebuild-timers':
      return rebuildTimers(operator(), rest[0]);
    case 'verify-archive':
      return verifyArchive(operator());
    case 'reconcile':
      return compare(operator(), patience);
    default:
      throw new Usage(command ? `there is no command ${command}` : 'which command?');
  }
};

const args = process.argv.slice(2);
const asJson = args.includes('--json');
run(args.filter((arg) => arg !== '--json'))
  .then(({ json, text, well }) => {
    console.log(asJson ? JSON.stringify(json, null, 2) : text);
    process.exitCode = well ? 0 : 1;
  })
  .catch((fault: Error) => {
    console.error(fault instanceof Usage ? `${fault.message}\n\n${usage}` : `not done: ${fault.message}`);
    process.exitCode = 2;
  });
