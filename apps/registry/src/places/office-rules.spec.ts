import { loadPolicy } from '#libs/policy';
import { Office } from './office';
import { AuthorityToOpen, problemsOfAuthority, problemsOfLine } from './office-rules';
import { changzhi, guiyang, guizhou, yunyan } from '../../test/sample-tree';

const policy = loadPolicy();
const nanming: AuthorityToOpen = {
  id: '520102',
  kind: 'county',
  name: '南明区教育局',
  parent: '520100',
  from: '2014-03-01',
};

const codes = (change: Partial<AuthorityToOpen>, above: Office | undefined = guiyang) =>
  problemsOfAuthority({ ...nanming, ...change }, above, policy).map(({ field, code }) => `${field} ${code}`);

describe('an authority to be opened', () => {
  it('has the division code of its level', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ id: '520100' })).toEqual(['id division-code-form']);
    expect(codes({ id: '52010' })).toEqual(['id division-code-form']);
    expect(codes({ id: '520103001', kind: 'township' }, yunyan)).toEqual([]);
    expect(codes({ id: '520102001', kind: 'township' }, yunyan)).toEqual(['parent division-elsewhere']);
  });

  it('has a code that stood on its first day', () => {
    expect(codes({ id: '520114' })).toEqual(['from division-of-another-time']);
    expect(codes({ id: '520114', from: '2013-01-01' }, { ...guiyang, from: '2010-01-01' })).toEqual([]);
    expect(codes({ id: '520115', from: '2010-01-01' }, { ...guiyang, from: '2010-01-01' })).toEqual([
      'from division-of-another-time',
    ]);
  });

  it('may have a code younger than the lists', () => {
    expect(codes({ id: '520199' })).toEqual([]);
  });

  it('lies in the division that the code belongs to', () => {
    expect(codes({}, changzhi)).toEqual(['parent division-elsewhere']);
    expect(codes({ id: '520103' }, guizhou)).toEqual(['parent division-elsewhere']);
  });

  it('has an office of a higher level above it that exists by then', () => {
    expect(codes({ id: '520104', from: '2014-03-01' }, yunyan)).toEqual(['parent parent-not-above']);
    expect(codes({ from: '2014-02-28' })).toEqual(['parent office-not-standing']);
  });

  it('may be a root, but a township may not', () => {
    const none = undefined as unknown as Office;
    expect(
      problemsOfAuthority({ id: '140400', kind: 'city', name: '长治市教育局', from: '2013-09-01' }, none, policy),
    ).toEqual([]);
    const township: AuthorityToOpen = { id: '140406101', kind: 'township', name: '某乡', from: '2019-09-01' };
    expect(problemsOfAuthority(township, none, policy)[0].code).toBe('parent-needed');
  });
});

describe('a line set for an office', () => {
  const lucheng = '/140400/140406/';

  it('holds in its own place alone [R5-34]', () => {
    expect(problemsOfLine('changzhi-lucheng', lucheng, policy)).toEqual([]);
    expect(problemsOfLine('changzhi-lucheng', `${lucheng}2114000009/`, policy)).toEqual([]);
    expect(problemsOfLine('changzhi-lucheng', '/140400/140423/', policy)[0]).toMatchObject({
      field: 'line',
      code: 'line-of-another-place',
      facts: { place: '140406' },
    });
    expect(problemsOfLine('guizhou', '/140400/', policy)[0].code).toBe('line-of-another-place');
  });

  it('is one that is loaded', () => {
    expect(problemsOfLine('atlantis', lucheng, policy)[0]).toMatchObject({
      code: 'unknown-line',
      facts: { lines: expect.arrayContaining(['national', 'guizhou', 'changzhi-lucheng']) as string[] },
    });
  });

  it('may be left to the office above', () => {
    expect(problemsOfLine(undefined, lucheng, policy)).toEqual([]);
  });
});
