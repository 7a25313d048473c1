import { readXlsx, writeXlsx, type Cell, type CellValue, type WriteSheet } from 'hucre/xlsx';
import type { SheetRow, SheetValue } from './rows';

/**
 * Fills a blank collection workbook as a school would: rows under the header, by the names of the columns, the sample row
 * left where it is. What the template says about itself stays.
 * @param template .xlsx as the registry hands it out
 */
export const fillWorkbook = async (template: Uint8Array, rows: readonly SheetRow[]): Promise<Uint8Array> => {
  const blank = await readXlsx(template);
  const students = blank.sheets.find((sheet) => sheet.name === '学生');
  if (!students) throw new Error('the template has no sheet 学生');
  const headers = students.rows[0].map((value) => String(value ?? ''));
  const samples = students.rows.slice(1).filter((row) => row.some((value) => value !== null && value !== ''));
  const cells = new Map<string, Partial<Cell>>();
  const filled = rows.map((row, i): CellValue[] => {
    const unknown = Object.keys(row).filter((header) => !headers.includes(header));
    if (unknown.length > 0) throw new Error(`the template has no column ${unknown.join(', ')}`);
    return headers.map((header, column) => {
      const value: SheetValue | undefined = row[header];
      if (typeof value !== 'object' || value instanceof Date) return value ?? null;
      cells.set(`${1 + samples.length + i},${column}`, { formula: value.formula, formulaResult: value.shown });
      return null;
    });
  });
  const sheets: WriteSheet[] = blank.sheets.map((sheet) =>
    sheet === students
      ? { name: sheet.name, rows: [headers, ...samples, ...filled], cells }
      : { name: sheet.name, rows: sheet.rows, ...(sheet.hidden && { hidden: true }) },
  );
  return writeXlsx({ sheets });
};
