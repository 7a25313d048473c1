import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { canonical, canonicalBytes, isCanonical } from './canonical';

/** IEEE-754 samples of RFC 8785, appendix B. */
const numbers: [bits: string, text: string][] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

/** The other implementation, asked in a process of its own. */
const published = (values: unknown[]): string[] =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import c from 'canonicalize'; let t = ''; process.stdin.on('data', (d) => (t += d)).on('end', () =>
          process.stdout.write(JSON.stringify(JSON.parse(t).map((v) => c(v)))));`,
      ],
      { cwd: join(__dirname, '../../..'), input: JSON.stringify(values), maxBuffer: 64 * 1024 * 1024 },
    ).toString(),
  ) as string[];

describe('canonical JSON', () => {
  it.each(numbers)('writes the number %s of the standard as %s', (bits, text) => {
    expect(canonical(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  it('writes the example of the standard, section 3.2.4, byte for byte', () => {
    const input = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    ) as unknown;
    expect(canonicalBytes(input).toString('hex')).toBe(
      (
        '7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 ' +
        '22 3a 5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31 65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 ' +
        '2d 32 37 5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f ' +
        '22 7d'
      ).replaceAll(' ', ''),
    );
  });

  it('sorts members by UTF-16 units, as in section 3.2.3', () => {
    const input = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(
      Object.values(JSON.parse(canonical(Object.entries(input).map(([, value]) => value))) as string[]),
    ).toHaveLength(7);
    expect([...canonical(input).matchAll(/:"([^"]+)"/g)].map(([, value]) => value)).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('is what another implementation writes, and reads back as the value', () => {
    const values = fc.sample(fc.jsonValue({ maxDepth: 4 }), { numRuns: 400, seed: 8785 });
    // An own member of this name is what the literal form cannot give, and JSON.parse can.
    const all = [...values, JSON.parse('{"__proto__":1,"a":{"toString":"x","":null}}') as unknown];
    expect(all.map((value) => canonical(value))).toEqual(published(all));
    for (const value of all) expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it('does not depend on the order in which members were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonical(turned)).toBe(canonical(value));
        expect(isCanonical(canonicalBytes(value))).toBe(true);
      }),
    );
  });

  it.each([NaN, Infinity, '\ud800', undefined, { a: () => 1 }, 10n])('has no form for %p', (value) => {
    expect(() => canonical(value)).toThrow('has no form');
  });

  it.each(['{"b":1,"a":2}', '{"a": 1}', '1.0', '{"a":1}\n', '\ufeff1', '{"a":1,"a":1}'])(
    'tells that %p is not canonical',
    (text) => {
      expect(isCanonical(Buffer.from(text))).toBe(false);
    },
  );
});
