/** Proofs that a stranger can check: canonical JSON, digests, the Merkle log, signed heads, bags. Knows no record and no store. */
export { canonical, canonicalBytes, isCanonical } from './canonical';
export { digests, sha256, sm3, type Digests } from './digest';
export {
  append,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
  type NodePlace,
  type ReadNode,
  type StoredNode,
} from './merkle';
export { headDigest, keyIdOf, publicForm, signHead, verifyHead, type LogHead, type SignedHead } from './head';
export { bagDigests, layTags, type BagInfo, type PayloadFile, type TagFile } from './bag';
export { zipOf, type ZipEntry } from './zip';
