import { createSecretKey, randomBytes } from 'node:crypto';
import { blindIndex, Place, seal, unseal } from './suite';

describe('a sealed value', () => {
  const key = createSecretKey(randomBytes(32));
  const place: Place = { collection: 'students', id: 'one', field: 'address' };
  const plain = Buffer.from('云岩区中华北路1号');

  it('opens where it was sealed, and nowhere else', () => {
    const sealed = seal(plain, key, '520103/1', place);
    expect(unseal(sealed, key, place)).toEqual(plain);
    for (const other of [{ collection: 'files' }, { id: 'other' }, { field: 'guardian' }])
      expect(() => unseal(sealed, key, { ...place, ...other })).toThrow();
    expect(() => unseal(sealed, createSecretKey(randomBytes(32)), place)).toThrow();
    expect(() => unseal({ ...sealed, k: '520122/1' }, key, place)).toThrow();
    const last = sealed.c.length - 1;
    const bent = Buffer.concat([sealed.c.subarray(0, last), Buffer.from([sealed.c[last] ^ 1])]);
    expect(() => unseal({ ...sealed, c: bent }, key, place)).toThrow();
  });

  it('has a nonce of its own, however many are sealed', () => {
    const sealed = Array.from({ length: 2_000 }, () => seal(plain, key, '520103/1', place));
    expect(new Set(sealed.map(({ n }) => n.toString('hex'))).size).toBe(2_000);
    expect(sealed.every(({ n }) => n.length === 12)).toBe(true);
    expect(sealed.every((one) => unseal(one, key, place).equals(plain))).toBe(true);
  });

  it('is found by an index that only the same key and value give', () => {
    expect(blindIndex('id 1', key, 'i1')).toBe(blindIndex('id 1', key, 'i1'));
    expect(blindIndex('id 2', key, 'i1')).not.toBe(blindIndex('id 1', key, 'i1'));
    expect(blindIndex('id 1', createSecretKey(randomBytes(32)), 'i1')).not.toBe(blindIndex('id 1', key, 'i1'));
  });
});
