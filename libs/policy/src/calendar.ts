import { addDays, addMonths, addYears, dayOfWeek, isLocalDate, LocalDate } from './local-date';
import type { Configured } from './setting';
import type { Unit } from './parameters';

/** One order of the State Council on holidays. A later one wins over an earlier one for the days that it names. */
export interface HolidayOrder {
  /** e.g. `国办发明电〔2025〕7号`. */
  number: string;
  issued: LocalDate;
  title: string;
  about?: string;
  off: { from: LocalDate; to: LocalDate; name: string }[];
  /** Days of the weekend on which people work. */
  work: LocalDate[];
}

/** All orders on one year. Its first days off may lie in the December before. */
export interface YearOfOrders {
  year: number;
  source: string;
  orders: HolidayOrder[];
}

/** Days on which the offices in and under a place are closed beside the national ones. */
export interface LocalLayer {
  /** Division or school code. */
  office: string;
  closed: { from: LocalDate; to: LocalDate; name: string; document: string }[];
}

export interface Day {
  date: LocalDate;
  kind: 'working' | 'off';
  /**
   * `order`: named by an order. `week`: the year has an order that leaves this day as the week has it. `local`: closed
   * here. `assumed`: no order yet says anything, so the week is all there is to go by and the day may still change.
   */
  basis: 'order' | 'week' | 'local' | 'assumed';
  /** Name of the holiday or closing. */
  name?: string;
  /** Order or local document. */
  document?: string;
}

/** A due day. Provisional: it lies in, or was counted through, days that an order may still change. */
export interface Due {
  dueOn: LocalDate;
  provisional: boolean;
}

/** An order on a year has reached back as far as 29 December; from here on the year before waits for it. */
const openFrom = '12-25';

/** Working days from dated orders, not from the week. Never falls back silently to Monday to Friday. */
export class WorkingCalendar {
  private readonly named = new Map<LocalDate, { working: boolean; name?: string; document: string }>();
  private readonly years: ReadonlySet<number>;

  constructor(
    private readonly yearsOfOrders: readonly YearOfOrders[],
    private readonly layers: readonly LocalLayer[] = [],
    private readonly path: string = '',
  ) {
    this.years = new Set(yearsOfOrders.map(({ year }) => year));
    for (const { orders } of yearsOfOrders)
      for (const order of [...orders].sort((a, b) => (a.issued < b.issued ? -1 : 1))) {
        for (const { from, to, name } of order.off)
          for (let day = from; day <= to; day = addDays(day, 1))
            this.named.set(day, { working: false, name, document: order.number });
        for (const day of order.work) this.named.set(day, { working: true, document: order.number });
      }
  }

  /** The calendar of an office: its own closed days and those of the offices above it count as days off. */
  forOffice(path: string): WorkingCalendar {
    return new WorkingCalendar(this.yearsOfOrders, this.layers, path);
  }

  day(date: LocalDate): Day {
    for (const { office, closed } of this.layers) {
      const found = this.path.split('/').includes(office)
        ? closed.find(({ from, to }) => from <= date && date <= to)
        : undefined;
      if (found) return { date, kind: 'off', basis: 'local', name: found.name, document: found.document };
    }
    const named = this.named.get(date);
    if (named)
      return {
        date,
        kind: named.working ? 'working' : 'off',
        basis: 'order',
        name: named.name,
        document: named.document,
      };
    return { date, kind: dayOfWeek(date) <= 5 ? 'working' : 'off', basis: this.settled(date) ? 'week' : 'assumed' };
  }

  isWorkingDay(date: LocalDate): boolean {
    return this.day(date).kind === 'working';
  }

  /** Whether an order may still change this day. */
  isProvisional(date: LocalDate): boolean {
    return this.day(date).basis === 'assumed';
  }

  /** The `n`-th working day after `from`; the day after `from` counts as the first day. `n` = 0 is `from` itself. */
  addWorkingDays(from: LocalDate, n: number): Due {
    if (!Number.isInteger(n) || n < 0) throw new RangeError(`Working days to add must be 0 or more, not ${n}`);
    let dueOn = from;
    let provisional = false;
    for (let left = n; left > 0;) {
      dueOn = addDays(dueOn, 1);
      const { kind, basis } = this.day(dueOn);
      provisional ||= basis === 'assumed';
      if (kind === 'working') left -= 1;
    }
    return { dueOn, provisional };
  }

  /** Working days after `from` up to and with `to`; negative when `to` lies before `from`. */
  workingDaysBetween(from: LocalDate, to: LocalDate): number {
    if (to < from) return -this.workingDaysBetween(to, from);
    let count = 0;
    for (let day = addDays(from, 1); day <= to; day = addDays(day, 1)) if (this.isWorkingDay(day)) count += 1;
    return count;
  }

  /** Last day of a period of a given length that starts with an event on `from`. */
  add(from: LocalDate, value: number, unit: Unit): Due {
    const settled = (dueOn: LocalDate): Due => ({ dueOn, provisional: false });
    switch (unit) {
      case 'workingDays':
        return this.addWorkingDays(from, value);
      case 'days':
        return settled(addDays(from, value));
      case 'weeks':
        return settled(addDays(from, value * 7));
      case 'months':
        return settled(addMonths(from, value));
      case 'years':
        return settled(addYears(from, value));
      default:
        throw new RangeError(`${unit} measure no time`);
    }
  }

  /**
   * The day a deadline of a pack falls due when its clock starts on `from`. Where a line further up sets a limit in a
   * unit that cannot be compared, both hold: the earlier day is the due day.
   */
  due(from: LocalDate, deadline: Configured<number>): Due {
    const limits = [
      { value: deadline.value, unit: deadline.unit!, inclusive: deadline.inclusive! },
      ...(deadline.alsoWithin ?? []),
    ];
    return limits
      .map(({ value, unit, inclusive }) => {
        const last = this.add(from, value, unit);
        return inclusive ? last : { ...last, dueOn: addDays(last.dueOn, -1) };
      })
      .reduce((earliest, due) => (due.dueOn < earliest.dueOn ? due : earliest));
  }

  private settled(date: LocalDate): boolean {
    const year = Number(date.slice(0, 4));
    return this.years.has(year) && (date.slice(5) < openFrom || this.years.has(year + 1));
  }
}

/** What is wrong with a year's orders; nothing when they may be loaded. */
export function* problemsOfYear(year: unknown): Generator<string> {
  const { year: number, source, orders } = (year ?? {}) as Partial<YearOfOrders>;
  if (!Number.isInteger(number)) return yield '"year" is missing';
  if (!source) yield `${number}: "source" is missing`;
  if (!Array.isArray(orders) || orders.length === 0) return yield `${number}: has no order`;
  for (const order of orders) {
    if (!order.number || !isLocalDate(order.issued)) yield `${number}: an order needs number and day of issue`;
    for (const { from, to, name } of order.off ?? []) {
      if (!isLocalDate(from) || !isLocalDate(to) || to < from || !name)
        yield `${number}: ${String(from)} – ${String(to)} is no holiday with a name`;
    }
    for (const day of order.work ?? []) {
      if (!isLocalDate(day) || dayOfWeek(day) <= 5) yield `${number}: ${String(day)} is no make-up day of a weekend`;
    }
    for (const day of [...(order.off ?? []).flatMap(({ from, to }) => [from, to]), ...(order.work ?? [])])
      if (![`${number}`, `${number! - 1}`].includes(String(day).slice(0, 4)))
        yield `${number}: ${String(day)} lies in another year`;
  }
}
