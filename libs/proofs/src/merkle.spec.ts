import fc from 'fast-check';
import {
  append,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  NodePlace,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle';

/** Leaves, roots and proofs of the reference tree that certificate transparency logs are tested with. */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  (hex) => Buffer.from(hex, 'hex'),
);
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const inclusion: [leaf: number, size: number, path: string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];
const consistency: [first: number, second: number, path: string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
];

/** A store that counts what is asked of it, and holds nothing twice. */
class Nodes {
  readonly held = new Map<string, Buffer>();
  size = 0;
  reads = 0;

  read = ({ level, index }: NodePlace): Buffer => {
    this.reads += 1;
    const hash = this.held.get(`${level}/${index}`);
    if (!hash) throw new Error(`no node ${level}/${index}`);
    return hash;
  };

  async add(more: readonly Buffer[]): Promise<void> {
    for (const { level, index, hash } of await append(this.size, more, this.read)) {
      if (this.held.has(`${level}/${index}`)) throw new Error(`node ${level}/${index} twice`);
      this.held.set(`${level}/${index}`, hash);
    }
    this.size += more.length;
  }
}

const treeOf = async (all: readonly Buffer[]): Promise<Nodes> => {
  const nodes = new Nodes();
  await nodes.add(all.map(leafHash));
  return nodes;
};

/** The definition of RFC 6962, 2.1, as it stands there. */
const defined = (all: readonly Buffer[]): Buffer => {
  if (all.length === 0) return emptyRoot();
  if (all.length === 1) return leafHash(all[0]);
  let k = 1;
  while (k * 2 < all.length) k *= 2;
  return nodeHash(defined(all.slice(0, k)), defined(all.slice(k)));
};

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hexes = (path: readonly Buffer[]) => path.map((one) => one.toString('hex'));
const someLeaves = fc
  .array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 70 })
  .map((all) => all.map((one) => Buffer.from(one)));

describe('the Merkle log on published vectors', () => {
  it('hashes the empty tree and the empty leaf', () => {
    expect(emptyRoot().toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(leafHash(Buffer.alloc(0)).toString('hex')).toBe(roots[0]);
  });

  it.each(roots.map((root, i) => [i + 1, root] as const))('has the root of %i leaves', async (size, root) => {
    const nodes = await treeOf(leaves);
    expect((await rootOf(size, nodes.read)).toString('hex')).toBe(root);
  });

  it.each(inclusion)('proves leaf %i in %i', async (leaf, size, path) => {
    const nodes = await treeOf(leaves);
    expect(hexes(await inclusionProof(leaf, size, nodes.read))).toEqual(path);
    expect(verifyInclusion(leafHash(leaves[leaf]), leaf, size, path.map(bytes), bytes(roots[size - 1]))).toBe(true);
  });

  it.each(consistency)('proves that %i is the beginning of %i', async (first, second, path) => {
    const nodes = await treeOf(leaves);
    expect(hexes(await consistencyProof(first, second, nodes.read))).toEqual(path);
    expect(verifyConsistency(first, second, path.map(bytes), bytes(roots[first - 1]), bytes(roots[second - 1]))).toBe(
      true,
    );
  });
});

describe('the Merkle log on any leaves', () => {
  it('has the root that the standard defines, however the leaves were cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(someLeaves, fc.array(fc.integer({ min: 1, max: 9 })), async (all, cuts) => {
        const nodes = new Nodes();
        let from = 0;
        for (const cut of [...cuts, all.length]) {
          await nodes.add(all.slice(from, from + cut).map(leafHash));
          from = Math.min(from + cut, all.length);
        }
        for (let size = 0; size <= all.length; size += 1)
          expect(await rootOf(size, nodes.read)).toEqual(defined(all.slice(0, size)));
      }),
      { numRuns: 40 },
    );
  });

  it('proves every leaf in every tree, and no other leaf, place, size or root', async () => {
    await fc.assert(
      fc.asyncProperty(someLeaves, fc.nat(), fc.nat(), fc.nat(), async (all, a, b, where) => {
        const nodes = await treeOf(all);
        const size = (a % all.length) + 1;
        const index = b % size;
        const root = await rootOf(size, nodes.read);
        const path = await inclusionProof(index, size, nodes.read);
        const leaf = leafHash(all[index]);
        expect(verifyInclusion(leaf, index, size, path, root)).toBe(true);
        expect(verifyInclusion(leafHash(Buffer.from('no leaf of it')), index, size, path, root)).toBe(false);
        expect(verifyInclusion(leaf, size, size, path, root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, [...path, root], root)).toBe(false);
        expect(verifyInclusion(leaf, index, size, path, emptyRoot())).toBe(false);
        if (path.length > 0) {
          expect(verifyInclusion(leaf, index, size, path.slice(1), root)).toBe(false);
          const bent = path.map((one) => Buffer.from(one));
          bent[where % path.length][where % 32] ^= 1;
          expect(verifyInclusion(leaf, index, size, bent, root)).toBe(false);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('proves that it only grew, and finds a changed past', async () => {
    await fc.assert(
      fc.asyncProperty(someLeaves, fc.nat(), fc.nat(), async (all, a, b) => {
        const nodes = await treeOf(all);
        const [first, second] = [(a % all.length) + 1, (b % all.length) + 1].sort((x, y) => x - y);
        const [before, after] = [await rootOf(first, nodes.read), await rootOf(second, nodes.read)];
        const path = await consistencyProof(first, second, nodes.read);
        expect(verifyConsistency(first, second, path, before, after)).toBe(true);
        const forged = [...all];
        forged[a % first] = Buffer.from('another past');
        const other = defined(forged.slice(0, second));
        if (!other.equals(after)) expect(verifyConsistency(first, second, path, before, other)).toBe(false);
        if (first < second) expect(verifyConsistency(first, second, [], before, after)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('reads and writes by the logarithm of its size', async () => {
    const nodes = new Nodes();
    await nodes.add(Array.from({ length: 8_000 }, (_, i) => leafHash(Buffer.from(String(i)))));
    expect(nodes.held.size).toBeLessThan(2 * 8_000);
    const cost = async (act: () => Promise<unknown>): Promise<number> => {
      nodes.reads = 0;
      await act();
      return nodes.reads;
    };
    expect(await cost(() => rootOf(8_000, nodes.read))).toBeLessThanOrEqual(15);
    expect(await cost(() => inclusionProof(5_432, 8_000, nodes.read))).toBeLessThanOrEqual(30);
    expect(await cost(() => consistencyProof(5_432, 8_000, nodes.read))).toBeLessThanOrEqual(30);
    expect(await cost(() => nodes.add([leafHash(Buffer.from('one more'))]))).toBeLessThanOrEqual(15);
  });

  it('gives no proof of what it does not hold', async () => {
    const nodes = await treeOf(leaves);
    await expect(inclusionProof(8, 8, nodes.read)).rejects.toThrow('no leaf 8');
    await expect(consistencyProof(5, 4, nodes.read)).rejects.toThrow('no proof');
    await expect(rootOf(9, nodes.read)).rejects.toThrow('no node');
  });
});
