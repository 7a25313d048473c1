import { eventId, rowId, shardOf, shards } from './shard';

describe('shards', () => {
  it('are part of the stored rows: these never change', () => {
    expect(['', 'a', 'child-1', '学籍', '0197f0aa-0000-7000-8000-000000000001'].map(shardOf)).toMatchInlineSnapshot(`
     [
       5,
       12,
       3,
       14,
       14,
     ]
    `);
  });

  it('are filled evenly', () => {
    const filled = Array.from({ length: shards }, () => 0);
    for (let n = 0; n < 16_000; n++) filled[shardOf(`child-${n}`)]++;
    for (const count of filled) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  it('row ids sort by sequence, event ids say it plainly', () => {
    expect(rowId('a', 10) > rowId('a', 9)).toBe(true);
    expect(eventId('a', 10)).toBe('a:10');
  });
});
