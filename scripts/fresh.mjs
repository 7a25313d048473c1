/**
 * From a fresh clone to built code on running engines; the way of `npm run demo` and `npm test`. Runs on the system's
 * Node 20 before anything is installed, so nothing of node_modules is loaded before `packages` is done.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './engines/places.mjs';

/** The Node of this project (24), whatever Node started the script. */
export const node = join(root, 'node_modules/.bin/node');

/** Runs a named step and says how long it took. */
export async function step(name, work) {
  const from = performance.now();
  const result = await work();
  console.log(`${name.padEnd(10)} ${((performance.now() - from) / 1000).toFixed(1)} s`);
  return result;
}

/** Runs a program of the project to its end with its output shown. @returns {Promise<number>} exit code, 128 after a signal */
export const show = (command, args, env = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    const pass = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM'];
    signals.forEach((signal) => process.on(signal, pass));
    child.once('error', reject);
    child.once('close', (code) => {
      signals.forEach((signal) => process.off(signal, pass));
      resolve(code ?? 128);
    });
  });

/** `npm ci`, unless what it would bring is already there. */
export async function packages() {
  if (!areInstalled()) {
    const code = await show('npm', ['ci', '--loglevel=error']);
    if (code !== 0) throw new Error(`npm ci ended with ${code}`);
  }
  const version = existsSync(node) ? execFileSync(node, ['-v'], { encoding: 'utf8' }).trim() : 'none';
  if (!version.startsWith('v24.'))
    throw new Error(
      `the project needs Node 24 and its packages bring ${version} on ${process.platform} ${process.arch}. ` +
        'Install Node 24 and link it as node_modules/.bin/node.',
    );
}

function areInstalled() {
  const installed = join(root, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs > statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** Engines up. @returns {Promise<string[]>} those that this call started; the caller stops them when it started any */
export async function engines() {
  const { up } = await import('./engines.mjs');
  return (await up()).started;
}

export async function build() {
  const code = await show('npm', ['run', '--silent', 'build']);
  if (code !== 0) throw new Error('the build failed');
}

/**
 * All of it, with one line per step. Fetching the engines needs no packages, so both are fetched at once.
 * @returns {Promise<{started: string[]}>}
 */
export async function fresh() {
  const { fetchMissing } = await import('./engines.mjs');
  const [installed, fetched] = await Promise.allSettled([step('packages', packages), step('fetch', fetchMissing)]);
  for (const part of [installed, fetched]) if (part.status === 'rejected') throw part.reason;
  const [up, built] = await Promise.allSettled([step('engines', engines), step('build', build)]);
  if (built.status === 'fulfilled' && up.status === 'fulfilled') return { started: up.value };
  if (up.value?.length) await (await import('./engines.mjs')).down();
  throw built.reason ?? up.reason;
}
