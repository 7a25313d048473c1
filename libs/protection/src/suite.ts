import { createCipheriv, createDecipheriv, createHmac, KeyObject, randomBytes } from 'node:crypto';

/** A value as it lies in the store. The suite and the key are named beside it, so that another suite can come. */
export interface Sealed {
  /** Suite: `A256GCM`. */
  s: 'A256GCM';
  /** Data key: `<county>/<version>`. */
  k: string;
  /** Nonce, 12 bytes. */
  n: Buffer;
  /** Ciphertext and tag. */
  c: Buffer;
}

/** What a sealed value is bound to: moved to another place it does not open. */
export interface Place {
  collection: string;
  id: string;
  field: string;
}

const associated = (place: Place, keyId: string): Buffer =>
  Buffer.from(`${place.collection}\u0000${place.id}\u0000${place.field}\u0000${keyId}`, 'utf8');

/** Random bytes not yet used. They are fetched for many nonces at once: one by one the fetching is a third of a seal. */
let fresh = Buffer.alloc(0);
const nonceBytes = 12;
const newNonce = (): Buffer => {
  if (fresh.length === 0) fresh = randomBytes(256 * nonceBytes);
  const nonce = Buffer.from(fresh.subarray(0, nonceBytes));
  fresh = fresh.subarray(nonceBytes);
  return nonce;
};

export const seal = (plain: Buffer, key: KeyObject, keyId: string, place: Place): Sealed => {
  const nonce = newNonce();
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(associated(place, keyId));
  const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { s: 'A256GCM', k: keyId, n: nonce, c: body };
};

/** @throws Error when key, place or bytes are not those that sealed. */
export const unseal = (sealed: Sealed, key: KeyObject, place: Place): Buffer => {
  const nonce = bytes(sealed.n);
  const body = bytes(sealed.c);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(associated(place, sealed.k));
  decipher.setAuthTag(body.subarray(body.length - 16));
  return Buffer.concat([decipher.update(body.subarray(0, body.length - 16)), decipher.final()]);
};

/** Keyed index of a value for exact search. Equal values give equal indexes, nothing else is told. */
export const blindIndex = (value: string, key: KeyObject, keyId: string): string =>
  `${keyId}:${createHmac('sha256', key).update(value.normalize('NFC'), 'utf8').digest('base64url')}`;

/** Bytes as the driver returns them: a Buffer, or a BSON Binary around one. */
const bytes = (value: Buffer | { buffer: Uint8Array }): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(value.buffer);
