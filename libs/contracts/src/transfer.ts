import { TProperties } from '@sinclair/typebox';
import { acts, stages } from './codes';
import { defineEvent, field } from './event';

const event = <const N extends string, P extends TProperties>(name: N, properties: P) =>
  defineEvent('transfer', 'case', `cn.xueji.transfer.${name}.v1` as `cn.xueji.transfer.${N}.v1`, properties);

const side = { school: field.id(), path: field.code() };

/** Asks the registry to hold the record and keep a seat. Aggregate id of all events here: case id. */
export const transferFiled = event('transfer-filed', {
  student: field.id(),
  from: field.object(side),
  to: field.object({ ...side, class: field.id() }),
  stage: field.oneOf(stages),
  filedBy: field.id('Account'),
  overrides: field.list(field.code('Rule ids overridden with a reason and a person')),
});

/** A party's step has begun; its clock runs. */
export const transferStepOpened = event('transfer-step-opened', {
  step: field.code('`outSchool`, `outAuthority` …'),
  act: field.oneOf(acts),
  office: field.id('Office that must act'),
  path: field.code(),
  line: field.code('Line of the office that judges this step'),
  arrivedOn: field.date(),
  dueOn: field.optional(field.date('Absent: the pack gives no number')),
  provisional: field.optional(field.flag()),
});

/** A provisional due day was counted anew, after the order on the working days of its year. */
export const transferStepDueChanged = event('transfer-step-due-changed', {
  step: field.code(),
  office: field.id(),
  dueOn: field.date(),
  provisional: field.optional(field.flag()),
});

export const transferStepReminded = event('transfer-step-reminded', {
  step: field.code(),
  office: field.id(),
  dueOn: field.date(),
});

/** The day passed without an act. Told to the office above; nothing is approved by silence. */
export const transferStepOverdue = event('transfer-step-overdue', {
  step: field.code(),
  office: field.id(),
  dueOn: field.date(),
  escalatedTo: field.id(),
  clock: field.optional(
    field.oneOf(['review', 'handover'] as const, 'Which clock of the step ran out; absent: that of its review'),
  ),
});

export const transferStepActed = event('transfer-step-acted', {
  step: field.code(),
  act: field.oneOf(acts),
  outcome: field.oneOf(['agreed', 'refused'] as const),
  office: field.id(),
  account: field.id(),
  late: field.flag(),
  ground: field.optional(field.code()),
});

/** A refusal that the facts disprove, or that names a ground the text does not know, listed at the office above. */
export const transferRefusalListed = event('transfer-refusal-listed', {
  step: field.code(),
  office: field.id(),
  account: field.id(),
  ground: field.code(),
  listedAt: field.id('Office above'),
});

/** The office above has looked at a listed refusal. `founded`: it stands, and the case ends with it. */
export const transferRefusalReviewed = event('transfer-refusal-reviewed', {
  step: field.code(),
  office: field.id('Office that had refused'),
  ground: field.code(),
  finding: field.oneOf(['founded', 'unfounded'] as const),
  reviewedBy: field.id('Office above'),
  account: field.id(),
});

/** Every party agreed: asks the registry to move the seat. */
export const transferMoveAsked = event('transfer-move-asked', {
  student: field.id(),
  to: field.object({ ...side, class: field.id() }),
});

export const transferCompleted = event('transfer-completed', {
  student: field.id(),
  movedOn: field.date(),
  violations: field.optional(field.list(field.code('Rule that the receiving school broke on the way, e.g. `GZ-TR8`'))),
});

/** The file has followed, received item by item: the case is over (GZ-TR12). */
export const transferClosed = event('transfer-closed', {
  student: field.id(),
  receivedOn: field.date(),
  items: field.count('Items of the file'),
  late: field.flag(),
});

/** Ended without a move: the registry releases hold and seat. */
export const transferEnded = event('transfer-ended', {
  student: field.id(),
  outcome: field.oneOf(['holdRefused', 'refused', 'withdrawn', 'moveRefused'] as const),
});
