import { TProperties } from '@sinclair/typebox';
import { copyKinds, copyReasons, partOwners, stages } from './codes';
import { defineEvent, field } from './event';

const event = <const N extends string, P extends TProperties>(name: N, aggregate: string, properties: P) =>
  defineEvent('archive', aggregate, `cn.xueji.archive.${name}.v1` as `cn.xueji.archive.${N}.v1`, properties);

/**
 * Asks every owner to freeze its part of a child's file, as it was known at one moment. Aggregate id: copy id,
 * `<student>.<kind>.<seq>`.
 */
export const copyAsked = event('copy-asked', 'copy', {
  student: field.id(),
  kind: field.oneOf(copyKinds),
  reason: field.oneOf(copyReasons),
  school: field.id('School whose copy it is'),
  path: field.code('Path of that school'),
  stage: field.oneOf(stages),
  parts: field.list(field.oneOf(partOwners), 'Who is asked'),
  asOf: field.instant('What was recorded later is not part of the copy'),
  version: field.count('Version of the record at that moment'),
  case: field.optional(field.id('Case that led to it')),
});

/** Sealed: the copy is a leaf of the log and never changes. Owners may let go of their frozen parts. */
export const copySealed = event('copy-sealed', 'copy', {
  student: field.id(),
  kind: field.oneOf(copyKinds),
  school: field.id(),
  path: field.code(),
  digest: field.code('SHA-256 of the tag manifest of the bag, hex'),
  leaf: field.count('Place in the log, from 0'),
  size: field.count('Leaves of the log after it'),
});

/** A head of the log was signed. Aggregate id: name of the log. Other services keep it. */
export const headSigned = event('head-signed', 'log', {
  size: field.count('Leaves'),
  root: field.code('Hex'),
  at: field.instant('Business time of signing'),
  previous: field.optional(field.code('Digest of the head before, hex')),
  key: field.code('Id of the key'),
  signature: field.name('Ed25519 over the canonical JSON of the head, base64url'),
});

const handover = { case: field.id(), student: field.id(), copy: field.id('Copy that the sending school keeps') };
const side = { school: field.id(), path: field.code() };

/** A file must follow its child. Aggregate id: `file.<case>`. */
export const fileHandoverOpened = event('file-handover-opened', 'file', {
  ...handover,
  from: field.object(side),
  to: field.object(side),
  dueOn: field.optional(field.date('Absent: the pack gives no number')),
  provisional: field.optional(field.flag()),
});

/** The sending school has sent it, by a list of items. */
export const fileDelivered = event('file-delivered', 'file', {
  ...handover,
  school: field.id('Receiving school'),
  items: field.count('Items on the list'),
});

/** The receiving school found items of the list missing; the sending school sends again. */
export const fileReturned = event('file-returned', 'file', {
  ...handover,
  school: field.id('Sending school'),
  missing: field.count('Items not received'),
});

export const fileReminded = event('file-reminded', 'file', { ...handover, office: field.id(), dueOn: field.date() });

/** The day has passed and the file was not received. Told to the office above who is late. */
export const fileOverdue = event('file-overdue', 'file', {
  ...handover,
  office: field.id('Who is late'),
  dueOn: field.date(),
  escalatedTo: field.id(),
});

/** Received item by item: the case of the movement may end. */
export const fileReceived = event('file-received', 'file', {
  ...handover,
  school: field.id('Receiving school'),
  items: field.count(),
  receivedOn: field.date(),
  late: field.flag(),
});

/** All copies of a school have another keeper, former pupils' included. Aggregate id: `custody.<closing>`. */
export const custodyHandedOver = event('custody-handed-over', 'custody', {
  closing: field.id(),
  from: field.id('School'),
  to: field.id('School or unit'),
  copies: field.count(),
  digest: field.code('SHA-256 of the hand-over list, hex'),
});
