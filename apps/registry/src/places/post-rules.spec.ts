import { roles, type Role } from '#libs/contracts';
import { belongsAt, problemsOfEnd, problemsOfPost } from './post-rules';

describe('roles', () => {
  it.each<[Parameters<typeof belongsAt>[1], Role[]]>([
    ['school', ['administrator', 'clerk', 'deputyHead', 'classTeacher', 'archiveKeeper', 'operator', 'auditor']],
    ['county', ['administrator', 'officer', 'archiveKeeper', 'operator', 'auditor']],
    ['top', ['administrator', 'operator', 'auditor']],
  ])('at an office of kind %s are %j', (kind, expected) => {
    expect(roles.filter((role) => belongsAt(role, kind))).toEqual(expected);
  });
});

describe('a post to be held', () => {
  const office = { kind: 'county' as const, name: '云岩区教育局', from: '2014-03-01', to: '2030-12-31' };
  const wanted = { role: 'officer' as Role, from: '2026-09-01', to: '2028-08-31' };
  const codes = (change: Partial<typeof wanted>, held: { from: string; to?: string }[] = []) =>
    problemsOfPost({ ...wanted, ...change }, office, held).map((problem) => `${problem.field} ${problem.code}`);

  it('is held by who works there, in order, while the office exists', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ role: 'clerk' })).toEqual(['role role-of-another-office']);
    expect(codes({ to: '2026-08-31' })).toEqual(['to ends-before-it-begins']);
    expect(codes({ from: '2014-02-28' })).toEqual(['from office-not-standing']);
    expect(codes({ to: undefined })).toEqual(['from office-not-standing']);
  });

  it('is held once at a time', () => {
    expect(codes({}, [{ from: '2020-01-01', to: '2026-08-31' }])).toEqual([]);
    expect(codes({}, [{ from: '2020-01-01', to: '2026-09-01' }])).toEqual(['account already-held']);
    expect(codes({}, [{ from: '2028-08-31' }])).toEqual(['account already-held']);
    expect(codes({}, [{ from: '2028-09-01' }])).toEqual([]);
  });
});

describe('the end of a post', () => {
  const codes = (post: { from: string; to?: string }, to: string) =>
    problemsOfEnd(post, to, '2026-09-09').map((problem) => problem.code);

  it('is yesterday at the earliest, and before the day on which it ends anyway', () => {
    const post = { from: '2026-09-01' };
    expect(codes(post, '2026-09-09')).toEqual([]);
    expect(codes(post, '2026-09-08')).toEqual(['ends-in-the-past']);
    expect(codes({ ...post, to: '2026-12-31' }, '2026-12-30')).toEqual([]);
    expect(codes({ ...post, to: '2026-12-31' }, '2026-12-31')).toEqual(['ended-already']);
  });
});
