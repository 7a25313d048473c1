/** Where things lie, and who the services are. */
import { readFileSync, writeFileSync, renameSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Everything that a run makes. XUEJI_RUN moves it, so that a test of the engines never meets the shared ones. */
export const runDir = process.env.XUEJI_RUN ? resolve(process.env.XUEJI_RUN) : join(root, '.run');
export const inRun = (...parts) => join(runDir, ...parts);

export const services = ['registry', 'transfer', 'notify', 'gateway', 'attendance', 'archive', 'reports'];
export const topics = services.filter((name) => name !== 'gateway').map((owner) => `xueji.${owner}.v1`);
export const partitions = 6;

export function readJson(file, otherwise) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return otherwise;
    throw new Error(`${file} cannot be read: ${error.message}`);
  }
}

/** Whole or not at all: a reader never sees half a file, and neither does a run after kill -9. */
export function writeWhole(file, text, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true });
  const half = `${file}.${process.pid}.new`;
  writeFileSync(half, text, { mode });
  renameSync(half, file);
}

export const writeJson = (file, value, mode) => writeWhole(file, `${JSON.stringify(value, null, 2)}\n`, mode);
