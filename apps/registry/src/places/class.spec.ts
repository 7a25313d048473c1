import { classNameKey, ClassToOpen, gradeOn, problemsOfClass } from './class';
import { schoolYearOf } from '#libs/policy';
import { cityComplete, guiyang, yunyanPrimary } from '../../test/sample-tree';

const wanted: ClassToOpen = { stage: 'primary', entryYear: 2026, grade: 1, name: '一年级1班', schoolYear: '2026' };
const codes = (change: Partial<ClassToOpen>, school = yunyanPrimary, today = '2026-09-01') =>
  problemsOfClass({ ...wanted, ...change }, school, today).map((problem) => `${problem.field} ${problem.code}`);

describe('a class to be opened', () => {
  it('is of a stage that the school teaches', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ stage: 'junior', grade: 7 })).toEqual(['stage stage-not-taught']);
    expect(codes({ stage: 'junior', grade: 7 }, cityComplete)).toEqual([]);
  });

  it('has the grade that its cohort is in', () => {
    expect(codes({ entryYear: 2021, grade: 6 })).toEqual([]);
    expect(codes({ entryYear: 2021, grade: 5 })).toEqual(['grade grade-against-cohort']);
    expect(codes({ grade: 7 })).toEqual(['grade grade-of-another-stage']);
    expect(codes({ stage: 'senior', entryYear: 2025, grade: 11 }, cityComplete)).toEqual([]);
  });

  it('is opened at a school that has not closed', () => {
    expect(codes({}, guiyang)).toEqual(['school not-a-school']);
    expect(codes({}, { ...yunyanPrimary, to: '2026-08-31' })).toEqual(['school school-closed']);
    expect(codes({}, { ...yunyanPrimary, from: '2026-09-02' })).toEqual([]);
  });

  it('is known by a name in which blanks and width do not count', () => {
    expect(classNameKey(' 一年级 （１）班A')).toBe(classNameKey('一年级(1)班a'));
    expect(classNameKey('一年级1班')).not.toBe(classNameKey('一年级11班'));
  });
});

describe('grade of a class', () => {
  it('grows with the school year, which begins in September', () => {
    expect(schoolYearOf('2026-08-31')).toBe(2025);
    expect(schoolYearOf('2026-09-01')).toBe(2026);
    const opened = { grade: 1, schoolYear: '2026' };
    expect(['2026-08-20', '2026-09-01', '2027-08-31', '2027-09-01'].map((day) => gradeOn(opened, day))).toEqual([
      1, 1, 1, 2,
    ]);
  });
});
