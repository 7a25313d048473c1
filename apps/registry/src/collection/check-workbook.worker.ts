import { parentPort } from 'node:worker_threads';
import { Citation, Refused } from '#libs/contracts';
import { CheckedRow, FromWorker, ToWorker, WorkbookTask } from './read-checked';
import { checkRow, DuplicateFinder, readWorkbook } from './workbook';

/**
 * Reads and checks workbooks in a thread of its own, one after another, so that parsing never stops the requests of the
 * service. Sends chunks; while the reader deals with one the next is parsed, and waits for its word: memory holds two
 * chunks, whatever the file holds.
 */
const port = parentPort;
if (!port) throw new Error('this file is the body of a worker thread');

const send = (message: FromWorker): void => port.postMessage(message);

/** Words of the reader that nobody has waited for yet, and who waits. */
const words: boolean[] = [];
let onWord: (() => void) | undefined;

/** Whether the reader has taken the chunk sent last and wants another; false when it has left. */
const taken = async (): Promise<boolean> => {
  if (words.length === 0) await new Promise<void>((resolve) => (onWord = resolve));
  return words.shift() ?? false;
};

const run = async (task: WorkbookTask): Promise<void> => {
  words.length = 0;
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
  let sent = false;
  const pass = async (): Promise<boolean> => {
    if (sent && !(await taken())) return false;
    send({ rows: chunk, total: content.total });
    chunk = [];
    return (sent = true);
  };
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
    if (chunk.length === task.chunk && !(await pass())) return;
  }
  if (chunk.length && !(await pass())) return;
  if (await taken()) send({ done: true });
};

let last = Promise.resolve();

port.on('message', (message: ToWorker) => {
  if ('taken' in message) {
    words.push(message.taken);
    return onWord?.();
  }
  // A workbook whose reader left may still be parsing its next chunk.
  last = last
    .then(() => run(message.task))
    .catch((fault: unknown) => {
      if (fault instanceof Refused) send({ refusal: fault.refusal });
      else send({ fault: fault instanceof Error ? (fault.stack ?? fault.message) : 'unknown' });
    });
});
