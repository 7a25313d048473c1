import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';

/**
 * Business time that tests and the demo can move: real time plus an offset kept in a file (`XUEJI_CLOCK_FILE`), so that
 * all processes share it and none forgets it. Services load this module by path from `XUEJI_CLOCK_MODULE`; it is not
 * part of production images.
 */
export interface MovableClock {
  now(): Date;
  /** Calls back within 200 ms of each move. */
  onMove(listener: () => void): void;
}

const lookEvery = 200;

export const createClock = (file = process.env.XUEJI_CLOCK_FILE): MovableClock => {
  if (!file) throw new Error('XUEJI_CLOCK_FILE is missing: the moved clock reads its offset from that file');
  const offset = cachedOffset(file);
  const listeners: (() => void)[] = [];
  let watched: NodeJS.Timeout | undefined;
  let seen = offset();
  const look = () => {
    const current = offset();
    if (current === seen) return;
    seen = current;
    for (const listener of listeners) listener();
  };
  return {
    now: () => new Date(Date.now() + offset()),
    onMove: (listener) => {
      listeners.push(listener);
      watched ??= setInterval(look, lookEvery).unref();
    },
  };
};

/** Sets business time to an instant, for every process that reads the file; from there it runs on with real time. */
export const moveClock = (file: string, to: Date): void => {
  if (Number.isNaN(to.getTime())) throw new Error('business time can only be moved to an instant');
  // Renamed into place: a reader, and a start after kill -9, sees the old offset or the new one, never half of it.
  const half = `${file}.${process.pid}.new`;
  writeFileSync(half, JSON.stringify({ offset: to.getTime() - Date.now() }));
  renameSync(half, file);
};

/** A rename changes the inode, so two moves within the file system's time resolution are told apart. */
const cachedOffset = (file: string): (() => number) => {
  let known = '';
  let value = 0;
  return () => {
    const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
    const current = stat ? `${stat.ino}/${stat.mtimeNs}` : '';
    if (current !== known) {
      value = stat ? offsetIn(file) : 0;
      known = current;
    }
    return value;
  };
};

const offsetIn = (file: string): number => {
  const { offset } = JSON.parse(readFileSync(file, 'utf8')) as { offset: unknown };
  if (typeof offset !== 'number' || !Number.isFinite(offset))
    throw new Error(`${file} holds no offset in milliseconds`);
  return offset;
};
