import * as fc from 'fast-check';
import { checkCharacter } from '#libs/codes';
import { loadPolicy } from '#libs/policy';
import { ageRuleChildren, children, rowOf, spoiledRows, type SheetRow } from '../../../../../tools/sample-province/src';
import { type CheckedRow, type RowContext, checkRow } from './check-row';
import { type Cell, type Cells } from './cell';
import { type ChildEntry, cellsOf, differences } from './child-entry';
import { DuplicateFinder } from './duplicate-finder';
import { currentFormat } from './format';

const today = '2026-09-10';
const classes = ['一年级1班', '一年级2班'].map((name, i) => ({ id: `class-${i + 1}`, name }));
const options = { seed: 5, classes: classes.map((c) => c.name), county: '520103' };
const policy = loadPolicy();
const citing = (line: string): RowContext['cite'] => {
  const pack = policy.packAt(line, today);
  return (rule) => pack.rule(rule)?.citation;
};
const context: RowContext = { format: currentFormat, today, classes, cite: citing('guizhou') };

/** The row as the reader gives it: keys in place of headers, formulas as faults. */
const cellsOfRow = (row: SheetRow): Cells =>
  Object.fromEntries(
    Object.entries(row).map(([header, value]): [string, Cell] => {
      const key = currentFormat.columns.find((c) => c.header.zh === header)!.key;
      const formula = typeof value === 'object' && 'formula' in value;
      return [key, formula ? { fault: 'formula', shown: value.shown } : (value as Cell)];
    }),
  );
const good = (change: Cells = {}): Cells => ({
  ...cellsOfRow(rowOf(children(1, { ...options, withoutHousehold: 0 })[0])),
  ...change,
});
const without = (cells: Cells, ...keys: (keyof Cells)[]): Cells => {
  const rest = { ...cells };
  for (const key of keys) delete rest[key];
  return rest;
};
const codes = ({ problems }: CheckedRow) => [...new Set(problems.map((p) => p.code))];
const check = (cells: Cells, change: Partial<RowContext> = {}) => checkRow(cells, { ...context, ...change });
const noHousehold: Cells = {
  ...without(good(), 'documentNumber', 'householdPlace'),
  documentType: '无证件',
  householdKind: '无户口',
  certificate: '社区（村）无户证明',
  vaccination: '是',
  healthBooklet: '是',
  residencePermit: '是',
  guardianName: '张大山',
  guardianRelation: '父亲',
  guardianPhone: '13800000001',
};

describe('a row of the workbook', () => {
  it('of a lawful child is taken, whatever the child', () => {
    for (const child of children(500, { ...options, withoutHousehold: 0.1 })) {
      const { child: entry, problems } = check(cellsOfRow(rowOf(child)));
      expect({ name: child.name, problems }).toEqual({ name: child.name, problems: [] });
      expect(entry).toEqual({ ...child, class: classes.find((c) => c.name === child.class)!.id });
    }
  });

  it('that is wrong is told why, with nothing else', () => {
    const own = children(50, options);
    const rows = spoiledRows(own, { ...options, from: 50 });
    expect(rows.length).toBeGreaterThanOrEqual(60);
    for (const { what, row, expect: expected, judgedBy } of rows) {
      const result = check(cellsOfRow(row));
      if (judgedBy === 'row') {
        expect({ what, codes: codes(result).sort() }).toEqual({ what, codes: [...expected].sort() });
        expect(result.child).toBeUndefined();
      } else {
        expect({ what, problems: result.problems }).toEqual({ what, problems: [] });
      }
    }
  });

  it('is checked by the article that asks for it, where a problem has none of its own [SCH10-EN2, GZ-CL4]', () => {
    const unknown = good({ class: '没有的班' });
    expect(check(unknown).problems).toMatchObject([{ code: 'class-unknown', citation: { rule: 'GZ-CL4' } }]);
    expect(check(unknown, { cite: citing('national') }).problems).toMatchObject([{ citation: { rule: 'SCH10-EN2' } }]);
  });

  it('is told everything that is wrong at once, in the order of the columns, in two languages', () => {
    const { problems } = check({});
    expect(problems.map((p) => p.field)).toEqual(
      currentFormat.columns.filter((c) => c.required === true).map((c) => c.header.zh),
    );
    for (const { message, remedy } of problems) {
      for (const text of [message, remedy!]) {
        expect(text.zh).toMatch(/\p{Script=Han}/u);
        expect(text.en.replace(/[“”"].*?[“”"]|无\p{Script=Han}+/gu, '')).not.toMatch(/\p{Script=Han}{3}/u);
      }
    }
  });

  it('names its fields by key for the HTTP form', () => {
    expect(check({}, { fields: 'key' }).problems[0].field).toBe('name');
  });

  it('never throws, whatever stands in its cells', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.boolean(),
      fc.date(),
      fc.constantFrom<Cell>(
        { fault: 'formula', shown: '1' },
        { fault: 'error', shown: '#N/A' },
        '无证件',
        '无户口',
        '是',
        '',
      ),
    );
    const keys = currentFormat.columns.map((c) => c.key);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), anything), (cells) => {
        const { child, problems } = check(cells as Cells);
        expect(child === undefined).toBe(problems.length > 0);
      }),
    );
  });
});

