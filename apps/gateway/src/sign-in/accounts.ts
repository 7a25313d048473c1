import { readFileSync, statSync } from 'node:fs';
import { hashOfNobody, matches, parseSecretHash, SecretHash } from './secret-hash';

/**
 * The accounts that may sign in, from a file `{"accounts": {"<account id>": "scrypt$…"}}`. The file is read again when
 * it was replaced, so that an account is added or taken out without a restart.
 */
export class Accounts {
  private known: ReadonlyMap<string, SecretHash>;
  private readAs: string;
  private readonly nobody = hashOfNobody();

  /** @throws Error naming the file and what is wrong with it. */
  constructor(
    private readonly file: string,
    private readonly onFault: (fault: unknown) => void = () => undefined,
  ) {
    this.readAs = this.state();
    this.known = this.read();
  }

  /** Whether the secret is the account's. The answer takes as long when there is no such account. */
  async verify(account: string, secret: string): Promise<boolean> {
    this.refresh();
    const hash = this.known.get(account);
    const right = await matches(hash ?? this.nobody, secret);
    return right && hash !== undefined;
  }

  private refresh(): void {
    try {
      const state = this.state();
      if (state === this.readAs) return;
      this.readAs = state;
      this.known = this.read();
    } catch (fault) {
      // A file that is broken or gone locks nobody out who could sign in before.
      this.onFault(fault);
    }
  }

  private state(): string {
    const { ino, mtimeNs } = statSync(this.file, { bigint: true });
    return `${ino}/${mtimeNs}`;
  }

  private read(): Map<string, SecretHash> {
    try {
      const { accounts } = JSON.parse(readFileSync(this.file, 'utf8')) as { accounts: Record<string, string> };
      return new Map(Object.entries(accounts).map(([account, text]) => [account, parseSecretHash(text)]));
    } catch (fault) {
      throw new Error(`accounts cannot be read from ${this.file}: ${(fault as Error).message}`);
    }
  }
}
