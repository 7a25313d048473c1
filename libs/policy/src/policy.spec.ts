import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPolicy } from './load-policy';
import { policyWith, problemsWith, somePack } from '../test/pack-builder';
import { NoneInForce, OutOfPlace } from './policy';

const policy = loadPolicy();
const limit = (value: unknown, more = {}) => ({ value, unit: 'pupils', inclusive: true, rule: 'SOME-1', ...more });
const time = (value: number, unit: string, more = {}) => ({
  ...{ value, unit, inclusive: true, startsAt: 'arrival', rule: 'SOME-1' },
  ...more,
});

describe('a pack that is not valid', () => {
  it.each([
    ['no such parameter', { values: { 'transfer.reveiw.within': time(2, 'days') } }, 'transfer.reveiw.within'],
    ['value must be a whole number above 0', { values: { 'class.cap.life.primary': limit('50') } }, 'is "50"'],
    ['value must be a whole number above 0', { values: { 'class.cap.life.primary': limit(0) } }, 'is 0'],
    ['names no rule', { values: { 'class.cap.life.primary': { ...limit(50), rule: undefined } } }, 'class.cap.life'],
    ['stands neither in this pack', { values: { 'class.cap.life.primary': limit(50, { rule: 'SOME-2' }) } }, 'SOME-2'],
    ['article is missing', { rules: { 'SOME-1': { article: '', strength: 'MUST' } } }, 'rule SOME-1'],
    ['strength must be', { rules: { 'SOME-1': { article: '第1条', strength: 'SHOULD' } } }, 'rule SOME-1'],
    ['is not among the documents', { rules: { 'SOME-1': { article: '1', strength: 'MUST', document: 'x' } } }, '"x"'],
    ['unknown field "colour"', { colour: 'red' }, 'colour'],
    ['unknown field "untill"', { values: { 'class.cap.life.primary': limit(50, { untill: 1 }) } }, 'untill'],
    ['there is no such line', { extends: 'nowhere' }, '"nowhere"'],
    ['"to" lies before "from"', { from: '2020-09-01', to: '2020-01-01' }, 'before'],
    [
      'value must be one of county, city',
      { values: { 'routing.authority.senior': { value: 'x', rule: 'SOME-1' } } },
      '',
    ],
    ['value must be true or false', { values: { 'number.temporary': { value: 1, rule: 'SOME-1' } } }, 'is 1'],
    ['must be a day of the year', { values: { 'enrolment.ageCutOff': { value: '02-30', rule: 'SOME-1' } } }, '02-30'],
    ['is blank and has a value', { values: { 'class.cap.life.primary': { ...limit(50), blank: true } } }, ''],
    [
      'party "bank" is not known',
      {
        values: {
          'transfer.route.primary': {
            value: {
              order: 'sequence',
              filing: { party: 'inSchool', act: 'confirm' },
              steps: [{ party: 'bank', act: 'review' }],
            },
            rule: 'SOME-1',
          },
        },
      },
      'transfer.route.primary',
    ],
    [
      'fact "mood" is not known',
      {
        values: {
          'conditions.primary.transfer': {
            value: [
              { rule: 'SOME-1', oneOf: [{ code: 'a', rule: 'SOME-1', text: { zh: '甲', en: 'a' }, facts: ['mood'] }] },
            ],
            rule: 'SOME-1',
          },
        },
      },
      'conditions.primary.transfer',
    ],
  ])('is refused at start: %s', (reason, change, place) => {
    const problems = problemsWith(somePack(change));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('pack-0.json');
    expect(problems[0]).toContain(reason);
    expect(problems[0]).toContain(place);
  });

  it('is named with all its faults at once', () => {
    const pack = somePack({ line: '', values: { nothing: {}, 'class.cap.life.primary': limit(-1) } });
    expect(problemsWith(pack)).toHaveLength(3);
  });

  it('is refused when its file is no JSON', () => {
    const folder = mkdtempSync(join(tmpdir(), 'packs-'));
    writeFileSync(join(folder, 'broken.json'), '{ "id": ');
    expect(() => loadPolicy({ extraPacksDir: folder })).toThrow(/broken\.json/);
  });

  it('may be edited in a folder of its own: one value changes, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'packs-'));
    cpSync(join(__dirname, '../data/lines'), folder, { recursive: true });
    const file = join(folder, 'changzhi-lucheng-2019.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/(?<="class.cap.life.junior": \{ "value": )55/, '56'));
    const edited = loadPolicy({ packsDir: folder }).packAt('changzhi-lucheng', '2026-09-10');
    const shipped = policy.packAt('changzhi-lucheng', '2026-09-10');
    expect(shipped.setting('class.cap.life.junior')).toMatchObject({ value: 55 });
    expect(edited.setting('class.cap.life.junior')).toMatchObject({ value: 56, citation: { rule: 'CZ-CL5' } });
    expect(edited.setting('class.cap.life.senior')).toEqual(shipped.setting('class.cap.life.senior'));
  });

  it('is refused when lines extend each other in a circle', () => {
    const problems = problemsWith(
      somePack({ extends: 'other' }),
      somePack({ id: 'other-1', line: 'other', extends: 'some' }),
    );
    expect(problems).toContain('pack-0.json: extends itself in a circle: some → other → some');
  });

  it('is refused when it has the id of another', () => {
    expect(problemsWith(somePack({ id: 'guizhou-2014' }))).toEqual([
      'pack-0.json: pack id "guizhou-2014" stands already in guizhou-2014.json',
    ]);
  });
});

