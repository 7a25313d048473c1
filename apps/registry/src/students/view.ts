import { Sealed } from '#libs/protection';
import { Ended, Item, Mark, openItems, sealedItems, StudentRecord, StudyPlace } from './record';
import { standingOf } from './standing';
import { itemAsOf } from './student';

/** Opens a sealed value of a record. */
export interface Opens {
  open(sealed: Sealed, studentId: string, field: string): Promise<string>;
}

/** The last four characters of a number, enough to tell two children apart at the counter. */
export const maskedTail = (text: string): string => '*'.repeat(Math.max(0, text.length - 4)) + text.slice(-4);

export interface StudentLine {
  student: string;
  version: number;
  name: string;
  sex: string;
  birthDate: string;
  registration: string;
  class: string;
  /** Marks without an end. */
  marks: string[];
  /** Kind of the number in force; the number itself is shown masked in the record only. */
  numberKind?: string;
  held: boolean;
  /** `onRoll`, or how the stage ended. */
  standing: string;
}

/** A child in a list: nothing that is sealed. */
export const lineOf = (record: StudentRecord): StudentLine => ({
  student: record._id,
  version: record.version,
  name: record.name,
  sex: record.sex,
  birthDate: record.birthDate,
  registration: record.registration,
  class: record.class,
  marks: record.marks.filter(({ to }) => to === undefined).map((mark) => mark.mark),
  ...(record.numbers.length > 0 && { numberKind: record.numbers[record.numbers.length - 1].kind }),
  held: record.hold !== undefined,
  standing: standingOf(record),
});

export interface StudentView extends StudentLine {
  school: string;
  stage: string;
  entryYear: number;
  seatSince: string;
  entryDate: string;
  ethnic: string;
  documentType: string;
  hasHousehold: boolean;
  /** Masked: the tail alone. */
  idNumber?: string;
  numbers: { kind: string; masked: string; issuedAt: Date; inForce: boolean }[];
  returned?: { reason: string; at: Date };
  /** Every span of every mark that held, ended ones included. */
  markSpans: Mark[];
  /** Places of study beside the seat, in the order in which they were recorded (D5-09). */
  studyPlaces?: Pick<StudyPlace, 'kind' | 'from' | 'school' | 'class' | 'consent'>[];
  dossier: string[];
  hold?: { case: string };
  ended?: Ended;
}

/** The record with its protected items masked. */
export const viewOf = async (record: StudentRecord, vault: Opens): Promise<StudentView> => {
  const { idNumber } = record.sealed;
  return {
    ...lineOf(record),
    school: record.school,
    stage: record.stage,
    entryYear: record.entryYear,
    seatSince: record.seatSince,
    entryDate: record.entryDate,
    ethnic: record.ethnic,
    documentType: record.documentType,
    hasHousehold: record.hasHousehold,
    ...(idNumber && { idNumber: maskedTail(await vault.open(idNumber, record._id, 'idNumber')) }),
    numbers: await Promise.all(
      record.numbers.map(async (issued, i) => ({
        kind: issued.kind,
        masked: maskedTail(await vault.open(issued.sealed, record._id, 'number')),
        issuedAt: issued.issuedAt,
        inForce: i === record.numbers.length - 1,
      })),
    ),
    ...(record.returned && {
      returned: { reason: await vault.open(record.returned.reason, record._id, 'returned'), at: record.returned.at },
    }),
    markSpans: record.marks.filter(({ from, to }) => to === undefined || from <= to),
    ...(record.studyPlaces && {
      studyPlaces: record.studyPlaces.map(({ recordedAt: _at, by: _by, path: _path, ...place }) => place),
    }),
    dossier: Object.keys(record.dossier),
    ...(record.hold && { hold: { case: record.hold.case } }),
    ...(record.standing && { ended: record.standing }),
  };
};

const isSealed = (value: string | Sealed | undefined): value is Sealed => typeof value === 'object';

/** Basic information as of a legal date, as known at an instant (GZ-RC3, NAT-RC3). Sealed items are masked. */
export const basicInfoAsOf = async (
  record: StudentRecord,
  asOf: string,
  knownAt: Date,
  vault: Opens,
): Promise<Partial<Record<Item, string>>> => {
  const info: Partial<Record<Item, string>> = {};
  for (const item of openItems) {
    const value = itemAsOf(record, item, asOf, knownAt, record[item]);
    if (typeof value === 'string') info[item] = value;
  }
  for (const item of sealedItems) {
    const value = itemAsOf(record, item, asOf, knownAt, record.sealed[item]);
    if (isSealed(value)) info[item] = maskedTail(await vault.open(value, record._id, item));
  }
  return info;
};

/** Every change of basic information in the order it was recorded; values of sealed items are masked. */
export const historyOf = async (record: StudentRecord, vault: Opens) =>
  Promise.all(
    record.facts.map(async (fact) => ({
      item: fact.item,
      value: isSealed(fact.value) ? maskedTail(await vault.open(fact.value, record._id, fact.item)) : fact.value,
      effectiveOn: fact.effectiveOn,
      recordedAt: fact.recordedAt,
      by: fact.by,
    })),
  );
