import { Temporal } from 'temporal-polyfill';

/** A legal date, `YYYY-MM-DD`, in Asia/Shanghai. Compares as text. */
export type LocalDate = string;

/** Thrown for a text that is no date of the calendar, e.g. `2026-02-30`. */
export class NotADate extends Error {
  constructor(text: string) {
    super(`"${text}" is not a date of the form YYYY-MM-DD`);
    this.name = 'NotADate';
  }
}

const shape = /^\d{4}-\d{2}-\d{2}$/;

const parse = (date: LocalDate): Temporal.PlainDate => {
  if (!shape.test(date)) throw new NotADate(String(date));
  try {
    return Temporal.PlainDate.from(date);
  } catch {
    throw new NotADate(date);
  }
};

export const isLocalDate = (text: unknown): text is LocalDate => {
  if (typeof text !== 'string') return false;
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Calendar days; `n` may be negative. */
export const addDays = (date: LocalDate, n: number): LocalDate => parse(date).add({ days: n }).toString();

/** The same day number `n` months on, or that month's last day: 31 January + 1 month is 28 or 29 February. */
export const addMonths = (date: LocalDate, n: number): LocalDate => parse(date).add({ months: n }).toString();

/** Like `addMonths`: 29 February + 1 year is 28 February. */
export const addYears = (date: LocalDate, n: number): LocalDate => parse(date).add({ years: n }).toString();

/** Days from `from` to `to`; negative when `to` lies before. */
export const daysBetween = (from: LocalDate, to: LocalDate): number => parse(from).until(parse(to)).days;

/** 1 Monday … 7 Sunday. */
export const dayOfWeek = (date: LocalDate): number => parse(date).dayOfWeek;

/** Age in full years reached on `on`, a birthday on that very day included (GZ-EN6). */
export const fullYears = (birth: LocalDate, on: LocalDate): number =>
  parse(birth).until(parse(on), { largestUnit: 'years' }).years;

/** The date that an instant has in Asia/Shanghai. */
export const localDateOf = (instant: Date): LocalDate =>
  Temporal.Instant.fromEpochMilliseconds(instant.getTime())
    .toZonedDateTimeISO('Asia/Shanghai')
    .toPlainDate()
    .toString();

/** 00:00 Asia/Shanghai of a date. */
export const startOf = (date: LocalDate): Date =>
  new Date(parse(date).toZonedDateTime('Asia/Shanghai').epochMilliseconds);
