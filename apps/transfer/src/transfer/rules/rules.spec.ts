import { blockers, loadPolicy, Pack } from '#libs/policy';
import { guizhou, lucheng, senior } from '../../../test/examples';
import { Check, Situation } from '../situation';
import { checksOf, factsOf } from './index';
import { againstEarlyStudy } from './entry';

const policy = loadPolicy();
const pack = (line: string): Pack => policy.packAt(line, '2026-09-10');
const underGuizhou = (situation: Situation) => checksOf(situation, { in: pack('guizhou'), out: pack('guizhou') });
const underLucheng = (situation: Situation) =>
  checksOf(situation, { in: pack('changzhi-lucheng'), out: pack('national') });
const broken = (checks: Check[]) => checks.filter(({ outcome }) => outcome === 'broken').map(({ rule }) => rule);
const of = (checks: Check[], rule: string) => checks.filter((check) => check.rule === rule);
const override = (rule: string) => [{ rule, reason: 'stated', person: 'account' }];

describe('grounds under Guizhou', () => {
  it('the household moved with the guardians, out of the catchment: both halves are needed [GZ-TR1]', () => {
    expect(of(underGuizhou(guizhou()), 'GZ-TR1')).toMatchObject([
      { outcome: 'met', citation: { article: '第16条 一1', pack: 'guizhou-2014' } },
    ]);
    const half = { facts: { householdMovedWithGuardians: true, newHouseholdOutsideCatchment: false } };
    const checks = underGuizhou(guizhou({ application: half }));
    expect(of(checks, 'GZ-TR1')).toEqual([]);
    expect(blockers(checks)).toHaveLength(1);
    expect(blockers(checks)[0].facts.grounds).toContainEqual(
      expect.objectContaining({ code: 'householdMoved', lacks: ['newHouseholdOutsideCatchment'] }),
    );
  });

  it("the guardians' home or workplace moved out of the catchment [GZ-TR2]", () => {
    const facts = { homeOrWorkMoved: true, newHomeOrWorkOutsideCatchment: true };
    const checks = underGuizhou(guizhou({ application: { ground: 'homeOrWorkMoved', facts } }));
    expect(of(checks, 'GZ-TR2')).toMatchObject([{ outcome: 'met' }]);
    expect(blockers(checks)).toEqual([]);
    const inside = { ...facts, newHomeOrWorkOutsideCatchment: false };
    expect(blockers(underGuizhou(guizhou({ application: { ground: 'homeOrWorkMoved', facts: inside } })))).toHaveLength(
      1,
    );
  });

  it('a special reason holds only in words, and only for who names it [GZ-TR3]', () => {
    const special = (groundInWords: boolean, ground = 'localConditionOrSpecialReason') =>
      underGuizhou(guizhou({ application: { ground, groundInWords, facts: {} } }));
    expect(of(special(true), 'GZ-TR3')).toMatchObject([{ outcome: 'met' }]);
    expect(blockers(special(false))).toHaveLength(1);
    expect(blockers(special(true, 'householdMoved'))).toHaveLength(1);
  });

  it('one ground is enough, whichever was stated [GZ-TR1] [GZ-TR2]', () => {
    const facts = { homeOrWorkMoved: true, newHomeOrWorkOutsideCatchment: true };
    expect(blockers(underGuizhou(guizhou({ application: { ground: 'householdMoved', facts } })))).toEqual([]);
  });

  it('the national text leaves the conditions to the province: not configured, and told', () => {
    const checks = checksOf(guizhou(), { in: pack('national'), out: pack('national') });
    expect(of(checks, 'NAT-SC4')).toMatchObject([{ outcome: 'notConfigured' }]);
    expect(blockers(checks)).toEqual([]);
  });
});

