import { readXlsx, streamXlsxRows, writeXlsx, type Cell as SheetCell } from 'hucre/xlsx';
import * as fc from 'fast-check';
import { loadPolicy } from '#libs/policy';
import { Refused } from '#libs/service-kit';
import {
  children,
  classes as classesOf,
  fillWorkbook,
  guizhouSchools,
  hostileFiles,
  rowOf,
  spoiledRows,
  zip,
  type ArchiveEntry,
  type SheetRow,
} from '../../../../../tools/sample-province/src';
import { checkRow } from './check-row';
import { DuplicateFinder } from './duplicate-finder';
import { columnKeys, currentFormat, returnedHeaders, sampleMark, sheetNames, workbookMark } from './format';
import { guardWorkbook, workbookLimits } from './guard-workbook';
import { makeTemplate } from './make-template';
import { openSheet, partsOf } from './open-sheet';
import { type ReadOptions, type WorkbookRow, readWorkbook } from './read-workbook';
import { type BadRow, markedWorkbook } from './return-workbook';

const today = '2026-09-10';
const [school] = guizhouSchools();
const classes = classesOf(school)
  .filter((c) => c.grade === 1)
  .map(({ name }, i) => ({ id: `class-${i + 1}`, name }));
const layout = { school, classes, format: currentFormat, today };
const options = { seed: 3, classes: classes.map((c) => c.name), county: school.parent };
const rowContext = { format: currentFormat, today, classes };

const template = () => makeTemplate(layout);
const filled = async (rows: SheetRow[]) => fillWorkbook(await template(), rows);
const rowsIn = async (bytes: Uint8Array, more: Partial<ReadOptions> = {}): Promise<WorkbookRow[]> => {
  const found: WorkbookRow[] = [];
  for await (const row of (await readWorkbook(bytes, { school: school.code, ...more })).rows) found.push(row);
  return found;
};
/** The refusal that a promise ends in. */
const refusal = async (attempt: Promise<unknown>) => {
  const caught: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(caught).toBeInstanceOf(Refused);
  return (caught as Refused).refusal;
};

const headers = currentFormat.columns.map((c) => c.header.zh);
const self = [workbookMark, currentFormat.version, school.code, school.name];
/** A workbook of any shape that says it is ours. */
const workbookOf = (
  rows: (string | number | Date | boolean | null)[][],
  more: { cells?: Map<string, Partial<SheetCell>>; about?: string[]; name?: string } = {},
) =>
  writeXlsx({
    sheets: [
      { name: more.name ?? sheetNames.students, rows, cells: more.cells },
      { name: sheetNames.codes, rows: [more.about ?? self], hidden: true },
    ],
  });
const line = (row: SheetRow) => headers.map((header) => (row[header] ?? null) as string | null);
const [child] = children(1, { ...options, withoutHousehold: 0 });

// Archives of many megabytes are built here on machines that others use too.
jest.setTimeout(30_000);

describe('the blank template', () => {
  it('holds guidance, every column of the format, drop-downs and a hidden sheet that says what it is', async () => {
    const book = await readXlsx(await template());
    expect(book.sheets.map((s) => [s.name, s.hidden ?? false])).toEqual([
      [sheetNames.guidance, false],
      [sheetNames.students, false],
      [sheetNames.codes, true],
    ]);
    const [guidance, students, codes] = book.sheets;
    expect(students.rows[0]).toEqual(headers);
    expect(students.rows[1][0]).toBe(`${sampleMark}王小明`);
    expect(codes.rows[0].slice(0, 4)).toEqual(self);
    for (const column of currentFormat.columns) {
      expect(guidance.rows.some((row) => String(row[0]).startsWith(column.header.zh))).toBe(true);
    }
    expect(students.freezePane).toMatchObject({ rows: 1 });
  });

  it('offers exactly the classes of the school and the counties of its province', async () => {
    const book = await readXlsx(await template());
    const validations = book.sheets[1].dataValidations ?? [];
    const offered = (header: string): string[] => {
      const letter = String.fromCharCode(65 + headers.indexOf(header));
      const list = validations.find((v) => v.type === 'list' && v.range.startsWith(`${letter}2:`));
      const [, column, from, to] = /\$([A-Z]+)\$(\d+):\$[A-Z]+\$(\d+)/.exec(list!.formula1!)!;
      const index = column.charCodeAt(0) - 65;
      return book.sheets[2].rows.slice(Number(from) - 1, Number(to)).map((row) => String(row[index]));
    };
    expect(offered('班级')).toEqual(classes.map((c) => c.name));
    expect(offered('户口所在地')).toHaveLength(88);
    expect(offered('民族')).toHaveLength(58);
    expect(offered('性别')).toEqual(['男', '女']);
  });

  it('holds no child', async () => {
    expect((await refusal(rowsIn(await template()))).slug).toBe('workbook-no-rows');
  });
});

