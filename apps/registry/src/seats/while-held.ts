import { Refusal } from '#libs/service-kit';
import { StudentRecord } from '../students/record';

/** What else may happen to a record that is held for a movement; every act on a record is named here once. */
export const whileHeld = {
  correct: 'waits',
  undo: 'waits',
  hold: 'waits',
  complete: 'waits',
  place: 'waits',
  handOver: 'waits',
  number: 'passes',
  mark: 'passes',
  dossier: 'passes',
} as const;

export type HeldAct = keyof typeof whileHeld;

/** Refusal of an act that must wait for the end of the movement under way, or undefined. */
export const heldAgainst = (record: Pick<StudentRecord, 'hold'>, act: HeldAct): Refusal | undefined =>
  record.hold && whileHeld[act] === 'waits'
    ? {
        slug: 'held',
        status: 409,
        title: { zh: '学籍正在办理异动', en: 'The record is held by a movement' },
        detail: {
          zh: '该学生有在办的学籍异动，办结前不能进行此操作。',
          en: 'A movement of this student is under way; this must wait for its end.',
        },
        remedy: { zh: '请待在办业务办结或撤销后再办理。', en: 'Wait until that case ends, or have it withdrawn.' },
        facts: { case: record.hold.case },
      }
    : undefined;
