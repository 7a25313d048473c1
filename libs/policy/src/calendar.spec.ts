import { isHoliday as packageSaysOff, isWorkday as packageSaysWork } from 'chinese-days';
import fc from 'fast-check';
import { LocalLayer, WorkingCalendar } from './calendar';
import { loadCalendar } from './load-policy';
import {
  addDays,
  addMonths,
  addYears,
  dayOfWeek,
  fullYears,
  isLocalDate,
  localDateOf,
  NotADate,
  startOf,
} from './local-date';

const calendar = loadCalendar();

const everyDay = function* (from: string, to: string) {
  for (let day = from; day <= to; day = addDays(day, 1)) yield day;
};

const someDay = fc.integer({ min: 0, max: 365 * 12 }).map((days) => addDays('2014-01-01', days));

describe('the orders of the State Council', () => {
  it('agree with an independent list on every day from 2014 to 2026', () => {
    const differences = [...everyDay('2014-01-01', '2026-12-31')].filter(
      (day) =>
        calendar.isWorkingDay(day) !== packageSaysWork(day) || calendar.isWorkingDay(day) === packageSaysOff(day),
    );
    expect(differences).toEqual([]);
  });

  it('give 2026 six make-up days and 248 working days', () => {
    const days = [...everyDay('2026-01-01', '2026-12-31')].map((date) => calendar.day(date));
    expect(days.filter(({ kind }) => kind === 'working')).toHaveLength(248);
    expect(days.filter(({ date, kind }) => kind === 'working' && dayOfWeek(date) > 5).map(({ date }) => date)).toEqual([
      ...['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
    ]);
  });

  it('are cited day by day', () => {
    expect(calendar.day('2026-10-01')).toEqual({
      ...{ date: '2026-10-01', kind: 'off', basis: 'order', name: '国庆节', document: '国办发明电〔2025〕7号' },
    });
    expect(calendar.day('2026-10-10')).toMatchObject({ kind: 'working', basis: 'order' });
    expect(calendar.day('2026-10-12')).toEqual({ date: '2026-10-12', kind: 'working', basis: 'week' });
  });

  it('are overruled by a later order', () => {
    expect(calendar.day('2020-02-01')).toMatchObject({ kind: 'off', document: '国办发明电〔2020〕1号' });
    expect(calendar.day('2019-05-02')).toMatchObject({ kind: 'off', document: '国办发明电〔2019〕3号' });
    expect(calendar.day('2015-09-06')).toMatchObject({ kind: 'working', document: '国发明电〔2015〕1号' });
    expect(calendar.day('2018-12-29')).toMatchObject({ kind: 'working', document: '国办发明电〔2018〕15号' });
  });
});

describe('ten working days', () => {
  it.each([
    ['2026-02-09', '2026-02-28'],
    ['2026-04-28', '2026-05-14'],
    ['2026-09-16', '2026-09-30'],
    ['2026-09-22', '2026-10-13'],
    ['2026-09-28', '2026-10-16'],
  ])('from %s end on %s', (from, dueOn) => {
    expect(calendar.addWorkingDays(from, 10)).toEqual({ dueOn, provisional: false });
  });

  it('that run into a year without an order are provisional, and settled once the order is there', () => {
    expect(calendar.addWorkingDays('2026-12-23', 10)).toEqual({ dueOn: '2027-01-06', provisional: true });
    const order = {
      ...{ year: 2027, source: 'test' },
      orders: [
        {
          ...{ number: '试〔2026〕1号', issued: '2026-11-30', title: '试' },
          off: [{ from: '2027-01-01', to: '2027-01-03', name: '元旦' }],
          work: [],
        },
      ],
    };
    const later = new WorkingCalendar([...readOrders(), order]);
    expect(later.addWorkingDays('2026-12-23', 10)).toEqual({ dueOn: '2027-01-07', provisional: false });
  });
});

const readOrders = () =>
  // The calendar keeps its orders to itself; a year more is what an operator adds as a file.
  Array.from({ length: 13 }, (_, index) => 2014 + index).map((year) =>
    jest.requireActual<ConstructorParameters<typeof WorkingCalendar>[0][number]>(`../data/working-days/${year}.json`),
  );

describe('a year without an order', () => {
  it('has days that are assumed and say so', () => {
    expect(calendar.day('2027-01-01')).toEqual({ date: '2027-01-01', kind: 'working', basis: 'assumed' });
    expect(calendar.isProvisional('2027-06-01')).toBe(true);
    expect(calendar.isProvisional('2013-12-31')).toBe(true);
  });

  it('leaves the last week of the year before open, because its order may reach back', () => {
    expect(calendar.isProvisional('2026-12-24')).toBe(false);
    expect(calendar.isProvisional('2026-12-25')).toBe(true);
    expect(calendar.isProvisional('2025-12-31')).toBe(false);
  });
});

describe('days on which one office is closed', () => {
  const layers: LocalLayer[] = [
    { office: '520103', closed: [{ from: '2026-09-29', to: '2026-09-30', name: '停电检修', document: '区政府通知' }] },
  ];
  const local = loadCalendar(layers);

  it('count there and under it, and nowhere else', () => {
    const county = local.forOffice('/520000/520100/520103/');
    expect(county.addWorkingDays('2026-09-28', 2)).toEqual({ dueOn: '2026-10-09', provisional: false });
    expect(county.day('2026-09-29')).toMatchObject({ kind: 'off', basis: 'local', name: '停电检修' });
    expect(local.forOffice('/520000/520100/520103/2152000001/').isWorkingDay('2026-09-30')).toBe(false);
    expect(local.forOffice('/520000/520100/520102/').addWorkingDays('2026-09-28', 2).dueOn).toBe('2026-09-30');
    expect(local.addWorkingDays('2026-09-28', 2).dueOn).toBe('2026-09-30');
  });
});

describe('counting working days', () => {
  it('never ends on a day off, and counting back gives the number again', () => {
    fc.assert(
      fc.property(someDay, fc.integer({ min: 1, max: 60 }), (from, n) => {
        const { dueOn } = calendar.addWorkingDays(from, n);
        expect(calendar.isWorkingDay(dueOn)).toBe(true);
        expect(calendar.workingDaysBetween(from, dueOn)).toBe(n);
        expect(calendar.workingDaysBetween(dueOn, from)).toBe(-n);
      }),
    );
  });

  it('is monotone in the start and strictly so in the number', () => {
    fc.assert(
      fc.property(someDay, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 20 }), (from, n, later) => {
        expect(calendar.addWorkingDays(from, n + 1).dueOn > calendar.addWorkingDays(from, n).dueOn).toBe(true);
        expect(calendar.addWorkingDays(addDays(from, later), n).dueOn >= calendar.addWorkingDays(from, n).dueOn).toBe(
          true,
        );
      }),
    );
  });

  it('adds up: m days and then n are m + n days', () => {
    fc.assert(
      fc.property(someDay, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (from, m, n) => {
        const first = calendar.addWorkingDays(from, m).dueOn;
        expect(calendar.addWorkingDays(first, n).dueOn).toBe(calendar.addWorkingDays(from, m + n).dueOn);
      }),
    );
  });

  it('of none is the day itself, and of less than none an error', () => {
    expect(calendar.addWorkingDays('2026-10-01', 0)).toEqual({ dueOn: '2026-10-01', provisional: false });
    expect(() => calendar.addWorkingDays('2026-10-01', -1)).toThrow(RangeError);
    expect(() => calendar.addWorkingDays('2026-10-01', 1.5)).toThrow(RangeError);
  });
});

