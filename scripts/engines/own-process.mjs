/** Processes that this folder started, and no others: a pid counts only together with the moment its process began. */
import { spawn, execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { dirname } from 'node:path';

/** Moment at which the process began, as the system tells it; undefined when there is no such process (or a zombie). */
export function beganAt(pid) {
  if (!pid) return undefined;
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything, so count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** @param {{pid?: number, began?: string}} known as kept in engines.json */
export const isAlive = (known) => Boolean(known?.pid && known.began && beganAt(known.pid) === known.began);

/**
 * Starts a program that outlives this one; its output goes to `log`.
 * @returns {{pid: number, began: string}}
 */
export function startDetached(command, args, { log, env = {}, cwd }) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a', 0o600);
  try {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', output, output],
    });
    if (!child.pid) throw new Error(`${command} cannot be started`);
    child.unref();
    return { pid: child.pid, began: beganAt(child.pid) };
  } finally {
    closeSync(output);
  }
}

/** Ends our process: asks with SIGTERM, insists after `patience` milliseconds. Never touches a pid that is not ours. */
export async function stopOwn(known, patience = 20_000) {
  if (!isAlive(known)) return;
  process.kill(known.pid, 'SIGTERM');
  const limit = Date.now() + patience;
  while (isAlive(known) && Date.now() < limit) await pause(20);
  if (!isAlive(known)) return;
  process.kill(known.pid, 'SIGKILL');
  while (isAlive(known)) await pause(20);
}

/** Whether what answers can be ours: a process of ours that holds the port itself, or a container. */
export const isOurs = (known) =>
  known.source === 'local' ? isAlive(known) && listensOn(known.pid, known.port) : Boolean(known.source);

/** Whether the process itself holds the listening socket. Only Linux can tell; elsewhere the engine's own answer decides. */
function listensOn(pid, port) {
  if (process.platform !== 'linux') return true;
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of linesOf(table)) {
      const fields = line.trim().split(/\s+/);
      if (fields[3] === '0A' && fields[1].endsWith(`:${hexPort}`)) inodes.add(`socket:[${fields[9]}]`);
    }
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

const linesOf = (file) => {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
};

const linkOf = (file) => {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
};

export const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });

/** A free port below the range from which the system serves outgoing connections: it must still be free after a restart. */
export async function freePort(taken = []) {
  for (let tries = 0; tries < 200; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!taken.includes(port) && (await isFree(port))) return port;
  }
  throw new Error('no free port between 20000 and 32000');
}

export const hostOf = (known) => known.host ?? '127.0.0.1';

/** Sends bytes to an engine, gives back what has arrived when `enough(reply)` or after `within` milliseconds; undefined when nobody answers. */
export const exchange = (known, bytes, enough, within = 1000) =>
  new Promise((resolve) => {
    let reply = Buffer.alloc(0);
    const socket = connect({ port: known.port, host: hostOf(known) });
    const finish = (answer) => {
      clearTimeout(limit);
      socket.destroy();
      resolve(answer);
    };
    const limit = setTimeout(() => finish(undefined), within);
    socket.once('connect', () => socket.write(bytes));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.on('data', (part) => {
      reply = Buffer.concat([reply, part]);
      if (enough(reply)) finish(reply);
    });
  });

/** Polls until `ready()`; gives up when the process dies or after `within` milliseconds, naming its log. */
export async function waitUntilReady(name, known, log, ready, within = 60_000) {
  const limit = Date.now() + within;
  for (;;) {
    if (await ready()) return;
    if (known.pid && !isAlive(known))
      throw new Error(`${name} ended while starting; the end of ${log}:\n${tailOf(log)}`);
    if (Date.now() > limit)
      throw new Error(`${name} was not ready within ${within / 1000} s; the end of ${log}:\n${tailOf(log)}`);
    await pause(20);
  }
}

export const tailOf = (log, count = 15) => linesOf(log).slice(-count).join('\n');