describe('an entry that contradicts itself', () => {
  const sexTurned = good({ sex: good().sex === '男' ? '女' : '男' });

  it('is refused with the article that forbids false information [CZ-EN12]', () => {
    const [problem] = check(sexTurned, { cite: citing('changzhi-lucheng') }).problems;
    expect(problem).toMatchObject({
      code: 'sex-contradicts-id',
      field: '性别',
      citation: { rule: 'CZ-EN12', article: expect.any(String) },
    });
  });

  it('is refused under Guizhou by its own article [GZ-EN7]', () => {
    const [problem] = check(good({ birthDate: '2020-01-31' })).problems;
    expect(problem).toMatchObject({ code: 'birth-date-contradicts-id', citation: { rule: 'GZ-EN7' } });
  });

  it('is refused in every other place by the national article [NAT-EN4]', () => {
    expect(check(sexTurned, { cite: citing('national') }).problems[0].citation?.rule).toBe('NAT-EN4');
  });

  it('is refused even where no article is at hand', () => {
    expect(codes(check(sexTurned, { cite: undefined }))).toEqual(['sex-contradicts-id']);
  });
});

describe('a child without household registration', () => {
  it('is taken with certificate, papers and guardian [SCH10-EN3, GZ-EN2]', () => {
    expect(check(noHousehold).child?.household).toEqual({
      registered: false,
      kind: 'none',
      certificate: 'community',
      papers: { vaccination: true, healthBooklet: true, residencePermit: true },
    });
  });

  it('needs all of its guardian [SCH10-EN3]', () => {
    const { problems } = check(without(noHousehold, 'guardianName', 'guardianRelation', 'guardianPhone'));
    expect(problems.map((p) => [p.field, p.code, p.citation?.rule])).toEqual([
      ['监护人姓名', 'required', 'SCH10-EN3'],
      ['监护人关系', 'required', 'SCH10-EN3'],
      ['监护人电话', 'required', 'SCH10-EN3'],
    ]);
  });

  it('needs no guardian when it is registered [SCH10-EN3]', () => {
    const { child } = check(without(good(), 'guardianName', 'guardianRelation', 'guardianPhone'));
    expect(child?.guardian).toBeUndefined();
    expect(child?.name).toBeDefined();
  });

  it('needs the certificate, and each other paper or the reason why it is missing [GZ-EN2]', () => {
    expect(check(without(noHousehold, 'certificate')).problems).toMatchObject([
      { field: '无户证明', code: 'required', citation: { rule: 'GZ-EN2' } },
    ]);
    expect(check({ ...noHousehold, healthBooklet: '否' }).problems).toMatchObject([
      { field: '缺件说明', code: 'required', citation: { rule: 'GZ-EN2' } },
    ]);
    expect(check({ ...noHousehold, healthBooklet: '否', missingPapers: '正在补办' }).child?.household.papers).toEqual({
      vaccination: true,
      healthBooklet: false,
      residencePermit: true,
      whyMissing: '正在补办',
    });
  });

  it('has no resident ID number [GZ-EN2]', () => {
    const { problems } = check({ ...noHousehold, documentType: '居民身份证', documentNumber: good().documentNumber });
    expect(problems.map((p) => p.code)).toContain('id-without-household');
    expect(codes(check({ ...noHousehold, documentNumber: good().documentNumber }))).toEqual(['must-be-empty']);
  });

  it('may come from Hong Kong, with a permit and without certificate', () => {
    const { child } = check(
      without(
        { ...noHousehold, documentType: '港澳台居民居住证', documentNumber: permit(good()) },
        'certificate',
        'vaccination',
        'healthBooklet',
        'residencePermit',
      ),
    );
    expect(child?.idDocument.type).toBe('hmtResidencePermit');
    expect(child?.household).toEqual({ registered: false, kind: 'none' });
  });
});

