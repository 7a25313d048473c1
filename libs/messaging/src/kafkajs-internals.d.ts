declare module 'kafkajs/src/network/requestQueue' {
  export default class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    constructor(options: Record<string, unknown>);
    push(request: { entry: { correlationId: number }; expectResponse: boolean; sendRequest: () => void }): void;
    fulfillRequest(response: { correlationId: number; size: number; payload: unknown }): void;
    maybeThrottle(milliseconds: number): void;
    scheduleCheckPendingRequests(): void;
    enforceRequestTimeout: boolean;
    requestTimeout: number;
    requestTimeoutIntervalId: NodeJS.Timeout | null;
    inflight: Map<number, { sentAt: number; requestTimeout: number; timeoutRequest(): void }>;
    isConnected(): boolean;
    scheduleRequestTimeoutCheck(): void;
    destroy(): void;
  }
}

declare module 'kafkajs/src/consumer/runner' {
  export default class Runner {
    fetch(nodeId: string): Promise<unknown[]>;
  }
}
