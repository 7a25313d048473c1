import { createHash, createPublicKey, KeyObject, sign, verify } from 'node:crypto';
import { canonicalBytes } from './canonical';

/** State of a log at one moment: so many leaves, with this root. */
export interface LogHead {
  /** Name of the log. */
  log: string;
  size: number;
  /** Root, hex. */
  root: string;
  /** Business time, ISO 8601 with milliseconds, UTC. */
  at: string;
  /** SHA-256 of the canonical form of the head before, hex; absent in the first. */
  previous?: string;
}

export interface SignedHead extends LogHead {
  /** Id of the key. */
  key: string;
  /** Ed25519 over the canonical JSON of the head without key and signature, base64url. */
  signature: string;
}

const bare = ({ log, size, root, at, previous }: LogHead): LogHead => ({
  log,
  size,
  root,
  at,
  ...(previous !== undefined && { previous }),
});

/** SubjectPublicKeyInfo of a key, DER in base64: the form in which it is published. */
export const publicForm = (key: KeyObject): string =>
  createPublicKey(
    key.type === 'private' ? key : { key: key.export({ type: 'spki', format: 'der' }), format: 'der', type: 'spki' },
  )
    .export({ type: 'spki', format: 'der' })
    .toString('base64');

/** First 16 hex digits of the SHA-256 of the SubjectPublicKeyInfo: a name that anybody can count out of the key. */
export const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(Buffer.from(publicForm(key), 'base64'))
    .digest('hex')
    .slice(0, 16);

/** What the next head names as `previous`. */
export const headDigest = (head: LogHead): string =>
  createHash('sha256')
    .update(canonicalBytes(bare(head)))
    .digest('hex');

export const signHead = (head: LogHead, key: KeyObject): SignedHead => ({
  ...bare(head),
  key: keyIdOf(key),
  signature: sign(null, canonicalBytes(bare(head)), key).toString('base64url'),
});

export const verifyHead = (head: SignedHead, key: KeyObject): boolean =>
  head.key === keyIdOf(key) &&
  verify(null, canonicalBytes(bare(head)), createPublicKey(publicPem(key)), Buffer.from(head.signature, 'base64url'));

const publicPem = (key: KeyObject): string =>
  createPublicKey({ key: Buffer.from(publicForm(key), 'base64'), format: 'der', type: 'spki' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
