import { TProperties } from '@sinclair/typebox';
import { defineEvent, field } from './event';
import { endings, numberKinds, officeKinds, operators, roles, schoolTypes, stages } from './codes';

const event = <const N extends string, P extends TProperties>(name: N, aggregate: string, properties: P) =>
  defineEvent('registry', aggregate, `cn.xueji.registry.${name}.v1` as `cn.xueji.registry.${N}.v1`, properties);

/** An office (authority or school) exists from `effectiveOn`. Aggregate id: the office id (division or school code). */
export const officeOpened = event('office-opened', 'office', {
  kind: field.oneOf(officeKinds),
  name: field.name('Name of the office or school'),
  parent: field.optional(field.id('Office above')),
  path: field.code('`/520000/520100/520103/`, ends in the own id'),
  line: field.optional(field.code('Line of packs set for this office and everything under it, unless a lower one is')),
  school: field.optional(
    field.object({
      type: field.oneOf(schoolTypes),
      operator: field.oneOf(operators),
      stages: field.list(field.oneOf(stages)),
      managedBy: field.id('Authority that governs the school directly, or its county'),
      grade: field.optional(field.code('`provincialDemo` or `ordinary`, senior schools only')),
    }),
  ),
});

/** From `effectiveOn` on another line judges at an office and under it, unless a lower one sets its own. */
export const officeLineSet = event('office-line-set', 'office', { line: field.code('Line of packs') });

/** A person holds a post. Aggregate id: the post id. */
export const postHeld = event('post-held', 'post', {
  account: field.id('Account of the holder; opaque'),
  role: field.oneOf(roles),
  office: field.id(),
  path: field.code('Path of the office'),
  from: field.date(),
  to: field.optional(field.date('Last day of the post')),
});

export const postEnded = event('post-ended', 'post', { to: field.date('Last day of the post') });

/** A term of a school year at an office and under it. Aggregate id: `<office>/<schoolYear>/<term>`. */
export const termSet = event('term-set', 'term', {
  office: field.id(),
  schoolYear: field.code('`2026` for 2026/27'),
  term: field.oneOf(['1', '2'] as const),
  firstDay: field.date(),
  lastDay: field.date(),
  closed: field.optional(
    field.list(
      field.object({ from: field.date(), to: field.date(), name: field.name('Why schools stay closed') }),
      'Working days without school',
    ),
  ),
  makeUp: field.optional(
    field.list(field.object({ date: field.date(), name: field.name('What is made up for') }), 'Days off with school'),
  ),
});

/** A class was opened. Aggregate id: class id. */
export const classOpened = event('class-opened', 'class', {
  school: field.id(),
  path: field.code('Path of the school'),
  stage: field.oneOf(stages),
  entryYear: field.count('Year in which its pupils entered the stage; the grade follows from it'),
  grade: field.count('Grade at opening, 1–12'),
  name: field.name('e.g. 一年级1班'),
  schoolYear: field.code(),
});

/**
 * A cap that holds in principle was set aside for a class, up to the cap of the whole stage (CZ-CL2, CZ-CL4, D5-04). Who did
 * it, and why, stays with the registry. Aggregate id: class id.
 */
export const classCapOverridden = event('class-cap-overridden', 'class', {
  school: field.id(),
  path: field.code('Path of the school'),
  stage: field.oneOf(stages),
  rule: field.code('Rule in principle that was set aside'),
  cap: field.count('Pupils that the rule allows'),
  authority: field.id('Record authority that set it aside'),
});

const placed = {
  school: field.id(),
  path: field.code('Path of the school'),
  class: field.id(),
  stage: field.oneOf(stages),
  entryYear: field.count('Cohort: year of entry into the stage'),
};

/** A child was entered by a school, or entered again after an undo. Aggregate id: student id. */
export const studentEntered = event('student-entered', 'student', {
  ...placed,
  sex: field.oneOf(['1', '2'] as const, 'GB/T 2261.1: 1 male, 2 female'),
  birthMonth: field.code('YYYY-MM'),
  hasIdNumber: field.flag(),
  marks: field.list(field.code()),
  batch: field.optional(field.id()),
});

/** Entered data were corrected; values stay with the registry. */
export const studentCorrected = event('student-corrected', 'student', {
  fields: field.list(field.code('Name of the item')),
  class: field.optional(field.id('New class, when it changed')),
});

