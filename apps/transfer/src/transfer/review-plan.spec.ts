import { loadPolicy, Policy } from '#libs/policy';
import { NoRecordAuthority, NotHeardOf } from '#libs/places';
import { office, tree } from '../../test/examples';
import { NoAuthority, planReview, transferAt } from './review-plan';

const policy = loadPolicy();
const plan = (from: string, to: string, stage: 'primary' | 'junior' | 'senior' = 'primary', law: Policy = policy) =>
  planReview({ in: office(to), out: office(from) }, transferAt(stage), '2026-09-28', law, tree);
const route = (planned: ReturnType<typeof plan>) => planned.steps.map(({ key, office: id, act }) => [key, id, act]);

/** The law with one value of a pack changed; without a value it is left blank. */
const withValue = (line: string, parameter: string, value?: unknown): Policy =>
  Object.assign(Object.create(Policy.prototype) as Policy, {
    packAt: (...[asked, on, path]: Parameters<Policy['packAt']>) => {
      const pack = policy.packAt(asked, on, path);
      if (asked !== line) return pack;
      const setting = pack.setting.bind(pack) as (name: string) => object;
      return Object.assign(Object.create(pack) as typeof pack, {
        setting: (name: string) =>
          name === parameter
            ? { ...setting(name), ...(value === undefined ? { configured: false, parameter } : { value }) }
            : setting(name),
      });
    },
  });

describe('who reviews', () => {
  it('under Guizhou: the old school, then both counties at the compulsory stage [GZ-CH2] [NAT-TR2]', () => {
    expect(route(plan('2152010301', '2152030201'))).toEqual([
      ['outSchool', '2152010301', 'review'],
      ['outAuthority', '520103', 'review'],
      ['inAuthority', '520302', 'review'],
    ]);
  });

  it("under Guizhou: both cities for seniors, by the student's stage and not by the school [GZ-CH2]", () => {
    expect(route(plan('3152010301', '3152030201', 'senior')).slice(1)).toEqual([
      ['outAuthority', '520100', 'review'],
      ['inAuthority', '520300', 'review'],
    ]);
    expect(plan('3152010301', '2152030201', 'junior').parties.outAuthority.office).toBe('520103');
  });

  it('a directly managed school by its place under Guizhou, by its manager under the national text [GZ-CH2]', () => {
    expect(plan('3152010302', '2152030201', 'junior').parties.outAuthority.office).toBe('520103');
    const national: Policy = Object.assign(Object.create(Policy.prototype) as Policy, {
      packAt: (_: string, on: string) => policy.packAt('national', on),
    });
    expect(plan('3152010302', '2152030201', 'junior', national).parties.outAuthority.office).toBe('520100');
  });

  it('under Changzhi: four consents, receiving school, its district, sending school, its county [CZ-TR3] [CZ-TR6]', () => {
    const planned = plan('2114042501', '2114040601');
    expect(planned.filing).toMatchObject({ act: 'confirm', citation: { rule: 'CZ-TR6', article: '第十七条' } });
    expect(route(planned)).toEqual([
      ['inAuthority', '140406', 'approve'],
      ['outSchool', '2114042501', 'review'],
      ['outAuthority', '140425', 'review'],
    ]);
  });

  it("each step by the law of its own office's line [CZ-TR6]", () => {
    expect(plan('2114042501', '2114040601').steps.map(({ line, pack }) => [line, pack])).toEqual([
      ['changzhi-lucheng', 'changzhi-lucheng-2019'],
      ['national', 'national-2013'],
      ['national', 'national-2013'],
    ]);
  });

  it('schools answer to their authority, authorities to the office above', () => {
    const { steps } = plan('2152010301', '2152030201');
    expect(steps.map(({ above }) => above)).toEqual(['520103', '520100', '520300']);
  });

  it('an authority on both sides acts once, or twice where its pack says so [NAT-TR2]', () => {
    expect(route(plan('2152010301', '2152010302'))).toEqual([
      ['outSchool', '2152010301', 'review'],
      ['inAuthority', '520103', 'review'],
    ]);
    const twice = withValue('guizhou', 'transfer.sameAuthority', 'twice');
    expect(route(plan('2152010301', '2152010302', 'primary', twice)).map(([key]) => key)).toEqual([
      'outSchool',
      'outAuthority',
      'inAuthority',
    ]);
  });

  it('a route without an authority plans no case [FJ-C6]', () => {
    const schoolsOnly = withValue('guizhou', 'transfer.route.primary', {
      order: 'sequence',
      filing: { party: 'inSchool', act: 'confirm', rule: 'GZ-TR5' },
      steps: [{ party: 'outSchool', act: 'review', rule: 'GZ-TR7' }],
    });
    expect(() => plan('2152010301', '2152030201', 'primary', schoolsOnly)).toThrow(NoAuthority);
  });

  it('a text that does not say which level is in charge plans no case, and says so', () => {
    const silent = withValue('guizhou', 'routing.authority.primary');
    const planned = () => plan('2152010301', '2152030201', 'primary', silent);
    expect(planned).toThrow(NoRecordAuthority);
    expect(planned).toThrow('routing.authority.primary');
  });

  it('waits for news of an office that is not heard of yet', () => {
    const without = new Map([...tree].filter(([id]) => id !== '520300'));
    expect(() =>
      planReview(
        { in: office('2152030201'), out: office('2152010301') },
        transferAt('primary'),
        '2026-09-28',
        policy,
        without,
      ),
    ).toThrow(NotHeardOf);
  });
});