describe('numbers of a pack', () => {
  it('must say whether they are included [D5-02]', () => {
    const values = { 'class.cap.life.primary': limit(50, { inclusive: undefined }) };
    expect(problemsWith(somePack({ values }))).toEqual([
      'pack-0.json: class.cap.life.primary: must say whether its number is included (D5-02)',
    ]);
  });

  it('of a deadline must carry their unit and the event that starts the clock [D5-03]', () => {
    expect(problemsWith(somePack({ values: { 'transfer.review.within': time(2, 'moons') } }))[0]).toMatch(
      /transfer\.review\.within: unit must be one of days, workingDays, weeks, months, years/,
    );
    expect(
      problemsWith(somePack({ values: { 'transfer.review.within': time(2, 'days', { startsAt: undefined }) } }))[0],
    ).toContain('transfer.review.within: must name the event that starts its clock');
  });

  it('that are blank or missing are not configured, never zero and never the number of elsewhere [R5-01, D5-05]', () => {
    const blanked = loadPolicy({ extraPacksDir: join(__dirname, '../test-packs') });
    const copy = blanked.packAt('national-blanked', '2026-09-01');
    const whole = blanked.packAt('national', '2026-09-01');
    for (const parameter of [
      'newRecord.deadline.primary',
      'newRecord.deadline.senior',
      'transfer.review.within',
      'transfer.submitAfterConsent.within',
      'transfer.files.within',
    ] as const) {
      expect(whole.setting(parameter)).toMatchObject({ configured: true });
      const setting = copy.setting(parameter);
      expect(setting).toMatchObject({ configured: false, parameter, citation: { pack: 'national-2013-blanked' } });
      expect(setting).not.toHaveProperty('value');
    }
    expect(copy.rule('R5-01')?.citation.article).toBe('第1项');
    expect(copy.rule('D5-05')?.citation.article).toBe('第5项');
    expect(whole.setting('number.temporary')).toEqual({ configured: false, parameter: 'number.temporary' });
  });

  it('that a nearer line leaves blank keep the limit of the line further up', () => {
    const pack = policyWith(somePack({ values: { 'transfer.review.within': { blank: true, rule: 'SOME-1' } } })).packAt(
      'some',
      '2026-09-01',
    );
    expect(pack.setting('transfer.review.within')).toMatchObject({ value: 10, citation: { rule: 'NAT-TR3' } });
  });
});

