import { TProperties } from '@sinclair/typebox';
import { acts, stages } from './codes';
import { defineEvent, field } from './event';

const event = <const N extends string, P extends TProperties>(name: N, properties: P) =>
  defineEvent(
    'transfer',
    'case',
    `cn.xueji.transfer.placement-${name}.v1` as `cn.xueji.transfer.placement-${N}.v1`,
    properties,
  );

const side = { school: field.id(), path: field.code() };
const entrants = field.list(field.object({ student: field.id(), class: field.id('Class that keeps the seat') }));
const step = { step: field.code('`outSchool`, `outAuthority` …'), office: field.id('Office that must act') };

/**
 * The enrolling school takes over the files of entrants that one school has graduated: asks the registry to hold the
 * records and keep the seats. Aggregate id of all events here: case id, but of `compared`.
 */
export const placementFiled = event('filed', {
  entrants,
  from: field.object(side),
  to: field.object(side),
  stage: field.oneOf(stages, 'Stage that they enter'),
  entryYear: field.count(),
  filedBy: field.id('Account'),
});

export const placementStepOpened = event('step-opened', {
  ...step,
  act: field.oneOf(acts),
  path: field.code(),
  line: field.code('Line of the office that judges this step'),
  arrivedOn: field.date(),
  dueOn: field.optional(field.date('Absent: the pack gives no number')),
  provisional: field.optional(field.flag()),
});

export const placementStepReminded = event('step-reminded', { ...step, dueOn: field.date() });

/** The day passed without an act. Told to the office above; nothing is approved by silence. */
export const placementStepOverdue = event('step-overdue', { ...step, dueOn: field.date(), escalatedTo: field.id() });

export const placementStepActed = event('step-acted', {
  ...step,
  act: field.oneOf(acts),
  outcome: field.oneOf(['agreed', 'refused'] as const),
  account: field.id(),
  late: field.flag(),
  ground: field.optional(field.code()),
});

/** Every party agreed: asks the registry to seat those it holds. */
export const placementSeatsAsked = event('seats-asked', {
  entrants,
  to: field.object(side),
  stage: field.oneOf(stages),
  entryYear: field.count(),
});

export const placementCompleted = event('completed', {
  to: field.object(side),
  placed: field.count(),
  refused: field.count('Entrants that the registry did not hold, or not seat'),
});

/** Ended without a placement: the registry releases records and seats. */
export const placementEnded = event('ended', {
  students: field.list(field.id()),
  outcome: field.oneOf(['holdRefused', 'refused', 'withdrawn'] as const),
});

/**
 * On the last day of the window the number placed is compared with the plan (GZ-EN4, GZ-CA3). Aggregate `intake`, id
 * `<school>.<stage>.<year>`.
 */
export const placementCompared = defineEvent('transfer', 'intake', 'cn.xueji.transfer.placement-compared.v1', {
  ...side,
  stage: field.oneOf(stages),
  entryYear: field.count(),
  planned: field.optional(field.count('Absent: no plan was approved')),
  placed: field.count(),
  underWay: field.count(),
  dueOn: field.date('Last day of the window'),
});
