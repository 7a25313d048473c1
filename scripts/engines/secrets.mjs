/** Passwords and keys of this folder's engines and services: random, made once, readable by their owner alone. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { inRun, readJson, services, writeJson, writeWhole } from './places.mjs';

export const secretsFile = () => inRun('secrets.json');
export const keysDir = () => inRun('keys');
export const mongoKeyFile = () => inRun('keys', 'mongo.key');
export const masterKeyFile = () => inRun('keys', 'master.key');

const password = () => randomBytes(24).toString('base64url');

/** @returns {{mongo: Record<string, string>, redis: string}} one password per MongoDB user, one for Redis */
export function secrets() {
  const file = secretsFile();
  const known = readJson(file, undefined);
  const users = ['admin', 'tests', ...services];
  if (known && users.every((user) => known.mongo[user])) return known;
  const mongo = Object.fromEntries(users.map((user) => [user, known?.mongo[user] ?? password()]));
  const made = { mongo, redis: known?.redis ?? password() };
  writeJson(file, made, 0o600);
  return made;
}

/**
 * Master key (32 bytes, base64), key file of the replica set, an Ed25519 pair per service (`<service>.jwk.json` private,
 * `services.jwks.json` public, kid = service), and the pair with which the gateway signs people's tokens.
 */
export function ensureKeys() {
  const once = (file, make) => existsSync(file) || writeWhole(file, make(), 0o600);
  once(masterKeyFile(), () => `${randomBytes(32).toString('base64')}\n`);
  once(mongoKeyFile(), () => `${randomBytes(384).toString('base64')}\n`);
  const publicKeys = services.map((service) => signingPair(`${service}.jwk.json`, service));
  const jwks = inRun('keys', 'services.jwks.json');
  if (
    readJson(jwks, { keys: [] })
      .keys.map((key) => key.x)
      .join() !== publicKeys.map((key) => key.x).join()
  )
    writeJson(jwks, { keys: publicKeys });
  signingPair('gateway-signing.jwk.json', `gateway-${randomBytes(4).toString('hex')}`);
}

/** @returns the public half */
function signingPair(name, kid) {
  const file = inRun('keys', name);
  if (!existsSync(file)) {
    const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    writeJson(file, { ...jwk, kid, alg: 'EdDSA', use: 'sig' }, 0o600);
  }
  const { d: _private, ...publicHalf } = readJson(file);
  return publicHalf;
}