describe('the paper stage under Guizhou', () => {
  const missing = (application: Parameters<typeof guizhou>[0]) =>
    of(underGuizhou(guizhou(application)), 'GZ-TR5').map(({ outcome, facts }) => [outcome, facts.missing]);

  it.each([
    [{ guardianSigned: false, seal: 'schoolSeal' as const, factsChecked: true }, 'guardianSignature'],
    [{ guardianSigned: true, factsChecked: true }, 'seal'],
    [{ guardianSigned: true, seal: 'recordSeal' as const, factsChecked: false }, 'factsChecked'],
  ])('the contact form needs check, signature and seal: %j [GZ-TR5]', (form, what) => {
    expect(missing({ application: { form } })).toEqual([['broken', [what]]]);
  });

  it('the school seal and the record seal are both enough [GZ-TR5]', () => {
    for (const seal of ['schoolSeal', 'recordSeal'] as const)
      expect(missing({ application: { form: { guardianSigned: true, seal, factsChecked: true } } })).toEqual([
        ['met', []],
      ]);
  });

  it('the scan of the sealed form is uploaded [GZ-TR5] [GZ-TR6]', () => {
    const checks = underGuizhou(guizhou({ application: { papers: [] } }));
    expect(broken(checks)).toEqual(['GZ-TR5', 'GZ-TR6']);
  });
});

describe('study before approval', () => {
  it('is refused under Guizhou without exception, and under the national text with three [GZ-TR10]', () => {
    const plan = { firstDayOfStudy: '2026-09-20', placement: 'inclusivePlacement' as const };
    expect(of(underGuizhou(guizhou({ application: plan })), 'GZ-TR10')).toMatchObject([{ outcome: 'broken' }]);
    const national = checksOf(guizhou({ application: plan }), { in: pack('national'), out: pack('national') });
    expect(of(national, 'NAT-TR5')).toMatchObject([{ outcome: 'met' }]);
    expect(of(underGuizhou(guizhou({ application: { firstDayOfStudy: '2026-10-13' } })), 'GZ-TR10')).toMatchObject([
      { outcome: 'met' },
    ]);
  });

  it('breaks a rule under Guizhou whatever the placement, so that it can be flagged [GZ-TR8]', () => {
    const plan = { firstDayOfStudy: '2026-10-09', placement: 'inclusivePlacement' as const };
    const side = guizhou().in;
    expect(againstEarlyStudy(plan, side, pack('guizhou'))).toMatchObject({ rule: 'GZ-TR8', article: '第16条 二2' });
    expect(againstEarlyStudy(plan, side, pack('national'))).toBeUndefined();
    expect(againstEarlyStudy({}, side, pack('guizhou'))).toBeUndefined();
  });
});

describe('grounds under Changzhi', () => {
  it('without any ground stated nobody transfers at the compulsory stage, override or not [CZ-TR1]', () => {
    const checks = underLucheng(lucheng({ application: { ground: undefined, facts: {} } }));
    expect(broken(checks)).toEqual(expect.arrayContaining(['CZ-TR1', 'CZ-TR2']));
    expect(blockers(checks, [...override('CZ-TR1'), ...override('CZ-TR2')]).map(({ rule }) => rule)).toEqual([
      'CZ-TR1',
    ]);
    expect(of(underLucheng(lucheng()), 'CZ-TR1')).toMatchObject([{ outcome: 'met' }]);
    expect(of(underLucheng(senior()), 'CZ-TR1')).toEqual([]);
  });

  it('home and household moved across a county line, or migrant work did [CZ-TR2]', () => {
    expect(blockers(underLucheng(lucheng()))).toEqual([]);
    const work = {
      ground: 'migrantWorkMoved',
      facts: { migrantWorkMovedAcrossCounty: true },
      papers: [{ kind: 'residenceOrWorkProof' as const, digest: 'f' }],
    };
    expect(blockers(underLucheng(lucheng({ application: work })))).toEqual([]);
    const homeOnly = { facts: { homeMovedAcrossCounty: true } };
    expect(broken(underLucheng(lucheng({ application: homeOnly })))).toEqual(['CZ-TR2']);
  });

  it('a move within the county of the old school crosses no county line, whatever is declared [CZ-TR2]', () => {
    expect(broken(underLucheng(lucheng({ application: { newCounty: '140425' } })))).toEqual(['CZ-TR2']);
    expect(broken(underLucheng(lucheng({ application: { newCounty: undefined } })))).toEqual(['CZ-TR2']);
  });

  it('anything else needs an override with a reason [CZ-TR2]', () => {
    const other = { ground: 'other', groundInWords: true, facts: {}, newCounty: undefined };
    const checks = underLucheng(lucheng({ application: other }));
    expect(blockers(checks)).toMatchObject([{ rule: 'CZ-TR2', strength: 'PRINCIPLE' }]);
    expect(blockers(checks, override('CZ-TR2'))).toEqual([]);
    expect(blockers(checks, [{ rule: 'CZ-TR2', reason: ' ', person: 'account' }])).toHaveLength(1);
  });

  it('a senior moves only when home and household left the city area, to a comparable school [CZ-TR4]', () => {
    expect(broken(underLucheng(senior({ from: '3152030201', to: '3114040601', student: {} })))).toContain('CZ-TR20');
    const facts = senior().application.facts;
    for (const lacking of Object.keys(facts))
      expect(broken(underLucheng(senior({ application: { facts: { ...facts, [lacking]: false } } })))).toContain(
        'CZ-TR4',
      );
    const checks = underLucheng(senior());
    expect(of(checks, 'CZ-TR4')).toMatchObject([{ outcome: 'met' }]);
    const alone = underLucheng(senior({ application: { facts: {} } }));
    expect(of(blockers(alone, override('CZ-TR4')) as Check[], 'CZ-TR4')).toEqual([]);
  });

  it("the receiving school uploads the ground's proof [CZ-TR6]", () => {
    const checks = underLucheng(lucheng({ application: { papers: [{ kind: 'contactForm', digest: 'd' }] } }));
    expect(blockers(checks)).toMatchObject([{ rule: 'CZ-TR6', facts: { missing: ['householdProof'] } }]);
  });
});

