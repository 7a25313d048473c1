import { operators, schoolTypes } from '#libs/contracts';
import { loadPolicy } from '#libs/policy';
import { Office } from './office';
import { judgeSchool, SchoolToOpen } from './school-rules';
import { changzhi, guiyang, guizhou, lucheng, yunyan } from '../../test/sample-tree';

const policy = loadPolicy();
const underGuizhou = policy.packAt('guizhou', '2026-09-10');
const place = [guizhou, guiyang, yunyan];

const primary: SchoolToOpen = {
  code: '2152000009',
  name: '云岩区第九小学',
  parent: '520103',
  type: 'primary',
  operator: 'government',
  stages: ['primary'],
  from: '2015-09-01',
};

const judge = (change: Partial<SchoolToOpen>, above: readonly Office[] = place, pack = underGuizhou) =>
  judgeSchool({ ...primary, ...change }, above, pack);

const problems = (...asked: Parameters<typeof judge>) =>
  judge(...asked).problems.map(({ field, code, citation }) => [field, code, citation?.rule].filter(Boolean).join(' '));

const codeOfType = {
  primary: '21',
  junior: '31',
  nineYear: '31',
  senior: '34',
  complete: '34',
  special: '51',
  reform: '37',
};
const stagesOfType: Record<string, string[]> = {
  primary: ['primary'],
  junior: ['junior'],
  nineYear: ['primary', 'junior'],
  senior: ['senior'],
  complete: ['junior', 'senior'],
  special: ['primary', 'junior'],
  reform: ['junior'],
};

describe('kinds of school and operator', () => {
  it.each(schoolTypes)('%s is entered [GZ-SC2]', (type) => {
    expect(judge({ type, code: `${codeOfType[type]}52000009`, stages: stagesOfType[type] })).toMatchObject({
      problems: [],
      school: { type, stages: stagesOfType[type], managedBy: '520103' },
    });
  });

  it.each(operators)('run by %s is entered [GZ-SC2]', (operator) => {
    expect(judge({ operator }).school).toMatchObject({ operator });
  });

  it('any other type is refused with its article [GZ-SC2]', () => {
    expect(problems({ type: 'kindergarten' })).toEqual(['type school-type-not-covered GZ-SC2']);
    expect(problems({ type: 'vocational', code: '3652000009', stages: ['senior'] })).toEqual([
      'type school-type-not-covered GZ-SC2',
      'code school-code-not-covered FJ-SC1',
    ]);
    const [problem] = judge({ type: 'kindergarten' }).problems;
    expect(problem.citation).toMatchObject({ pack: 'guizhou-2014', article: '第2条' });
  });

  it('any other operator is refused with its article [GZ-SC2]', () => {
    expect(problems({ operator: 'foreigner' })).toEqual(['operator operator-not-covered GZ-SC2']);
  });

  it('the article is that of the line of the place [CZ-GEN1]', () => {
    const underLucheng = policy.packAt('changzhi-lucheng', '2026-09-10');
    const inLucheng = { code: '2114000009', parent: '140406', from: '2019-09-01', type: 'kindergarten' };
    expect(problems(inLucheng, [changzhi, lucheng], underLucheng)).toEqual(['type school-type-not-covered CZ-GEN1']);
    const national = policy.packAt('national', '2026-09-10');
    expect(problems(inLucheng, [changzhi, lucheng], national)).toEqual(['type school-type-not-covered NAT-SC2']);
  });
});

describe('the code of a school', () => {
  it.each(['YY-0009', '520103-9', '21520000', '２１５２０００００９', '21520000099'])(
    'that a place made up is refused: %s [FJ-SC1]',
    (code) => {
      expect(problems({ code })).toEqual(['code school-code-form FJ-SC1']);
    },
  );

  it('has a known type and province, and stands for the school’s type [FJ-SC1]', () => {
    expect(problems({ code: '2052000009' })).toEqual(['code school-code-type FJ-SC1']);
    expect(problems({ code: '2199000009' })).toEqual(['code school-code-province FJ-SC1']);
    expect(problems({ code: '3452000009' })).toEqual(['code school-code-other-type FJ-SC1']);
    expect(problems({ code: '2114000009' })).toEqual(['code school-code-other-province FJ-SC1']);
  });
});

describe('stages', () => {
  it('fit the type', () => {
    expect(problems({ stages: ['primary', 'junior'] })).toEqual(['stages stages-against-type']);
    expect(problems({ type: 'nineYear', code: '3152000009', stages: ['junior'] })).toEqual([
      'stages stages-against-type',
    ]);
    expect(problems({ stages: ['primary', 'primary'] })).toEqual(['stages stages-against-type']);
  });

  it('are those that the text governs [NAT-SC2]', () => {
    expect(problems({ stages: ['kindergarten'] })).toEqual(['stages stage-not-covered NAT-SC2']);
  });

  it('decide who is a demonstration school', () => {
    expect(problems({ grade: 'ordinary' })).toEqual(['grade grade-of-senior-schools']);
    const senior = { type: 'senior', code: '3452000009', stages: ['senior'], grade: 'provincialDemo' as const };
    expect(judge(senior).school).toMatchObject({ grade: 'provincialDemo' });
  });
});

describe('the place of a school', () => {
  it('is its county, also where a city governs it [GZ-RO18]', () => {
    expect(problems({ parent: '520100', managedBy: '520100' }, [guizhou, guiyang])).toEqual([
      'parent place-needed GZ-RO18',
    ]);
    expect(judge({ managedBy: '520100' }).school).toMatchObject({ managedBy: '520100' });
  });

  it('has its governing authority above it', () => {
    expect(problems({ managedBy: '140400' })).toEqual(['managedBy manager-not-above']);
  });

  it('exists when the school begins', () => {
    expect(problems({ from: '2014-02-28' })).toEqual(['parent office-not-standing']);
  });

  it('all that is wrong is said at once', () => {
    expect(
      problems({ code: '1', type: 'x', operator: 'y', stages: ['z'], managedBy: '140400', grade: 'ordinary' }).length,
    ).toBe(6);
  });
});
