import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPolicy } from '../src/load-policy';
import { Policy, PolicyInvalid } from '../src/policy';

/** A small lawful pack to change one thing in. */
export const somePack = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: 'some-1',
  line: 'some',
  title: { zh: '某地办法', en: 'Measures of some place' },
  document: '某地办法',
  from: '2020-09-01',
  extends: 'national',
  rules: { 'SOME-1': { article: '第1条', strength: 'MUST' } },
  values: {},
  ...changes,
});

/** The packs of the product with these beside them, read from a folder as an operator would add them. */
export const policyWith = (...packs: unknown[]): Policy => {
  const folder = mkdtempSync(join(tmpdir(), 'packs-'));
  packs.forEach((pack, index) => writeFileSync(join(folder, `pack-${index}.json`), JSON.stringify(pack)));
  return loadPolicy({ extraPacksDir: folder });
};

/** What the loader says against these packs; empty when it takes them. */
export const problemsWith = (...packs: unknown[]): readonly string[] => {
  try {
    policyWith(...packs);
    return [];
  } catch (error) {
    if (error instanceof PolicyInvalid) return error.problems;
    throw error;
  }
};
