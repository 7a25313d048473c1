import { ProblemItem } from '#libs/contracts';
import { refuse, Refusal, Refused, wrongState } from '#libs/service-kit';
import { CheckNotMade } from '../enrolment/intake';

/**
 * checking → checked → committing → committed → undoing → undone; `broken` when the file cannot be read.
 * A run that died is taken up by whoever sees its lease expired, at the row it had reached.
 */
export const batchStates = ['checking', 'checked', 'committing', 'committed', 'undoing', 'undone', 'broken'] as const;
export type BatchState = (typeof batchStates)[number];

export interface BatchCounts {
  rows: number;
  new: number;
  again: number;
  corrected: number;
  unchanged: number;
  bad: number;
  warnings: number;
}

export const noCounts = (): BatchCounts => ({
  rows: 0,
  new: 0,
  again: 0,
  corrected: 0,
  unchanged: 0,
  bad: 0,
  warnings: 0,
});

/** One workbook of one school, from upload to commit or undo. */
export interface Batch {
  _id: string;
  version: number;
  state: BatchState;
  school: string;
  path: string;
  county: string;
  /** Digest of the workbook. */
  file: string;
  /** Legal day on which the workbook and the bad rows were deleted. */
  workbookGoneOn?: string;
  fileName: string;
  uploadedBy: string;
  post: string;
  uploadedAt: Date;
  /** What the check found. */
  found: BatchCounts;
  /** What the commit wrote. */
  written: BatchCounts;
  undone: number;
  /** Last row checked, committed or undone: where a new run goes on. */
  reached: number;
  /** Only the good rows are to be taken. */
  goodRowsOnly?: boolean;
  /** Rules that could not be judged, each said once. */
  notMade: CheckNotMade[];
  /** Why the file cannot be read. */
  refusal?: Refusal;
  /** Who works on it; real time. */
  lease?: { owner: string; until: Date };
}

/** A bad row as kept for the list of errors and for the marked workbook; the cells are sealed. */
export interface BadRow {
  _id: string;
  batch: string;
  row: number;
  problems: ProblemItem[];
}

const stateNames: Record<BatchState, { zh: string; en: string }> = {
  checking: { zh: '检查中', en: 'being checked' },
  checked: { zh: '已检查', en: 'checked' },
  committing: { zh: '写入中', en: 'being written' },
  committed: { zh: '已写入', en: 'written' },
  undoing: { zh: '撤销中', en: 'being undone' },
  undone: { zh: '已撤销', en: 'undone' },
  broken: { zh: '无法读取', en: 'unreadable' },
};

const cannot = (batch: Batch, what: { zh: string; en: string }) =>
  wrongState(
    {
      zh: `批次${stateNames[batch.state].zh}，不能${what.zh}。`,
      en: `The batch is ${stateNames[batch.state].en}; it cannot be ${what.en}.`,
    },
    { zh: '请刷新批次状态。', en: 'Read the state of the batch again.' },
    { state: batch.state },
  );

/** What was deleted cannot be shown or written any more; counts and digest stay. */
export const workbookGone = ({ workbookGoneOn, file }: Pick<Batch, 'workbookGoneOn' | 'file'>): Refused =>
  refuse('workbook-gone', {
    status: 410,
    title: { zh: '工作簿已删除', en: 'The workbook is gone' },
    detail: {
      zh: `该批次的工作簿和错误行已于${workbookGoneOn ?? '此前'}到期删除，仅保留统计数和文件摘要。`,
      en: `The workbook and its bad rows were deleted ${workbookGoneOn ? `on ${workbookGoneOn}` : 'earlier'}, as their time was over; counts and digest stay.`,
    },
    remedy: { zh: '需要时请重新上传工作簿。', en: 'Upload the workbook again if it is needed.' },
    facts: { digest: file, ...(workbookGoneOn && { goneOn: workbookGoneOn }) },
  });

/** Bad rows stay out only when the clerk says so. @throws Refused */
export const beginCommit = (batch: Batch, goodRowsOnly: boolean): Batch => {
  if (batch.state !== 'checked') throw cannot(batch, { zh: '写入', en: 'committed' });
  if (batch.workbookGoneOn) throw workbookGone(batch);
  if (batch.found.bad > 0 && !goodRowsOnly) {
    throw wrongState(
      { zh: `有${batch.found.bad}行有误。`, en: `${batch.found.bad} rows are wrong.` },
      {
        zh: '请下载错误行工作簿改正后重新上传，或明确选择只写入正确的行。',
        en: 'Correct the marked workbook and upload it, or say that only the good rows are to be taken.',
      },
      { bad: batch.found.bad, good: batch.found.rows - batch.found.bad },
    );
  }
  return { ...batch, version: batch.version + 1, state: 'committing', goodRowsOnly, reached: 0, written: noCounts() };
};

/** @throws Refused */
export const beginUndo = (batch: Batch): Batch => {
  if (batch.state !== 'committed') throw cannot(batch, { zh: '撤销', en: 'undone' });
  if (batch.written.corrected > 0) {
    throw wrongState(
      {
        zh: `该批次更正了${batch.written.corrected}名已录入的学生，更正不能整批撤销。`,
        en: `The batch corrected ${batch.written.corrected} children entered before; corrections are not taken back as a batch.`,
      },
      { zh: '请将这些学生逐个更正回来。', en: 'Correct these children one by one.' },
      { corrected: batch.written.corrected },
    );
  }
  return { ...batch, version: batch.version + 1, state: 'undoing', reached: 0 };
};
