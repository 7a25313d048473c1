import { Refusal } from '#libs/service-kit';
import { StudentRecord } from '../students/record';

/**
 * What else may happen to a record whose stage has ended, or that a confirmed completion is about to end. `closed`: never
 * again for this stage (CZ-IC2); `passes`: as before.
 */
export const whenEnded = {
  correct: 'closed',
  undo: 'closed',
  hold: 'closed',
  mark: 'closed',
  complete: 'closed',
  number: 'passes',
  dossier: 'passes',
  place: 'passes',
  handOver: 'passes',
} as const;

export type EndedAct = keyof typeof whenEnded;

/** Refusal of an act that a stage that has ended is closed to, or undefined. */
export const endedAgainst = (record: Pick<StudentRecord, 'standing' | 'inWork'>, act: EndedAct): Refusal | undefined =>
  (record.standing || record.inWork) && whenEnded[act] === 'closed'
    ? {
        slug: 'stage-ended',
        status: 409,
        title: { zh: '该学段学籍已完结', en: 'The stage has ended' },
        detail: {
          zh: '该学生本学段已毕业（结业、肄业），原学籍信息不再变更。',
          en: 'The student has ended this stage; its record is not changed any more.',
        },
        remedy: {
          zh: '升入下一学段的，请由招生学校办理升学转接。',
          en: 'If the student goes on to the next stage, the enrolling school starts the placement.',
        },
        facts: record.standing
          ? { ending: record.standing.ending, on: record.standing.on }
          : { completion: record.inWork },
      }
    : undefined;
