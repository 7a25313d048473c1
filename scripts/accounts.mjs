/**
 * Makes accounts for the gateway: `node scripts/accounts.mjs FILE ACCOUNT…` gives each account a new random secret, keeps
 * its hash in FILE and prints `account<TAB>secret`. Secrets are printed once and stored nowhere.
 */
import { randomBytes, scrypt } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { readJson, writeJson } from './engines/places.mjs';

const cost = { N: 16_384, r: 8, p: 1 };
const derive = promisify(scrypt);

/**
 * Accounts already in the file and not named stay; those named get a new secret.
 * @param {string} file
 * @param {string[]} ids
 * @returns {Promise<Record<string, string>>} the new secrets by account
 */
export async function makeAccounts(file, ids) {
  const { accounts } = readJson(file, { accounts: {} });
  const made = await Promise.all(
    ids.map(async (id) => {
      if (!id || id.length > 80) throw new Error(`"${id}" is no account id: 1 to 80 characters`);
      const secret = randomBytes(18).toString('base64url');
      const salt = randomBytes(16);
      const key = await derive(secret, salt, 32, cost);
      const hash = ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
      return { id, secret, hash };
    }),
  );
  for (const { id, hash } of made) accounts[id] = hash;
  writeJson(file, { accounts }, 0o600);
  return Object.fromEntries(made.map(({ id, secret }) => [id, secret]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file, ...ids] = process.argv.slice(2);
  if (!file || ids.length === 0) {
    console.error('usage: node scripts/accounts.mjs FILE ACCOUNT…');
    process.exitCode = 2;
  } else for (const [id, secret] of Object.entries(await makeAccounts(file, ids))) console.log(`${id}\t${secret}`);
}