describe('rows', () => {
  it('come back as they were filled in, with the numbers that the user sees', async () => {
    const kids = children(40, { ...options, withoutHousehold: 0.2 });
    const rows = await rowsIn(await filled(kids.map(rowOf)));
    expect(rows.map((r) => r.row)).toEqual(kids.map((_, i) => i + 3)); // header, sample, then the children
    expect(rows.map(({ cells }) => checkRow(cells, rowContext).child?.name)).toEqual(kids.map((k) => k.name));
  });

  it('keep their numbers when blank rows and samples stand between them', async () => {
    const blank = headers.map(() => null);
    const spaces = headers.map(() => ' ');
    const sample = line({ ...rowOf(child), 姓名: `${sampleMark}李四` });
    const rows = await rowsIn(
      await workbookOf([headers, sample, blank, line(rowOf(child)), spaces, sample, blank, line(rowOf(child))]),
    );
    expect(rows.map((r) => r.row)).toEqual([4, 8]);
  });

  it('are found in any order of columns, under English headers and with stars', async () => {
    const turned = [...headers].reverse();
    const written = turned.map((h, i) =>
      i % 3 === 0 ? `${h} *` : i % 3 === 1 ? currentFormat.columns.find((c) => c.header.zh === h)!.header.en : h,
    );
    const row = rowOf(child);
    const [{ cells }] = await rowsIn(await workbookOf([written, turned.map((h) => (row[h] ?? null) as string | null)]));
    expect(checkRow(cells, rowContext).child?.name).toBe(child.name);
  });

  it('may have columns of the school, which are passed over and named', async () => {
    const content = await readWorkbook(
      await workbookOf([
        [...headers, '备注'],
        [...line(rowOf(child)), '新生'],
      ]),
      { school: school.code },
    );
    expect(content.ignoredColumns).toEqual(['备注']);
    expect(content.total).toBe(1);
    await content.rows.return();
  });

  it('with a formula say so cell by cell, whatever its last result was', async () => {
    const cells = new Map<string, Partial<SheetCell>>([
      [`1,${headers.indexOf('姓名')}`, { formula: 'A1', formulaResult: '张三' }],
      [`1,${headers.indexOf('出生日期')}`, { formula: 'TODAY()', formulaResult: 44000 }],
    ]);
    const [{ cells: read }] = await rowsIn(
      await workbookOf([headers, line({ ...rowOf(child), 姓名: '', 出生日期: '' })], { cells }),
    );
    expect(read.name).toEqual({ fault: 'formula', shown: '张三' });
    expect(checkRow(read, rowContext).problems.map((p) => [p.field, p.code])).toEqual([
      ['姓名', 'cell-formula'],
      ['出生日期', 'cell-formula'],
    ]);
  });

  it('with an ID number stored as a number are refused, since its digits are gone', async () => {
    const row = headers.map((h) =>
      h === '证件号码' ? 520103202003070024 : ((rowOf(child)[h] ?? null) as string | null),
    );
    const [{ cells }] = await rowsIn(await workbookOf([headers, row]));
    expect(checkRow(cells, rowContext).problems.map((p) => p.code)).toContain('id-stored-as-number');
  });

  it('with an Excel date are read as that day', async () => {
    const row = headers.map((h) =>
      h === '入学日期' ? new Date('2026-09-01T00:00:00Z') : ((rowOf(child)[h] ?? null) as string | null),
    );
    const [{ cells }] = await rowsIn(await workbookOf([headers, row]));
    expect(checkRow(cells, rowContext).child?.entryDate).toBe('2026-09-01');
  });

  it('are at most as many as are allowed; one more is refused with the number', async () => {
    const kids = children(8, options).map(rowOf);
    expect(await rowsIn(await filled(kids), { maxRows: 8 })).toHaveLength(8);
    const refused = await refusal(readWorkbook(await filled(kids), { school: school.code, maxRows: 7 }));
    expect(refused).toMatchObject({ slug: 'workbook-too-many-rows', facts: { rows: 8, limit: 7 } });
  });

  it('are 20,000 by default: 20,001 are refused before one is given', async () => {
    const many = Array.from({ length: 20_001 }, (_, i) => [`张${i}`]);
    const refused = await refusal(readWorkbook(await workbookOf([headers, ...many]), { school: school.code }));
    expect(refused).toMatchObject({ slug: 'workbook-too-many-rows', facts: { rows: 20_001, limit: 20_000 } });
    const content = await readWorkbook(await workbookOf([headers, ...many.slice(1)]), { school: school.code });
    expect(content.total).toBe(20_000);
    await content.rows.return();
  });
});