/** The school has recorded its check and submits to its record authority. */
export const studentSubmitted = event('student-submitted', 'student', { authority: field.id(), school: field.id() });

export const studentReturned = event('student-returned', 'student', { authority: field.id(), school: field.id() });

export const studentConfirmed = event('student-confirmed', 'student', { authority: field.id(), school: field.id() });

/** The entry was taken back. The person's number, if any, stays claimed for this person. */
export const studentEntryUndone = event('student-entry-undone', 'student', {
  school: field.id(),
  class: field.id(),
  batch: field.optional(field.id()),
});

export const studentNumbered = event('student-numbered', 'student', {
  kind: field.oneOf(numberKinds),
  replaces: field.optional(field.oneOf(numberKinds)),
});

/** A span told again replaces the one with the same mark and first day; one that ends before it begins never held. */
export const studentMarked = event('student-marked', 'student', {
  mark: field.code(),
  from: field.date(),
  to: field.optional(field.date()),
});

/** Where a child studies, when that is not its record school (NAT-SP1, D5-09). Without `school`: at the record school again. */
export const studentStudyPlaceSet = event('student-study-place-set', 'student', {
  kind: field.oneOf(['inclusivePlacement', 'specialSchool', 'recordSchool'] as const),
  from: field.date(),
  school: field.optional(field.id()),
  path: field.optional(field.code('Path of the school of study')),
  class: field.optional(field.id('Class in which it sits and is called')),
});

/** The record is held for a case and a seat is kept at the destination. */
export const studentHeld = event('student-held', 'student', {
  case: field.id(),
  toSchool: field.id(),
  toClass: field.id(),
});

/** The record was not held; grounds name the rule. Nothing changed but the journal. */
export const studentHoldRefused = event('student-hold-refused', 'student', {
  case: field.id(),
  code: field.code('Slug of the refusal'),
  facts: field.optional(field.object({ taken: field.optional(field.count()), cap: field.optional(field.count()) })),
});

export const studentReleased = event('student-released', 'student', { case: field.id() });

/** The seat moved. */
export const studentMoved = event('student-moved', 'student', {
  case: field.id(),
  from: field.object({ school: field.id(), path: field.code(), class: field.id() }),
  to: field.object({ school: field.id(), path: field.code(), class: field.id() }),
});

const completing = {
  school: field.id(),
  path: field.code('Path of the school'),
  class: field.id(),
  stage: field.oneOf(stages),
  entryYear: field.count('Cohort: year of entry into the stage'),
  authority: field.id('Office that confirms'),
  students: field.count('Children whose ending is entered'),
};

/** The school has entered how the stage ends for children of a class of its final grade. Aggregate id: completion id. */
export const completionSubmitted = event('completion-submitted', 'completion', completing);

/** The authority sends it back with a reason, which stays with the registry. */
export const completionReturned = event('completion-returned', 'completion', completing);

/** The school takes it back before it was confirmed. */
export const completionWithdrawn = event('completion-withdrawn', 'completion', completing);

/** The authority has confirmed, and every record named has its ending. */
export const completionConfirmed = event('completion-confirmed', 'completion', completing);

/** The stage of a student has ended on `effectiveOn`; the seat is free, the file stays with the school (GZ-GR2). */
export const studentEnded = event('student-ended', 'student', {
  ...placed,
  ending: field.oneOf(endings),
  completion: field.id('Completion in which it was confirmed'),
});

/** Placed into the next stage: the record goes on at another seat (GZ-EN4). */
export const studentPlaced = event('student-placed', 'student', {
  case: field.id('Case of the placement'),
  from: field.object({ school: field.id(), path: field.code(), class: field.id(), stage: field.oneOf(stages) }),
  to: field.object({
    school: field.id(),
    path: field.code(),
    class: field.id(),
    stage: field.oneOf(stages),
    entryYear: field.count(),
  }),
});

/** The county closes a school, or merges it into another. Every service concerned answers with what is open there. */
export const closingAnnounced = event('closing-announced', 'closing', {
  school: field.id(),
  path: field.code('Path of the school'),
  kind: field.oneOf(['closure', 'merger'] as const),
  into: field.optional(field.id('School merged into')),
  authority: field.id('Office that conducts it'),
  ask: field.count('Number of this question; answers name it'),
});

