import { idsOn, lineAt, standsOn } from './office';
import { tree, xifeng, yunyanPrimary } from '../../test/sample-tree';

describe('line that judges at a place', () => {
  const on = '2026-09-10';

  it('is that of the nearest office up the path that has one', () => {
    expect(lineAt(yunyanPrimary.path, on, tree)).toBe('guizhou');
    expect(lineAt('/140400/140406/3414000009/', on, tree)).toBe('changzhi-lucheng');
  });

  it('is the national one where nobody has set another [NAT-SC2]', () => {
    expect(lineAt('/140400/140423/', on, tree)).toBe('national');
    expect(lineAt('/', on, tree)).toBe('national');
  });

  it('changes on the day from which a nearer one is set, and not in a neighbour’s place', () => {
    const set = tree.map((office) =>
      office === xifeng ? { ...xifeng, lines: [{ line: 'guizhou-xifeng', from: '2026-09-10' }] } : office,
    );
    expect(lineAt(xifeng.path, '2026-09-09', set)).toBe('guizhou');
    expect(lineAt(xifeng.path, '2026-09-10', set)).toBe('guizhou-xifeng');
    expect(lineAt(yunyanPrimary.path, '2026-09-10', set)).toBe('guizhou');
  });

  it('of several set at one office is the latest that has begun', () => {
    const lines = [
      { line: 'a', from: '2020-01-01' },
      { line: 'b', from: '2025-01-01' },
    ];
    const set = [{ _id: '520122', lines }];
    expect(lineAt('/520122/', '2019-12-31', set)).toBe('national');
    expect(lineAt('/520122/', '2024-12-31', set)).toBe('a');
    expect(lineAt('/520122/', '2025-01-01', set)).toBe('b');
  });
});

describe('an office', () => {
  it('exists on its first and last day and not outside', () => {
    const office = { from: '2014-03-01', to: '2020-08-31' };
    expect(['2014-02-28', '2014-03-01', '2020-08-31', '2020-09-01'].map((day) => standsOn(office, day))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('has the offices on its path, root first', () => {
    expect(idsOn(yunyanPrimary.path)).toEqual(['520000', '520100', '520103', '2152000001']);
    expect(idsOn('/')).toEqual([]);
  });
});
