import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { strangersTo } from './strangers';
import type { Story } from './story';

/** What a service answered. */
export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
  etag?: string;
}

export class Unexpected extends Error {}

/** Where a caller stands: the gateway, the tokens of people, and the story that counts the steps. */
export interface Surroundings {
  readonly url: string;
  readonly story: Story;
  tokenOf(account: string): Promise<string>;
}

type Headers = Record<string, string>;
type Body = string | FormData;

const json = { 'content-type': 'application/json' };

/** Calls over HTTP with one account's token. Says what it expects; anything else stops the story with the answer. */
export class Caller {
  constructor(
    private readonly world: Surroundings,
    readonly account: string,
  ) {}

  get<T = Record<string, unknown>>(path: string): Promise<Answer<T>> {
    return this.call<T>('GET', path);
  }

  /** Without strangers before it: for a call that is refused anyway. */
  post<T = Record<string, unknown>>(path: string, body: unknown = {}, headers: Headers = {}): Promise<Answer<T>> {
    return this.call<T>('POST', path, JSON.stringify(body), { ...json, ...headers });
  }

  /** A step of the story: strangers try it first and are refused. */
  step<T = Record<string, unknown>>(path: string, body: unknown = {}, headers: Headers = {}): Promise<Answer<T>> {
    return this.asStep<T>(path, () => JSON.stringify(body), { ...json, ...headers });
  }

  upload<T = Record<string, unknown>>(
    path: string,
    bytes: Uint8Array,
    name: string,
    type = 'application/octet-stream',
  ): Promise<Answer<T>> {
    return this.asStep<T>(path, () => {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
      return form;
    });
  }

  /** Something of one's own, which there is no other to try for. */
  async put(path: string, body: unknown): Promise<void> {
    const answer = await this.call('PUT', path, JSON.stringify(body), json);
    if (answer.status >= 300) throw this.unexpected(path, answer);
  }

  /** A question without a body, a step with one. @throws Unexpected when it is not a success */
  async must<T = Record<string, unknown>>(path: string, body?: unknown, headers: Headers = {}): Promise<T> {
    const answer = body === undefined ? await this.get<T>(path) : await this.step<T>(path, body, headers);
    if (answer.status >= 300) throw this.unexpected(path, answer);
    return answer.body;
  }

  /** @throws Unexpected when the answer has another status */
  async refused(status: number, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    const answer = body === undefined ? await this.get(path) : await this.post(path, body, headers);
    if (answer.status !== status) throw this.unexpected(path, answer);
    return answer;
  }

  async download(path: string): Promise<Buffer> {
    const response = await this.send('GET', path);
    if (!response.ok) throw new Unexpected(`${this.account} ${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  private async asStep<T>(path: string, body: () => Body, headers: Headers = {}): Promise<Answer<T>> {
    const { story } = this.world;
    const tries = strangersTo(this.account, path).map(async (stranger) => {
      const { status } = await new Caller(this.world, stranger).call('POST', path, body(), headers);
      story.called(stranger, path, status, false);
    });
    await Promise.all(tries);
    const answer = await this.call<T>('POST', path, body(), headers);
    story.called(this.account, path, answer.status, true);
    return answer;
  }

  private async call<T>(method: string, path: string, body?: Body, headers: Headers = {}): Promise<Answer<T>> {
    const key: Headers = method === 'GET' ? {} : { 'idempotency-key': randomUUID() };
    const response = await this.patiently(() => this.send(method, path, body, { ...key, ...headers }));
    const text = await response.text();
    const etag = response.headers.get('etag') ?? undefined;
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as T, ...(etag && { etag }) };
  }

  /** On a busy machine an answer may come too late, or not: asked again with the same key, nothing takes effect twice. */
  private async patiently(send: () => Promise<Response>): Promise<Response> {
    for (let tries = 1; ; tries++) {
      const answer = await send().catch((fault: Error) => fault);
      const late = answer instanceof Error || answer.status === 503 || answer.status === 504;
      if (!late) return answer;
      if (tries === 5) {
        if (answer instanceof Error) throw answer;
        return answer;
      }
      if (answer instanceof Error) this.world.story.repeated(causeOf(answer));
      else {
        this.world.story.repeated(`${answer.status}`);
        await answer.body?.cancel();
      }
      await pause(1000);
    }
  }

  private async send(method: string, path: string, body?: Body, headers: Headers = {}): Promise<Response> {
    return fetch(`${this.world.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.world.tokenOf(this.account)}`, ...headers },
      ...(body !== undefined && { body }),
    });
  }

  private unexpected(path: string, { status, body }: Answer<unknown>): Unexpected {
    return new Unexpected(`${this.account} ${path}: ${status} ${JSON.stringify(body).slice(0, 1500)}`);
  }
}

const causeOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message);