describe('times under Changzhi', () => {
  it('filed within 15 days from the first day of term; the day of filing decides [CZ-TR7]', () => {
    const on = (day: string) => broken(underLucheng(lucheng({ on: day })));
    expect(on('2026-09-01')).toEqual([]);
    expect(on('2026-09-16')).toEqual([]);
    expect(on('2026-09-17')).toEqual(['CZ-TR7']);
    const late = underLucheng(lucheng({ on: '2026-09-28' }));
    expect(blockers(late, override('CZ-TR7'))).toEqual([]);
    expect(of(late, 'CZ-TR7')[0].citation.article).toBe('第十七条');
  });

  it('is not checked, and says so, where no term is known [CZ-TR7]', () => {
    const checks = underLucheng(lucheng({ term: null }));
    expect(of(checks, 'CZ-TR7')).toMatchObject([{ outcome: 'notConfigured' }]);
    expect(blockers(checks)).toEqual([]);
  });

  it('the starting grade does not transfer in its first term, unless overridden [CZ-TR12]', () => {
    const starting = { student: { entryYear: 2026 }, class: { entryYear: 2026 } };
    const checks = underLucheng(lucheng(starting));
    expect(broken(checks)).toEqual(['CZ-TR12']);
    expect(blockers(checks, override('CZ-TR12'))).toEqual([]);
    expect(broken(underLucheng(lucheng({ ...starting, on: '2027-03-05' })))).toEqual([]);
  });

  it('the graduating grade does not transfer in its second term [CZ-TR12]', () => {
    const graduating = { student: { entryYear: 2021 }, class: { entryYear: 2021 } };
    expect(broken(underLucheng(lucheng({ ...graduating, on: '2027-03-05' })))).toEqual(['CZ-TR12']);
    expect(broken(underLucheng(lucheng(graduating)))).toEqual([]);
  });

  it('closing of exam registration is local data: not configured, and told, for the graduating grade alone [CZ-TR12]', () => {
    const graduating = { student: { entryYear: 2024 }, class: { entryYear: 2024 } };
    const told = (checks: Check[]) =>
      checks.filter(({ outcome }) => outcome === 'notConfigured').map(({ rule }) => rule);
    expect(told(underLucheng(senior(graduating)))).toEqual(['CZ-TR12']);
    expect(told(underLucheng(senior()))).toEqual([]);
  });
});

