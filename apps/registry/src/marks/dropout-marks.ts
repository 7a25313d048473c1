import { addDays, type LocalDate } from '#libs/policy';
import type { Mark } from '../students/record';

const suspected = 'suspectedDropout';
const dropout = 'dropout';

/** The last day on which a mark held is the day before the child was back. */
const until = (mark: string, from: LocalDate, back: LocalDate): Mark => ({ mark, from, to: addDays(back, -1) });

/** A span that ends before it begins: it was told, and never held. What was told stays in the journal. */
const never = (mark: string, from: LocalDate): Mark => until(mark, from, from);

/** Suspected from a day on; where a correction moved the day, not from the one told before (GZ-DO2). */
export const whenSuspected = (on: LocalDate, before?: LocalDate): Mark[] => [
  ...(before !== undefined && before !== on ? [never(suspected, before)] : []),
  { mark: suspected, from: on },
];

/**
 * The suspicion is over (GZ-DO8), or it was corrected or excused and never held; a dropout that rested on it goes the same
 * way. Who is on no roll any more was both until then.
 */
export const whenWithdrawn = (told: {
  reason: 'returned' | 'offRoll' | 'corrected' | 'excused';
  on: LocalDate;
  suspectedOn: LocalDate;
  dropoutOn?: LocalDate;
}): Mark[] => {
  const { reason, on, suspectedOn, dropoutOn } = told;
  const ended = reason === 'returned' || reason === 'offRoll';
  return [
    ended ? until(suspected, suspectedOn, on) : never(suspected, suspectedOn),
    ...(dropoutOn === undefined
      ? []
      : [reason === 'offRoll' ? until(dropout, dropoutOn, on) : never(dropout, dropoutOn)]),
  ];
};

/** A dropout from a day on; what was suspected until then is so no more. The record stays open (NAT-DO2, CZ-WD10). */
export const whenConfirmed = (marks: readonly Mark[], on: LocalDate): Mark[] => [
  ...marks
    .filter(({ mark, from, to }) => mark === suspected && to === undefined && from <= on)
    .map(({ from }) => until(suspected, from, on)),
  { mark: dropout, from: on },
];

export const whenReturned = (on: LocalDate, dropoutOn: LocalDate): Mark[] => [until(dropout, dropoutOn, on)];
