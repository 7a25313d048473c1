/** Redis 7: append-only file flushed every second, nothing evicted, a password. Holds alarms and queues, never the truth. */
import { existsSync, readdirSync, renameSync, mkdirSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { exchange, freePort, isFree, isOurs, startDetached, waitUntilReady } from './own-process.mjs';
import { inWorkFolder, run } from './fetching.mjs';
import { inRun, writeWhole } from './places.mjs';
import { secrets } from './secrets.mjs';

const home = () => inRun('engines', 'redis-7');
const program = () => join(home(), 'usr/bin/redis-server');
const log = () => inRun('logs', 'redis.log');
const packages = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'];

export const redis = {
  name: 'Redis',
  url: (known) => `redis://:${secrets().redis}@127.0.0.1:${known.port}/0`,

  async isReady(known) {
    if (!isOurs(known)) return false;
    const ask = `AUTH ${secrets().redis}\r\nINFO server\r\n`;
    const reply = await exchange(known, ask, (bytes) => /process_id:\d+\r|^-/m.test(bytes.toString('latin1')));
    const answer = reply?.toString('latin1') ?? '';
    // A container counts its processes by itself; there the password, which is ours alone, tells.
    return known.pid ? answer.includes(`process_id:${known.pid}\r`) : answer.includes('process_id:');
  },

  isFetched: () => existsSync(program()),

  fetch: () =>
    inWorkFolder('redis', async (folder) => {
      await download(folder);
      const unpacked = join(folder, 'unpacked');
      const files = readdirSync(folder).filter((file) => file.endsWith('.deb'));
      for (const file of files) await run('dpkg-deb', ['-x', join(folder, file), unpacked]);
      mkdirSync(dirname(home()), { recursive: true });
      renameSync(unpacked, home());
    }),

  async start(known, keep) {
    if (!known.port || !(await isFree(known.port))) known.port = await freePort();
    const data = inRun('data', 'redis');
    mkdirSync(data, { recursive: true });
    const settings = inRun('config', 'redis.conf');
    const lines = [
      `port ${known.port}`,
      'bind 127.0.0.1',
      'protected-mode yes',
      `requirepass ${secrets().redis}`,
      `dir "${data}"`,
      'appendonly yes',
      'appendfsync everysec',
      'maxmemory 512mb',
      'maxmemory-policy noeviction',
      'save ""',
    ];
    writeWhole(settings, `${lines.join('\n')}\n`, 0o600);
    const libraries = join(home(), 'usr/lib', process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu');
    keep(startDetached(program(), [settings], { log: log(), env: { LD_LIBRARY_PATH: libraries } }));
    await waitUntilReady('Redis', known, log(), () => redis.isReady(known));
  },
};

/** From the lists the system has; when they are empty or old, from lists of our own, which needs no root. */
async function download(folder) {
  try {
    await run('apt-get', ['download', ...asWho(), ...packages], { cwd: folder });
  } catch (error) {
    if (error.code === 'ENOENT' || error.constructor.name === 'MissingTool') throw error;
    const apt = join(folder, 'apt');
    mkdirSync(join(apt, 'lists/partial'), { recursive: true });
    mkdirSync(join(apt, 'cache/archives/partial'), { recursive: true });
    const own = ['-o', `Dir::State::lists=${apt}/lists`, '-o', `Dir::Cache=${apt}/cache`, ...asWho()];
    await run('apt-get', ['-q', 'update', ...own]);
    await run('apt-get', ['download', ...own, ...packages], { cwd: folder });
  }
}

/** As root, apt would drop to a user that may not enter our folder. */
const asWho = () => (process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []);
