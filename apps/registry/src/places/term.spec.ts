import { loadCalendar, schoolDay, schoolDays, termsAt } from '#libs/policy';
import { problemsOfTerm, Term } from './term';

const calendar = loadCalendar();
const path = '/520000/520100/520103/';

const term = (change: Partial<Term> = {}): Term => {
  const full = {
    office: '520000',
    path: '/520000/',
    schoolYear: '2026',
    term: '1' as const,
    firstDay: '2026-09-01',
    lastDay: '2027-01-22',
    closed: [],
    makeUp: [],
    version: 1,
    ...change,
  };
  return { _id: `${full.office}/${full.schoolYear}/${full.term}`, ...full };
};

const ofProvince = term();

describe('school days', () => {
  it('are the working days of a term, make-up days of the holiday order among them', () => {
    // National Day 2026: 1 to 7 October off, Saturday 10 October worked.
    expect(schoolDays(path, '2026-09-28', '2026-10-11', [ofProvince], calendar)).toEqual([
      '2026-09-28',
      '2026-09-29',
      '2026-09-30',
      '2026-10-08',
      '2026-10-09',
      '2026-10-10',
    ]);
  });

  it('are none outside a term', () => {
    expect(schoolDays(path, '2026-08-24', '2026-08-31', [ofProvince], calendar)).toEqual([]);
    expect(schoolDays(path, '2026-09-07', '2026-09-11', [], calendar)).toEqual([]);
  });

  it('lose the closed days and gain the make-up days of every office on the path', () => {
    const ofCounty = term({
      office: '520103',
      closed: [{ from: '2026-10-15', to: '2026-10-16', name: '校运会' }],
      makeUp: [{ date: '2026-10-17', name: '补课' }],
    });
    const ofProvinceClosed = term({ closed: [{ from: '2026-10-14', to: '2026-10-14', name: '全省停课' }] });
    expect(schoolDays(path, '2026-10-12', '2026-10-18', [ofCounty, ofProvinceClosed], calendar)).toEqual([
      '2026-10-12',
      '2026-10-13',
      '2026-10-17',
    ]);
    expect(
      schoolDays('/520000/520100/520122/', '2026-10-12', '2026-10-18', [ofCounty, ofProvinceClosed], calendar),
    ).toEqual(['2026-10-12', '2026-10-13', '2026-10-15', '2026-10-16']);
  });

  it('begin and end where the nearest office says', () => {
    const ofCounty = term({ office: '520103', firstDay: '2026-09-03' });
    expect(termsAt(path, [ofProvince, ofCounty])).toEqual([ofCounty]);
    expect(schoolDays(path, '2026-09-01', '2026-09-04', [ofProvince, ofCounty], calendar)).toEqual([
      '2026-09-03',
      '2026-09-04',
    ]);
  });

  it('follow the nearest office where two offices differ on one day', () => {
    const ofProvinceClosed = term({ closed: [{ from: '2026-10-14', to: '2026-10-14', name: '全省停课' }] });
    const ofCounty = term({ office: '520103', makeUp: [{ date: '2026-10-14', name: '照常上课' }] });
    expect(schoolDay(path, '2026-10-14', [ofProvinceClosed, ofCounty], calendar)).toMatchObject({
      school: true,
      local: { kind: 'makeUp', office: '520103' },
    });
  });

  it('say what they rest on, and that a year without an order may still change', () => {
    expect(schoolDay(path, '2026-10-01', [ofProvince], calendar)).toMatchObject({
      school: false,
      working: false,
      basis: 'order',
      provisional: false,
      term: { schoolYear: '2026', term: '1', office: '520000' },
    });
    expect(schoolDay(path, '2027-01-11', [ofProvince], calendar)).toMatchObject({
      school: true,
      basis: 'assumed',
      provisional: true,
    });
  });
});

describe('a term to be set', () => {
  const codes = (change: Partial<Term>, others: Term[] = []) =>
    problemsOfTerm(term(change), others, calendar).map((problem) => `${problem.field} ${problem.code}`);

  it('ends after it begins, within its school year', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ lastDay: '2026-09-01' })).toEqual(['lastDay ends-before-it-begins']);
    expect(codes({ schoolYear: '2025' })).toEqual(['schoolYear outside-school-year']);
    expect(codes({ firstDay: '2026-07-31' })).toEqual(['schoolYear outside-school-year']);
  });

  it('does not overlap with another, and the first comes before the second', () => {
    const second = term({ term: '2', firstDay: '2027-02-22', lastDay: '2027-07-09' });
    expect(codes({}, [second])).toEqual([]);
    expect(codes({ lastDay: '2027-02-22' }, [second])).toEqual(['firstDay terms-overlap']);
    const early = term({ term: '2', firstDay: '2026-08-10', lastDay: '2026-08-20' });
    expect(codes({}, [early])).toEqual(['term terms-out-of-order']);
  });

  it('holds its closed days and its make-up days, which are days off', () => {
    expect(codes({ closed: [{ from: '2027-01-20', to: '2027-01-25', name: 'x' }] })).toEqual(['closed.0 outside-term']);
    expect(codes({ closed: [{ from: '2026-10-16', to: '2026-10-15', name: 'x' }] })).toEqual(['closed.0 outside-term']);
    expect(codes({ makeUp: [{ date: '2027-01-23', name: 'x' }] })).toEqual(['makeUp.0 outside-term']);
    expect(codes({ makeUp: [{ date: '2026-10-17', name: 'x' }] })).toEqual([]);
    expect(codes({ makeUp: [{ date: '2026-10-10', name: 'x' }] })).toEqual(['makeUp.0 already-a-school-day']);
  });
});
