import { Ending, Grounds, registryEvents } from '#libs/contracts';
import { Ended, StudentRecord } from './record';
import { Change, change, Correction, Moment, withFacts } from './student';

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
