import { bagDigests, canonicalBytes, digests, layTags, leafHash, PayloadFile, TagFile } from '#libs/proofs';
import type { Copy } from './copy';

/** What becomes the leaf of the log. It names nobody: the student's id is opaque. */
export interface Statement {
  copy: string;
  student: string;
  kind: string;
  school: string;
  stage: string;
  /** Legal day. */
  sealedOn: string;
  sealedAt: string;
  /** Digests of the tag manifests of the bag, hex. */
  sha256: string;
  sm3: string;
}

export interface LaidCopy {
  copyJson: Buffer;
  payload: PayloadFile[];
  tags: TagFile[];
  statement: Statement;
  leaf: Buffer;
}

/**
 * The bag around a copy, and its statement. The same document gives the same bytes at any time, so nothing of this is
 * stored: what the log holds and what the store holds must give each other.
 */
export const layCopy = (copy: Copy, sealed: { on: string; at: Date }): LaidCopy => {
  const facts = {
    copy: copy._id,
    student: copy.student,
    kind: copy.kind,
    school: copy.school,
    stage: copy.stage,
    sealedOn: sealed.on,
    sealedAt: sealed.at.toISOString(),
  };
  const papers = copy.parts.flatMap(({ owner, papers: own }) => (own ?? []).map((paper) => ({ ...paper, owner })));
  const present = new Map<string, { sha256: string; names: string[] }>();
  for (const { digest, name, owner, missing } of papers) {
    if (missing) continue;
    const known = present.get(digest) ?? { sha256: digest, names: [] };
    present.set(digest, { ...known, names: [...new Set([...known.names, `${owner}:${name}`])].sort() });
  }
  const copyJson = canonicalBytes({
    format: 'xueji-copy-1',
    ...facts,
    reason: copy.reason,
    class: copy.class,
    ...(copy.case && { case: copy.case }),
    ...(copy.ending && { ending: copy.ending }),
    on: copy.on,
    asOf: copy.asOf.toISOString(),
    pack: copy.pack,
    citations: copy.citations,
    parts: copy.parts.map(({ owner, digest, items, positions }) => ({ owner, sha256: digest, items, positions })),
    files: [...present.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)),
    missing: copy.missing,
    ...(copy.review?.done && { review: { ...copy.review.done, at: copy.review.done.at.toISOString() } }),
  });
  const payload = [...copy.files, { path: 'copy.json', size: copyJson.length, ...digests(copyJson) }];
  const tags = layTags(payload, [
    ['Source-Organization', copy.school],
    ['External-Identifier', copy._id],
    ['Bagging-Date', sealed.on],
    ['Bag-Software-Agent', 'xueji archive'],
  ]);
  const statement: Statement = { ...facts, ...bagDigests(tags) };
  return { copyJson, payload, tags, statement, leaf: leafHash(canonicalBytes(statement)) };
};
