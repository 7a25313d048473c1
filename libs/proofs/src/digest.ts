import { createHash } from 'node:crypto';

/** SHA-256, hex. */
export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** SM3 (GB/T 32905-2016), hex. */
export const sm3 = (bytes: Uint8Array | string): string => createHash('sm3').update(bytes).digest('hex');

export interface Digests {
  sha256: string;
  sm3: string;
}

export const digests = (bytes: Uint8Array): Digests => ({ sha256: sha256(bytes), sm3: sm3(bytes) });
