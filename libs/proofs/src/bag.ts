import { Digests, sha256, sm3 } from './digest';

/** A file of the payload, as the manifests need it. */
export interface PayloadFile extends Digests {
  /** Below `data/`, with `/` between; letters of any script, no `..`, no line breaks. */
  path: string;
  /** Bytes. */
  size: number;
}

/** A file of a bag outside its payload. */
export interface TagFile {
  path: string;
  bytes: Buffer;
}

const byPath = <T extends { path: string }>(files: readonly T[]): T[] =>
  [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));

/** RFC 8493, 2.1.3: line breaks and the percent sign are escaped, everything else stands as it is. */
const escaped = (path: string): string => path.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');

const manifest = (lines: readonly { digest: string; path: string }[]): Buffer =>
  Buffer.from(lines.map(({ digest, path }) => `${digest}  ${escaped(path)}\n`).join(''), 'utf8');

const checkPath = (path: string): void => {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..') || path.includes('\\') || path.includes('\0'))
    throw new Error('a file of a bag lies below data/, under a plain path');
};

/** Labels of bag-info in the order given; a value is one line. */
export type BagInfo = readonly (readonly [label: string, value: string])[];

/**
 * BagIt 1.0 (RFC 8493) around a payload: declaration, information, a manifest for each digest and one over these. The
 * same payload and information give the same bytes.
 */
export const layTags = (payload: readonly PayloadFile[], info: BagInfo): TagFile[] => {
  const files = byPath(payload);
  files.forEach(({ path }) => checkPath(path));
  if (new Set(files.map(({ path }) => path)).size !== files.length)
    throw new Error('two files of a bag under one path');
  const octets = files.reduce((sum, { size }) => sum + size, 0);
  const lines = [...info, ['Payload-Oxum', `${octets}.${files.length}`] as const];
  if (lines.some(([label, value]) => /[\r\n]/.test(value) || !/^[A-Za-z-]+$/.test(label)))
    throw new Error('a line of bag-info is one line');
  const manifestOf = (digest: (file: PayloadFile) => string) =>
    manifest(files.map((file) => ({ digest: digest(file), path: `data/${file.path}` })));
  const tags = byPath([
    { path: 'bagit.txt', bytes: Buffer.from('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n') },
    { path: 'bag-info.txt', bytes: Buffer.from(lines.map(([label, value]) => `${label}: ${value}\n`).join('')) },
    { path: 'manifest-sha256.txt', bytes: manifestOf((file) => file.sha256) },
    { path: 'manifest-sm3.txt', bytes: manifestOf((file) => file.sm3) },
  ]);
  return [
    ...tags,
    {
      path: 'tagmanifest-sha256.txt',
      bytes: manifest(tags.map(({ path, bytes }) => ({ digest: sha256(bytes), path }))),
    },
    { path: 'tagmanifest-sm3.txt', bytes: manifest(tags.map(({ path, bytes }) => ({ digest: sm3(bytes), path }))) },
  ];
};

/** The two digests that stand for a whole bag: those of its tag manifests. */
export const bagDigests = (tags: readonly TagFile[]): Digests => {
  const of = (path: string): Buffer => {
    const found = tags.find((tag) => tag.path === path);
    if (!found) throw new Error(`a bag without ${path}`);
    return found.bytes;
  };
  return { sha256: sha256(of('tagmanifest-sha256.txt')), sm3: sm3(of('tagmanifest-sm3.txt')) };
};
