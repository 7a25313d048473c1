/**
 * Program that fills workbooks, apart from the process that is measured: what making them takes is no part of a figure.
 * Gets one order, writes the files, answers and ends.
 */
import { writeFile } from 'node:fs/promises';
import { children, fillWorkbook, rowOf } from '../../../tools/sample-province/src';
import { currentFormat } from '../src/collection/workbook';
import { makeTemplate } from '../src/collection/workbook/make-template';

/** One workbook of one school; its children are those of no other order while `from` ranges do not overlap. */
export interface WorkbookOrder {
  school: { code: string; name: string };
  county: string;
  classes: { id: string; name: string }[];
  rows: number;
  from: number;
  today: string;
  file: string;
}

const make = async ({ school, county, classes, rows, from, today, file }: WorkbookOrder): Promise<void> => {
  const template = await makeTemplate({ school, classes, format: currentFormat, today });
  const pupils = children(rows, { seed: 1 + from, from, county, classes: classes.map((one) => one.name) });
  await writeFile(file, await fillWorkbook(template, pupils.map(rowOf)));
};

const makeAll = async (orders: WorkbookOrder[]): Promise<void> => {
  for (const order of orders) await make(order);
};

process.once('message', (orders: WorkbookOrder[]) => void makeAll(orders).then(() => process.disconnect()));
