import { blockers, Finding, idleOverrides, notConfigured } from './findings';
import { loadPolicy } from './load-policy';
import { reaches, within } from './limits';
import type { Pack } from './pack';
import type { Configured } from './setting';
import type { ParameterName } from './parameters';

const policy = loadPolicy();
const changzhi = policy.packAt('changzhi-lucheng', '2026-09-10');
const number = (pack: Pack, parameter: ParameterName): Configured<number> => {
  const setting = pack.setting<number>(parameter);
  if (!setting.configured) throw new Error(`${parameter} is not configured`);
  return setting;
};

const finding = (rule: string, outcome: Finding['outcome']): Finding => {
  const { citation, strength } = changzhi.rule(rule)!;
  const message = { zh: rule, en: rule };
  return { rule, outcome, strength: strength as Finding['strength'], citation, message, facts: {} };
};

describe('a rule in principle', () => {
  const reason = { rule: 'CZ-TR12', reason: '家长调动工作', person: 'account-1' };

  it('stops like any other until somebody sets it aside with a reason and a name [D5-04]', () => {
    const findings = [finding('CZ-TR12', 'broken')];
    expect(blockers(findings)).toEqual(findings);
    expect(blockers(findings, [reason])).toEqual([]);
    expect(blockers(findings, [{ ...reason, reason: ' ' }])).toEqual(findings);
    expect(blockers(findings, [{ ...reason, person: '' }])).toEqual(findings);
    expect(blockers(findings, [{ ...reason, rule: 'CZ-TR7' }])).toEqual(findings);
    expect(changzhi.rule('D5-04')).toBeDefined();
  });

  it('stands beside hard ones that nobody sets aside: the clause next to it cannot be overridden [D5-04]', () => {
    const findings = [finding('CZ-TR12', 'broken'), finding('CZ-TR11', 'broken')];
    const overrides = [reason, { ...reason, rule: 'CZ-TR11' }];
    expect(blockers(findings, overrides).map(({ rule }) => rule)).toEqual(['CZ-TR11']);
    expect(idleOverrides(findings, overrides)).toEqual([{ ...reason, rule: 'CZ-TR11' }]);
    expect(idleOverrides([finding('CZ-TR12', 'met')], [reason])).toEqual([reason]);
  });

  it('is what the text marks as such, clause by clause [D5-04]', () => {
    const strengthOf = (rule: string) => changzhi.rule(rule)?.strength;
    expect(['CZ-CL2', 'CZ-CL4', 'CZ-TR2', 'CZ-TR4', 'CZ-TR7', 'CZ-TR12'].map(strengthOf)).toEqual(
      Array(6).fill('PRINCIPLE'),
    );
    expect(['CZ-CL3', 'CZ-CL5', 'CZ-CL6', 'CZ-CL7', 'CZ-TR10', 'CZ-TR11', 'CZ-TR13'].map(strengthOf)).toEqual(
      Array(7).fill('MUST'),
    );
  });
});

describe('a check that could not be made', () => {
  it('is a finding of its own that neither stops nor passes, with the article that leaves the number out [R5-01, D5-05]', () => {
    const guizhou = policy.packAt('guizhou', '2026-09-01');
    const age = guizhou.setting('enrolment.minAge');
    if (age.configured) throw new Error('the text gives no age');
    const open = notConfigured(guizhou, age, { birthDate: '2021-01-01' });
    expect(open).toMatchObject({
      ...{ rule: 'GZ-EN5', outcome: 'notConfigured', citation: { article: '第24条' } },
      facts: { parameter: 'enrolment.minAge', birthDate: '2021-01-01' },
    });
    expect(open.message.zh).toContain('未检查');
    expect(blockers([open])).toEqual([]);
  });

  it('rests on the rule that silence is no pass where every text is silent [R5-01]', () => {
    const national = policy.packAt('national', '2026-09-01');
    const cap = national.setting('class.cap.life.primary');
    if (cap.configured) throw new Error('the national text gives no cap');
    expect(notConfigured(national, cap)).toMatchObject({
      rule: 'R5-01',
      citation: { pack: 'principles-1', article: '第1项' },
    });
  });
});

describe('a number', () => {
  it.each([
    ['class.cap.forming.primary', 45],
    ['class.cap.life.primary', 50],
    ['class.cap.forming.junior', 50],
    ['class.cap.life.junior', 55],
    ['class.cap.forming.senior', 50],
    ['class.cap.life.senior', 56],
  ] as const)('%s: %i pupils are within, one more is not [D5-02]', (parameter, cap) => {
    const limit = number(changzhi, parameter);
    expect([cap - 1, cap, cap + 1].map((pupils) => within(limit, pupils))).toEqual([true, true, false]);
  });

  it('of truancy: above 8 weeks in a row, or 10 weeks and more in total [D5-02]', () => {
    const consecutive = number(changzhi, 'truancy.consecutive');
    const total = number(changzhi, 'truancy.total');
    expect([7, 8, 9].map((weeks) => reaches(consecutive, weeks))).toEqual([false, false, true]);
    expect([9, 10, 11].map((weeks) => reaches(total, weeks))).toEqual([false, true, true]);
  });

  it('that is excluded from a limit is the first one outside [D5-02]', () => {
    const limit = { ...number(changzhi, 'class.cap.life.primary'), inclusive: false };
    expect([49, 50, 51].map((pupils) => within(limit, pupils))).toEqual([true, false, false]);
  });
});
