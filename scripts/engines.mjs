/**
 * MongoDB, Kafka and Redis for whoever works in this folder: `npm run engines -- up | down | status | env SERVICE`.
 *
 * Found in this order: addresses in the environment (XUEJI_MONGO_URL, XUEJI_KAFKA_BROKERS, XUEJI_REDIS_URL), Docker Compose
 * when a daemon answers, processes of our own under `.run/`. What is not ours is never started, stopped or written to.
 */
import { createServer } from 'node:net';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { composeAnswers, composeDown, composeUp } from './engines/compose.mjs';
import { ensureTopics, kafka } from './engines/kafka.mjs';
import { mongo, mongoUrl } from './engines/mongo.mjs';
import { redis } from './engines/redis.mjs';
import { isAlive, stopOwn } from './engines/own-process.mjs';
import { inRun, readJson, runDir, services, writeJson } from './engines/places.mjs';
import {
  composeSecretsDir,
  ensureKeys,
  keysDir,
  masterKeyFile,
  secrets,
  secretsFile,
  writeComposeSecrets,
} from './engines/secrets.mjs';

const engines = { mongo, kafka, redis };
const given = { mongo: 'XUEJI_MONGO_URL', kafka: 'XUEJI_KAFKA_BROKERS', redis: 'XUEJI_REDIS_URL' };
const stateFile = () => inRun('engines.json');

const readState = () => readJson(stateFile(), { mongo: {}, kafka: {}, redis: {} });
const writeState = (state) =>
  writeJson(stateFile(), { ...state, secretsFile: secretsFile(), keysDir: keysDir() }, 0o600);

const ours = () => Object.keys(engines).filter((name) => !process.env[given[name]]);

/**
 * Brings every engine up, repairs what is half up, makes users, topics and keys. Safe to call again and at the same time.
 * @returns {Promise<{started: string[], seconds: number}>} which engines this call started
 */
export async function up({ say = () => {} } = {}) {
  const from = performance.now();
  const started = (await isAllUp(readState())) ? [] : await underLock(() => bringUp(say));
  return { started, seconds: (performance.now() - from) / 1000 };
}

async function isAllUp(state) {
  const names = ours();
  if (names.includes('mongo') && !state.mongo.users) return false;
  if (names.includes('kafka') && !state.kafka.topics) return false;
  ensureKeys();
  const ready = await Promise.all(names.map((name) => engines[name].isReady(state[name])));
  return ready.every(Boolean);
}

/** Downloads the engines that local processes would need and that are not here yet; starts nothing. */
export async function fetchMissing() {
  if (await isAllUp(readState())) return;
  await underLock(async () => {
    const state = readState();
    await choosePlaces(state);
    const local = ours().filter((name) => state[name].source === 'local');
    await settled(local.map((name) => engines[name].isFetched() || engines[name].fetch()));
  });
}

/** Waits for all, so that nothing is left half done behind a failure; then names every failure. */
async function settled(promises) {
  const results = await Promise.allSettled(promises);
  const failures = results.filter((result) => result.status === 'rejected').map((result) => result.reason.message);
  if (failures.length) throw new Error(failures.join('\n'));
}

/** Engines found once stay where they were found, with their data. */
async function choosePlaces(state) {
  const unplaced = ours().filter((name) => !state[name].source);
  const source = unplaced.length && (await composeAnswers()) ? 'compose' : 'local';
  for (const name of unplaced) state[name].source = source;
}

async function bringUp(say) {
  secrets();
  ensureKeys();
  const state = readState();
  const started = [];
  try {
    await choosePlaces(state);
    const inContainers = ours().filter((name) => state[name].source === 'compose');
    const local = ours().filter((name) => state[name].source === 'local');
    await settled([
      ...local.map((name) => bringOneUp(name, state, started, say)),
      bringContainersUp(inContainers, state, started, say),
    ]);
    await settled(ours().map((name) => engines[name].prepare?.(state[name])));
  } catch (error) {
    // All up or as before: a caller that got an error has nothing to stop.
    await stop(started, state);
    throw error;
  } finally {
    writeState(state);
  }
  return started;
}

async function bringOneUp(name, state, started, say) {
  const engine = engines[name];
  const known = state[name];
  if (!(await engine.isReady(known))) {
    await stopOwn(known);
    if (!engine.isFetched()) {
      say(`fetching ${engine.name}`);
      await engine.fetch();
    }
    say(`starting ${engine.name}`);
    await engine.start(known, (process) => {
      Object.assign(known, process);
      started.push(name);
      // Noted before anything is awaited: a run that is cut off here must not lose sight of its process.
      writeState(state);
    });
  }
}

async function bringContainersUp(names, state, started, say) {
  const ready = await Promise.all(names.map((name) => engines[name].isReady(state[name])));
  if (ready.every(Boolean)) return;
  say(`starting ${names.map((name) => engines[name].name).join(', ')} as containers`);
  started.push(...names);
  await composeUp(names, state);
}

async function stop(names, state) {
  if (names.some((name) => state[name].source === 'compose')) await composeDown(state);
  await Promise.all(names.map((name) => stopOwn(state[name])));
}