describe('a line over a line', () => {
  it('inherits what it is silent about', () => {
    const review = policy.packAt('changzhi-lucheng', '2026-09-10').setting('transfer.review.within');
    expect(review).toMatchObject({
      value: 10,
      unit: 'workingDays',
      citation: { pack: 'national-2013', article: '第14条' },
    });
  });

  it('may tighten and fill in [GZ-SC4]', () => {
    const pack = policyWith(
      somePack({
        extends: 'guizhou',
        values: {
          'transfer.review.within': time(1, 'workingDays'),
          'enrolment.minAge': { value: 6, unit: 'years', inclusive: true, rule: 'SOME-1' },
        },
      }),
    ).packAt('some', '2026-09-01');
    expect(pack.setting('transfer.review.within')).toMatchObject({ value: 1, citation: { pack: 'some-1' } });
    expect(pack.setting('enrolment.minAge')).toMatchObject({ value: 6 });
    expect(pack.setting('enrolment.ageCutOff')).toMatchObject({ value: '08-31', citation: { pack: 'guizhou-2014' } });
  });

  it('that contradicts its province is refused when it is loaded [GZ-SC4]', () => {
    const [problem, ...others] = problemsWith(
      somePack({ extends: 'guizhou', values: { 'transfer.review.within': time(3, 'workingDays') } }),
    );
    expect(others).toEqual([]);
    expect(problem).toContain('pack-0.json: transfer.review.within: 3 workingDays is looser than 2 workingDays');
    expect(problem).toContain('GZ-SC4');
    expect(problem).toContain('第32条');
  });

  it.each([
    ['a longer time', { 'transfer.review.within': time(11, 'workingDays') }, '11 workingDays is looser'],
    ['a longer time in another unit', { 'newRecord.deadline.primary': time(2, 'months') }, '2 months is looser'],
    ['a time that can only be longer', { 'newRecord.deadline.primary': time(32, 'days') }, '32 days is looser'],
    ['fewer years', { 'compulsory.years': { value: 6, unit: 'years', inclusive: true, rule: 'SOME-1' } }, '6 years is'],
    [
      'one more exception',
      {
        'transfer.entryBeforeApproval.exceptions': { value: ['reformSchool'], rule: 'SOME-1' },
      },
      'allows reformSchool in addition',
      'guizhou',
    ],
    [
      'a party less',
      {
        'transfer.route.primary': {
          value: {
            order: 'sequence',
            filing: { party: 'inSchool', act: 'confirm', rule: 'SOME-1' },
            steps: [{ party: 'outSchool', act: 'review', rule: 'SOME-1' }],
          },
          rule: 'SOME-1',
        },
      },
      'leaves out inAuthority, outAuthority',
    ],
    [
      'a report in place of a refusal',
      {
        'duplicate.keys': { value: [{ fields: ['idNumber'], effect: 'report', rule: 'SOME-1' }], rule: 'SOME-1' },
      },
      'reports what is refused for idNumber',
    ],
    ['a dropped demand', { 'transfer.form': { value: false, rule: 'SOME-1' } }, 'drops a demand', 'guizhou'],
  ])('that loosens it by %s is refused [SCH4-GEN2]', (_how, values, reason, base = 'national') => {
    const problems = problemsWith(somePack({ extends: base, values }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(reason);
  });

  it('is told that law prevails, with the article that says so [SCH4-GEN2]', () => {
    const [problem] = problemsWith(somePack({ values: { 'transfer.review.within': time(11, 'workingDays') } }));
    expect(problem).toContain('national-2013 NAT-TR3 第14条');
    expect(problem).toContain('refused by SCH4-GEN2');
  });

  it.each([
    ['the same time', { 'transfer.review.within': time(10, 'workingDays') }],
    ['a shorter time', { 'transfer.review.within': time(9, 'workingDays') }],
    [
      'the number excluded instead of included',
      { 'transfer.review.within': time(10, 'workingDays', { inclusive: false }) },
    ],
    ['a time that may be longer or shorter', { 'newRecord.deadline.primary': time(30, 'days') }],
    ['more years', { 'compulsory.years': { value: 12, unit: 'years', inclusive: true, rule: 'SOME-1' } }],
  ])('may set %s', (_how, values) => {
    expect(problemsWith(somePack({ values }))).toEqual([]);
  });

  it('may not soften must to in principle [SCH4-GEN2]', () => {
    const rules = { 'SOME-1': { article: '第1条', strength: 'PRINCIPLE' } };
    const problems = problemsWith(somePack({ rules, values: { 'transfer.review.within': time(10, 'workingDays') } }));
    expect(problems[0]).toContain('in principle is looser than must');
  });

  it('may not give an id of the law another article', () => {
    const rules = { 'NAT-TR3': { article: '第99条', strength: 'MUST' } };
    expect(problemsWith(somePack({ rules }))[0]).toContain('rule NAT-TR3 stands already in national-2013');
  });

  it('holds both limits where units cannot be compared', () => {
    const file = policy.packAt('changzhi-lucheng', '2026-09-10').setting('newRecord.deadline.primary');
    expect(file).toMatchObject({
      ...{ value: 30, unit: 'days', citation: { rule: 'CZ-EN2' } },
      alsoWithin: [{ value: 1, unit: 'months', citation: { rule: 'NAT-EN3' } }],
    });
  });

  it('adds its demands, its match keys and its refusal grounds to those above', () => {
    const pack = policy.packAt('guizhou', '2026-09-28');
    const grounds = pack.setting('transfer.refusalGrounds');
    expect(grounds.configured && grounds.value.map(({ code }) => code)).toEqual([
      'noGroundHolds',
      'formNotSealed',
      'notEnrolled',
    ]);
    const keys = policy.packAt('changzhi-lucheng', '2026-09-10').setting('duplicate.keys');
    expect(keys.configured && keys.value.map(({ rule }) => rule)).toEqual(['CZ-EN13', 'CZ-EN13']);
  });

  it('asks for its own conditions beside those above: all must hold', () => {
    const set = {
      rule: 'SOME-1',
      oneOf: [{ code: 'a', rule: 'SOME-1', text: { zh: '甲', en: 'a' }, facts: ['gradeKept'] }],
    };
    const pack = policyWith(
      somePack({ extends: 'guizhou', values: { 'conditions.primary.transfer': { value: [set], rule: 'SOME-1' } } }),
    ).packAt('some', '2026-09-01');
    const conditions = pack.conditions('primary', 'transfer');
    expect(conditions.configured && conditions.value.map(({ oneOf }) => oneOf.map(({ code }) => code))).toEqual([
      ['a'],
      ['householdMoved', 'homeOrWorkMoved', 'localConditionOrSpecialReason'],
    ]);
  });
});

describe('packs and days', () => {
  it('Guizhou is a trial text in force from 2014-03-01 and judges nothing before [GZ-SC5]', () => {
    const pack = policy.packAt('guizhou', '2014-03-01');
    expect(pack).toMatchObject({ id: 'guizhou-2014', trial: true, from: '2014-03-01' });
    expect(pack.rule('GZ-SC5')).toBeDefined();
    expect(policy.inForce('guizhou', '2014-02-28')).toEqual({ inForce: false, startsOn: '2014-03-01' });
    expect(() => policy.packAt('guizhou', '2014-02-28')).toThrow(NoneInForce);
    expect(() => policy.packAt('guizhou', '2014-02-28')).toThrow(
      'No pack of the line "guizhou" is in force on 2014-02-28; the next one starts on 2014-03-01',
    );
  });

  it('a case keeps the pack of the day it was filed, whatever came after [CZ-GEN2]', () => {
    const later = policyWith(
      somePack({ from: '2020-09-01', to: '2026-09-30', values: { 'transfer.review.within': time(5, 'workingDays') } }),
      somePack({ id: 'some-2', from: '2026-10-01', values: { 'transfer.review.within': time(3, 'workingDays') } }),
    );
    const filed = later.packAt('some', '2026-09-30');
    expect(later.packAt('some', '2026-10-01').setting('transfer.review.within')).toMatchObject({ value: 3 });
    expect(later.pack(filed.id)).toBe(filed);
    expect(later.pack('some-1').setting('transfer.review.within')).toMatchObject({ value: 5 });
    expect(filed.rule('NAT-TR3')).toBeDefined();
  });

  it('a pack without the day from which it is in force is refused [CZ-GEN2]', () => {
    expect(problemsWith(somePack({ from: undefined }))[0]).toContain('"from" must be a date');
    expect(policy.packAt('changzhi-lucheng', '2026-09-10').rule('CZ-GEN2')?.citation.article).toBe('第三十八条');
  });

  it('two packs of a line may not judge the same day [CZ-GEN2]', () => {
    expect(
      problemsWith(somePack({ from: '2020-09-01', to: '2026-10-01' }), somePack({ id: 'some-2', from: '2026-10-01' })),
    ).toEqual(['pack-1.json: its period overlaps that of pack-0.json']);
  });

  it('the base is the one of the same day, and a case keeps that too [CZ-GEN2]', () => {
    const base = (id: string, from: string, to: string | undefined, days: number) =>
      somePack({ id, line: 'base', from, to, values: { 'transfer.review.within': time(days, 'workingDays') } });
    const two = policyWith(
      base('base-1', '2020-01-01', '2024-12-31', 8),
      base('base-2', '2025-01-01', undefined, 6),
      somePack({ extends: 'base', rules: { 'SOME-2': { article: '1', strength: 'MUST' } } }),
    );
    const before = two.packAt('some', '2024-12-31');
    const after = two.packAt('some', '2025-01-01');
    expect(before.setting('transfer.review.within')).toMatchObject({ value: 8 });
    expect(after.setting('transfer.review.within')).toMatchObject({ value: 6 });
    expect(after.id).toBe('some-1+base-2+national-2013+principles-1');
    expect(two.pack(before.id)).toBe(before);
    expect(two.pack(after.id)).toBe(after);
  });

  it('a base that ends while a pack rests on it is found at start', () => {
    const problems = problemsWith(
      somePack({ id: 'base-1', line: 'base', from: '2020-01-01', to: '2024-12-31' }),
      somePack({ extends: 'base', rules: {} }),
    );
    expect(problems).toEqual(['pack-1.json: rests on "base", not in force on 2025-01-01']);
  });

  it('what changed in a line between two days can be shown', () => {
    const two = policyWith(
      somePack({ to: '2026-09-30', values: { 'class.cap.life.primary': limit(50) } }),
      somePack({
        id: 'some-2',
        from: '2026-10-01',
        rules: { 'SOME-1': { article: '第2条', strength: 'MUST' } },
        values: { 'class.cap.life.primary': limit(45) },
      }),
    );
    expect(two.differences('some', '2026-09-01', '2026-09-30')).toEqual([]);
    expect(two.differences('some', '2026-09-30', '2026-10-01')).toMatchObject([
      { parameter: 'class.cap.life.primary', before: { value: 50 }, after: { value: 45 } },
      { rule: 'SOME-1', before: '某地办法 第1条', after: '某地办法 第2条' },
    ]);
  });

  it('a pack or a line that nobody has is an error of the caller', () => {
    expect(() => policy.pack('guizhou-1900')).toThrow('There is no pack "guizhou-1900"');
    expect(() => policy.packAt('atlantis', '2026-09-01')).toThrow('There is no line "atlantis"');
    // @ts-expect-error a misspelt parameter does not compile either
    expect(() => policy.packAt('guizhou', '2026-09-01').setting('transfer.reveiw')).toThrow('no parameter');
  });
});

describe('a line of one place', () => {
  const local = loadPolicy({ extraPacksDir: join(__dirname, '../demo-packs') });

  it('holds in and under its place and nowhere else [R5-34]', () => {
    const county = '/520000/520100/520122/';
    expect(local.packAt('guizhou-xifeng', '2026-09-01', county).rule('R5-34')).toBeDefined();
    expect(local.packAt('guizhou-xifeng', '2026-09-01', `${county}2152000001/`).place).toBe('520122');
    expect(() => local.packAt('guizhou-xifeng', '2026-09-01', '/520000/520100/520103/')).toThrow(OutOfPlace);
    expect(local.appliesAt('guizhou-xifeng', '/520000/520100/')).toBe(false);
    expect(local.appliesAt('guizhou', county)).toBe(true);
    expect(local.appliesAt('guizhou', '/140000/140400/140406/')).toBe(false);
    expect(local.appliesAt('national', '/140000/140400/140406/')).toBe(true);
  });

  it('that is invented says so', () => {
    expect(local.packAt('guizhou-xifeng', '2026-09-01').invented).toContain('Made up for the demo');
    expect(local.lines().filter(({ packs }) => packs.some(({ invented }) => invented))).toHaveLength(1);
    expect(policy.lines().every(({ packs }) => packs.every(({ invented }) => !invented))).toBe(true);
  });
});
