import * as fc from 'fast-check';
import { addDays } from '#libs/policy';
import { Fact, KnownSpell, openEnd, revise, timelineOf } from './timeline';

const seat = { school: 'A', path: '/52/A/', class: 'a1', stage: 'primary' as const, entryYear: 2026 };
const entered: Fact = {
  seq: 1,
  on: '2026-09-01',
  known: '2026-08-20',
  what: 'entered',
  seat,
  sex: '1',
  birthMonth: '2020-03',
  marks: [],
};
const moved = (seq: number, on: string, known: string): Fact => ({
  seq,
  on,
  known,
  what: 'seat',
  how: 'moved',
  seat: { school: 'B', path: '/52/B/', class: 'b1' },
});
const days = (facts: Fact[]) => timelineOf(facts).map(({ school, class: own, from, to }) => [school, own, from, to]);

describe('the life of a child on roll', () => {
  it('[GZ-RP1] begins with the entry and goes on until a fact ends it', () => {
    expect(days([entered])).toEqual([['A', 'a1', '2026-09-01', openEnd]]);
    const ended: Fact = { seq: 2, on: '2032-07-10', known: '2032-07-12', what: 'ended', ending: 'graduation' };
    expect(days([entered, ended])).toEqual([['A', 'a1', '2026-09-01', '2032-07-10']]);
    expect(timelineOf([entered, ended])[0]).toMatchObject({ came: { how: 'entered' }, left: { how: 'graduation' } });
  });

  it('follows the child to another school, and says where it came from and went', () => {
    const life = timelineOf([entered, moved(2, '2026-10-12', '2026-10-12')]);
    expect(life.map(({ school, from, to }) => [school, from, to])).toEqual([
      ['A', '2026-09-01', '2026-10-12'],
      ['B', '2026-10-12', openEnd],
    ]);
    expect(life[0].left).toEqual({ how: 'moved', other: '/52/B/' });
    expect(life[1].came).toEqual({ how: 'moved', other: '/52/A/' });
  });

  it('an entry that was undone never was; entered again, it is', () => {
    const undone: Fact = { seq: 2, on: '2026-09-03', known: '2026-09-03', what: 'undone' };
    expect(days([entered, undone])).toEqual([]);
    expect(days([entered, undone, { ...entered, seq: 3 }])).toEqual([['A', 'a1', '2026-09-01', openEnd]]);
  });

  it('a placement brings a child on roll again after the end of its stage', () => {
    const ended: Fact = { seq: 2, on: '2032-07-10', known: '2032-07-12', what: 'ended', ending: 'graduation' };
    const placed: Fact = {
      seq: 3,
      on: '2032-09-01',
      known: '2032-09-05',
      what: 'seat',
      how: 'placed',
      seat: { school: 'C', path: '/52/C/', class: 'c1', stage: 'junior', entryYear: 2032 },
    };
    expect(
      timelineOf([entered, ended, placed]).map(({ school, stage, from, came }) => [school, stage, from, came?.how]),
    ).toEqual([
      ['A', 'primary', '2026-09-01', 'entered'],
      ['C', 'junior', '2032-09-01', 'placed'],
    ]);
  });

  it('a mark cuts spells; a span told again with its last day replaces the open one', () => {
    const open: Fact = { seq: 2, on: '2026-10-08', known: '2026-10-08', what: 'mark', mark: 'suspectedDropout' };
    const closed: Fact = { ...open, seq: 3, known: '2026-10-15', to: '2026-10-14' };
    expect(timelineOf([entered, open]).map(({ marks, from }) => [marks, from])).toEqual([
      [[], '2026-09-01'],
      [['suspectedDropout'], '2026-10-08'],
    ]);
    expect(timelineOf([entered, open, closed]).map(({ marks, from }) => [marks, from])).toEqual([
      [[], '2026-09-01'],
      [['suspectedDropout'], '2026-10-08'],
      [[], '2026-10-15'],
    ]);
  });

  it('a correction waits for its confirmation again', () => {
    const facts: Fact[] = [
      entered,
      { seq: 2, on: '2026-09-05', known: '2026-09-05', what: 'confirmed' },
      { seq: 3, on: '2026-09-10', known: '2026-09-10', what: 'corrected', class: 'a2' },
    ];
    expect(timelineOf(facts).map(({ class: own, confirmed }) => [own, confirmed])).toEqual([
      ['a1', false],
      ['a1', true],
      ['a2', false],
    ]);
  });
});

/** Days and knowledge in any order: moves that are recorded late, marks, endings, undone entries. */
const lives = fc
  .array(
    fc.record({
      what: fc.constantFrom('moved', 'back', 'mark', 'confirmed', 'corrected', 'undone', 'entered', 'ended'),
      on: fc.integer({ min: 0, max: 60 }),
      wait: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 12 },
  )
  .map((steps) => {
    const facts: Fact[] = [entered];
    let known = entered.known;
    for (const { what, on, wait } of steps) {
      known = addDays(known, wait);
      const base = { seq: facts.length + 1, on: addDays('2026-08-25', on), known };
      if (what === 'moved') facts.push(moved(base.seq, base.on, known));
      else if (what === 'back') facts.push({ ...base, what: 'seat', how: 'moved', seat });
      else if (what === 'mark') facts.push({ ...base, what: 'mark', mark: 'dropout' });
      else if (what === 'corrected') facts.push({ ...base, what: 'corrected', class: 'a2' });
      else if (what === 'entered') facts.push({ ...entered, ...base, what: 'entered' });
      else if (what === 'ended') facts.push({ ...base, what: 'ended', ending: 'graduation' });
      else facts.push({ ...base, what: what as 'confirmed' | 'undone' });
    }
    return facts;
  });

const fold = (facts: readonly Fact[]): KnownSpell[] => {
  const all = new Map<string, KnownSpell>();
  let now: readonly KnownSpell[] = [];
  facts.forEach((fact, at) => {
    const revision = revise('s', now, timelineOf(facts.slice(0, at + 1)), { day: fact.known, seq: fact.seq });
    for (const id of revision.dropped) all.delete(id);
    for (const id of revision.closed) all.set(id, { ...all.get(id)!, knownTo: fact.known });
    for (const spell of revision.added) all.set(spell._id, spell);
    now = revision.now;
  });
  return [...all.values()];
};

const answer = (spells: readonly KnownSpell[], on: string, knownOn: string) =>
  spells
    .filter(({ from, to, knownFrom, knownTo }) => from <= on && on < to && knownFrom <= knownOn && knownOn < knownTo)
    .map(({ school, class: own, confirmed, marks }) => ({ school, own, confirmed, marks }));

describe('what is known of it', () => {
  it('[D5-27] a day as known on a day is the same answer for ever, whatever is recorded later', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 70 }), (facts, onDay, knownDay) => {
        const on = addDays('2026-08-20', onDay);
        const knownOn = addDays('2026-08-20', knownDay);
        const knownThen = facts.filter(({ known }) => known <= knownOn);
        const expected = timelineOf(knownThen)
          .filter(({ from, to }) => from <= on && on < to)
          .map(({ school, class: own, confirmed, marks }) => ({ school, own, confirmed, marks }));
        expect(answer(fold(facts), on, knownOn)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('[DQ12] counts a child in one school at most on any day', () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 70 }), (facts, onDay) => {
        const on = addDays('2026-08-20', onDay);
        expect(answer(fold(facts), on, '9999-12-30').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
