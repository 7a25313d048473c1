import RequestQueue from 'kafkajs/src/network/requestQueue';
import { calmIdleTimer } from './kafka-idle-timer';

const queue = (maxInFlightRequests: number | null = null, more: Record<string, unknown> = {}) =>
  new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    clientId: 'test',
    broker: 'none',
    logger: { debug: () => undefined, warn: () => undefined },
    ...more,
  });
const request = (correlationId: number, sent: number[]) => ({
  entry: { correlationId, resolve: () => undefined, reject: () => undefined } as { correlationId: number },
  expectResponse: true,
  sendRequest: () => void sent.push(correlationId),
});

describe('the idle timer of the Kafka client', () => {
  beforeAll(() => calmIdleTimer());

  it('is not armed when nothing waits', () => {
    const idle = queue();
    const sent: number[] = [];
    idle.push(request(1, sent));
    idle.fulfillRequest({ correlationId: 1, size: 0, payload: null });
    expect(sent).toEqual([1]);
    expect(idle.throttleCheckTimeoutId).toBeNull();
  });

  it('is armed while a request waits for the broker to stop throttling, and sends it then', async () => {
    const throttled = queue();
    const sent: number[] = [];
    throttled.maybeThrottle(30);
    throttled.push(request(1, sent));
    expect(sent).toEqual([]);
    expect(throttled.throttleCheckTimeoutId).not.toBeNull();
    await new Promise<void>((resolve) => {
      const look = setInterval(() => sent.length && (clearInterval(look), resolve()), 5);
    });
    expect(sent).toEqual([1]);
    throttled.fulfillRequest({ correlationId: 1, size: 0, payload: null });
    expect(throttled.throttleCheckTimeoutId).toBeNull();
  });

  it('sends what waited for a place in flight', () => {
    const narrow = queue(1);
    const sent: number[] = [];
    narrow.push(request(1, sent));
    narrow.push(request(2, sent));
    expect(sent).toEqual([1]);
    narrow.fulfillRequest({ correlationId: 1, size: 0, payload: null });
    expect(sent).toEqual([1, 2]);
    narrow.destroy();
  });

  it('looks once a second for requests that take too long, until the connection is gone', () => {
    jest.useFakeTimers();
    try {
      let isConnected = true;
      const timed = queue(null, {
        requestTimeout: 30_000,
        enforceRequestTimeout: true,
        isConnected: () => isConnected,
      });
      let looks = 0;
      let ended = 0;
      const timeoutRequest = () => ended++;
      const values = timed.inflight.values.bind(timed.inflight);
      timed.inflight.values = () => (looks++, values());
      timed.inflight.set(1, { sentAt: Date.now(), requestTimeout: 5_000, timeoutRequest });
      timed.scheduleRequestTimeoutCheck();
      jest.advanceTimersByTime(5_000);
      expect({ looks, ended }).toEqual({ looks: 5, ended: 0 });
      jest.advanceTimersByTime(1_000);
      expect(ended).toBe(1);
      isConnected = false;
      jest.advanceTimersByTime(10_000);
      expect(looks).toBe(7);
    } finally {
      jest.useRealTimers();
    }
  });

  it('does not fit a client that has changed, and says so', () => {
    const prototype = RequestQueue.prototype as unknown as Record<string | symbol, unknown>;
    const mark = Symbol.for('xueji.kafkajs.idle-timer');
    const method = prototype.scheduleCheckPendingRequests;
    delete prototype[mark];
    delete prototype.scheduleCheckPendingRequests;
    expect(() => calmIdleTimer()).toThrow('has changed');
    prototype.scheduleCheckPendingRequests = method;
    prototype[mark] = true;
  });
});
