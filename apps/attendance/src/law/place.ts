import type { Stage } from '#libs/contracts';
import { authorityOf, countyOf, lineOf, type Office, type OfficeTree, type Term } from '#libs/places';
import {
  NoneInForce,
  type LocalDate,
  type Pack,
  type Policy,
  schoolDay,
  schoolDays,
  type SchoolDay,
  termsAt,
  type WorkingCalendar,
} from '#libs/policy';
import type { CountingRule, TaughtDay } from '../watch/count-days';

/** A school as the rules of attendance look at it: its days of school and the law of each day. */
export class SchoolPlace {
  private readonly rules = new Map<string, CountingRule | undefined>();

  constructor(
    readonly school: Office,
    private readonly tree: OfficeTree,
    private readonly terms: readonly Term[],
    private readonly policy: Policy,
    private readonly calendar: WorkingCalendar,
  ) {}

  /** The pack in force at the school on a day: absence is judged by the day of the deed. Undefined: no text is in force. */
  packOn(on: LocalDate): Pack | undefined {
    try {
      return this.policy.packAt(lineOf(this.school, this.tree, on), on);
    } catch (fault) {
      if (fault instanceof NoneInForce) return undefined;
      throw fault;
    }
  }

  day(date: LocalDate): SchoolDay {
    return schoolDay(this.school.path, date, this.terms, this.calendar);
  }

  /** First school day after a day, within the terms that are known. */
  nextAfter(date: LocalDate): LocalDate | undefined {
    const terms = termsAt(this.school.path, this.terms)
      .filter(({ lastDay }) => lastDay > date)
      .sort((a, b) => (a.firstDay < b.firstDay ? -1 : 1));
    for (const { firstDay, lastDay } of terms) {
      const found = schoolDays(this.school.path, firstDay, lastDay, this.terms, this.calendar).find(
        (day) => day > date,
      );
      if (found) return found;
    }
    return undefined;
  }

  /** The days on which pupils were taught, with what counts them. */
  taught(from: LocalDate, to: LocalDate): TaughtDay[] {
    return schoolDays(this.school.path, from, to, this.terms, this.calendar).map((date) => {
      const rule = this.ruleOn(date);
      const term = this.termOf(date);
      const period = rule?.per === 'schoolYear' ? term?.schoolYear : `${term?.schoolYear}/${term?.term}`;
      return { date, period: period ?? date.slice(0, 4), ...(rule && { rule }) };
    });
  }

  /** First day of the term, or of the school year, in which a day's absence is counted. */
  periodStart(date: LocalDate): LocalDate {
    const begun = termsAt(this.school.path, this.terms).filter(({ firstDay }) => firstDay <= date);
    const own = begun.sort((a, b) => (a.firstDay < b.firstDay ? -1 : 1)).at(-1);
    if (!own) return date;
    if (this.ruleOn(date)?.per !== 'schoolYear') return own.firstDay;
    return begun.find(({ schoolYear }) => schoolYear === own.schoolYear)!.firstDay;
  }

  county(): string {
    return countyOf(this.school, this.tree);
  }

  recordAuthority(stage: Stage, pack: Pack): string {
    return authorityOf(this.school, stage, pack, this.tree)._id;
  }

  /** The township office above the school, where the tree has one. */
  township(): Office | undefined {
    return [...this.tree.values()].find(({ kind, path }) => kind === 'township' && this.school.path.startsWith(path));
  }

  name(office: string): string {
    return this.tree.get(office)?.name ?? office;
  }

  private termOf(date: LocalDate) {
    return termsAt(this.school.path, this.terms).find(({ firstDay, lastDay }) => firstDay <= date && date <= lastDay);
  }

  private ruleOn(date: LocalDate): CountingRule | undefined {
    const pack = this.packOn(date);
    if (!pack) return undefined;
    if (!this.rules.has(pack.id)) this.rules.set(pack.id, countingRuleOf(pack));
    return this.rules.get(pack.id);
  }
}

/** How a pack counts towards a suspected dropout (GZ-DO2). Undefined: no text says a number, so nothing is counted. */
export const countingRuleOf = (pack: Pack): CountingRule | undefined => {
  const after = pack.setting<number>('dropout.suspected.after');
  const count = pack.setting('dropout.suspected.count');
  const per = pack.setting('dropout.suspected.per');
  const day = pack.setting('dropout.suspected.day');
  if (!after.configured || !count.configured || !per.configured || !day.configured) return undefined;
  return { after, count: count.value, per: per.value, day: day.value };
};
