import { createHash } from 'node:crypto';

/**
 * Merkle tree of RFC 6962 / RFC 9162: leaves and inner nodes are hashed apart, so that none can stand for the other.
 *
 * What is stored is the hash of every complete subtree: `level` 0 are leaves, and node `index` of a level covers the
 * leaves from `index * 2^level` on, `2^level` of them. Such a hash never changes, so appending only adds, and appending
 * and proving read and write O(log n) of them.
 */
export interface NodePlace {
  level: number;
  index: number;
}

export interface StoredNode extends NodePlace {
  hash: Buffer;
}

/** Reads the hash of a complete subtree. @throws when it is not there: a tree with a hole proves nothing */
export type ReadNode = (place: NodePlace) => Buffer | Promise<Buffer>;

const sha = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);

export const leafHash = (leaf: Uint8Array): Buffer => sha(leafPrefix, leaf);
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha(nodePrefix, left, right);
/** Root of the tree without leaves. */
export const emptyRoot = (): Buffer => sha();

/** Nodes that become complete when leaves are appended to a tree of `size`: the leaves themselves and what they close. */
export const append = async (size: number, leaves: readonly Buffer[], read: ReadNode): Promise<StoredNode[]> => {
  const added: StoredNode[] = [];
  const fresh = new Map<string, Buffer>();
  const put = (level: number, index: number, hash: Buffer) => {
    added.push({ level, index, hash });
    fresh.set(`${level}/${index}`, hash);
  };
  let next = size;
  for (const leaf of leaves) {
    let hash = leaf;
    let [level, index] = [0, next++];
    put(level, index, hash);
    // A right child closes its parent.
    while (index % 2 === 1) {
      const left = fresh.get(`${level}/${index - 1}`) ?? (await read({ level, index: index - 1 }));
      hash = nodeHash(left, hash);
      level += 1;
      index = (index - 1) / 2;
      put(level, index, hash);
    }
  }
  return added;
};

/** Largest power of two below n; n > 1. */
const splitOf = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

/** Hash of the leaves from `start` to before `end`, where the range is one that the tree of some size has as a node. */
const rangeHash = async (start: number, end: number, read: ReadNode): Promise<Buffer> => {
  const width = end - start;
  const level = Math.log2(width);
  if (Number.isInteger(level)) return read({ level, index: start / width });
  const split = start + splitOf(width);
  return nodeHash(await rangeHash(start, split, read), await rangeHash(split, end, read));
};

export const rootOf = async (size: number, read: ReadNode): Promise<Buffer> =>
  size === 0 ? emptyRoot() : rangeHash(0, size, read);

/** Audit path of a leaf in the tree of the first `size` leaves, from the leaf upwards. */
export const inclusionProof = async (index: number, size: number, read: ReadNode): Promise<Buffer[]> => {
  if (!(index >= 0 && index < size)) throw new Error(`no leaf ${index} in a tree of ${size}`);
  const path: Buffer[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const split = start + splitOf(end - start);
    if (index < split) {
      path.push(await rangeHash(split, end, read));
      end = split;
    } else {
      path.push(await rangeHash(start, split, read));
      start = split;
    }
  }
  return path.reverse();
};

/** Proof that the tree of the first `first` leaves is the beginning of that of `second`. */
export const consistencyProof = async (first: number, second: number, read: ReadNode): Promise<Buffer[]> => {
  if (!(first >= 0 && first <= second)) throw new Error(`no proof from ${first} to ${second}`);
  if (first === 0 || first === second) return [];
  const path: Buffer[] = [];
  let [start, end] = [0, second];
  let whole = true;
  while (first !== end) {
    const split = start + splitOf(end - start);
    if (first <= split) {
      path.push(await rangeHash(split, end, read));
      end = split;
    } else {
      path.push(await rangeHash(start, split, read));
      start = split;
      whole = false;
    }
  }
  if (!whole) path.push(await rangeHash(start, end, read));
  return path.reverse();
};

/** RFC 9162, 2.1.3.2. */
export const verifyInclusion = (
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean => {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let [fn, sn] = [BigInt(index), BigInt(size - 1)];
  let hash: Buffer = Buffer.from(leaf);
  for (const part of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      hash = nodeHash(part, hash);
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else hash = nodeHash(hash, part);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && hash.equals(root);
};

/** RFC 9162, 2.1.4.2. */
export const verifyConsistency = (
  first: number,
  second: number,
  path: readonly Uint8Array[],
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
): boolean => {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 0 || first > second) return false;
  if (first === second) return path.length === 0 && Buffer.from(firstRoot).equals(secondRoot);
  if (first === 0) return path.length === 0 && emptyRoot().equals(firstRoot);
  const parts = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : [...path];
  if (parts.length === 0) return false;
  let [fn, sn] = [BigInt(first - 1), BigInt(second - 1)];
  while (fn & 1n) [fn, sn] = [fn >> 1n, sn >> 1n];
  let [fr, sr]: [Buffer, Buffer] = [Buffer.from(parts[0]), Buffer.from(parts[0])];
  for (const part of parts.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      fr = nodeHash(part, fr);
      sr = nodeHash(part, sr);
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else sr = nodeHash(sr, part);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && fr.equals(firstRoot) && sr.equals(secondRoot);
};
