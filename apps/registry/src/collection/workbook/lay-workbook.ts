import {
  writeXlsx,
  cellRef,
  type Cell as SheetCell,
  type CellStyle,
  type CellValue,
  type WriteSheet,
} from 'hucre/xlsx';
import { countiesAt, divisionPath } from '#libs/codes';
import { type Cells, looksLikeFormula, textOf } from './cell';
import {
  type CollectionFormat,
  type Column,
  type Required,
  codeLists,
  returnedHeaders,
  sampleMark,
  sheetNames,
  workbookMark,
} from './format';

/** School for which a workbook is laid out. */
export interface WorkbookSchool {
  /** 10-digit school code. */
  code: string;
  name: string;
}

/** A row of the sheet 学生: what stands in its cells, and what is marked. */
export interface LaidRow {
  cells: Cells;
  /** Notes by column; such a cell is filled red and carries the note as comment. */
  notes?: Partial<Record<Column['key'], string>>;
  /** Values of the extra columns, in their order. */
  extra?: CellValue[];
}

export interface Layout {
  school: WorkbookSchool;
  classes: readonly { id: string; name: string }[];
  format: CollectionFormat;
  /** Legal date on which the lists (counties) are read. */
  today: string;
  rows: LaidRow[];
  /** Headers and widths of columns after those of the format. */
  extraColumns?: { header: string; width: number }[];
  /** First lines of the guidance sheet, before the general ones. */
  preface?: string[];
}

/** Rows that carry drop-downs and checks. */
const preparedRows = 20_001;
/** Empty rows whose cells for codes and numbers are text already: a column by itself cannot be set to text here. */
const textRows = 3_000;

const solid = (rgb: string): CellStyle['fill'] => ({ type: 'pattern', pattern: 'solid', fgColor: { rgb } });
const asText: CellStyle = { numFmt: '@' };
const headerStyle = (required: Required): CellStyle => ({
  numFmt: '@',
  font: { bold: true, color: { rgb: 'FFFFFFFF' } },
  fill: solid(required === true ? 'FF1F4E79' : 'FF7F7F7F'),
  alignment: { horizontal: 'center', vertical: 'center', wrapText: true },
});
const markedStyle: CellStyle = { numFmt: '@', fill: solid('FFFFC7CE') };
const sampleStyle: CellStyle = { numFmt: '@', fill: solid('FFEDEDED'), font: { italic: true } };

/**
 * Lays out a collection workbook: guidance, the sheet to fill in with drop-downs and cell checks, and the hidden sheet of
 * codes, whose first row says what the workbook is. Every cell is text, so that numbers keep their digits; nothing is ever
 * written as a formula.
 */
export const layWorkbook = async (layout: Layout): Promise<Uint8Array> => {
  const { format, rows, extraColumns = [] } = layout;
  const lists = codeSheetLists(layout);
  const sheetRows: CellValue[][] = [
    [...format.columns.map((c) => c.header.zh), ...extraColumns.map((c) => c.header)],
    ...rows.map((row) => [...format.columns.map((c) => written(row.cells[c.key])), ...(row.extra ?? [])]),
  ];

  const cells = new Map<string, Partial<SheetCell>>();
  format.columns.forEach((column, index) => {
    cells.set(`0,${index}`, {
      style: headerStyle(column.required),
      comment: {
        author: '系统',
        text: `${requirement[column.required === true ? 'always' : column.required]}\n${column.help.zh}\n${column.header.en}: ${column.help.en}`,
      },
    });
  });
  extraColumns.forEach((_, index) => {
    cells.set(`0,${format.columns.length + index}`, { style: { ...headerStyle(true), fill: solid('FFC00000') } });
  });
  rows.forEach((row, rowIndex) => {
    const sample = textOf(row.cells.name).startsWith(sampleMark);
    format.columns.forEach((column, index) => {
      const note = row.notes?.[column.key];
      if (note) cells.set(`${rowIndex + 1},${index}`, { style: markedStyle, comment: { author: '系统', text: note } });
      else if (sample) cells.set(`${rowIndex + 1},${index}`, { style: sampleStyle });
    });
  });

  const digits = format.columns.flatMap((c, i) => (c.key === 'documentNumber' || c.key === 'ethnic' ? [i] : []));
  for (let row = rows.length + 1; row <= textRows; row++) {
    for (const column of digits) cells.set(`${row},${column}`, { value: null, style: asText });
  }

  const students: WriteSheet = {
    name: sheetNames.students,
    columns: [
      ...format.columns.map((c) => ({ width: c.width, style: asText })),
      ...extraColumns.map((c) => ({ width: c.width, style: { alignment: { wrapText: true } } })),
    ],
    rows: sheetRows,
    cells,
    freezePane: { rows: 1, columns: 1 },
    dataValidations: format.columns.flatMap((column, index) => validation(column, index, lists)),
  };
  const codes: WriteSheet = {
    name: sheetNames.codes,
    hidden: true,
    rows: [
      [workbookMark, format.version, layout.school.code, layout.school.name],
      ...Array.from({ length: Math.max(...lists.map((l) => l.values.length)) }, (_, i) =>
        lists.map((l) => l.values[i] ?? null),
      ),
    ],
  };
  const guidance: WriteSheet = {
    name: sheetNames.guidance,
    columns: [{ width: 22 }, { width: 16 }, { width: 60 }, { width: 60 }],
    rows: guidanceRows(layout),
  };
  return writeXlsx({ sheets: [guidance, students, codes], activeSheet: 1, properties: { title: format.title.zh } });
};

