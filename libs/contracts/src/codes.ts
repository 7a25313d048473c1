/** Code sets that several services share. The legal words behind them are in `docs/glossary.md`. */

/** 学段. */
export const stages = ['primary', 'junior', 'senior'] as const;
export type Stage = (typeof stages)[number];

/** Last grade of each stage, and the number of grades (6+3+3). */
export const gradesOfStage: Record<Stage, { first: number; last: number }> = {
  primary: { first: 1, last: 6 },
  junior: { first: 7, last: 9 },
  senior: { first: 10, last: 12 },
};

/** Levels of the office tree. */
export const officeKinds = ['ministry', 'province', 'city', 'county', 'township', 'school'] as const;
export type OfficeKind = (typeof officeKinds)[number];

/** Kinds of school that the rules cover (GZ-SC2). */
export const schoolTypes = ['primary', 'junior', 'senior', 'special', 'reform', 'nineYear', 'complete'] as const;
export type SchoolType = (typeof schoolTypes)[number];

/** Who runs a school (GZ-SC2): five kinds. */
export const operators = ['government', 'enterprise', 'socialGroup', 'otherSocialOrganisation', 'citizen'] as const;
export type Operator = (typeof operators)[number];

/** What a post lets its holder do; a post is always at one office. */
export const roles = [
  'administrator', // sets up places and posts under an office
  'clerk', // 学籍管理员 of a school
  'deputyHead', // 分管校领导: checks what the clerk entered
  'classTeacher', // 班主任: takes the roll call, visits homes
  'officer', // 学籍管理员 of an authority
  'archiveKeeper', // 档案管理员 of any office or school: keeps permanent copies
  'operator', // queues, health, parked keys; no personal data
  'auditor', // reads audit rows and invariants; no personal data
] as const;
export type Role = (typeof roles)[number];

/** Where a registration stands. */
export const registrationStates = ['entered', 'submitted', 'returned', 'confirmed', 'undone'] as const;
export type RegistrationState = (typeof registrationStates)[number];

/** How a stage ends: 毕业, 结业, 肄业 (NAT-GR1). */
export const endings = ['graduation', 'completion', 'partialStudy'] as const;
export type Ending = (typeof endings)[number];

/** 学籍号 prefixes: G formal, L temporary. */
export const numberKinds = ['G', 'L'] as const;
export type NumberKind = (typeof numberKinds)[number];

/** Strength of an authority's act, each with its own possible answers (R5-02). */
export const acts = ['confirm', 'review', 'approve', 'register', 'fileForInformation'] as const;
export type Act = (typeof acts)[number];

/** Part of a school day that a roll call is for; a school that calls once a day uses `day`. */
export const sessions = ['day', 'morning', 'afternoon', 'evening'] as const;
export type Session = (typeof sessions)[number];

/** How somebody misses a roll call, as far as it travels: why an absence is excused may be health and stays where it is. */
export const legs = ['unexcused', 'excused', 'late', 'earlyLeave'] as const;
export type Leg = (typeof legs)[number];

/** Who is written to about a dropout. Township and community have no account: to them a letter is all there is. */
export const letterRecipients = ['township', 'community', 'county', 'recordAuthority'] as const;
export type LetterRecipient = (typeof letterRecipients)[number];

/** A copy kept for ever at the end of a stage; or what the old school keeps when the file moves on. */
export const copyKinds = ['permanent', 'handover'] as const;
export type CopyKind = (typeof copyKinds)[number];

export const copyReasons = ['stageEnd', 'transfer', 'placement', 'closing'] as const;
export type CopyReason = (typeof copyReasons)[number];

/** Services that hold a part of a child's file. */
export const partOwners = ['registry', 'transfer', 'attendance'] as const;
export type PartOwner = (typeof partOwners)[number];