describe('the student under Changzhi', () => {
  it('keeps stage and grade, without exception [CZ-TR11]', () => {
    const checks = underLucheng(lucheng({ class: { entryYear: 2023 } }));
    expect(blockers(checks, override('CZ-TR11')).map(({ rule }) => rule)).toEqual(['CZ-TR11']);
    expect(of(checks, 'CZ-TR11')[0].facts).toEqual({ from: 3, to: 4 });
    expect(broken(underLucheng(lucheng({ class: { stage: 'junior' } })))).toEqual(['CZ-TR11']);
  });

  it('is not suspended and not under punishment [CZ-TR13]', () => {
    for (const mark of ['suspended', 'underPunishment']) {
      const checks = underLucheng(lucheng({ student: { marks: [mark] } }));
      expect(blockers(checks, override('CZ-TR13'))).toMatchObject([{ rule: 'CZ-TR13', mustAct: 'outSchool' }]);
    }
    expect(broken(underLucheng(lucheng({ student: { marks: ['leftBehind'] } })))).toEqual([]);
    expect(broken(underGuizhou(guizhou({ student: { marks: ['suspended'] } })))).toEqual([]);
  });

  it('does not go from an ordinary senior school to a demonstration school, override or not [CZ-TR20]', () => {
    const checks = underLucheng(senior());
    expect(blockers(checks, override('CZ-TR20')).map(({ rule }) => rule)).toEqual(['CZ-TR20']);
  });

  it('does not go from one general senior school of the city area to another [CZ-TR21]', () => {
    const checks = underLucheng(senior({ from: '3114040301' }));
    expect(broken(checks)).toContain('CZ-TR21');
    expect(broken(underLucheng(senior()))).not.toContain('CZ-TR21');
    expect(broken(underLucheng(lucheng()))).not.toContain('CZ-TR21');
  });

  it('sees a full class beforehand; the registry alone refuses it', () => {
    expect(of(underLucheng(lucheng({ taken: 50 })), 'CZ-TR10')).toMatchObject([
      { outcome: 'broken', spokenBy: 'registry', facts: { taken: 50, cap: 50 } },
    ]);
    expect(of(underLucheng(lucheng({ taken: 49 })), 'CZ-TR10')).toMatchObject([{ outcome: 'met' }]);
    expect(underGuizhou(guizhou({ taken: 500 })).some(({ rule }) => rule === 'CZ-TR10')).toBe(false);
  });
});

describe('two lines in one transfer', () => {
  it('entry is judged by the receiver, leaving by the sender, a rule of both told once', () => {
    const suspended = guizhou({ from: '2114040601', student: { marks: ['suspended'] } });
    const checks = checksOf(suspended, { in: pack('guizhou'), out: pack('changzhi-lucheng') });
    expect(broken(checks)).toEqual(['CZ-TR13']);
    const both = checksOf(lucheng({ student: { marks: ['suspended'] } }), {
      in: pack('changzhi-lucheng'),
      out: pack('changzhi-lucheng'),
    });
    expect(broken(both)).toEqual(['CZ-TR13']);
  });

  it('shows all blockers at once', () => {
    const checks = underLucheng(
      lucheng({
        on: '2026-09-28',
        application: { ground: undefined, facts: {}, papers: [] },
        student: { marks: ['suspended'], entryYear: 2026, held: 'other' },
        taken: 60,
      }),
    );
    expect(broken(checks).sort()).toEqual(
      ['CZ-EN14', 'CZ-TR1', 'CZ-TR10', 'CZ-TR11', 'CZ-TR12', 'CZ-TR13', 'CZ-TR2', 'CZ-TR7'].sort(),
    );
    for (const { citation, mustAct, message } of checks) {
      expect(citation.article).toBeTruthy();
      expect(mustAct).toBeTruthy();
      expect(message.zh && message.en).toBeTruthy();
    }
  });
});

describe('facts for refusals', () => {
  it('are those of the acting office’s pack, and a seat kept for the case is a vacancy', () => {
    const facts = factsOf(lucheng({ taken: 50 }), pack('changzhi-lucheng'), 'in', false);
    expect(facts).toMatchObject({ classVacancies: 0, transferGroundHolds: true, windowOpen: true, closedTerm: false });
    expect(factsOf(lucheng({ taken: 50 }), pack('changzhi-lucheng'), 'in', true).classVacancies).toBe(1);
    expect(factsOf(guizhou(), pack('guizhou'), 'out', true)).not.toHaveProperty('windowOpen');
    expect(factsOf(guizhou(), pack('national'), 'out', true)).not.toHaveProperty('transferGroundHolds');
  });
});
