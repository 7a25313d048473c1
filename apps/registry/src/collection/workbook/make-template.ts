import type { Cells } from './cell';
import { sampleMark } from './format';
import { type Layout, layWorkbook } from './lay-workbook';

export type TemplateRequest = Pick<Layout, 'school' | 'classes' | 'format' | 'today'> & {
  /** Sample rows under the header; default 1, 0 for none. */
  samples?: number;
};

/** The blank collection workbook of a school, as .xlsx. */
export const makeTemplate = ({ samples = 1, ...layout }: TemplateRequest): Promise<Uint8Array> =>
  layWorkbook({ ...layout, rows: Array.from({ length: samples }, () => ({ cells: sampleCells(layout) })) });

/** A row that shows the form and cannot be taken for a child: its name is marked, its number is none. */
const sampleCells = ({ format, classes }: Pick<Layout, 'format' | 'classes'>): Cells => {
  const cells: Cells = Object.fromEntries(format.columns.flatMap((c) => (c.sample ? [[c.key, c.sample]] : [])));
  return { ...cells, name: `${sampleMark}${String(cells.name ?? '')}`, ...(classes[0] && { class: classes[0].name }) };
};
