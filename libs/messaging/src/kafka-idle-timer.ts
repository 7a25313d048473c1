import RequestQueue from 'kafkajs/src/network/requestQueue';

const patched = Symbol.for('xueji.kafkajs.idle-timer');

/**
 * kafkajs 2.2.4 re-arms a 1 ms timer per connection for ever, because its "throttled until" starts at -1: some 3 % of a
 * core for an idle service. A timer is needed only while a request waits in the queue; `push` arms it then.
 * @throws Error when the client no longer has the method, so that an upgrade cannot lose the patch in silence
 */
export const calmIdleTimer = (): void => {
  const queue = RequestQueue.prototype as typeof RequestQueue.prototype & { [patched]?: true };
  if (queue[patched]) return;
  const original = queue.scheduleCheckPendingRequests;
  if (typeof original !== 'function') throw new Error('kafkajs has changed: the idle timer patch does not fit');
  queue.scheduleCheckPendingRequests = function scheduleWhenSomethingWaits() {
    if (this.pending.length > 0) original.call(this);
  };
  queue[patched] = true;
};
