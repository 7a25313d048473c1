import { randomBytes, scrypt, ScryptOptions, timingSafeEqual } from 'node:crypto';

/** A secret as it lies in the accounts file: `scrypt$<N>$<r>$<p>$<salt>$<key>`, salt and key in base64url. */
export interface SecretHash {
  cost: ScryptOptions & { N: number; r: number; p: number };
  salt: Buffer;
  key: Buffer;
}

const form = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]{22,})\$([\w-]{43,})$/;

/** @throws Error when the text is no such hash, or one so cheap that it protects nothing. */
export const parseSecretHash = (text: string): SecretHash => {
  const found = form.exec(text);
  if (!found) throw new Error('no scrypt hash');
  const [N, r, p] = found.slice(1, 4).map(Number);
  if (N < 4096 || N > 1_048_576 || r < 8 || r > 32 || p < 1 || p > 4) throw new Error('a cost of scrypt out of bounds');
  const maxmem = 256 * N * r;
  return {
    cost: { N, r, p, maxmem },
    salt: Buffer.from(found[4], 'base64url'),
    key: Buffer.from(found[5], 'base64url'),
  };
};

/** Takes as long for a wrong secret as for the right one. */
export const matches = (hash: SecretHash, secret: string): Promise<boolean> =>
  new Promise((resolve, reject) =>
    scrypt(secret.normalize('NFC'), hash.salt, hash.key.length, hash.cost, (fault, key) =>
      fault ? reject(fault) : resolve(timingSafeEqual(key, hash.key)),
    ),
  );

/** A hash that no secret matches, so that an unknown account costs what a known one costs. */
export const hashOfNobody = (): SecretHash => ({
  cost: { N: 16_384, r: 8, p: 1, maxmem: 256 * 16_384 * 8 },
  salt: randomBytes(16),
  key: randomBytes(32),
});
