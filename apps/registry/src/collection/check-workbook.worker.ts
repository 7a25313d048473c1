import { parentPort } from 'node:worker_threads';
import { Citation } from '#libs/contracts';
import { Refused } from '#libs/service-kit';
import { CheckedRow, FromWorker, ToWorker, WorkbookTask } from './read-checked';
import { checkRow, DuplicateFinder, readWorkbook } from './workbook';

/**
 * Reads and checks workbooks in a thread of its own, one after another, so that parsing never stops the requests of the
 * service. Sends chunks, and waits for the reader to take each: memory holds one chunk, whatever the file holds.
 */
const port = parentPort;
if (!port) throw new Error('this file is the body of a worker thread');

const send = (message: FromWorker): void => port.postMessage(message);

let onTaken: ((goOn: boolean) => void) | undefined;

/** False when the reader has left. */
const taken = (): Promise<boolean> => new Promise((resolve) => (onTaken = resolve));

const run = async (task: WorkbookTask): Promise<void> => {
  const citations = new Map<string, Citation>(Object.entries(task.citations));
  const cite = (rule: string): Citation | undefined => citations.get(rule);
  const content = await readWorkbook(task.bytes, { school: task.school, maxRows: task.maxRows, cite });
  const duplicates = new DuplicateFinder(cite);
  const context = {
    format: content.format,
    today: task.today,
    classes: task.classes,
    cite,
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
    if (!(await taken())) return;
  }
  if (chunk.length) {
    send({ rows: chunk, total: content.total });
    if (!(await taken())) return;
  }
  send({ done: true });
};

port.on('message', (message: ToWorker) => {
  if ('taken' in message) return onTaken?.(message.taken);
  run(message.task).catch((fault: unknown) => {
    if (fault instanceof Refused) send({ refusal: fault.refusal });
    else send({ fault: fault instanceof Error ? (fault.stack ?? fault.message) : 'unknown' });
  });
});
