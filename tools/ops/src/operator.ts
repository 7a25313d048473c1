/** Asks a path at the gateway. Undefined: there is no such thing (404). @throws Error with status and answer of any other refusal */
export type Ask = <T>(path: string) => Promise<T | undefined>;

export interface Account {
  gateway: string;
  account: string;
  secret: string;
}

/** A token is good for ten minutes; a comparison of a whole province takes longer. */
const renewAfter = 8 * 60_000;

/** Somebody with a post of role `operator`, at the gateway of a running system. */
export class Operator {
  private token?: { value: string; from: number };

  constructor(private readonly own: Account) {}

  readonly ask: Ask = async <T>(path: string) => {
    const reply = await this.send('GET', path);
    if (reply.status === 404) return undefined;
    return (await this.bodyOf(reply, path)) as T;
  };

  /** @throws Error when it is not a success */
  async order<T>(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<T> {
    return (await this.bodyOf(await this.send('POST', path, body, headers), path)) as T;
  }

  private async bodyOf(reply: Response, path: string): Promise<unknown> {
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text.slice(0, 600)}`);
    return text ? JSON.parse(text) : undefined;
  }

  private async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(new URL(path, this.own.gateway), {
      method,
      headers: {
        authorization: `Bearer ${await this.bearer()}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  private async bearer(): Promise<string> {
    if (this.token && Date.now() - this.token.from < renewAfter) return this.token.value;
    const { gateway, account, secret } = this.own;
    const reply = await fetch(new URL('/api/gateway/v1/tokens', gateway), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account, secret }),
    });
    if (!reply.ok) throw new Error(`${account} cannot sign in at ${gateway}: ${reply.status}`);
    const { token } = (await reply.json()) as { token: string };
    this.token = { value: token, from: Date.now() };
    return token;
  }
}
