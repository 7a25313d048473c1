import fc from 'fast-check';
import type { Configured } from '#libs/policy';
import { addDays } from '#libs/policy';
import {
  type Absences,
  type Call,
  type CallKind,
  type CountingRule,
  countDays,
  outcomeOf,
  type Spell,
} from './count-days';

const three = { value: 3, unit: 'schoolDays', inclusive: true } as Configured<number>;
const rule: CountingRule = { after: three, count: 'consecutive', per: 'term', day: 'wholeDay' };
const first = '2026-09-07';
/** School days are Monday to Friday of these weeks. */
const day = (n: number): string => addDays(first, Math.floor(n / 5) * 7 + (n % 5));

interface Told {
  /** What each school day says, by its place: P present, U unexcused, E excused, L late, - nobody called. */
  days: string;
  leaves?: Absences['leaves'];
  dropouts?: Absences['dropouts'];
  rule?: CountingRule | null;
  periods?: (n: number) => string;
}
const kinds: Record<string, CallKind> = { P: 'present', U: 'unexcused', E: 'sick', L: 'late' };

const absences = ({ days, leaves = [], dropouts = [], rule: own = rule, periods = () => 't' }: Told): Absences => ({
  stays: [
    {
      class: 'c',
      from: first,
      to: '9999-12-31',
      taught: [...days].map((_, n) => ({ date: day(n), period: periods(n), ...(own && { rule: own }) })),
    },
  ],
  calls: [...days].flatMap((sign, n): Call[] =>
    sign === '-' ? [] : [{ class: 'c', day: day(n), session: 'day', kind: kinds[sign] }],
  ),
  leaves,
  dropouts,
});
const spells = (told: Told): Spell[] => countDays(absences(told));
const places = (list: string[]): number[] => list.map((one) => [...Array(60).keys()].find((n) => day(n) === one)!);

describe('unexcused school days in a row', () => {
  it('make a suspected dropout when they reach three, and the days are shown [GZ-DO2]', () => {
    expect(spells({ days: 'PUU' })).toEqual([]);
    expect(spells({ days: 'PUUU' })).toMatchObject([{ since: day(1), suspectedOn: day(3) }]);
    expect(places(spells({ days: 'UUPUEUUPUUUU' })[0].days)).toEqual([8, 9, 10]);
  });

  it('run over weekends and holidays, for nobody is taught there [GZ-DO2]', () => {
    expect(places(spells({ days: 'PPPPUUU' })[0].days)).toEqual([4, 5, 6]);
  });

  it('are broken by attendance and by an excused day; a late pupil attends [GZ-DO2]', () => {
    for (const sign of 'PEL') expect(spells({ days: `UU${sign}UU` })).toEqual([]);
  });

  it('are neither counted nor reset by a day without a roll call [GZ-DO1] [R5-06]', () => {
    expect(places(spells({ days: 'U-U-U' })[0].days)).toEqual([0, 2, 4]);
    expect(spells({ days: '-----' })).toEqual([]);
    expect(spells({ days: 'UU---' })).toEqual([]);
  });

  it('end when the child is back; a later row is another spell [GZ-DO8]', () => {
    const found = spells({ days: 'UUUU-EPUUU' });
    expect(found).toMatchObject([{ suspectedOn: day(2), backOn: day(6) }, { suspectedOn: day(9) }]);
    expect(found[1]).not.toHaveProperty('backOn');
  });

  it('begin anew with a term, but a child that stays away stays suspected [GZ-DO2]', () => {
    const periods = (n: number) => (n < 5 ? '1' : '2');
    expect(spells({ days: 'PPPUUUPPPP', periods })).toEqual([]);
    expect(spells({ days: 'PPUUUUUUUP', periods })).toMatchObject([{ suspectedOn: day(4), backOn: day(9) }]);
  });
});

describe('what the pack says', () => {
  it('decides whether days are counted in a row or in all [GZ-DO2]', () => {
    const total: CountingRule = { ...rule, count: 'total' };
    expect(spells({ days: 'UPUPPUP' })).toEqual([]);
    expect(spells({ days: 'UPUPPUP', rule: total })).toMatchObject([
      { since: day(0), suspectedOn: day(5), backOn: day(6), days: [day(0), day(2), day(5)] },
    ]);
  });

  it('nothing is counted where no text gives a number', () => {
    expect(spells({ days: 'UUUUUUUUUU', rule: null })).toEqual([]);
  });

  it('decides whether a session missed is a day', () => {
    const [there, away] = [{ kind: 'present' as const }, { kind: 'unexcused' as const }];
    expect(outcomeOf([there, away], false)).toBe('attended');
    expect(outcomeOf([there, away], false, 'anySession')).toBe('unexcused');
    expect(outcomeOf([away, away], false)).toBe('unexcused');
    expect(outcomeOf([away, { kind: 'sick' }], false)).toBe('excused');
    expect(outcomeOf([], false)).toBe('unknown');
  });
});

