import { Ending, NumberKind, RegistrationState, Stage } from '#libs/contracts';
import { Sealed } from '#libs/protection';

/** A dated property that may lie on an open record beside its standing. */
export interface Mark {
  /** `ageNotChecked`, `noHousehold`, `lateEntry` … */
  mark: string;
  from: string;
  /** Last day; absent while it lasts. */
  to?: string;
}

/** Where a child studies from a legal date on, beside the seat (D5-09); without a school: at the record school. */
export interface StudyPlace {
  kind: 'inclusivePlacement' | 'specialSchool' | 'recordSchool';
  from: string;
  school?: string;
  path?: string;
  class?: string;
  /** Digest of the guardian's consent. */
  consent?: string;
  recordedAt: Date;
  by: string;
}

/**
 * A value of one item with its two times, so that any question can be asked "as of, as known on" (GZ-RC3, NAT-RC3).
 * The first value of an item is written down when the item changes for the first time.
 */
export interface Fact {
  item: Item;
  /** Open items as text, protected ones sealed. Absent: the item had no value. */
  value?: string | Sealed;
  effectiveOn: string;
  recordedAt: Date;
  by: string;
}

/** Items that lie open in the store. */
export const openItems = ['name', 'sex', 'birthDate', 'ethnic', 'entryDate', 'class', 'school'] as const;
/** Items that are sealed; the guardian and the household are one JSON text each. */
export const sealedItems = ['idNumber', 'guardian', 'address', 'household'] as const;
export type OpenItem = (typeof openItems)[number];
export type SealedItem = (typeof sealedItems)[number];
/** What a record has besides basic information and changes over the years: `onRoll` or the ending, stage, cohort. */
export type CourseItem = 'standing' | 'stage' | 'entryYear';
export type Item = OpenItem | SealedItem | CourseItem;

/**
 * How a stage ended. Nobody sits in the class any more; the file stays with the school until the student is placed in
 * the next stage (GZ-GR2).
 */
export interface Ended {
  ending: Ending;
  stage: Stage;
  /** First day on which the student is no longer on roll. */
  on: string;
  /** Completion in which the authority confirmed it. */
  completion: string;
}

export interface IssuedNumber {
  kind: NumberKind;
  sealed: Sealed;
  /** Blind index of the number. */
  index: string;
  issuedAt: Date;
}

/** A student's record. Seat, registration and marks are separate axes; a dropout is a mark, never an end. */
export interface StudentRecord {
  _id: string;
  /** Version, and sequence of the last event. */
  version: number;

  /** Seat: the record school, exactly one from entry to end. */
  school: string;
  /** Path of the record school; scope of every query. */
  path: string;
  class: string;
  stage: Stage;
  /** Cohort: the year of entry into the stage. The grade follows from it. */
  entryYear: number;
  seatSince: string;
  /** Classes it sat in before, by which the class list of a past day is found. */
  formerClasses?: string[];

  registration: RegistrationState;
  /** Absent: on roll. */
  standing?: Ended;
  /** Why the authority sent it back; free text about a child, so sealed. */
  returned?: { reason: Sealed; account: string; at: Date };
  marks: Mark[];
  /** In the order in which they were recorded; absent: always at the record school. */
  studyPlaces?: StudyPlace[];
  /** A movement under way: nothing else may start. */
  hold?: { case: string; toClass: string; since: Date };

  name: string;
  sex: '1' | '2';
  birthDate: string;
  ethnic: string;
  entryDate: string;
  sealed: Partial<Record<SealedItem, Sealed>>;
  /** Kind of identity document, as in the code table. */
  documentType: string;
  hasHousehold: boolean;
  /** Digests of the items in the dossier by kind, e.g. `basicInfoForm`, `photo`, `noHouseholdCertificate`. */
  dossier: Record<string, string>;

  /** Keyed indexes for exact search and sameness. */
  index: { idNumber?: string; match: string; alike: string; numbers: string[] };
  /** Keyed digest of everything entered: the same child entered again with the same data changes nothing. */
  content: string;
  /** Numbers in the order of issue; the last is in force, earlier ones stay as aliases (GZ-NO5). */
  numbers: IssuedNumber[];
  facts: Fact[];

  /** County whose data key seals this record. */
  keyCounty: string;
  enteredBy: string;
  enteredAt: Date;
  /** Collection that entered it, and the version it had then; undo is possible while the version is the same. */
  batch?: { id: string; version: number };
  /** An undo of this collection is under way. */
  undoing?: string;
  /** Long work that will change the record next, e.g. a confirmed completion; until then only what passes may happen. */
  inWork?: string;
}

/** Records on roll, as a condition of a query. */
export const onRoll = { registration: { $ne: 'undone' as const }, standing: { $exists: false } };

export const marked = (record: Pick<StudentRecord, 'marks'>, mark: string, on: string): boolean =>
  record.marks.some((one) => one.mark === mark && one.from <= on && (one.to === undefined || on <= one.to));