const permit = (cells: Cells): string => {
  const first17 = `810000${String(cells.documentNumber).slice(6, 17)}`;
  return first17 + checkCharacter(first17);
};

describe('a form', () => {
  it('that the school has not reviewed is not entered [GZ-CL3]', () => {
    expect(check(good({ formReviewed: '否' })).problems).toMatchObject([
      { field: '采集表已审核', code: 'form-not-reviewed', citation: { rule: 'GZ-CL3' } },
    ]);
  });

  it('must say whether it is signed and the photo taken; without them it is entered, and says so [CZ-EN7]', () => {
    const cite = citing('changzhi-lucheng');
    expect(check(without(good(), 'formSigned', 'photo'), { cite }).problems).toMatchObject([
      { field: '采集表已签字', code: 'required', citation: { rule: 'CZ-EN7' } },
      { field: '照片已采集', code: 'required', citation: { rule: 'CZ-EN7' } },
    ]);
    expect(check(good({ formSigned: '否', photo: '否' })).child?.form).toEqual({
      reviewed: true,
      signed: false,
      photo: false,
    });
  });
});

describe('a date', () => {
  const on = (entryDate: Cell) => check(good({ entryDate }));

  it.each<[string, Cell]>([
    ['2026-09-01', '2026-09-01'],
    ['20260901', '20260901'],
    ['20260901 as number', 20260901],
    ['an Excel date', new Date('2026-09-01T00:00:00Z')],
    ['an Excel date with a time', new Date('2026-09-01T08:30:00Z')],
  ])('%s is taken', (_, cell) => {
    expect(on(cell).child?.entryDate).toBe('2026-09-01');
  });

  it.each<[string, Cell, string | undefined]>([
    ['date-form', '2026年9月1日', '2026-09-01'],
    ['date-form', '2026/9/1', '2026-09-01'],
    ['date-form', '2026.9.1', '2026-09-01'],
    ['date-form', '1.9.2026', undefined],
    ['date-form', '9/1/2026', undefined],
    ['date-form', '九月一日', undefined],
    ['date-full-width', '２０２６-０９-０１', undefined],
    ['date-impossible', '2026-02-29', undefined],
    ['date-impossible', '20261301', undefined],
    ['date-number', 46266, undefined],
    ['date-impossible', new Date(NaN), undefined],
  ])('tells %s of %s and how to write it', (code, cell, example) => {
    const [problem, ...others] = on(cell).problems;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code, field: '入学日期' });
    if (example) expect(problem.remedy?.zh).toContain(example);
  });
});

describe('the age of a child is not judged here', () => {
  it('both sides of the cut-off are taken by the check of the row', () => {
    const { reached, tooYoung } = ageRuleChildren('一年级1班', '520122');
    expect([reached.birthDate, tooYoung.birthDate]).toEqual(['2020-08-31', '2020-09-01']);
    expect(check(cellsOfRow(rowOf(reached))).problems).toEqual([]);
    expect(check(cellsOfRow(rowOf(tooYoung))).problems).toEqual([]);
  });
});

