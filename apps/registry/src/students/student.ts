import { DataOf, EventDefinition, Grounds, NewEvent, registryEvents } from '#libs/contracts';
import { Sealed } from '#libs/protection';
import { Fact, IssuedNumber, Item, Mark, StudentRecord, StudyPlace } from './record';

/** Next state of a record and the events that tell of it. The record's version is the sequence of the last event. */
export interface Change {
  record: StudentRecord;
  events: NewEvent[];
  /** Long work that makes this change; nobody else may change a record that it has marked. */
  work?: string;
}

/** When and by whom: legal date, business time, account (or `system`). */
export interface Moment {
  on: string;
  at: Date;
  by: string;
}

export const change = <E extends EventDefinition>(
  record: StudentRecord,
  definition: E,
  data: DataOf<E>,
  moment: Moment,
  grounds: Grounds = {},
  effectiveOn = moment.on,
): Change => {
  const version = record.version + 1;
  return {
    record: { ...record, version },
    events: [
      {
        definition,
        aggregateId: record._id,
        seq: version,
        effectiveOn,
        recordedAt: moment.at,
        data,
        ...grounds,
      },
    ],
  };
};

/** A new record, or the record of a person whose entry was undone: the same person, the same record, the same number. */
export const enter = (entered: StudentRecord, moment: Moment, grounds: Grounds = {}): Change => {
  const record: StudentRecord = { ...entered, registration: 'entered' };
  const next = change(
    record,
    registryEvents.studentEntered,
    {
      school: record.school,
      path: record.path,
      class: record.class,
      stage: record.stage,
      entryYear: record.entryYear,
      sex: record.sex,
      birthMonth: record.birthDate.slice(0, 7),
      hasIdNumber: record.index.idNumber !== undefined,
      marks: record.marks.map((mark) => mark.mark),
      ...(record.batch && { batch: record.batch.id }),
    },
    moment,
    grounds,
    record.entryDate,
  );
  return record.batch
    ? { ...next, record: { ...next.record, batch: { ...record.batch, version: next.record.version } } }
    : next;
};

/** One item that gets another value, with the value it had. */
export interface Correction {
  item: Item;
  before?: string | Sealed;
  after?: string | Sealed;
}

/** Facts of a record with what changes now; the first change of an item also writes down the value it had from the entry. */
export const withFacts = (
  record: Pick<StudentRecord, 'facts' | 'entryDate' | 'enteredAt' | 'enteredBy'>,
  corrections: readonly Correction[],
  moment: Moment,
): Fact[] => {
  const known = new Set(record.facts.map((fact) => fact.item));
  return [
    ...record.facts,
    ...corrections.flatMap(({ item, before, after }): Fact[] => [
      ...(known.has(item)
        ? []
        : [
            {
              item,
              value: before,
              effectiveOn: record.entryDate,
              recordedAt: record.enteredAt,
              by: record.enteredBy,
            },
          ]),
      { item, value: after, effectiveOn: moment.on, recordedAt: moment.at, by: moment.by },
    ]),
  ];
};

/**
 * Corrected by the school before the authority confirmed (NAT-EN2), or by a reviewed change of key data. The record's
 * open and sealed items in `next` already hold the new values; this keeps what they were, with both times.
 */
export const correct = (
  next: StudentRecord,
  corrections: Correction[],
  moment: Moment,
  grounds: Grounds = {},
): Change => {
  const left = corrections.find((correction) => correction.item === 'class')?.before as string | undefined;
  return change(
    {
      ...next,
      registration: 'entered',
      returned: undefined,
      facts: withFacts(next, corrections, moment),
      ...(left !== undefined && { formerClasses: leaving({ ...next, class: left }) }),
    },
    registryEvents.studentCorrected,
    {
      fields: corrections.map((correction) => correction.item),
      ...(left !== undefined && { class: next.class }),
    },
    moment,
    grounds,
  );
};

/** The school has recorded its check and submits to the record authority (GZ-EN1, GZ-NO3, SCH9-EN2). */
export const submit = (record: StudentRecord, authority: string, moment: Moment): Change =>
  change(
    { ...record, registration: 'submitted', returned: undefined },
    registryEvents.studentSubmitted,
    { authority, school: record.school },
    moment,
  );

/** Sent back with a reason (NAT-EN2). */
export const sendBack = (
  record: StudentRecord,
  authority: string,
  reason: Sealed,
  moment: Moment,
  grounds: Grounds,
): Change =>
  change(
    { ...record, registration: 'returned', returned: { reason, account: moment.by, at: moment.at } },
    registryEvents.studentReturned,
    { authority, school: record.school },
    moment,
    grounds,
  );

/** Reviewed by the record authority; only now the record is active (GZ-EN8, NAT-EN2). */
export const confirm = (record: StudentRecord, authority: string, moment: Moment, grounds: Grounds): Change =>
  change(
    { ...record, registration: 'confirmed', returned: undefined },
    registryEvents.studentConfirmed,
    { authority, school: record.school },
    moment,
    grounds,
  );

