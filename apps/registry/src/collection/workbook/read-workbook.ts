import { type Citation, type ProblemItem, type Refused, refuse, type Text } from '#libs/contracts';
import { type Cells, textOf } from './cell';
import {
  type CollectionFormat,
  type ColumnKey,
  currentFormat,
  formatOf,
  knownFormatVersions,
  returnedHeaders,
  sampleMark,
  sheetNames,
  workbookMark,
} from './format';
import { type GuardedWorkbook, guardWorkbook } from './guard-workbook';
import { openSheet, partsOf, type Sheet, type SheetRow } from './open-sheet';

/** A row that holds something. */
export interface WorkbookRow {
  /** Number that the spreadsheet program shows, 1-based. */
  row: number;
  cells: Cells;
}

/** A workbook whose form is right; its rows are read as they are taken. */
export interface WorkbookContent {
  format: CollectionFormat;
  /** School code that the workbook was made for. */
  school: string;
  /** Rows to come, for a progress bar; rows that hold only blanks are counted here and passed over later. */
  total: number;
  /** Headers of columns that are not part of the format and were passed over. */
  ignoredColumns: string[];
  rows: AsyncGenerator<WorkbookRow, void, undefined>;
}

export interface ReadOptions {
  /** School code of the caller; a workbook made for another school is refused. */
  school: string;
  /** Default 20,000. */
  maxRows?: number;
  /** Finds the article of a rule in the pack that judges; cited where the form of the workbook is refused. */
  cite?: (rule: string) => Citation | undefined;
}

const freshTemplate: Text = {
  zh: '请重新下载本校的采集模板，把数据粘贴（数值）进去后上传。',
  en: "Download your school's template anew, paste the data as values and upload that.",
};

/**
 * Opens a collection workbook: guards it, checks that it is ours, of this school, of a known format and with the right
 * columns, and gives its rows in order. Sample rows and blank rows are passed over; row numbers stay the user's.
 * @throws Refused as `guardWorkbook`; `workbook-not-ours`, `workbook-format-version`, `workbook-other-school`,
 * `workbook-columns` (items name each column), `workbook-too-many-rows`, `workbook-no-rows`
 */
export const readWorkbook = async (
  input: GuardedWorkbook | Uint8Array | string,
  { school, maxRows = 20_000, cite }: ReadOptions,
): Promise<WorkbookContent> => {
  const workbook = typeof input === 'object' && 'parts' in input ? input : await guardWorkbook(input);
  const parts = await partsOf(workbook);
  const format = await identify(await openSheet(workbook, parts, sheetNames.codes), school, cite);
  const sheet = await openSheet(workbook, parts, sheetNames.students);
  if (!sheet)
    throw notOurs({ zh: `没有名为“${sheetNames.students}”的表。`, en: `There is no sheet ${sheetNames.students}.` });

  const source = sheet.rows();
  const header = await source.next();
  const { columns, ignored } = columnsOf(header.done ? [] : Array.from(header.value.cells, textOf), format, cite);

  const read = ({ row, cells: values }: SheetRow): WorkbookRow | undefined => {
    const cells: Cells = {};
    let empty = true;
    for (const [column, key] of columns) {
      const value = values[column];
      if (value === undefined || (typeof value === 'string' && textOf(value) === '')) continue;
      cells[key] = value;
      empty = false;
    }
    return empty ? undefined : { row, cells };
  };
  const isSample = (row: WorkbookRow) => textOf(row.cells.name).startsWith(sampleMark);

  // Sample rows stand right under the header; taking them here makes the count of the rest exact.
  let samples = 0;
  let first: WorkbookRow | undefined;
  for (let next = await source.next(); !next.done; next = await source.next()) {
    const row = read(next.value);
    if (!row) continue;
    if (!isSample(row)) {
      first = row;
      break;
    }
    samples++;
  }
  if (!first) {
    throw refuse('workbook-no-rows', {
      status: 422,
      title: { zh: '没有学生数据', en: 'No children in it' },
      detail: {
        zh: `“${sheetNames.students}”表中没有可导入的行。`,
        en: `The sheet ${sheetNames.students} holds no row to import.`,
      },
      remedy: {
        zh: `请在“${sheetNames.students}”表中填写学生；以“${sampleMark}”开头的示例行不导入。`,
        en: `Fill in the sheet ${sheetNames.students}; sample rows beginning with ${sampleMark} are not imported.`,
      },
    });
  }
  const total = sheet.filledRows - 1 - samples;
  if (total > maxRows) {
    await source.return();
    throw tooManyRows(total, maxRows);
  }
  return { format, school, total, ignoredColumns: ignored, rows: rowsFrom(first) };

  async function* rowsFrom(opening: WorkbookRow): AsyncGenerator<WorkbookRow, void, undefined> {
    try {
      yield opening;
      for await (const next of source) {
        const row = read(next);
        if (row && !isSample(row)) yield row;
      }
    } finally {
      await source.return();
    }
  }
};

