import type { Stage } from '#libs/contracts';
import { addDays, type LocalDate } from '#libs/policy';

/** Later than every day that is asked about: an end that is not known. */
export const openEnd = '9999-12-31';

/** Stages of compulsory education: a record is not closed inside them for a dropout (NAT-DO2). */
export const compulsory: readonly Stage[] = ['primary', 'junior'];

export interface Seat {
  school: string;
  path: string;
  class: string;
  stage: Stage;
  /** Year of entry into the stage. */
  entryYear: number;
}

/** How a child came to a school or left it, and the path of the school at the other end, if there is one. */
export interface Passage {
  how: 'entered' | 'moved' | 'placed' | 'reseated' | 'graduation' | 'completion' | 'partialStudy';
  other?: string;
}

/** What the registry said about one child: the legal day of the fact, and the day on which it was recorded. */
export type Fact = { seq: number; on: LocalDate; known: LocalDate } & (
  | { what: 'entered'; seat: Seat; sex: '1' | '2'; birthMonth: string; marks: string[] }
  | { what: 'undone' }
  | { what: 'confirmed' }
  | { what: 'corrected'; class?: string }
  | { what: 'seat'; seat: Partial<Seat>; how?: 'moved' | 'placed' | 'reseated' }
  | { what: 'ended'; ending: 'graduation' | 'completion' | 'partialStudy' }
  | { what: 'mark'; mark: string; to?: LocalDate }
);

/** Days on which everything about a child's seat was the same. `from` is its first day, `to` the day after its last. */
export interface Spell extends Seat {
  sex: '1' | '2';
  birthMonth: string;
  confirmed: boolean;
  /** Marks in force, sorted. */
  marks: string[];
  from: LocalDate;
  to: LocalDate;
  /** Set where the school before it was another, or none. */
  came?: Passage;
  /** Set where the school after it is another, or none. */
  left?: Passage;
}

interface State {
  seat?: Seat;
  how: Passage['how'];
  confirmed: boolean;
}

/**
 * The life of a child on roll as the facts tell it: spells that follow each other, each child in one school on any day.
 * A fact that takes effect before the child was entered counts from the entry on. An entry that was undone never was.
 */
export const timelineOf = (facts: readonly Fact[]): Spell[] => {
  const ordered = [...facts].sort((a, b) => a.seq - b.seq);
  const living = ordered.slice(ordered.findLastIndex(({ what }) => what === 'undone') + 1);
  const entry = living.find((fact) => fact.what === 'entered');
  if (!entry) return [];
  const turns = living
    .map((fact) => ({ ...fact, on: fact.on < entry.on ? entry.on : fact.on }))
    .sort((a, b) => (a.on === b.on ? a.seq - b.seq : a.on < b.on ? -1 : 1));
  const marks = marksOf(living, entry);
  const days = [
    ...new Set(
      [...turns.map(({ on }) => on), ...marks.flatMap(({ from, to }) => [from, to])].filter(
        (day) => day >= entry.on && day < openEnd,
      ),
    ),
  ].sort();

  const spells: Spell[] = [];
  let state: State = { how: 'entered', confirmed: false };
  let next = 0;
  let last: Spell | undefined;
  days.forEach((from, at) => {
    for (; next < turns.length && turns[next].on <= from; next += 1) state = after(state, turns[next]);
    const { seat, how, confirmed } = state;
    if (!seat) {
      if (last) last.left = { how };
      last = undefined;
      return;
    }
    const spell: Spell = {
      ...seat,
      sex: entry.sex,
      birthMonth: entry.birthMonth,
      confirmed,
      marks: marks.filter((mark) => mark.from <= from && from < mark.to).map(({ mark }) => mark),
      from,
      to: days[at + 1] ?? openEnd,
    };
    if (last?.school !== spell.school) {
      spell.came = { how: spells.length === 0 ? 'entered' : how, ...(last && { other: last.path }) };
      if (last) last.left = { how, other: spell.path };
    } else if (last && sameButDays(last, spell)) {
      last.to = spell.to;
      return;
    }
    spells.push(spell);
    last = spell;
  });
  return spells;
};

const after = (state: State, fact: Fact): State => {
  switch (fact.what) {
    case 'entered':
      return { seat: fact.seat, how: 'entered', confirmed: false };
    case 'confirmed':
      return { ...state, confirmed: true };
    case 'corrected':
      // What was corrected waits for its confirmation again.
      if (!state.seat) return state;
      return { ...state, seat: { ...state.seat, class: fact.class ?? state.seat.class }, confirmed: false };
    case 'seat':
      // A child whose stage has ended comes on roll again by a placement alone.
      if (!state.seat && fact.how !== 'placed') return state;
      return { ...state, seat: { ...state.seat, ...fact.seat } as Seat, how: fact.how ?? state.how };
    case 'ended':
      return { ...state, seat: undefined, how: fact.ending };
    default:
      return state;
  }
};

const marksOf = (facts: readonly Fact[], entry: Fact & { what: 'entered' }) => {
  const spans = new Map<string, { mark: string; from: LocalDate; to: LocalDate }>();
  for (const mark of entry.marks) spans.set(`${mark}:${entry.on}`, { mark, from: entry.on, to: openEnd });
  for (const fact of facts) {
    if (fact.what !== 'mark') continue;
    const to = fact.to === undefined ? openEnd : addDays(fact.to, 1);
    spans.set(`${fact.mark}:${fact.on}`, { mark: fact.mark, from: fact.on, to });
  }
  return [...spans.values()].filter(({ from, to }) => from < to).sort((a, b) => (a.mark < b.mark ? -1 : 1));
};

const sameButDays = (a: Spell, b: Spell): boolean =>
  a.class === b.class &&
  a.stage === b.stage &&
  a.entryYear === b.entryYear &&
  a.confirmed === b.confirmed &&
  a.marks.join() === b.marks.join();

/** A spell with the days on which it was what we knew: from the first, up to the day before the last. */
export interface KnownSpell extends Spell {
  _id: string;
  student: string;
  knownFrom: LocalDate;
  knownTo: LocalDate;
}

export interface Revision {
  /** What is known from this day on. */
  now: KnownSpell[];
  added: KnownSpell[];
  /** Known until this day. */
  closed: string[];
  /** Believed for a part of this day only: nobody can ask for it, so nothing is kept. */
  dropped: string[];
}

/** What changes in our knowledge when the facts tell another life than the one known so far. `seq` names the new rows. */
export const revise = (
  student: string,
  known: readonly KnownSpell[],
  life: readonly Spell[],
  { day, seq }: { day: LocalDate; seq: number },
): Revision => {
  const before = new Map(known.map((spell) => [fingerprint(spell), spell]));
  const added: KnownSpell[] = [];
  const now = life.map((spell, index) => {
    const same = before.get(fingerprint(spell));
    if (same) {
      before.delete(fingerprint(spell));
      return same;
    }
    const fresh = { ...spell, _id: `${student}:${seq}:${index}`, student, knownFrom: day, knownTo: openEnd };
    added.push(fresh);
    return fresh;
  });
  const gone = [...before.values()];
  return {
    now,
    added,
    closed: gone.filter(({ knownFrom }) => knownFrom < day).map(({ _id }) => _id),
    dropped: gone.filter(({ knownFrom }) => knownFrom >= day).map(({ _id }) => _id),
  };
};

const fingerprint = (spell: Spell): string => {
  const { school, path, class: own, stage, entryYear, sex, birthMonth, confirmed, marks, from, to, came, left } = spell;
  return JSON.stringify([school, path, own, stage, entryYear, sex, birthMonth, confirmed, marks, from, to, came, left]);
};
