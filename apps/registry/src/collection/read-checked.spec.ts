import { CheckedRow, WorkbookTask, WorkbookThread } from './read-checked';
import { children, fillWorkbook, rowOf } from '../../../../tools/sample-province/src';
import { currentFormat } from './workbook';
import { makeTemplate } from './workbook/make-template';

// The thread loads its program first; on a machine that others use that takes long.
jest.setTimeout(120_000);

describe('the thread that reads workbooks', () => {
  const school = { code: '2152000001', name: '青桐小学' };
  const classes = [{ id: 'class-1', name: '1班' }];
  const today = '2026-09-10';
  const thread = new WorkbookThread();

  afterAll(() => thread.stop());

  const taskOf = async (rows: number, from: number): Promise<WorkbookTask> => {
    const pupils = children(rows, { seed: 7, from, county: '520103', classes: ['1班'], withoutHousehold: 0 });
    const template = await makeTemplate({ school, classes, format: currentFormat, today });
    const bytes = await fillWorkbook(template, pupils.map(rowOf));
    return { bytes, school: school.code, classes, today, maxRows: 1_000, chunk: 10, citations: {} };
  };

  const chunksOf = async (task: WorkbookTask): Promise<CheckedRow[][]> => {
    const chunks: CheckedRow[][] = [];
    for await (const rows of thread.read(task)) chunks.push(rows);
    return chunks;
  };

  it('gives every row once and in order, in chunks', async () => {
    const chunks = await chunksOf(await taskOf(25, 0));
    expect(chunks.map((rows) => rows.length)).toEqual([10, 10, 5]);
    expect(chunks.flat().map(({ row }) => row)).toEqual(Array.from({ length: 25 }, (_, i) => i + 3));
    expect(chunks.flat().every((row) => row.entry)).toBe(true);
  });

  it('reads the next workbook whole after one whose reader left in the middle', async () => {
    const [left, next] = [await taskOf(60, 100), await taskOf(20, 300)];
    const numbers = (await chunksOf(next)).flat().map(({ entry }) => entry?.idDocument.number);
    for (const leaveAfter of [1, 2, 6]) {
      let seen = 0;
      for await (const _rows of thread.read(left)) if (++seen === leaveAfter) break;
      const chunks = await chunksOf(next);
      expect(chunks.flat().map(({ entry }) => entry?.idDocument.number)).toEqual(numbers);
    }
  });

  it('goes on after a file that is no workbook', async () => {
    const task = await taskOf(10, 400);
    await expect(chunksOf({ ...task, bytes: Buffer.from('no workbook') })).rejects.toMatchObject({
      refusal: { status: expect.any(Number) as number },
    });
    expect((await chunksOf(task)).flat()).toHaveLength(10);
  });
});