/** Asks every service concerned again what is open. */
export const closingAsked = event('closing-asked', 'closing', {
  school: field.id(),
  path: field.code('Path of the school'),
  ask: field.count(),
});

/** The county has named the unit that will keep the files. */
export const closingKeeperNamed = event('closing-keeper-named', 'closing', {
  school: field.id(),
  keeper: field.id(),
  keeperKind: field.oneOf(['school', 'unit'] as const),
});

/** Called off before anything was passed on; the school stands. */
export const closingCancelled = event('closing-cancelled', 'closing', { school: field.id(), path: field.code() });

/** A seat, or the file of a former pupil, passes by a closing act; no transfer. */
export const studentReseated = event('student-reseated', 'student', {
  closing: field.id(),
  from: field.object({ school: field.id(), path: field.code(), class: field.id() }),
  to: field.object({
    school: field.id('School, or the unit that keeps the file'),
    path: field.code(),
    class: field.id(),
  }),
});

/** The school is closed; its last day is `effectiveOn`. A look-up by its code answers with the keeper. */
export const schoolClosed = event('school-closed', 'office', {
  closing: field.id(),
  kind: field.oneOf(['closure', 'merger'] as const),
  keeper: field.id('School merged into, or the unit that the county named'),
  keeperKind: field.oneOf(['school', 'unit'] as const),
});

/**
 * The files of a school that closes or merges pass to a keeper; the archive hands custody over and answers
 * `custody-handed-over`. Aggregate id: closing id.
 */
export const closingCustodyAsked = event('closing-custody-asked', 'closing', {
  school: field.id('School that closes'),
  kind: field.oneOf(['closure', 'merger'] as const),
  keeper: field.id('School merged into, or the unit that the county names'),
  keeperKind: field.oneOf(['school', 'unit'] as const),
  keeperPath: field.code('Path under which the keeper and the offices above it see the files'),
});

/** A batch of a collection was written (all good rows), or undone. Aggregate id: batch id. */
export const collectionCommitted = event('collection-committed', 'collection', {
  school: field.id(),
  entered: field.count(),
  corrected: field.count(),
  unchanged: field.count(),
});

export const collectionUndone = event('collection-undone', 'collection', {
  school: field.id(),
  undone: field.count(),
});

/** A paper was filed in the dossier; the file stays with the registry. */
export const studentPaperFiled = event('student-paper-filed', 'student', { item: field.code('Kind of paper') });

/** The authority approved the intake of a school for a stage and cohort (CZ-EN4). Aggregate id: `<school>/<stage>/<year>`. */
export const intakeApproved = event('intake-approved', 'intake', {
  school: field.id(),
  stage: field.oneOf(stages),
  entryYear: field.count(),
  planned: field.count('Places of the plan'),
});

const cohort = {
  school: field.id(),
  path: field.code('Path of the school'),
  stage: field.oneOf(stages),
  entryYear: field.count('Cohort: year of entry into the stage'),
};

/** The files of a cohort are due soon, and some are known to lack. Aggregate id: `files.<school>/<stage>/<year>`. */
export const filesDueSoon = event('files-due-soon', 'files', {
  ...cohort,
  dueOn: field.date('Last day for children who entered on the first day of school'),
});

/** Files of a cohort were not made in time, or were made late (GZ-EN3, NAT-EN3, CZ-EN2). */
export const filesLate = event('files-late', 'files', {
  ...cohort,
  authority: field.id('Record authority that is told'),
  dueOn: field.optional(field.date('Day that has passed; absent where files were made late, each after its own day')),
  entered: field.optional(field.count('Children entered')),
  emptyClasses: field.optional(field.count('Classes of the starting grade into which nobody was entered')),
  planned: field.optional(field.count('Places of the plan')),
  unconfirmed: field.optional(field.count('Children whose number is not asked for')),
  madeLate: field.optional(field.count('Files made late now')),
});

/** A step on the way from a temporary number to an official one (GZ-NO5). Aggregate id: `conversion.<student>`. */
export const numberConversion = event('number-conversion', 'conversion', {
  student: field.id(),
  step: field.oneOf(['entered', 'approved', 'issued'] as const),
});
