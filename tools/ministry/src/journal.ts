import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A file of lines, each on the disk before anything follows from it. A line cut off by a kill was never answered for. */
export class Journal<Line> {
  private readonly handle: number;

  private constructor(file: string) {
    this.handle = openSync(file, 'a', 0o600);
  }

  /** @returns the journal, open at its end, and what it holds */
  static open<Line>(folder: string): { journal: Journal<Line>; lines: Line[] } {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'ministry.jsonl');
    const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const whole = bytes.lastIndexOf('\n') + 1;
    if (whole < bytes.length) truncateSync(file, whole);
    const text = bytes.subarray(0, whole).toString('utf8');
    const lines = text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
    return { journal: new Journal<Line>(file), lines };
  }

  append(line: Line): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let from = 0; from < bytes.length;) from += writeSync(this.handle, bytes, from);
    fdatasyncSync(this.handle);
  }

  close(): void {
    closeSync(this.handle);
  }
}
