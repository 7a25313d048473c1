/** Passwords and keys of this folder's engines and services: random, made once, readable by their owner alone. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
 * `services.jwks.json` public, kid = service), the pair with which the gateway signs people's
 * tokens, and the pair with which the archive signs the heads of its log.
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
  signingPair('archive-signing.jwk.json', `archive-${randomBytes(4).toString('hex')}`);
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

/** Folder of the files that Compose hands to containers, one secret each. */
export const composeSecretsDir = () => inRun('compose');

/**
 * Inside a container a secret keeps the mode of its file, and the container's user is not the one of this machine. So the
 * files are readable and the folder is closed: on this machine only its owner can come to them.
 */
export function writeComposeSecrets(setName) {
  ensureKeys();
  mkdirSync(composeSecretsDir(), { recursive: true, mode: 0o700 });
  const { mongo, redis } = secrets();
  const text = (file) => readFileSync(inRun('keys', file), 'utf8');
  const files = {
    'secrets.json': readFileSync(secretsFile(), 'utf8'),
    mongo_admin: mongo.admin,
    mongo_key: text('mongo.key'),
    redis,
    redis_url: `redis://:${redis}@redis:6379/0`,
    master_key: text('master.key'),
    'services.jwks.json': text('services.jwks.json'),
    'gateway-signing.jwk.json': text('gateway-signing.jwk.json'),
    'archive-signing.jwk.json': text('archive-signing.jwk.json'),
  };
  for (const service of services) {
    const address = `mongo:27017/xueji_${service}?authSource=admin&replicaSet=${setName}`;
    files[`${service}_mongo_url`] = `mongodb://${service}:${mongo[service]}@${address}`;
    files[`${service}.jwk.json`] = text(`${service}.jwk.json`);
  }
  for (const [name, content] of Object.entries(files)) writeWhole(join(composeSecretsDir(), name), content, 0o444);
  // Of these only the place itself knows the content; what it wrote there stays.
  const once = { 'accounts.json': '{ "accounts": {} }\n', smtp_url: 'smtp://mail.invalid:25' };
  for (const [name, content] of Object.entries(once))
    if (!existsSync(join(composeSecretsDir(), name))) writeWhole(join(composeSecretsDir(), name), content, 0o444);
}