/** Reads what the workbook says about itself in the first row of the hidden sheet. */
const identify = async (
  sheet: Sheet | undefined,
  school: string,
  cite: ReadOptions['cite'],
): Promise<CollectionFormat> => {
  if (!sheet) {
    throw notOurs({
      zh: `缺少隐藏的“${sheetNames.codes}”表，不是本系统的采集模板。`,
      en: `The hidden sheet ${sheetNames.codes} is missing: this is not our template.`,
    });
  }
  const first = await sheet.rows().next();
  const [mark, version, madeFor, schoolName] = first.done ? [] : Array.from(first.value.cells, textOf);
  if (mark !== workbookMark) {
    throw notOurs({
      zh: `“${sheetNames.codes}”表首行没有模板标记，不是本系统的采集模板。`,
      en: `The sheet ${sheetNames.codes} does not carry our mark: this is not our template.`,
    });
  }
  const format = formatOf(version);
  if (!format) {
    throw refuse('workbook-format-version', {
      status: 422,
      title: { zh: '模板版本不可用', en: 'Unknown version of the template' },
      detail: {
        zh: `工作簿的格式版本是“${version}”，可用的是 ${knownFormatVersions().join('、')}。`,
        en: `The workbook has format version "${version}"; known are ${knownFormatVersions().join(', ')}.`,
      },
      remedy: freshTemplate,
      citation: cite?.(currentFormat.rule),
      facts: { version, known: knownFormatVersions() },
    });
  }
  if (madeFor !== school) {
    throw refuse('workbook-other-school', {
      status: 422,
      title: { zh: '不是本校的工作簿', en: "Another school's workbook" },
      detail: {
        zh: `工作簿是为学校 ${madeFor}${schoolName ? `（${schoolName}）` : ''} 制作的，您的学校是 ${school}。`,
        en: `The workbook was made for school ${madeFor}; yours is ${school}.`,
      },
      remedy: freshTemplate,
      facts: { workbookSchool: madeFor, school },
    });
  }
  return format;
};

const notOurs = (detail: Text): Refused =>
  refuse('workbook-not-ours', {
    status: 422,
    title: { zh: '不是采集模板', en: 'Not the collection template' },
    detail,
    remedy: freshTemplate,
  });

const tooManyRows = (rows: number, limit: number): Refused =>
  refuse('workbook-too-many-rows', {
    status: 422,
    title: { zh: '行数过多', en: 'Too many rows' },
    detail: {
      zh: `工作簿有 ${rows} 行学生，最多 ${limit} 行。`,
      en: `The workbook has ${rows} rows of children, at most ${limit}.`,
    },
    remedy: { zh: '请分成几个工作簿上传。', en: 'Split it into several workbooks.' },
    facts: { rows, limit },
  });

/** A header as it is compared: without blanks and the marks that people add. */
const plain = (header: string) =>
  header
    .normalize('NFKC')
    .replace(/[\s*＊]/g, '')
    .toLowerCase();

/** Column index → key. Order is free; every column of the format must be there once. */
const columnsOf = (
  headers: string[],
  format: CollectionFormat,
  cite: ReadOptions['cite'],
): { columns: [number, ColumnKey][]; ignored: string[] } => {
  const keyOf = new Map(
    format.columns.flatMap((c) => [[plain(c.header.zh), c.key] as const, [plain(c.header.en), c.key] as const]),
  );
  const ours = new Set(Object.values(returnedHeaders).flatMap((h) => [plain(h.zh), plain(h.en)]));
  const seen = new Map<ColumnKey, string>();
  const columns: [number, ColumnKey][] = [];
  const ignored: string[] = [];
  const items: ProblemItem[] = [];
  headers.forEach((header, index) => {
    if (header === '' || ours.has(plain(header))) return;
    const key = keyOf.get(plain(header));
    if (!key) {
      ignored.push(header);
    } else if (seen.has(key)) {
      items.push({
        field: header,
        code: 'column-duplicate',
        message: { zh: `列“${header}”出现了不止一次。`, en: `The column "${header}" appears more than once.` },
        remedy: { zh: '请删去多余的一列。', en: 'Delete one of them.' },
      });
    } else {
      seen.set(key, header);
      columns.push([index, key]);
    }
  });
  const missing = format.columns.filter((c) => !seen.has(c.key));
  for (const column of missing) {
    items.push({
      field: column.header.zh,
      code: 'column-missing',
      message: {
        zh: `缺少列“${column.header.zh}”。`,
        en: `The column "${column.header.zh}" (${column.header.en}) is missing.`,
      },
      remedy:
        ignored.length > 0
          ? {
              zh: `如果改过列名，请改回“${column.header.zh}”；不认识的列有：${ignored.join('、')}。`,
              en: `If you renamed it, name it "${column.header.zh}" again; unknown columns: ${ignored.join(', ')}.`,
            }
          : {
              zh: '请在第1行补上这一列，不用的列也要保留。',
              en: 'Put it back into row 1; columns that you do not use must stay.',
            },
    });
  }
  if (items.length > 0) {
    throw refuse('workbook-columns', {
      status: 422,
      title: { zh: '表头不符', en: 'The header row is not right' },
      detail: {
        zh: `“${sheetNames.students}”表第1行与格式 ${format.version} 不符：${items.map((i) => i.message.zh).join('')}`,
        en: `Row 1 of ${sheetNames.students} does not fit format ${format.version}: ${items.map((i) => i.message.en).join(' ')}`,
      },
      remedy: freshTemplate,
      citation: cite?.(format.rule),
      facts: { missing: missing.map((c) => c.header.zh), unknown: ignored },
      items,
    });
  }
  return { columns, ignored };
};
