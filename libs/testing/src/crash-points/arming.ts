import { readFileSync, renameSync } from 'node:fs';

/**
 * A crash point is armed from outside by a file named in `XUEJI_CRASH_FILE`, and goes off once: the file is moved away
 * before the process dies, so that the same program started again runs on. What the file says narrows the moment.
 */
export interface Trigger {
  /** Only at a transaction that wrote into this collection, or a message for this topic. */
  where?: string;
  /** Lets so many matching moments pass first. */
  after?: number;
}

const file = process.env.XUEJI_CRASH_FILE;
let passed = 0;

/** @param touched names of the collections or topics that this moment is about */
export const dieIfArmed = (touched: Iterable<string>): void => {
  const trigger = armed();
  if (!trigger || !file) return;
  if (trigger.where !== undefined && ![...touched].includes(trigger.where)) return;
  if (passed++ < (trigger.after ?? 0)) return;
  renameSync(file, `${file}.went-off`);
  process.kill(process.pid, 'SIGKILL');
};

const armed = (): Trigger | undefined => {
  try {
    return file ? (JSON.parse(readFileSync(file, 'utf8')) as Trigger) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