/** Takes an entry back. The claims of the person and of the number stay with the person. */
export const undoEntry = (record: StudentRecord, moment: Moment): Change =>
  change(
    { ...record, registration: 'undone', batch: undefined, undoing: undefined },
    registryEvents.studentEntryUndone,
    { school: record.school, class: record.class, ...(record.batch && { batch: record.batch.id }) },
    moment,
  );

/** A number arrived from the national system (NAT-NO1). An earlier one stays as an alias (GZ-NO5). */
export const number = (record: StudentRecord, issued: IssuedNumber, moment: Moment, grounds: Grounds): Change => {
  const before = record.numbers.at(-1);
  return change(
    {
      ...record,
      numbers: [...record.numbers, issued],
      index: { ...record.index, numbers: [...record.index.numbers, issued.index] },
    },
    registryEvents.studentNumbered,
    { kind: issued.kind, ...(before && { replaces: before.kind }) },
    moment,
    grounds,
  );
};

export const mark = (record: StudentRecord, one: Mark, moment: Moment, grounds: Grounds = {}): Change =>
  change(
    { ...record, marks: [...record.marks.filter((other) => other.mark !== one.mark || other.from !== one.from), one] },
    registryEvents.studentMarked,
    one,
    moment,
    grounds,
    one.to ?? one.from,
  );

/**
 * Taught elsewhere from a day on, or at the record school again (NAT-SP1, D5-09). The seat does not move; the choice and
 * the consent are kept with every place that there was.
 */
export const studyElsewhere = (
  record: StudentRecord,
  place: DataOf<typeof registryEvents.studentStudyPlaceSet>,
  consent: string | undefined,
  moment: Moment,
): Change => {
  const kept: StudyPlace = {
    ...place,
    ...(consent !== undefined && { consent }),
    recordedAt: moment.at,
    by: moment.by,
  };
  return change(
    { ...record, studyPlaces: [...(record.studyPlaces ?? []), kept] },
    registryEvents.studentStudyPlaceSet,
    place,
    moment,
    { rules: ['NAT-SP1'] },
    place.from,
  );
};

/** Holds the record for a movement; the seat at the destination is reserved in the same transaction. */
export const hold = (
  record: StudentRecord,
  wish: { case: string; toSchool: string; toClass: string },
  moment: Moment,
): Change =>
  change(
    { ...record, hold: { case: wish.case, toClass: wish.toClass, since: moment.at } },
    registryEvents.studentHeld,
    wish,
    moment,
    { caseId: wish.case },
  );

/** Writes down why a movement may not begin. Only the journal changes. */
export const refuseHold = (
  record: StudentRecord,
  caseId: string,
  why: { code: string; facts?: { taken?: number; cap?: number } },
  moment: Moment,
  grounds: Grounds,
): Change =>
  change(record, registryEvents.studentHoldRefused, { case: caseId, ...why }, moment, { ...grounds, caseId });

export const release = (record: StudentRecord, caseId: string, moment: Moment): Change =>
  change({ ...record, hold: undefined }, registryEvents.studentReleased, { case: caseId }, moment, { caseId });

/** Classes behind a student who leaves the one they sit in. */
export const leaving = (record: Pick<StudentRecord, 'class' | 'formerClasses'>): string[] => [
  ...new Set([...(record.formerClasses ?? []), record.class]),
];

/** The seat moves; the record follows the student (NAT-NO3). */
export const move = (
  record: StudentRecord,
  caseId: string,
  to: { school: string; path: string; class: string },
  moment: Moment,
  grounds: Grounds,
): Change => {
  const from = { school: record.school, path: record.path, class: record.class };
  const seat = (['school', 'class'] as const).map((item) => ({ item, before: from[item], after: to[item] }));
  return change(
    {
      ...record,
      ...to,
      seatSince: moment.on,
      formerClasses: leaving(record),
      hold: undefined,
      facts: withFacts(record, seat, moment),
    },
    registryEvents.studentMoved,
    { case: caseId, from, to },
    moment,
    { ...grounds, caseId },
  );
};

/**
 * Value of an item as of a legal date, as known at an instant (exclusive of what was recorded later). An item that never
 * changed has one value from the entry on.
 */
export const itemAsOf = (
  record: StudentRecord,
  item: Item,
  asOf: string,
  knownAt: Date,
  current: string | Sealed | undefined,
): string | Sealed | undefined => {
  const facts = record.facts.filter((fact) => fact.item === item);
  if (facts.length === 0) return record.enteredAt <= knownAt && record.entryDate <= asOf ? current : undefined;
  return facts
    .filter((fact) => fact.effectiveOn <= asOf && fact.recordedAt <= knownAt)
    .reduce<Fact | undefined>(
      (last, fact) =>
        !last ||
        fact.effectiveOn > last.effectiveOn ||
        (fact.effectiveOn === last.effectiveOn && fact.recordedAt >= last.recordedAt)
          ? fact
          : last,
      undefined,
    )?.value;
};
