import { generateKeyPairSync } from 'node:crypto';
import { headDigest, keyIdOf, LogHead, signHead, verifyHead } from './head';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const head: LogHead = { log: 'xueji-archive', size: 2, root: 'ab'.repeat(32), at: '2027-07-05T09:00:00.000Z' };

describe('a signed head', () => {
  it('is verified with the public key, by whoever has it', () => {
    const signed = signHead(head, privateKey);
    expect(signed.key).toBe(keyIdOf(publicKey));
    expect(verifyHead(signed, publicKey)).toBe(true);
    expect(verifyHead(JSON.parse(JSON.stringify(signed)) as typeof signed, publicKey)).toBe(true);
  });

  it.each([
    ['size', { size: 3 }],
    ['root', { root: 'ac'.repeat(32) }],
    ['time', { at: '2027-07-04T09:00:00.000Z' }],
    ['predecessor', { previous: 'cd'.repeat(32) }],
    ['log', { log: 'another' }],
  ])('does not stand for another %s', (_, change) => {
    expect(verifyHead({ ...signHead(head, privateKey), ...change }, publicKey)).toBe(false);
  });

  it('is not verified with another key', () => {
    const other = generateKeyPairSync('ed25519');
    expect(verifyHead(signHead(head, privateKey), other.publicKey)).toBe(false);
    expect(verifyHead({ ...signHead(head, other.privateKey), key: keyIdOf(publicKey) }, publicKey)).toBe(false);
  });

  it('is named by its successor', () => {
    const next = { ...head, size: 3, previous: headDigest(head) };
    expect(headDigest(next)).not.toBe(headDigest({ ...next, previous: headDigest({ ...head, size: 1 }) }));
    expect(headDigest(signHead(head, privateKey))).toBe(headDigest(head));
  });
});
