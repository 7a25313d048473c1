import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Accounts } from './accounts';
import { Attempts } from './attempts';
import { parseSecretHash } from './secret-hash';

const folder = mkdtempSync(join(tmpdir(), 'accounts-'));
const file = join(folder, 'accounts.json');
const script = resolve(__dirname, '../../../../scripts/accounts.mjs');
const make = (...ids: string[]): Record<string, string> =>
  Object.fromEntries(
    execFileSync('node', [script, file, ...ids], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((line) => line.split('\t')),
  ) as Record<string, string>;

afterAll(() => rmSync(folder, { recursive: true }));

describe('accounts made by the script', () => {
  it('sign in with their own secret only, and the file holds no secret and is its owner’s alone', async () => {
    const secrets = make('clerk-1', 'officer-1');
    const accounts = new Accounts(file);
    expect(await accounts.verify('clerk-1', secrets['clerk-1'])).toBe(true);
    expect(await accounts.verify('clerk-1', secrets['officer-1'])).toBe(false);
    expect(await accounts.verify('nobody', secrets['clerk-1'])).toBe(false);
    expect(await accounts.verify('__proto__', '')).toBe(false);
    const text = readFileSync(file, 'utf8');
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('are known as soon as the file is replaced; the others keep their secrets', async () => {
    const before = make('clerk-1', 'clerk-2');
    const accounts = new Accounts(file);
    const after = make('clerk-2', 'clerk-3');
    expect(await accounts.verify('clerk-1', before['clerk-1'])).toBe(true);
    expect(await accounts.verify('clerk-2', before['clerk-2'])).toBe(false);
    expect(await accounts.verify('clerk-2', after['clerk-2'])).toBe(true);
    expect(await accounts.verify('clerk-3', after['clerk-3'])).toBe(true);
  });

  it('stay as they were when the new file is broken, and somebody is told', async () => {
    const { 'clerk-1': secret } = make('clerk-1');
    const faults: unknown[] = [];
    const accounts = new Accounts(file, (fault) => faults.push(fault));
    writeFileSync(file, '{"accounts": {"clerk-1": "plain"}}');
    expect(await accounts.verify('clerk-1', secret)).toBe(true);
    expect(String(faults[0])).toContain('no scrypt hash');
    expect(() => new Accounts(file)).toThrow(file);
    expect(() => new Accounts(join(folder, 'none.json'))).toThrow('ENOENT');
  });
});

describe('a hash', () => {
  const salt = 'A'.repeat(22);
  const key = 'A'.repeat(43);
  it.each([
    `scrypt$16$8$1$${salt}$${key}`,
    `scrypt$16384$1$1$${salt}$${key}`,
    `scrypt$16384$8$1$short$${key}`,
    'secret',
    '',
  ])('%p protects nothing and is refused', (text) => expect(() => parseSecretHash(text)).toThrow());
});

describe('attempts', () => {
  it('are bounded within the window, and free again after it', () => {
    const attempts = new Attempts(2, 60_000);
    expect([attempts.begin('a', 0), attempts.begin('a', 10_000), attempts.begin('a', 20_000)]).toEqual([0, 0, 40]);
    expect(attempts.begin('b', 20_000)).toBe(0);
    expect(attempts.begin('a', 60_000)).toBe(0);
  });

  it('that were right do not count', () => {
    const attempts = new Attempts(1, 60_000);
    for (let time = 0; time < 10; time++) {
      expect(attempts.begin('a', time)).toBe(0);
      attempts.forgive('a');
    }
  });

  it('under made-up names do not grow without bound', () => {
    const attempts = new Attempts(1, 60_000, 3);
    for (const key of ['a', 'b', 'c', 'd']) attempts.begin(key, 0);
    expect(attempts.begin('d', 1)).toBe(60);
    expect(attempts.begin('a', 1)).toBe(0);
  });
});