describe('leave', () => {
  it('turns absence into excused, also when it is filed afterwards', () => {
    expect(spells({ days: 'UUUU', leaves: [{ from: day(1), to: day(1) }] })).toEqual([]);
    expect(spells({ days: 'UUUUU', leaves: [{ from: day(0), to: day(1) }] })).toMatchObject([{ since: day(2) }]);
  });
});

describe('a dropout', () => {
  it('lasts until the child is back, whatever is not called meanwhile', () => {
    const dropouts = [{ reportedOn: day(4), on: day(12), until: day(14) }];
    const found = spells({ days: 'UUUUUUUUUUUU--UUU', dropouts });
    expect(found).toMatchObject([{ dropoutOn: day(12), backOn: day(14) }, { since: day(14) }]);
  });

  it('rests on the spell in which it was reported: a child found to have been back in between never dropped out', () => {
    const dropouts = [{ reportedOn: day(4), on: day(12) }];
    const [spell] = spells({ days: 'UUUUUUUPPP---', dropouts });
    expect(spell).toMatchObject({ backOn: day(7) });
    expect(spell).not.toHaveProperty('dropoutOn');
    // Away again after that: another spell, which the old report does not carry.
    expect(spells({ days: 'UUUUUUUPUUU--', dropouts })[1]).not.toHaveProperty('dropoutOn');
  });
});

describe('where the child was to be', () => {
  const taught = (from: number, to: number) =>
    [...Array(to - from + 1).keys()].map((n) => ({ date: day(from + n), period: 't', rule }));
  const away = (classId: string, ...on: number[]): Call[] =>
    on.map((n) => ({ class: classId, day: day(n), session: 'day', kind: 'unexcused' }));
  const none = { leaves: [], dropouts: [] };

  it('decides whose roll calls count: days in a class that it had left do not', () => {
    const stays = [
      { class: 'a', from: day(0), to: day(1), taught: taught(0, 1) },
      { class: 'b', from: day(2), to: '9999-12-31', taught: taught(2, 6) },
    ];
    expect(countDays({ stays, calls: away('a', 0, 1, 2, 3), ...none })).toEqual([]);
    expect(countDays({ stays, calls: [...away('a', 0, 1), ...away('b', 2)], ...none })).toMatchObject([
      { class: 'b', suspectedOn: day(2) },
    ]);
  });

  it('ends a spell when it is on no roll any more', () => {
    const stays = [{ class: 'a', from: day(0), to: day(4), taught: taught(0, 4) }];
    expect(countDays({ stays, calls: away('a', 0, 1, 2, 3), ...none })).toMatchObject([
      { offRollOn: addDays(day(4), 1) },
    ]);
  });
});

describe('the order in which things become known', () => {
  const sign = fc.constantFrom('P', 'U', 'U', 'U', 'E', '-');

  it('does not matter: the same facts are the same spells [GZ-DO1] [GZ-DO2]', () => {
    fc.assert(
      fc.property(
        fc.array(sign, { minLength: 1, maxLength: 30 }),
        fc.array(fc.tuple(fc.nat(29), fc.nat(4)), { maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        (signs, leaveDays, random) => {
          const leaves = leaveDays.map(([from, length]) => ({ from: day(from), to: day(from + length) }));
          const inOrder = absences({ days: signs.join(''), leaves });
          const shuffled: Absences = {
            ...inOrder,
            calls: inOrder.calls
              .map((call) => ({ call, at: random.next().value }))
              .sort((a, b) => a.at - b.at)
              .map(({ call }) => call),
            leaves: [...leaves].reverse(),
          };
          expect(countDays(shuffled)).toEqual(countDays(inOrder));
        },
      ),
    );
  });

  it('looking from a day on which the child was there tells the same of what follows', () => {
    fc.assert(
      fc.property(fc.array(sign, { minLength: 5, maxLength: 30 }), (signs) => {
        const whole = absences({ days: signs.join('') });
        const all = countDays(whole);
        signs.forEach((one, n) => {
          if (one !== 'P') return;
          const later: Absences = {
            ...whole,
            stays: whole.stays.map((stay) => ({ ...stay, taught: stay.taught.filter(({ date }) => date > day(n)) })),
          };
          expect(countDays(later)).toEqual(all.filter(({ since }) => since > day(n)));
        });
      }),
    );
  });
});
