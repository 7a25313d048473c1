import RequestQueue from 'kafkajs/src/network/requestQueue';

/** Milliseconds between two looks for requests that take too long. */
const timeoutLook = 1_000;

const patched = Symbol.for('xueji.kafkajs.idle-timer');

/**
 * kafkajs 2.2.4 re-arms a 1 ms timer per connection for ever, because its "throttled until" starts at -1: some 3 % of a
 * core for an idle service. A timer is needed only while a request waits in the queue; `push` arms it then.
 * It also looks ten times a second, per connection, whether a request has taken longer than its 30 s: once a second will do.
 * @throws Error when the client no longer has the methods, so that an upgrade cannot lose the patch in silence
 */
export const calmIdleTimer = (): void => {
  const queue = RequestQueue.prototype as typeof RequestQueue.prototype & { [patched]?: true };
  if (queue[patched]) return;
  const original = queue.scheduleCheckPendingRequests;
  const looking = queue.scheduleRequestTimeoutCheck;
  if (typeof original !== 'function' || typeof looking !== 'function')
    throw new Error('kafkajs has changed: the idle timer patch does not fit');
  queue.scheduleCheckPendingRequests = function scheduleWhenSomethingWaits() {
    if (this.pending.length > 0) original.call(this);
  };
  queue.scheduleRequestTimeoutCheck = function lookLessOften() {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    const look = () => {
      for (const request of this.inflight.values()) {
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
      }
      if (!this.isConnected()) this.destroy();
    };
    this.requestTimeoutIntervalId = setInterval(look, Math.min(this.requestTimeout, timeoutLook));
  };
  queue[patched] = true;
};