describe('legal dates', () => {
  it('end a month on the same day number or the last day', () => {
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-28');
    expect(addMonths('2024-01-31', 1)).toBe('2024-02-29');
    expect(addMonths('2026-09-01', 1)).toBe('2026-10-01');
    expect(addYears('2024-02-29', 1)).toBe('2025-02-28');
  });

  it('count full years with the birthday itself', () => {
    expect(fullYears('2020-08-31', '2026-08-31')).toBe(6);
    expect(fullYears('2020-09-01', '2026-08-31')).toBe(5);
    expect(fullYears('2020-02-29', '2026-02-28')).toBe(5);
  });

  it('are dates of the calendar', () => {
    expect(['2026-02-30', '2026-2-3', '20260203', '2026-13-01', '', null].map(isLocalDate)).toEqual(
      Array(6).fill(false),
    );
    expect(() => addDays('2026-02-30', 1)).toThrow(NotADate);
    expect(() => addDays('2026-02-01T00:00', 1)).toThrow(NotADate);
  });

  it('begin at midnight in Shanghai', () => {
    expect(startOf('2026-10-01').toISOString()).toBe('2026-09-30T16:00:00.000Z');
    expect(localDateOf(new Date('2026-09-30T15:59:59Z'))).toBe('2026-09-30');
    expect(localDateOf(new Date('2026-09-30T16:00:00Z'))).toBe('2026-10-01');
  });
});
