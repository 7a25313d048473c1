import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Citation, ProblemItem, Refusal, Refused } from '#libs/contracts';
import { Cells, ChildEntry } from './workbook';

export interface WorkbookTask {
  bytes: Uint8Array;
  school: string;
  classes: { id: string; name: string }[];
  today: string;
  maxRows: number;
  chunk: number;
  /** Articles of the rules in force, by rule id. */
  citations: Record<string, Citation>;
}

/** A row as the workbook has it, with what its own checks found; `entry` exactly when they found nothing. */
export interface CheckedRow {
  row: number;
  cells: Cells;
  entry?: ChildEntry;
  problems: ProblemItem[];
  warnings: ProblemItem[];
}

export type FromWorker =
  { rows: CheckedRow[]; total: number } | { done: true } | { refusal: Refusal } | { fault: string };

/** To the worker: a workbook to read, or the word that a chunk was taken; `false` when nobody reads on. */
export type ToWorker = { task: WorkbookTask } | { taken: boolean };

/** Old-generation memory that the thread may use; above it the thread ends and the batch is refused, not the service. */
const memory = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 64 };

const startThread = (): Worker => {
  const built = join(__dirname, 'check-workbook.worker.js');
  return existsSync(built)
    ? new Worker(built, { resourceLimits: memory })
    : new Worker(join(__dirname, 'check-workbook.worker.ts'), {
        resourceLimits: memory,
        execArgv: ['--conditions=source', '--require', '@swc-node/register'],
      });
};

/** The thread of this process that reads workbooks, kept warm between them; one workbook at a time. */
export class WorkbookThread {
  private worker?: Worker;

  /**
   * Chunks of checked rows of a workbook, in order. The next chunk is parsed when the one before has been dealt with.
   * @throws Refused when the file is not a workbook that can be taken
   */
  async *read(task: WorkbookTask): AsyncGenerator<CheckedRow[]> {
    const worker = (this.worker ??= startThread());
    worker.unref();
    const inbox: FromWorker[] = [];
    let wake: (() => void) | undefined;
    const arrive = (message: FromWorker): void => {
      inbox.push(message);
      wake?.();
    };
    const broken = (error: Error): void => {
      this.worker = undefined;
      arrive(outOfMemory(error) ? { refusal: tooBig } : { fault: error.stack ?? error.message });
    };
    const ended = (): void => broken(new Error('the thread ended before its work'));
    worker.on('message', arrive);
    worker.on('error', broken);
    worker.on('exit', ended);
    let waiting = false;
    try {
      worker.postMessage({ task } satisfies ToWorker);
      for (;;) {
        if (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
        const message = inbox.shift();
        if (!message) continue;
        if ('done' in message) return;
        if ('refusal' in message) throw new Refused(message.refusal);
        if ('fault' in message) throw new Error(message.fault);
        waiting = true;
        yield message.rows;
        waiting = false;
        worker.postMessage({ taken: true } satisfies ToWorker);
      }
    } finally {
      worker.off('message', arrive);
      worker.off('error', broken);
      worker.off('exit', ended);
      if (waiting) worker.postMessage({ taken: false } satisfies ToWorker);
    }
  }

  async stop(): Promise<void> {
    await this.worker?.terminate();
  }
}

const outOfMemory = (error: Error): boolean => (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY';

const tooBig: Refusal = {
  slug: 'workbook-too-large',
  status: 422,
  title: { zh: '工作簿过大', en: 'The workbook is too large' },
  detail: {
    zh: '工作簿展开后占用内存过多，已停止读取。',
    en: 'Unpacked, the workbook takes too much memory; reading was stopped.',
  },
  remedy: {
    zh: '请去掉多余的表、图片和格式，或分成几个工作簿。',
    en: 'Take out other sheets, pictures and formats, or split it.',
  },
};