/** What is written of a cell. Texts that a program may run as a formula get an apostrophe before them. */
const written = (cell: Cells[Column['key']]): CellValue => {
  if (cell === undefined) return null;
  // A long number has lost its digits; written as digits it would look as if it still had them.
  const lost = typeof cell === 'number' && !Number.isSafeInteger(cell);
  const text = lost ? cell.toPrecision(15) : textOf(cell);
  return looksLikeFormula(text) && !text.startsWith("'") ? `'${text}` : text;
};

interface CodeColumn {
  key: Column['key'];
  values: string[];
}

/** Drop-down values, one column of the hidden sheet per column that has any. */
const codeSheetLists = ({ format, classes, school, today }: Layout): CodeColumn[] =>
  format.columns.flatMap(({ key, kind, codes }) => {
    if (kind === 'code') return [{ key, values: codeLists[codes!].map((v) => v.zh) }];
    if (kind === 'class') return [{ key, values: classes.map((c) => c.name) }];
    if (kind === 'division') {
      const counties = countiesAt(`${school.code.slice(2, 4)}0000`, today);
      return [{ key, values: counties.map((c) => `${c.code} ${divisionPath(c.code, today)}`) }];
    }
    return [];
  });

const validation = (column: Column, index: number, lists: CodeColumn[]): NonNullable<WriteSheet['dataValidations']> => {
  const range = `${cellRef(1, index)}:${cellRef(preparedRows, index)}`;
  const prompt = { showInputMessage: true, inputTitle: column.header.zh, inputMessage: column.help.zh };
  const error = { showErrorMessage: true, errorTitle: column.header.zh, errorMessage: column.help.zh };
  const list = lists.findIndex((l) => l.key === column.key);
  if (list >= 0 && lists[list].values.length > 0) {
    // Row 1 of the hidden sheet says what the workbook is; the lists begin under it.
    const last = lists[list].values.length;
    const absolute = (row: number) => cellRef(row, list).replace(/^([A-Z]+)(\d+)$/, '$$$1$$$2');
    return [
      {
        type: 'list',
        formula1: `${sheetNames.codes}!${absolute(1)}:${absolute(last)}`,
        range,
        allowBlank: true,
        ...prompt,
        ...error,
        // A place outside the province is not in the list and may be given by its code.
        errorStyle: column.kind === 'division' || column.key === 'ethnic' ? 'information' : 'stop',
      },
    ];
  }
  if (column.key === 'documentNumber') {
    return [
      {
        type: 'textLength',
        operator: 'between',
        formula1: '5',
        formula2: '18',
        range,
        allowBlank: true,
        ...prompt,
        ...error,
        errorStyle: 'warning',
      },
    ];
  }
  if (column.kind === 'text' || column.kind === 'name') {
    return [
      {
        type: 'textLength',
        operator: 'lessThanOrEqual',
        formula1: String(column.maxLength ?? 50),
        range,
        allowBlank: true,
        ...prompt,
        ...error,
      },
    ];
  }
  // The reader takes a date as Excel date or as text, so a date check of the sheet would refuse half of what is right.
  return [
    { type: 'textLength', operator: 'lessThanOrEqual', formula1: '30', range, allowBlank: true, ...prompt, ...error },
  ];
};

const requirement: Record<'always' | Exclude<Required, true>, string> = {
  always: '必填 Required',
  hasDocument: '有证件的必填 Required with a document',
  hasHousehold: '有户口的必填 Required with a household registration',
  noHousehold: '无户口的必填 Required without household registration',
  noHouseholdNoDocument: '无户口的必填 Required without household registration',
  papersMissing: '有缺件的必填 Required where a paper is missing',
};

const guidanceRows = ({ format, school, preface = [] }: Layout): CellValue[][] => [
  [`《${format.title.zh}》${school.name}（${school.code}）`],
  [`${format.title.en}, format ${format.version}`],
  ...preface.map((line) => [line]),
  [`一、在“${sheetNames.students}”表中每名学生填一行；第1行的列名不要改，列的次序可以变。`],
  [`One row per child in the sheet ${sheetNames.students}. Keep the names of the columns; their order is free.`],
  [`二、以“${sampleMark}”开头的是示例行，不会导入，可以删除。`],
  [`Rows that begin with ${sampleMark} are samples; they are not imported and may be deleted.`],
  ['三、日期写成 2020-08-31 或 20200831，或用Excel日期；证件号码按文本录入，不用全角数字；不接受公式。'],
  ['Dates as 2020-08-31 or 20200831, or Excel dates; numbers as text in half-width digits; no formulas.'],
  ['四、上传后先检查、不写入；有问题的行会标红退回，更正后原样上传即可。同一份数据重复上传不会重复建档。'],
  [
    'An upload is checked first and writes nothing; wrong rows come back marked, to be corrected and uploaded as they are.',
  ],
  [format.note.zh],
  [format.note.en],
  [],
  ['列 Column', '要求', '说明', 'Help'],
  ...format.columns.map((c): CellValue[] => [
    `${c.header.zh} ${c.header.en}`,
    requirement[c.required === true ? 'always' : c.required],
    c.help.zh,
    c.help.en,
  ]),
  [],
  ['代码 Codes'],
  ...format.columns
    .filter((c) => c.kind === 'code' && c.codes !== 'yesNo' && c.codes !== 'ethnic')
    .map((c): CellValue[] => [
      c.header.zh,
      null,
      codeLists[c.codes!].map((v) => v.zh).join('、'),
      codeLists[c.codes!].map((v) => v.en).join(', '),
    ]),
  [],
  [`${returnedHeaders.row.zh}、${returnedHeaders.problems.zh}两列只在退回的工作簿中出现，上传时不读取。`],
];
