/** Programs that fetch the engines, and what to say when one is missing. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { inRun } from './places.mjs';

export const remedies = {
  python3: 'apt-get install -y python3 python3-pip',
  java: 'apt-get install -y openjdk-17-jre-headless',
  mvn: 'apt-get install -y maven',
  'apt-get': 'this needs Debian 12; elsewhere start Docker, or give XUEJI_REDIS_URL',
  'dpkg-deb': 'this needs Debian 12; elsewhere start Docker, or give XUEJI_REDIS_URL',
};

export class MissingTool extends Error {}

/** Runs a program to its end, at most `patience` milliseconds; its output is shown only when it fails. */
export const run = (command, args, { cwd, env = {}, patience } = {}) =>
  new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio, timeout: patience });
    let output = '';
    child.stdout.on('data', (part) => (output += part));
    child.stderr.on('data', (part) => (output += part));
    child.once('error', (error) =>
      reject(
        error.code === 'ENOENT'
          ? new MissingTool(`${command} is missing. To bring it: ${remedies[command] ?? `install ${command}`}`)
          : error,
      ),
    );
    child.once('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output.trim().slice(-2000)}`)),
    );
  });

/** An empty working folder for one download, removed afterwards whatever happens. */
export async function inWorkFolder(name, work) {
  const folder = inRun('tmp', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
