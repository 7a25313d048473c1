import { generateKeyPairSync, KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import {
  append,
  bagDigests,
  canonicalBytes,
  digests,
  inclusionProof,
  keyIdOf,
  layTags,
  leafHash,
  LogHead,
  publicForm,
  ReadNode,
  rootOf,
  sha256,
  SignedHead,
  signHead,
  zipOf,
} from '#libs/proofs';

/** A small copy as the archive exports one, every stage of which a test may change. */
export interface Example {
  payload: Map<string, Buffer>;
  statement: Record<string, unknown>;
  proof: Record<string, unknown>;
  head: SignedHead;
  heads: { heads: SignedHead[]; keys: Record<string, string> };
  key: KeyObject;
  publicKey: string;
  zip(): Promise<Buffer>;
}

export interface Changes {
  /** Before manifests are made. */
  payload?: (payload: Map<string, Buffer>) => void;
  statement?: (statement: Record<string, unknown>) => void;
  /** After signing. */
  proof?: (proof: Record<string, unknown>) => void;
  /** After everything: files of the bag as they lie in the zip. */
  files?: (files: Map<string, Buffer>) => void;
  head?: (head: LogHead) => LogHead;
}

export const example = async (changes: Changes = {}): Promise<Example> => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const papers = ['%PDF-1.4 甲', '%PDF-1.4 乙'].map((text) => Buffer.from(text));
  const part = canonicalBytes({ owner: 'registry', data: { name: '王㛃', changes: [] } });
  const facts = {
    copy: 'student-1.permanent.7',
    student: 'student-1',
    kind: 'permanent',
    school: '2152000001',
    stage: 'primary',
    sealedOn: '2027-07-05',
    sealedAt: '2027-07-05T02:00:00.000Z',
  };
  const payload = new Map<string, Buffer>([
    ['parts/registry.json', part],
    ...papers.map((bytes): [string, Buffer] => [`files/${sha256(bytes)}`, bytes]),
  ]);
  payload.set(
    'copy.json',
    canonicalBytes({
      format: 'xueji-copy-1',
      ...facts,
      parts: [{ owner: 'registry', sha256: sha256(part) }],
      files: papers.map((bytes) => ({ sha256: sha256(bytes), name: 'photo' })),
    }),
  );
  changes.payload?.(payload);
  const tags = layTags(
    [...payload].map(([path, bytes]) => ({ path, size: bytes.length, ...digests(bytes) })),
    [['Bagging-Date', facts.sealedOn]],
  );
  const statement: Record<string, unknown> = { ...facts, ...bagDigests(tags) };
  changes.statement?.(statement);

  const leaves = [...Array(5).keys()].map((i) => leafHash(canonicalBytes({ copy: `other-${i}` })));
  leaves[2] = leafHash(canonicalBytes(statement));
  const nodes = await append(0, leaves, () => Buffer.alloc(0));
  const read: ReadNode = ({ level, index }) =>
    nodes.find((node) => node.level === level && node.index === index)?.hash ??
    nodes.filter((node) => node.level === level)[index].hash;
  const bare: LogHead = {
    log: 'xueji-archive',
    size: 5,
    root: (await rootOf(5, read)).toString('hex'),
    at: '2027-07-05T02:00:01.000Z',
  };
  const head = signHead(changes.head?.(bare) ?? bare, privateKey);
  const proof: Record<string, unknown> = {
    format: 'xueji-proof-1',
    statement,
    leaf: { index: 2, hash: leaves[2].toString('hex') },
    path: (await inclusionProof(2, 5, read)).map((one) => one.toString('hex')),
    head,
  };
  changes.proof?.(proof);
  const files = new Map<string, Buffer>([
    ...tags.map(({ path, bytes }): [string, Buffer] => [path, bytes]),
    ...[...payload].map(([path, bytes]): [string, Buffer] => [`data/${path}`, bytes]),
    ['proof.json', canonicalBytes(proof)],
  ]);
  changes.files?.(files);
  return {
    payload,
    statement,
    proof,
    head,
    heads: { heads: [head], keys: { [keyIdOf(privateKey)]: publicForm(privateKey) } },
    key: privateKey,
    publicKey: publicForm(privateKey),
    zip: () => buffer(zipOf([...files].map(([path, bytes]) => ({ path: `copy/${path}`, bytes })))),
  };
};
