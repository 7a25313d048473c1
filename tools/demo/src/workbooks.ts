import type { Stage } from '#libs/contracts';
import { until } from '#libs/testing';
import { fillWorkbook, SampleChild, SampleSchool, SheetRow } from '../../sample-province/src';
import { Caller } from './caller';

export interface Intake {
  /** Schools with what they entered. */
  schools: { school: SampleSchool; stage: Stage; children: SampleChild[] }[];
}

export interface BatchView {
  id: string;
  state: string;
  found: Record<string, number>;
  written: Record<string, number>;
  undone: number;
  notMade: { parameter: string; message: { zh: string; en: string } }[];
  problem?: { type: string };
}

/** Waits until a batch has left the state it works in. */
export const settled = async (clerk: Caller, id: string): Promise<BatchView> => {
  let seen: BatchView | undefined;
  await until(
    async () => {
      seen = await clerk.must<BatchView>(`/api/registry/v1/collections/${id}`);
      return !['checking', 'committing', 'undoing'].includes(seen.state);
    },
    { within: 300_000, every: 60, message: () => `batch ${id} done, now ${seen?.state}` },
  );
  if (!seen) throw new Error('unreachable');
  return seen;
};

export const uploadRows = async (clerk: Caller, school: string, rows: SheetRow[]): Promise<BatchView> => {
  const template = await clerk.download(`/api/registry/v1/schools/${school}/collection-template`);
  return uploadBytes(clerk, school, await fillWorkbook(template, rows));
};

export const uploadBytes = async (clerk: Caller, school: string, bytes: Uint8Array): Promise<BatchView> => {
  const answer = await clerk.upload<{ id: string }>(
    `/api/registry/v1/schools/${school}/collections`,
    bytes,
    '采集.xlsx',
  );
  if (answer.status !== 202) throw new Error(`upload: ${answer.status} ${JSON.stringify(answer.body)}`);
  return settled(clerk, answer.body.id);
};

export const commit = async (clerk: Caller, id: string, goodRowsOnly: boolean): Promise<BatchView> => {
  await clerk.must(`/api/registry/v1/collections/${id}/commit`, { goodRowsOnly });
  return settled(clerk, id);
};

/** Schools work beside each other, as many as two processors carry. */
export const fewAtOnce = async <T>(items: T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = [...items];
  const hand = async () => {
    for (let next = left.shift(); next; next = left.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: 4 }, hand));
};
