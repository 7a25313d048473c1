import { createHash } from 'node:crypto';

/** `dueOn` is a legal date (`YYYY-MM-DD`, Asia/Shanghai) that may be used to its last minute; `dueAt` is an instant. */
export type Due = { dueOn: string; dueAt?: undefined } | { dueAt: Date; dueOn?: undefined };

/** What names a deadline for ever: `<kind>/<subject>/<key>`. */
export interface DeadlineName {
  /** What happens when it passes, e.g. `transfer.step-due`; the handler is found by it. */
  kind: string;
  /** Opaque id of the thing that waits, e.g. a case. */
  subject: string;
  /** Which of the subject's deadlines of this kind, e.g. a step. */
  key: string;
}

export type NewDeadline = DeadlineName & Due & { data?: Record<string, unknown> };

/**
 * `armed`: will fire. `fired`, `cancelled`: over, until armed anew. `failed`: its handler refused it time and again; an
 * operator redrives it, or the business moves or cancels it.
 */
export type DeadlineState = 'armed' | 'fired' | 'cancelled' | 'failed';

/** Whose call made it fire: the alarm in Redis, or the sweeper that finds what no alarm announced. */
export type FiredBy = 'alarm' | 'sweeper';

export interface DeadlineRow extends DeadlineName {
  _id: string;
  dueOn?: string;
  dueAt?: Date;
  /** Derived from due: the first instant at which it has passed. */
  alarmAt: Date;
  state: DeadlineState;
  /** 1, 2, 3 …: grows each time it is armed, moved or redriven, so that an older alarm means nothing. */
  version: number;
  data?: Record<string, unknown>;
  /** Business time of the firing. */
  firedAt?: Date;
  firedBy?: FiredBy;
  /** Times its handler refused this version. */
  tries: number;
  /** Why the handler last refused; class and place, never what a person wrote. */
  lastError?: string;
}

/** A deadline as its handler sees it. `firedAt` is the handler's business time. */
export type FiredDeadline = DeadlineName & {
  id: string;
  dueOn?: string;
  dueAt?: Date;
  firedAt: Date;
  data: Record<string, unknown>;
};

const part = /^[^/\s]+$/;

/** @throws Error when a part is empty or holds a slash or a blank, by which two names could become one. */
export const deadlineId = ({ kind, subject, key }: DeadlineName): string => {
  for (const [name, value] of Object.entries({ kind, subject, key }))
    if (!part.test(value))
      throw new Error(`${name} of a deadline may not be "${value}": no slash, no blank, not empty`);
  return `${kind}/${subject}/${key}`;
};

const dayInMs = 86_400_000;

/**
 * First instant at which the deadline has passed: 00:00 Asia/Shanghai of the day after `dueOn`, or `dueAt` itself.
 * @throws Error when `dueOn` is no day of the calendar or `dueAt` no instant
 */
export const alarmAtOf = (due: Due): Date => {
  if (due.dueAt) {
    if (Number.isNaN(due.dueAt.getTime())) throw new Error('dueAt of a deadline is no instant');
    return due.dueAt;
  }
  const midnight = new Date(`${due.dueOn}T00:00:00Z`);
  // Date reads 2026-02-30 as the 2nd of March; a day that does not come back as written does not exist.
  const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().slice(0, 10) === due.dueOn;
  if (!exists) throw new Error(`dueOn of a deadline is no day: ${due.dueOn}`);
  return new Date(Date.parse(`${due.dueOn}T00:00:00+08:00`) + dayInMs);
};

/** Name of the alarm of one version of a deadline. An older alarm keeps its own name, so it never blocks a newer one. */
export const alarmIdOf = (id: string, version: number): string =>
  `dl-${createHash('sha256').update(id).digest('base64url').slice(0, 22)}-${version}`;
