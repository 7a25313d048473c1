import { TProperties } from '@sinclair/typebox';
import { legs, letterRecipients, sessions, stages } from './codes';
import { defineEvent, field } from './event';

const event = <const N extends string, P extends TProperties>(name: N, aggregate: string, properties: P) =>
  defineEvent('attendance', aggregate, `cn.xueji.attendance.${name}.v1` as `cn.xueji.attendance.${N}.v1`, properties);

const place = { school: field.id('School where the child studies'), path: field.code('Path of that school') };

/**
 * A class was called. Aggregate id: `<class>/<day>/<session>`; a correction, or a leave filed later, is the next event.
 * Who is not among the exceptions was there.
 */
export const rollCallTaken = event('roll-call-taken', 'rollcall', {
  class: field.id(),
  ...place,
  day: field.date(),
  session: field.oneOf(sessions),
  onRoll: field.count('Children that were called'),
  present: field.count('Children that were there, also late or for a part'),
  exceptions: field.list(field.object({ student: field.id(), kind: field.oneOf(legs) })),
});

/** A school day is drawing to its end and a class was not called: what its children did is unknown. Aggregate id: `<class>/<day>`. */
export const rollCallMissing = event('roll-call-missing', 'rollcall', {
  class: field.id(),
  ...place,
  day: field.date(),
});

const watch = <const N extends string, P extends TProperties>(name: N, properties: P) =>
  event(name, 'watch', properties);

const letter = {
  no: field.code('Number in the dispatch register of the school'),
  to: field.oneOf(letterRecipients),
  alsoTo: field.optional(
    field.list(field.oneOf(letterRecipients), 'Other parts of the same office: one letter for both'),
  ),
  office: field.optional(field.id('Office written to; absent for a body without one')),
  on: field.date(),
};

/**
 * A child became a suspected dropout, on the last of `days`. Aggregate id of all that follow: the watch, one for each
 * student and spell. Told again, it replaces what was told before: a correction moved the days, or undid a return.
 */
export const dropoutSuspected = watch('dropout-suspected', {
  student: field.id(),
  ...place,
  class: field.id(),
  stage: field.oneOf(stages),
  days: field.list(
    field.date(),
    'The days that were counted; empty where the school stated it and no text counts days',
  ),
  since: field.date('First day of the absence'),
  before: field.optional(field.date('Day from which the suspicion was told to hold before this correction')),
});

/**
 * The child is back (`returned`) or on no roll any more (`offRoll`): the suspicion has ended. Or what it rested on was
 * corrected or excused: then it never held.
 */
export const dropoutSuspicionWithdrawn = watch('dropout-suspicion-withdrawn', {
  student: field.id(),
  ...place,
  reason: field.oneOf(['returned', 'offRoll', 'corrected', 'excused'] as const),
  on: field.date('First day back, or off the roll; else the day of the correction'),
  suspectedOn: field.date('Day from which it was told to hold'),
  dropoutOn: field.optional(field.date('Day of the dropout that falls with it')),
  letters: field.optional(
    field.list(field.object({ ...letter, withdraws: field.code('Number of the letter taken back') })),
  ),
});

export const homeVisitRecorded = watch('home-visit-recorded', {
  student: field.id(),
  ...place,
  on: field.date(),
  inVain: field.flag('The child does not come back by it'),
});

/** Letters have gone out: on the suspicion, with which the return procedure starts, or on the dropout itself. */
export const dropoutReported = watch('dropout-reported', {
  student: field.id(),
  ...place,
  about: field.oneOf(['suspicion', 'dropout'] as const),
  letters: field.list(field.object(letter)),
  dueOn: field.optional(field.date('Last day to come back before a dropout is proposed')),
});

/** The time to come back has passed; the school confirms, or the child is back. */
export const dropoutProposed = watch('dropout-proposed', {
  student: field.id(),
  ...place,
  dueOn: field.date('Last day on which the child could have come back'),
});

export const dropoutConfirmed = watch('dropout-confirmed', { student: field.id(), ...place, on: field.date() });

export const dropoutReturned = watch('dropout-returned', {
  student: field.id(),
  ...place,
  on: field.date('First day back at school'),
  dropoutOn: field.date('Day from which the dropout held'),
});
