import { Ending, Grounds, registryEvents, Stage } from '#libs/contracts';
import { Ended, StudentRecord } from './record';
import { Change, change, Correction, leaving, Moment, withFacts } from './student';

/** Standing as text, as its facts hold it. */
export const standingOf = (record: Pick<StudentRecord, 'standing'>): 'onRoll' | Ending =>
  record.standing?.ending ?? 'onRoll';

/** The stage ends (GZ-GR7, NAT-GR1); seat and class stay in the record as the last ones. `moment.on`: the legal day. */
export const end = (
  record: StudentRecord,
  how: { ending: Ending; completion: string; proof?: string },
  moment: Moment,
  grounds: Grounds,
): Change => {
  const { school, path, class: classId, stage, entryYear } = record;
  const standing: Ended = { ending: how.ending, stage, on: moment.on, completion: how.completion };
  const facts: Correction[] = [{ item: 'standing', before: standingOf(record), after: how.ending }];
  return {
    ...change(
      {
        ...record,
        standing,
        inWork: undefined,
        facts: withFacts(record, facts, moment),
        ...(how.proof && { dossier: { ...record.dossier, [endingProof(stage)]: how.proof } }),
      },
      registryEvents.studentEnded,
      { school, path, class: classId, stage, entryYear, ending: how.ending, completion: how.completion },
      moment,
      grounds,
    ),
    work: how.completion,
  };
};

/** Dossier item that proves how a stage ended. */
export const endingProof = (stage: string): string => `endingProof-${stage}`;

/** A seat in the next stage (GZ-EN4): the record goes on, on roll again; number, dossier and history stay. */
export const place = (
  record: StudentRecord,
  caseId: string,
  to: { school: string; path: string; class: string; stage: Stage; entryYear: number },
  moment: Moment,
  grounds: Grounds,
): Change => {
  const { school, path, class: classId, stage, entryYear } = record;
  const facts: Correction[] = [
    { item: 'standing', before: standingOf(record), after: 'onRoll' },
    { item: 'school', before: school, after: to.school },
    { item: 'class', before: classId, after: to.class },
    { item: 'stage', before: stage, after: to.stage },
    { item: 'entryYear', before: String(entryYear), after: String(to.entryYear) },
  ];
  return change(
    {
      ...record,
      ...to,
      standing: undefined,
      seatSince: moment.on,
      formerClasses: leaving(record),
      hold: undefined,
      facts: withFacts(record, facts, moment),
    },
    registryEvents.studentPlaced,
    { case: caseId, from: { school, path, class: classId, stage }, to },
    moment,
    { ...grounds, caseId },
  );
};

/** A seat, or the file of a former pupil, passes by a closing act: to another school, or to the unit that keeps files. */
export const handOver = (
  record: StudentRecord,
  closing: string,
  to: { school: string; path: string; class: string },
  moment: Moment,
  grounds: Grounds,
): Change => {
  const { school, path, class: classId } = record;
  const facts = (['school', 'class'] as const)
    .map((item): Correction => ({ item, before: record[item], after: to[item] }))
    .filter(({ before, after }) => before !== after);
  return change(
    {
      ...record,
      ...to,
      ...(to.class !== classId && { seatSince: moment.on, formerClasses: leaving(record) }),
      facts: withFacts(record, facts, moment),
    },
    registryEvents.studentReseated,
    { closing, from: { school, path, class: classId }, to },
    moment,
    grounds,
  );
};
