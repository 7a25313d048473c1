import type { LocalDate } from '#libs/policy';

export const leaveReasons = ['sick', 'personal'] as const;
export type LeaveReason = (typeof leaveReasons)[number];

/** `asked`: filed. `granted`: its days are excused. `declined`, `revoked`: they are not. */
export type LeaveState = 'asked' | 'granted' | 'declined' | 'revoked';

/** A request for leave, filed before or after its days. Nothing of it travels: it may speak of health. */
export interface Leave {
  _id: string;
  version: number;
  student: string;
  school: string;
  path: string;
  from: LocalDate;
  to: LocalDate;
  reason: LeaveReason;
  /** Digests of scans. */
  papers: string[];
  state: LeaveState;
  asked: { account: string; on: LocalDate; at: Date };
  decided?: { account: string; on: LocalDate; at: Date };
}

export type Decision = 'grant' | 'decline' | 'revoke';

const next: Record<Decision, { from: LeaveState; to: LeaveState }> = {
  grant: { from: 'asked', to: 'granted' },
  decline: { from: 'asked', to: 'declined' },
  revoke: { from: 'granted', to: 'revoked' },
};

/** Undefined: not possible in this state. */
export const decide = (leave: Leave, decision: Decision, by: NonNullable<Leave['decided']>): Leave | undefined =>
  leave.state === next[decision].from
    ? { ...leave, version: leave.version + 1, state: next[decision].to, decided: by }
    : undefined;

/** Whether the days that it excuses changed by a decision. */
export const changesDays = (decision: Decision): boolean => decision !== 'decline';
