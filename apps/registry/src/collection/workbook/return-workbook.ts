import type { ProblemItem } from '#libs/contracts';
import type { Cells } from './cell';
import { type ColumnKey, returnedHeaders } from './format';
import { type Layout, layWorkbook } from './lay-workbook';

/** A row that was not taken, as it stood in the upload. */
export interface BadRow {
  row: number;
  cells: Cells;
  problems: readonly ProblemItem[];
}

export type ReturnRequest = Pick<Layout, 'school' | 'classes' | 'format' | 'today'> & { badRows: readonly BadRow[] };

/**
 * The bad rows in the form of the template: wrong cells marked and commented, and two more columns with the original row
 * number and all reasons. It can be corrected and uploaded as it is. Cells that were formulas come back as the value shown.
 */
export const markedWorkbook = ({ badRows, ...layout }: ReturnRequest): Promise<Uint8Array> => {
  const keyOf = new Map<string, ColumnKey>(
    layout.format.columns.flatMap((c) => [
      [c.header.zh, c.key],
      [c.key, c.key],
    ]),
  );
  return layWorkbook({
    ...layout,
    preface: [
      `退回 ${badRows.length} 行：标红的单元格有问题，原因见批注和最后一列。更正后原样上传。`,
      `${badRows.length} row(s) returned: red cells are wrong, the reasons are in their comments and in the last column.`,
    ],
    extraColumns: [
      { header: returnedHeaders.row.zh, width: 10 },
      { header: returnedHeaders.problems.zh, width: 80 },
    ],
    rows: badRows.map(({ row, cells, problems }) => {
      const notes: Partial<Record<ColumnKey, string>> = {};
      for (const problem of problems) {
        const key = problem.field === undefined ? undefined : keyOf.get(problem.field);
        if (key) notes[key] = [...(notes[key] ? [notes[key]] : []), reason(problem)].join('\n');
      }
      const reasons = problems.map((p) => `${p.field ? `【${p.field}】` : ''}${reason(p)}${ground(p)}`);
      return { cells, notes, extra: [row, reasons.join('\n')] };
    }),
  });
};

const reason = ({ message, remedy }: ProblemItem): string =>
  `${message.zh}${remedy?.zh ?? ''}\n${message.en}${remedy ? ` ${remedy.en}` : ''}`;

/** Article on which a reason rests; stands in the list of reasons alone, a comment is short. */
const ground = ({ citation }: ProblemItem): string =>
  citation ? `\n依据 Ground: 《${citation.document}》${citation.article} (${citation.rule})` : '';
