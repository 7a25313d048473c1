import type { FactName, LocalDate } from '#libs/policy';

/** Facts that the family declares and the receiving school has checked against the papers. */
export const declaredFacts = [
  'householdMovedWithGuardians',
  'newHouseholdOutsideCatchment',
  'homeOrWorkMoved',
  'newHomeOrWorkOutsideCatchment',
  'localConditionMet',
  'homeMovedAcrossCounty',
  'homeMovedOutOfCityArea',
  'householdMovedToNewHome',
  'migrantWorkMovedAcrossCounty',
  'cannotStudyAtOldSchool',
  'comparableSchool',
] as const satisfies readonly FactName[];
export type DeclaredFact = (typeof declaredFacts)[number];

export const paperKinds = ['contactForm', 'householdProof', 'residenceOrWorkProof', 'otherProof'] as const;
export type PaperKind = (typeof paperKinds)[number];

export const seals = ['schoolSeal', 'recordSeal'] as const;
export type Seal = (typeof seals)[number];

/** A scan that the receiving school has uploaded, by the digest of its bytes. */
export interface Paper {
  kind: PaperKind;
  digest: string;
}

/** What the receiving school states about a wish to transfer. Texts in words are kept apart, sealed. */
export interface Application {
  student: string;
  /** Class at the receiving school. */
  toClass: string;
  /** Code of a ground of the pack, or `other`. */
  ground?: string;
  /** Whether the ground is also given in words. */
  groundInWords: boolean;
  facts: Partial<Record<DeclaredFact, boolean>>;
  /** Division code of the county to which home, household or work moved. */
  newCounty?: string;
  /** Day on which the receiving school agreed: the date of the seal. */
  consentOn: LocalDate;
  /** What the contact form shows; the scan is one of the papers. */
  form: { guardianSigned: boolean; seal?: Seal; factsChecked: boolean };
  papers: Paper[];
  /** Planned first day of study at the receiving school. */
  firstDayOfStudy?: LocalDate;
  /** An exception on which a school may take the student before the record moves. */
  placement?: 'inclusivePlacement';
}

/** A rule in principle that the filing school asks to set aside; why is kept sealed. */
export interface AskedOverride {
  rule: string;
  reason: string;
}
