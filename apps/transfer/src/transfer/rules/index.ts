import type { Pack } from '#libs/policy';
import type { Facts } from '#libs/review';
import type { Check, Situation } from '../situation';
import type { TransferRule } from './check';
import { notTakenBefore } from './entry';
import { conditionsHold, declared, groundHolds, groundStated } from './ground';
import { contactForm, papersUploaded } from './papers';
import { inSameCityArea, notToDemonstration, notWithinCityArea, toDemonstration } from './senior';
import { keepsGrade, notBlocked, recordIsFree, sameGrade } from './student';
import { beforeExamRegistrationCloses, filedInWindow, outsideClosedTerm, termIsClosed, windowIsOpen } from './term';
import { placeIsVacant, vacancies } from './vacancy';

/** What the receiving side's law asks of who comes. */
const entry: readonly TransferRule[] = [
  groundStated,
  conditionsHold,
  contactForm,
  papersUploaded,
  filedInWindow((situation) => situation.in),
  outsideClosedTerm((situation) => situation.in),
  beforeExamRegistrationCloses,
  sameGrade,
  notBlocked,
  notToDemonstration,
  notWithinCityArea,
  notTakenBefore,
  recordIsFree,
  placeIsVacant,
];

/** What the sending side's law asks of who leaves. */
const leaving: readonly TransferRule[] = [
  outsideClosedTerm((situation) => situation.out),
  sameGrade,
  notBlocked,
  notWithinCityArea,
];

/** All checks at once: entry by the receiver's pack, leaving by the sender's. A rule of both is told once. */
export const checksOf = (situation: Situation, packs: { in: Pack; out: Pack }): Check[] => {
  const checks = [
    ...entry.flatMap((rule) => rule(situation, packs.in)),
    ...leaving.flatMap((rule) => rule(situation, packs.out)),
  ];
  const seen = new Map<string, Check>();
  for (const check of checks) {
    const key = `${check.rule} ${check.outcome} ${check.message.zh}`;
    if (!seen.has(key)) seen.set(key, check);
  }
  return [...seen.values()];
};

/**
 * The facts that decide refusals, as the pack of the acting office asks for them.
 * @param seatKept whether the registry keeps a seat for this very case: then the class is not full for it
 */
export const factsOf = (situation: Situation, pack: Pack, side: 'in' | 'out', seatKept: boolean): Facts => {
  const known: Facts = {
    ...declared(situation, pack),
    enrolledAtOutSchool: situation.student.school === situation.out.school._id,
    contactFormSealed: contactForm(situation, pack).every(({ outcome }) => outcome === 'met'),
    transferGroundHolds: groundHolds(situation, pack),
    classVacancies: seatKept ? 1 : vacancies(situation, pack),
    gradeKept: keepsGrade(situation),
    suspended: situation.student.marks.includes('suspended'),
    underPunishment: situation.student.marks.includes('underPunishment'),
    ordinaryToDemonstration: toDemonstration(situation),
    sameCityArea: inSameCityArea(situation, pack),
    windowOpen: windowIsOpen(situation, situation[side], pack),
    closedTerm: termIsClosed(situation, situation[side], pack),
  };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
};
