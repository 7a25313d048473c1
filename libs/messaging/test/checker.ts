/** Judges the data alone: whatever happened, this must hold when things are quiet again. */

export interface Journalled {
  aggregateId: string;
  seq: number;
}

export interface Effected {
  key: string;
  seq: number;
}

/** What is wrong: an event lost, applied twice, out of order, half applied, or out of nothing. Empty when all is right. */
export const violations = (
  journal: Journalled[],
  effects: Effected[],
  sums: Map<string, number> = new Map(),
): string[] => {
  const wrong: string[] = [];
  const expected = new Map<string, number>();
  for (const { aggregateId, seq } of journal) expected.set(aggregateId, Math.max(expected.get(aggregateId) ?? 0, seq));
  const found = new Map<string, number[]>();
  for (const { key, seq } of effects) found.set(key, [...(found.get(key) ?? []), seq]);
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const want = Array.from({ length: expected.get(key) ?? 0 }, (_, index) => index + 1).join();
    const have = (found.get(key) ?? []).join();
    if (want !== have) wrong.push(`${key}: expected ${want || 'nothing'}, found ${have || 'nothing'}`);
    const sum = (found.get(key) ?? []).reduce((total, seq) => total + seq, 0);
    if (sums.size && (sums.get(key) ?? 0) !== sum) wrong.push(`${key}: half applied, sum ${sums.get(key)} for ${have}`);
  }
  return wrong;
};
