import { ProblemItem } from '#libs/contracts';
import type { LocalDate, Pack } from '#libs/policy';
import { marked, StudentRecord } from '../students/record';
import { keptOpen } from './kept-open';

const item = (
  code: string,
  zh: string,
  en: string,
  remedy: { zh: string; en: string },
  facts?: object,
): ProblemItem => ({
  code,
  message: { zh, en },
  remedy,
  ...(facts && { facts: { ...facts } }),
});

/**
 * Business of a child that must be done before its stage can end, all of it at once.
 * @param numberOpen a number is asked for at the national system and not answered
 */
export const pendingOf = (record: StudentRecord, numberOpen: boolean, on: LocalDate, pack: Pack): ProblemItem[] => {
  const found: ProblemItem[] = [];
  if (record.hold) {
    found.push(
      item(
        'held',
        '有在办的学籍异动。',
        'A movement of this student is under way.',
        { zh: '请待办结或撤销后再办理。', en: 'Wait until that case ends, or have it withdrawn.' },
        { case: record.hold.case },
      ),
    );
  }
  if (record.registration !== 'confirmed') {
    const corrected = record.registration === 'returned';
    found.push(
      item(
        corrected ? 'correction-pending' : 'not-confirmed',
        corrected ? '学籍被退回，尚未更正。' : '学籍注册尚未核准。',
        corrected ? 'The record was sent back and is not corrected.' : 'The record is not confirmed by the authority.',
        corrected
          ? { zh: '请更正后重新提交审核。', en: 'Correct it and submit it again.' }
          : { zh: '请先办完学籍注册审核。', en: 'Have it reviewed and confirmed first.' },
        { registration: record.registration },
      ),
    );
  } else if (numberOpen) {
    found.push(
      item('number-pending', '学籍号正在申请。', 'A number is asked for and not answered.', {
        zh: '请待全国系统答复。',
        en: 'Wait for the answer of the national system.',
      }),
    );
  } else if (record.numbers.length === 0) {
    found.push(
      item('number-missing', '没有学籍号。', 'The student has no number.', {
        zh: '请先取得学籍号；无户籍学生请由审批机关批准临时学籍号。',
        en: 'Get the number first; for a child without household the temporary one is approved by the office in charge.',
      }),
    );
  }
  if (marked(record, 'suspectedDropout', on)) {
    found.push(
      item('dropout-suspected', '有未了结的疑似辍学记录。', 'A suspected dropout is not settled.', {
        zh: '请先家访核实，待返校或确认辍学。',
        en: 'Visit the home; it ends with the return or is confirmed.',
      }),
    );
  }
  if (record.inWork) {
    found.push(
      item(
        'in-work',
        '该学籍正在办理其他批量业务。',
        'Long work on this record is under way.',
        { zh: '请稍后再办理。', en: 'Try again in a moment.' },
        { work: record.inWork },
      ),
    );
  }
  const open = keptOpen(record, on, pack);
  return open ? [...found, open] : found;
};