describe('a household place', () => {
  it('may be given by code alone, inside and outside the province', () => {
    expect(check(good({ householdPlace: '520103' })).child?.household.place).toBe('520103');
    expect(check(good({ householdPlace: '110101 北京市东城区' })).child?.household.place).toBe('110101');
  });

  it('that is retired or unknown is remarked, not refused', () => {
    const warned = (place: string) => check(good({ householdPlace: place }));
    expect(warned('520522').warnings.map((w) => w.code)).toEqual(['division-retired']);
    expect(warned('529999').warnings.map((w) => w.code)).toEqual(['division-unknown']);
    expect(warned('520522').child).toBeDefined();
  });

  it('may be a prefecture that has no counties', () => {
    expect(check(good({ householdPlace: '441900' })).problems).toEqual([]); // 东莞市
  });
});

describe('an entry', () => {
  const entries = (): ChildEntry[] =>
    children(60, { ...options, withoutHousehold: 0.3 }).map((child) => check(cellsOfRow(rowOf(child))).child!);

  it('comes back from its own cells', () => {
    for (const entry of entries()) expect(check(cellsOf(entry)).child).toEqual(entry);
  });

  it('differs from another in the items that differ', () => {
    const a = entries().find((entry) => entry.guardian)!;
    expect(differences(a, structuredClone(a))).toEqual([]);
    expect(differences(a, { ...a, address: '别处', sex: a.sex === '1' ? '2' : '1' })).toEqual(['sex', 'address']);
    expect(differences({ ...a, guardian: undefined }, a)).toEqual([
      'guardianName',
      'guardianRelation',
      'guardianPhone',
    ]);
  });
});

describe('a child that stands twice in one workbook', () => {
  const [a, b] = children(2, { ...options, withoutHousehold: 0, seed: 9 }).map(
    (c) => check(cellsOfRow(rowOf(c))).child!,
  );

  it('is told with the article: one person, one record [GZ-NO6, CZ-EN13, NAT-NO5]', () => {
    const grounds = ['guizhou', 'changzhi-lucheng', 'national'].map((line) => {
      const finder = new DuplicateFinder(citing(line));
      finder.add(2, a);
      return finder.add(3, a)?.problem.citation?.rule;
    });
    expect(grounds).toEqual(['GZ-NO6', 'CZ-EN13', 'NAT-NO5']);
  });

  it('is found by its number, wherever else the rows differ', () => {
    const finder = new DuplicateFinder();
    expect(finder.add(2, a)).toBeUndefined();
    expect(finder.add(3, b)).toBeUndefined();
    expect(finder.add(9, { ...a, name: '另一个' })).toMatchObject({
      firstRow: 2,
      differs: ['name'],
      problem: { code: 'duplicate-in-file', facts: { firstRow: 2 } },
    });
    expect(finder.add(10, a)).toMatchObject({ firstRow: 2, differs: [] });
  });

  it('is found by name, birth date and guardian when one row has no number', () => {
    const finder = new DuplicateFinder();
    finder.add(2, a);
    expect(finder.add(3, { ...a, idDocument: { type: 'none' } })?.firstRow).toBe(2);
    const other = new DuplicateFinder();
    other.add(2, { ...a, idDocument: { type: 'none' } });
    expect(other.add(3, a)?.firstRow).toBe(2);
  });

  it('is two children when the numbers or the names differ', () => {
    const finder = new DuplicateFinder();
    finder.add(2, a);
    expect(finder.add(3, { ...a, idDocument: b.idDocument })).toBeUndefined();
    const twins = new DuplicateFinder();
    const first = { ...a, idDocument: { type: 'none' as const } };
    twins.add(2, first);
    expect(twins.add(3, { ...first, name: '双胞胎' })).toBeUndefined();
  });
});