describe('a workbook is checked against its format [CZ-RC2]', () => {
  it('names each column that is missing, renamed or double, with the article', async () => {
    const cite: ReadOptions['cite'] = (rule) => loadPolicy().packAt('changzhi-lucheng', today).rule(rule)?.citation;
    const wrong = headers.map((h) => (h === '姓名' ? '学生名字' : h === '民族' ? '性别' : h));
    const refused = await refusal(
      readWorkbook(await workbookOf([wrong, line(rowOf(child))]), { school: school.code, cite }),
    );
    expect(refused.slug).toBe('workbook-columns');
    expect(refused.items?.map((i) => [i.field, i.code])).toEqual([
      ['性别', 'column-duplicate'],
      ['姓名', 'column-missing'],
      ['民族', 'column-missing'],
    ]);
    expect(refused.items?.[1].remedy?.zh).toContain('学生名字');
    expect(refused.citation?.rule).toBe('CZ-RC2');
  });

  it('refuses another version, naming those it knows', async () => {
    const refused = await refusal(
      readWorkbook(await workbookOf([headers, line(rowOf(child))], { about: [workbookMark, '2019.1', school.code] }), {
        school: school.code,
      }),
    );
    expect(refused).toMatchObject({
      slug: 'workbook-format-version',
      facts: { version: '2019.1', known: [currentFormat.version] },
    });
  });

  it("refuses another school's workbook", async () => {
    const refused = await refusal(readWorkbook(await filled([rowOf(child)]), { school: '2152000999' }));
    expect(refused).toMatchObject({ slug: 'workbook-other-school', facts: { workbookSchool: school.code } });
  });

  it.each<[string, Parameters<typeof workbookOf>[1]]>([
    ['another first cell', { about: ['something', '2026.1', school.code] }],
    ['no cell at all', { about: [] }],
    ['another name of the sheet', { name: 'Sheet1' }],
  ])('refuses what is not ours: %s', async (_, more) => {
    const refused = await refusal(
      readWorkbook(await workbookOf([headers, line(rowOf(child))], more), { school: school.code }),
    );
    expect(refused.slug).toBe('workbook-not-ours');
  });

  it('is data of which every column is known to the program', () => {
    expect(currentFormat.columns.map((c) => c.key)).toEqual([...columnKeys]);
  });
});

describe('a hostile file', () => {
  it('is refused with what it is and what to do, before it is unpacked', async () => {
    for (const { what, bytes, refused } of hostileFiles(await filled([rowOf(child)]))) {
      const answer = await refusal(readWorkbook(bytes, { school: school.code }));
      expect({ what, slug: answer.slug }).toEqual({ what, slug: refused });
      expect([413, 422]).toContain(answer.status);
      expect(answer.remedy.zh && answer.remedy.en).toBeTruthy();
    }
  });

  it('that unpacks a thousandfold costs no memory', async () => {
    const bomb = hostileFiles(await template()).find((f) => f.what.includes('thousand to one'))!;
    const before = process.memoryUsage().rss;
    await refusal(guardWorkbook(bomb.bytes));
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 1024 * 1024);
  });

  it('above the limit of size is refused by its size alone', async () => {
    const refused = await refusal(guardWorkbook(Buffer.alloc(2000), { ...workbookLimits, fileBytes: 1999 }));
    expect(refused).toMatchObject({ slug: 'workbook-too-large', status: 413, facts: { bytes: 2000, limit: 1999 } });
  });

  it.each([
    [
      'a document type with entities',
      '<!DOCTYPE w [<!ENTITY a "aaaa">]>',
      '<row r="1"><c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row>',
    ],
    [
      'a text without end',
      '',
      `<row r="1"><c r="A1" t="inlineStr"><is><t>${Array.from({ length: 1_000_000 }, (_, i) => i * 7919).join('')}`,
    ],
  ])('with %s is refused', async (_, before, rows) => {
    const bytes = handMade(`${before}<worksheet><sheetData>${rows}</sheetData></worksheet>`);
    const refused = await refusal(readWorkbook(bytes, { school: school.code }));
    expect(refused.slug).toBe('workbook-damaged');
  });

  it('with a wrong checksum is refused', async () => {
    const bytes = handMade('<worksheet><sheetData/></worksheet>', { crc: 1 });
    expect((await refusal(readWorkbook(bytes, { school: school.code }))).slug).toBe('workbook-damaged');
  });

  it.each([
    ['rows that never end', '<row r="1">'.repeat(400_000)],
    ['ends of rows that never began', '</row>'.repeat(400_000)],
    ['cells that never end', `<row r="1">${'<c r="A1">'.repeat(300_000)}</row>`],
    ['cells far out', `<row r="1"><c r="XFD1"><v>1</v></c></row>`],
  ])('with %s is dealt with in no time', async (_, rows) => {
    const bytes = handMade(`<worksheet><sheetData>${rows}</sheetData></worksheet>`);
    const started = process.cpuUsage();
    await refusal(readWorkbook(bytes, { school: school.code }));
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
  });
});

