import fc from 'fast-check';
import { alarmAtOf, alarmIdOf, deadlineId } from './deadline';

describe('a deadline by date', () => {
  it('may be used to the end of its day in Shanghai', () => {
    expect(alarmAtOf({ dueOn: '2026-10-10' }).toISOString()).toBe('2026-10-10T16:00:00.000Z');
  });

  it('crosses the end of a month, a year and a February of a leap year', () => {
    expect(alarmAtOf({ dueOn: '2026-09-30' }).toISOString()).toBe('2026-09-30T16:00:00.000Z');
    expect(alarmAtOf({ dueOn: '2026-12-31' }).toISOString()).toBe('2026-12-31T16:00:00.000Z');
    expect(alarmAtOf({ dueOn: '2028-02-29' }).toISOString()).toBe('2028-02-29T16:00:00.000Z');
  });

  it.each(['2026-02-30', '2027-02-29', '2026-13-01', '2026-1-1', '', 'tomorrow'])(
    'refuses %p, which is no day',
    (dueOn) => {
      expect(() => alarmAtOf({ dueOn })).toThrow('no day');
    },
  );

  it('keeps the order of days', () => {
    const day = fc.date({ min: new Date('1992-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, day, (a, b) => {
        const [x, y] = [a, b].map((date) => date.toISOString().slice(0, 10));
        return Math.sign(x.localeCompare(y)) === Math.sign(+alarmAtOf({ dueOn: x }) - +alarmAtOf({ dueOn: y }));
      }),
    );
  });
});

describe('a deadline by instant', () => {
  it('has passed at that instant', () => {
    const dueAt = new Date('2026-10-10T02:03:04.005Z');
    expect(alarmAtOf({ dueAt })).toEqual(dueAt);
  });

  it('refuses what is no instant', () => {
    expect(() => alarmAtOf({ dueAt: new Date('never') })).toThrow('no instant');
  });
});

describe('the name of a deadline', () => {
  it('is kind, subject and key', () => {
    expect(deadlineId({ kind: 'transfer.step-due', subject: 'c1', key: 'outSchool' })).toBe(
      'transfer.step-due/c1/outSchool',
    );
  });

  it.each([
    { kind: 'a/b', subject: 's', key: 'k' },
    { kind: 'a', subject: '', key: 'k' },
    { kind: 'a', subject: 's', key: 'k k' },
  ])('refuses %p, by which two names could become one', (name) => {
    expect(() => deadlineId(name)).toThrow('of a deadline may not be');
  });
});

describe('the name of an alarm', () => {
  it('differs by deadline and by version, and is one that the queue accepts', () => {
    const names = [alarmIdOf('a/b/c', 1), alarmIdOf('a/b/c', 2), alarmIdOf('a/b/d', 1)];
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^dl-[\w-]{22}-\d+$/);
  });
});