/** Stops what runs here: containers of this folder, processes by their own pid. Data, ports and passwords stay. */
export async function down() {
  await underLock(async () => {
    const state = readState();
    await stop(Object.keys(engines), state);
    for (const name of Object.keys(engines)) for (const field of ['pid', 'began']) delete state[name][field];
    if (Object.keys(state.mongo).length) writeState(state);
  });
}

/**
 * Makes the replica set, its users and the topics on engines that something else started: the first step of a start in
 * Compose. Gets the admin's password from the secrets, and needs addresses as that place sees them.
 */
export async function prepare({ mongoAddress, setName, brokers }) {
  const [host, port] = mongoAddress.split(':');
  const known = { source: 'compose', host, port: Number(port), setName, member: mongoAddress };
  await mongo.initiate(known);
  await mongo.prepare(known);
  await ensureTopics(brokers.split(','));
}

/** @returns {Promise<Record<string, {state: 'up'|'half up'|'down'|'given', port?: number, pid?: number}>>} */
export async function status() {
  const state = readState();
  const rows = Object.keys(engines).map(async (name) => {
    const { port, pid, source } = state[name];
    if (process.env[given[name]]) return [name, { state: 'given' }];
    if (await engines[name].isReady(state[name])) return [name, { state: 'up', port, pid, source }];
    return [name, isAlive(state[name]) ? { state: 'half up', port, pid } : { state: 'down' }];
  });
  return Object.fromEntries(await Promise.all(rows));
}

/**
 * What a process needs in its environment to reach the engines.
 * @param {string} user a service (its own MongoDB user and database) or `tests` (every database, none in the path)
 */
export function environmentOf(user) {
  if (user !== 'tests' && !services.includes(user))
    throw new Error(`no user ${user}: ${['tests', ...services].join(', ')}`);
  const state = readState();
  return {
    XUEJI_MONGO_URL: process.env.XUEJI_MONGO_URL ?? mongoUrl(state.mongo, user),
    XUEJI_KAFKA_BROKERS: process.env.XUEJI_KAFKA_BROKERS ?? `127.0.0.1:${state.kafka.port}`,
    XUEJI_REDIS_URL: process.env.XUEJI_REDIS_URL ?? redis.url(state.redis),
    XUEJI_MASTER_KEY_FILE: process.env.XUEJI_MASTER_KEY_FILE ?? masterKeyFile(),
    XUEJI_SERVICE_KEYS: process.env.XUEJI_SERVICE_KEYS ?? keysDir(),
  };
}

/**
 * Databases and users for one run of all services beside others on the same engines; `closeRun` takes the users away.
 * @param {string} run part of the names
 * @returns {Promise<Record<string, string> | undefined>} MongoDB address by service; undefined on engines that were given
 * by address, where the users are somebody else's business
 */
export const openRun = async (run) => (process.env.XUEJI_MONGO_URL ? undefined : mongo.openRun(readState().mongo, run));

export const closeRun = async (run) => {
  if (!process.env.XUEJI_MONGO_URL) await mongo.closeRuns(readState().mongo, `${run}_`);
};

/** One at a time per folder. The lock is a socket that the system frees when its holder dies, however it dies. */
async function underLock(work) {
  mkdirSync(runDir, { recursive: true, mode: 0o755 });
  if (process.platform !== 'linux') return work();
  const name = `\0xueji-engines-${createHash('sha256').update(runDir).digest('hex').slice(0, 24)}`;
  const limit = Date.now() + 300_000;
  let lock;
  while (!(lock = await listening(name))) {
    if (Date.now() > limit) throw new Error('another process has been starting or stopping the engines for 5 minutes');
    await pause(25);
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

const listening = (path) =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen({ path }, () => resolve(server));
  });

const commands = {
  async up() {
    const { started, seconds } = await up({ say: (line) => console.log(line) });
    console.log(`${started.length ? `started ${started.join(', ')}` : 'all up'} (${seconds.toFixed(2)} s)`);
  },
  async down() {
    await down();
    console.log('all down');
  },
  async status() {
    for (const [name, { state, port, pid, source }] of Object.entries(await status()))
      console.log(`${name.padEnd(6)} ${state}${port ? `, port ${port}, ${pid ? `pid ${pid}` : source}` : ''}`);
  },
  async prepare() {
    const { XUEJI_MONGO_ADDRESS, XUEJI_MONGO_SET, XUEJI_KAFKA_BROKERS } = process.env;
    await prepare({ mongoAddress: XUEJI_MONGO_ADDRESS, setName: XUEJI_MONGO_SET, brokers: XUEJI_KAFKA_BROKERS });
    console.log('replica set, users and topics are there');
  },
  /** For `docker compose up` by hand. */
  async secrets() {
    writeComposeSecrets('xueji');
    console.log(`written to ${composeSecretsDir()}`);
  },
  /** For a process started by hand: `env $(node scripts/engines.mjs env registry) node dist/apps/registry/src/main.js`. */
  async env(user) {
    for (const [name, value] of Object.entries(environmentOf(user))) console.log(`${name}=${value}`);
  },
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const command = commands[process.argv[2]];
  if (!command) {
    console.error('usage: npm run engines -- up | down | status | env SERVICE | secrets | prepare');
    process.exitCode = 2;
  } else
    await command(process.argv[3]).catch((error) => {
      const early = error.message.includes('Cannot find package');
      console.error(early ? `npm ci comes first: ${error.message}` : error.message);
      process.exitCode = 1;
    });
}
