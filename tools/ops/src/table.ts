/** Columns as wide as their widest cell, numbers to the right. */
export const table = (head: string[], rows: string[][]): string => {
  const widths = head.map((title, column) => Math.max(...[title, ...rows.map((row) => row[column])].map(lengthOf)));
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => /^\d+$/.test(row[column])));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => {
        const blank = ' '.repeat(widths[column] - lengthOf(cell));
        return isNumber[column] ? blank + cell : cell + blank;
      })
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
};

const lengthOf = (text: string): number => [...text].length;
