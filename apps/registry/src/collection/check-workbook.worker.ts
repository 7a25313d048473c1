import { parentPort, workerData } from 'node:worker_threads';
import { Citation } from '#libs/contracts';
import { Refused } from '#libs/service-kit';
import { CheckedRow, FromWorker, WorkbookTask } from './read-checked';
import { checkRow, DuplicateFinder, readWorkbook } from './workbook';

/**
 * Reads and checks a workbook in a thread of its own, so that parsing never stops the requests of the service. Sends
 * chunks, and waits for the reader to take each: memory holds one chunk, whatever the file holds.
 */
const task = workerData as WorkbookTask;
const port = parentPort;
if (!port) throw new Error('this file is the body of a worker thread');

const citations = new Map<string, Citation>(Object.entries(task.citations));

const send = (message: FromWorker): void => port.postMessage(message);

const taken = (): Promise<void> => new Promise((resolve) => port.once('message', () => resolve()));

const run = async (): Promise<void> => {
  const content = await readWorkbook(task.bytes, { school: task.school, maxRows: task.maxRows });
  const duplicates = new DuplicateFinder();
  const context = {
    format: content.format,
    today: task.today,
    classes: task.classes,
    cite: (rule: string) => citations.get(rule),
  };
  let chunk: CheckedRow[] = [];
  for await (const { row, cells } of content.rows) {
    const { child, problems, warnings } = checkRow(cells, context);
    const duplicate = child && duplicates.add(row, child);
    chunk.push({
      row,
      cells,
      problems: duplicate ? [...problems, duplicate.problem] : problems,
      warnings,
      ...(child && !duplicate && { entry: child }),
    });
    if (chunk.length < task.chunk) continue;
    send({ rows: chunk, total: content.total });
    chunk = [];
    await taken();
  }
  if (chunk.length) {
    send({ rows: chunk, total: content.total });
    await taken();
  }
  send({ done: true });
};

run().catch((fault: unknown) => {
  send(
    fault instanceof Refused
      ? { refusal: fault.refusal }
      : { fault: fault instanceof Error ? (fault.stack ?? fault.message) : 'unknown' },
  );
});
