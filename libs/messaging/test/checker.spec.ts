import { violations } from './checker';

const journal = [1, 2, 3].map((seq) => ({ aggregateId: 'a', seq }));
const effects = (...seqs: number[]) => seqs.map((seq) => ({ key: 'a', seq }));

describe('the checker', () => {
  it.each([
    ['right', effects(1, 2, 3), 0],
    ['lost', effects(1, 2), 1],
    ['a hole', effects(1, 3), 1],
    ['twice', effects(1, 2, 2, 3), 1],
    ['out of order', effects(1, 3, 2), 1],
    ['out of nothing', [...effects(1, 2, 3), { key: 'b', seq: 1 }], 1],
  ])('%s', (_, found, wrong) => expect(violations(journal, found)).toHaveLength(wrong));

  it('half applied', () => {
    expect(violations(journal, effects(1, 2, 3), new Map([['a', 6]]))).toHaveLength(0);
    expect(violations(journal, effects(1, 2, 3), new Map([['a', 3]]))).toHaveLength(1);
  });
});
