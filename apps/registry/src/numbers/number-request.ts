import { NumberKind } from '#libs/contracts';

/** What is asked of the national system. */
export const requestKinds = ['issue-G', 'issue-L', 'convert-to-G'] as const;
export type RequestKind = (typeof requestKinds)[number];

/**
 * wanted → asked → answered; asked again under the same id while no answer comes. The id is made once, with the decision
 * that a number is due, so a lost answer never makes a second number.
 */
export interface NumberRequest {
  _id: string;
  student: string;
  kind: RequestKind;
  state: 'wanted' | 'asked' | 'answered' | 'refused';
  /** Real time of the last asking; asked again after a while without an answer. */
  askedAt?: Date;
  asked: number;
  /** Reason of the national system, a code. */
  reason?: string;
  createdAt: Date;
}

export const numberKindOf = (kind: RequestKind): NumberKind => (kind === 'issue-L' ? 'L' : 'G');

/** Id of the one request of a kind that a student's record can ever make. */
export const requestId = (student: string, kind: RequestKind): string => `${student}.${kind}`;