/** The smallest archive that says it is ours, around a sheet of one's own making. */
const handMade = (sheet: string, lie: Partial<ArchiveEntry> = {}, more: ArchiveEntry[] = []): Buffer => {
  const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
  return zip([
    { name: '[Content_Types].xml', content: '<Types/>' },
    {
      name: 'xl/workbook.xml',
      content: `<workbook xmlns:r="r"><sheets><sheet name="${sheetNames.students}" r:id="a"/><sheet name="${sheetNames.codes}" r:id="b"/></sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content:
        '<Relationships><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/>' +
        '<Relationship Id="b" Type="x/worksheet" Target="/xl/worksheets/sheet2.xml"/>' +
        '<Relationship Id="c" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    },
    { name: 'xl/worksheets/sheet1.xml', content: sheet, ...lie },
    {
      name: 'xl/worksheets/sheet2.xml',
      content: `<worksheet><sheetData><row>${self.map(text).join('')}</row></sheetData></worksheet>`,
    },
    ...(more.length ? more : [{ name: 'xl/sharedStrings.xml', content: '<sst/>' }]),
  ]);
};

describe('the reader of sheets', () => {
  const sheetRows = async (bytes: Uint8Array, name: string) => {
    const workbook = await guardWorkbook(bytes);
    const found: { index: number; values: unknown[] }[] = [];
    for await (const { row, cells } of (await openSheet(workbook, await partsOf(workbook), name))!.rows()) {
      found.push({ index: row - 1, values: Array.from(cells, (c) => c ?? null) });
    }
    return found;
  };

  it('reads what the library reads, for any values', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => s.trim() !== '' && !/[\uFFFE\uFFFF]/.test(s)),
      fc.constantFrom('a&b<c>"d\'', '_x000D_', '𠮷䶮', ' 空 格 ', '换\n行'),
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((n) => !Object.is(n, -0)),
      fc.boolean(),
      fc
        .date({ min: new Date('1901-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((d) => new Date(d.toISOString().slice(0, 10))),
      fc.constant(null),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(value, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (rows, inline) => {
          const bytes = await writeXlsx({ sheets: [{ name: 'S', rows }], stringMode: inline ? 'inline' : 'shared' });
          const expected: { index: number; values: unknown[] }[] = [];
          for await (const { index, values } of streamXlsxRows(bytes, { sheet: 'S' })) {
            const last = values.findLastIndex((v) => v !== null);
            if (last >= 0) expected.push({ index, values: values.slice(0, last + 1) });
          }
          expect(await sheetRows(bytes, 'S')).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds shared texts that lie behind the sheet, in runs, without reading aids', async () => {
    const rows =
      '<row r="2"><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>0</v></c><c r="D2" t="s"><v>9</v></c></row>';
    const texts =
      '<sst><si><t>一</t></si><si><r><t>张</t></r><r><rPr/><t xml:space="preserve"> 三</t></r><rPh sb="0" eb="1"><t>ZHANG</t></rPh></si></sst>';
    const bytes = handMade(`<worksheet><sheetData>${rows}</sheetData></worksheet>`, {}, [
      { name: 'xl/sharedStrings.xml', content: texts },
    ]);
    expect(await sheetRows(bytes, sheetNames.students)).toEqual([{ index: 1, values: [null, '张 三', '一'] }]);
  });

  it('reads sheets with a name-space prefix, single quotes and no references', async () => {
    const rows =
      "<x:row><x:c t='inlineStr'><x:is><x:t>甲</x:t></x:is></x:c><x:c><x:v>7</x:v></x:c></x:row><x:row r='5'><x:c t='b'><x:v>1</x:v></x:c></x:row>";
    const bytes = handMade(
      `<?xml version="1.0"?><x:worksheet xmlns:x="y"><x:sheetData>${rows}</x:sheetData></x:worksheet>`,
    );
    expect(await sheetRows(bytes, sheetNames.students)).toEqual([
      { index: 0, values: ['甲', 7] },
      { index: 4, values: [true] },
    ]);
  });
});

describe('the workbook given back', () => {
  /** Reads, checks and collects what was not taken, as the import does. */
  const check = async (bytes: Uint8Array) => {
    const finder = new DuplicateFinder();
    const bad: BadRow[] = [];
    let good = 0;
    for (const { row, cells } of await rowsIn(bytes)) {
      const { child: entry, problems } = checkRow(cells, rowContext);
      const duplicate = entry && finder.add(row, entry);
      if (duplicate) bad.push({ row, cells, problems: [duplicate.problem] });
      else if (problems.length) bad.push({ row, cells, problems });
      else good++;
    }
    return { good, bad };
  };
  const kids = children(30, options);

  it('holds the bad rows alone, marked, with original row and reasons', async () => {
    const spoiled = spoiledRows(kids, { ...options, from: 30 });
    const { good, bad } = await check(await filled([...kids.map(rowOf), ...spoiled.map((s) => s.row)]));
    expect(good).toBe(30);
    expect(bad).toHaveLength(spoiled.length);
    const book = await readXlsx(await markedWorkbook({ ...layout, badRows: bad }), { readStyles: true });
    const students = book.sheets.find((s) => s.name === sheetNames.students)!;
    expect(students.rows[0].slice(-2)).toEqual([returnedHeaders.row.zh, returnedHeaders.problems.zh]);
    bad.forEach((row, i) => {
      const [original, reasons] = students.rows[i + 1].slice(-2);
      expect(original).toBe(row.row);
      for (const problem of row.problems) expect(String(reasons)).toContain(problem.message.zh);
      for (const { field, message } of row.problems) {
        const cell = students.cells?.get(`${i + 1},${headers.indexOf(field!)}`);
        expect(cell?.comment?.text).toContain(message.en);
        expect(cell?.style?.fill).toMatchObject({ fgColor: { rgb: expect.stringMatching(/FFC7CE$/) } });
      }
    });
  });

  it('is read as it is: uncorrected rows are found again, corrected ones are taken', async () => {
    const wrong = kids.slice(0, 3).map((kid) => ({ ...rowOf(kid), 班级: '没有的班' }));
    const { bad } = await check(await filled(wrong));
    const returned = await markedWorkbook({ ...layout, badRows: bad });
    expect((await check(returned)).bad.map((b) => b.problems.map((p) => p.code))).toEqual([
      ['class-unknown'],
      ['class-unknown'],
      ['class-unknown'],
    ]);
    const corrected = await markedWorkbook({
      ...layout,
      badRows: bad.map((b, i) => (i === 1 ? b : { ...b, cells: { ...b.cells, class: classes[0].name } })),
    });
    const again = await check(corrected);
    expect(again).toMatchObject({ good: 2, bad: [{ row: 3 }] });
  });

  it('never holds a formula, and what looked like one stays wrong', async () => {
    const { bad } = await check(await filled([{ ...rowOf(kids[0]), 姓名: '=1+1', 现住址: "+cmd|' /C calc'!A0" }]));
    const returned = await markedWorkbook({ ...layout, badRows: bad });
    const students = (await readXlsx(returned)).sheets.find((s) => s.name === sheetNames.students)!;
    expect([...(students.cells?.values() ?? [])].filter((c) => c.formula !== undefined)).toEqual([]);
    expect(students.rows[1][0]).toBe("'=1+1");
    expect((await check(returned)).bad[0].problems.map((p) => p.code)).toEqual(['name-characters', 'text-formula']);
  });

  it('does not bring lost digits back as if they were there', async () => {
    const row = headers.map((h) =>
      h === '证件号码' ? 520103202003070024 : ((rowOf(child)[h] ?? null) as string | null),
    );
    const { bad } = await check(await workbookOf([headers, row]));
    const again = await check(await markedWorkbook({ ...layout, badRows: bad }));
    expect(again.bad[0].problems.map((p) => p.code)).toContain('id-characters');
  });
});
