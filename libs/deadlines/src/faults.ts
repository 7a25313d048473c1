const labels = ['TransientTransactionError', 'UnknownTransactionCommitResult', 'RetryableWriteError'];
const names = /^Mongo.*(Network|ServerSelection|NotConnected|PoolCleared|WaitQueueTimeout|NotPrimary)/;

/** Whether the store, not the handler, was at fault: then the same call succeeds later, and is never given up. */
export const isTransient = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const label = (error as { hasErrorLabel?(label: string): boolean }).hasErrorLabel;
  if (typeof label === 'function' && labels.some((one) => label.call(error, one))) return true;
  return names.test(error.name);
};

const ownLine = /\(?((?:apps|libs|dist)\/[^()\s]+:\d+):\d+\)?/;

/** Why a handler refused, as it may be kept and shown: class, slug or code, place. Its words may name a person. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return `not an error: ${typeof error}`;
  const { refusal, code } = error as { refusal?: { slug: string }; code?: unknown };
  const place = ownLine.exec(error.stack ?? '')?.[1];
  return [refusal?.slug ?? error.name, code !== undefined && `code ${String(code)}`, place && `at ${place}`]
    .filter(Boolean)
    .join(' ');
};
