import { mongo } from 'mongoose';
import { Refused } from '#libs/service-kit';

/** Why an event cannot be applied. Names places in code and schema, never values. */
export interface Fault {
  kind: string;
  detail: string;
}

/** The owner of a journal does not answer. Waiting helps. */
export class JournalUnreachable extends Error {
  override readonly name = 'JournalUnreachable';
}

const passing = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongooseServerSelectionError',
]);
const passingLabels = ['TransientTransactionError', 'UnknownTransactionCommitResult', 'RetryableWriteError'];
/** Not primary, stepping down, shutting down, interrupted, too slow, write conflict, transaction gone. */
const passingCodes = new Set([
  6, 7, 50, 89, 91, 112, 189, 202, 251, 262, 9001, 10107, 11600, 11602, 13435, 13436, 24, 225, 246,
]);

const passesByItself = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (error instanceof JournalUnreachable || passing.has(error.name)) return true;
  if (!(error instanceof mongo.MongoError)) return false;
  if (passingLabels.some((label) => error.hasErrorLabel(label))) return true;
  if (!(error instanceof mongo.MongoServerError)) return false;
  // Two consumers wrote the first row of the same aggregate: the second try finds it.
  if (error.code === 11000) return /\.inbox index: _id_/.test(error.message);
  return passingCodes.has(Number(error.code));
};

/** Whether trying the same again later can succeed without anybody's help. */
export const isTransient = (error: unknown): boolean => {
  for (let at = error; at !== undefined && at !== null; at = (at as { cause?: unknown }).cause) {
    if (passesByItself(at)) return true;
  }
  return false;
};

const ownFrame = /\(?((?:apps|libs|dist)\/[^()\s]+:\d+):\d+\)?/;

/** An error as it may be kept and shown: class, code and place. Its message may hold values, so it is left out. */
export const faultOf = (error: unknown): Fault => {
  if (error instanceof Refused) return { kind: 'refused', detail: error.refusal.slug };
  if (!(error instanceof Error)) return { kind: 'not-an-error', detail: typeof error };
  const code = (error as { code?: unknown }).code;
  const place = ownFrame.exec(error.stack ?? '')?.[1];
  return {
    kind: error.name,
    detail: [code !== undefined && `code ${String(code)}`, place && `at ${place}`].filter(Boolean).join(' ') || '-',
  };
};
