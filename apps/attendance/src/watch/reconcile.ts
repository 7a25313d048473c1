import { attendanceEvents as events, type NewEvent, type Stage } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import type { Spell } from './count-days';
import { type Letter, letterInEvent, withdrawalOf } from './letter';
import { type Change, type EndReason, type LetterOfWatch, type Moment, stateOf, tell, type Watch } from './watch';

/** Where a child is called on the day that matters, and whose pack judges. */
export interface Placed {
  school: string;
  path: string;
  class: string;
  stage: Stage;
  pack: string;
}

/** What the days of a child say now, and what was said before. */
export interface Judgement {
  student: string;
  spells: readonly Spell[];
  /** Watches whose time the days cover. */
  watches: readonly Watch[];
  placeOf: (spell: Spell) => Placed;
  /** Whether a leave covers a day: then what was counted was excused, not corrected. */
  onLeave: (day: LocalDate) => boolean;
  newId: () => string;
  /** A letter that a watch has sent, by number. */
  letter: (no: string) => Letter;
  /** Next number in the register of a school. */
  nextNumber: (school: string) => string;
}

interface Next {
  watch: Watch;
  events: NewEvent[];
  letters: Letter[];
}

const far: LocalDate = '9999-12-31';
const endOf = ({ backOn, offRollOn }: Spell): LocalDate | undefined => backOn ?? offRollOn;

/** One and the same: their times meet, and no report was made before the spell began. */
const belongs = (watch: Watch, spell: Spell): boolean =>
  spell.since < (watch.closed?.on ?? far) &&
  watch.since < (endOf(spell) ?? far) &&
  !(watch.report && spell.suspectedOn > watch.report.on);

/**
 * Brings the watches of one child into line with its days, whatever the order in which these became known: new watches,
 * other days, an end, or the withdrawal of what never held. Nothing is told where nothing differs.
 */
export const reconcile = (judgement: Judgement, moment: Moment): Change[] => {
  const left = judgement.watches.filter(({ basis, state }) => basis === 'counted' && state !== 'withdrawn');
  const followed = judgement.spells.flatMap((spell) => {
    const at = left.findIndex((watch) => belongs(watch, spell));
    const change = follow(judgement, at < 0 ? undefined : left.splice(at, 1)[0], spell, moment);
    return change ? [change] : [];
  });
  const never = left.map((watch) => {
    const reason = watch.days.some(judgement.onLeave) ? 'excused' : 'corrected';
    return changeOf(withdraw(judgement, { watch, events: [], letters: [] }, reason, moment));
  });
  return [...never, ...followed];
};

/** The watch of a spell says what the spell says: its days, its place, its end. */
const follow = (judgement: Judgement, known: Watch | undefined, spell: Spell, moment: Moment): Change | undefined => {
  const place = judgement.placeOf(spell);
  const end = endOf(spell);
  const reopened = known?.closed !== undefined && known.closed.on !== end;
  const moved = known && (known.days.join() !== spell.days.join() || known.class !== place.class);
  let next: Next = { watch: known ?? newWatch(judgement, spell, place), events: [], letters: [] };
  if (!known || moved || reopened) next = suspect(next, spell, place, known, moment);
  if (end !== undefined && next.watch.closed?.on !== end) next = finish(judgement, next, spell, end, moment);
  if (next.events.length === 0) return undefined;
  return changeOf(next);
};

/** Deadlines go with the state: the day to come back is waited for while a report runs, and not otherwise. */
const changeOf = ({ watch, events: told, letters }: Next): Change => ({
  watch,
  events: told,
  ...(letters.length > 0 && { letters }),
  ...(watch.state === 'reported' && watch.report?.dueOn ? { arm: watch.report.dueOn } : { disarm: true as const }),
});

const newWatch = ({ student, newId }: Judgement, { since, days, suspectedOn }: Spell, place: Placed): Watch => ({
  _id: newId(),
  version: 0,
  student,
  ...place,
  basis: 'counted',
  since,
  days: [...days],
  suspectedOn,
  state: 'suspected',
  visits: [],
  log: [],
});

/** Told to be suspected: for the first time, on other days than before, at another school, or again. */
const suspect = (next: Next, spell: Spell, place: Placed, known: Watch | undefined, moment: Moment): Next => {
  const { closed: _, ...open } = next.watch;
  const { school, path, class: classId, stage } = place;
  const { since, days, suspectedOn } = spell;
  const watch: Watch = { ...open, school, path, class: classId, stage, since, days: [...days], suspectedOn };
  watch.state = stateOf(watch);
  const before = known && known.suspectedOn !== suspectedOn ? { before: known.suspectedOn } : {};
  const told = tell(
    watch,
    events.dropoutSuspected,
    { student: watch.student, school, path, class: classId, stage, days: watch.days, since, ...before },
    moment,
    { what: known ? 'changed' : 'suspected', facts: { days: watch.days } },
    { effectiveOn: suspectedOn, rules: ['GZ-DO2'] },
  );
  return { ...next, watch: told.watch, events: [...next.events, told.event] };
};

/** The spell has ended. What was done after its end was done about nobody, and is taken back. */
const finish = (judgement: Judgement, next: Next, spell: Spell, end: LocalDate, moment: Moment): Next => {
  const reason: EndReason = spell.backOn !== undefined ? 'returned' : 'offRoll';
  const { watch } = next;
  const closed: Watch = { ...watch, state: 'ended', closed: { reason, on: end, at: moment.at } };
  if (spell.dropoutOn !== undefined && spell.backOn !== undefined) {
    const told = tell(
      closed,
      events.dropoutReturned,
      { ...who(watch), on: end, dropoutOn: spell.dropoutOn },
      moment,
      { what: 'returned' },
      { effectiveOn: end },
    );
    return { ...next, watch: told.watch, events: [...next.events, told.event] };
  }
  return takeBack(judgement, { ...next, watch: closed }, reason, end, ({ on }) => on >= end, moment);
};

/** It never held: mark, report and letters are taken back, and all of it stays to be read. */
const withdraw = (judgement: Judgement, next: Next, reason: EndReason, moment: Moment): Next => {
  const watch: Watch = { ...next.watch, state: 'withdrawn', closed: { reason, on: moment.on, at: moment.at } };
  return takeBack(judgement, { ...next, watch }, reason, moment.on, () => true, moment);
};

const who = ({ student, school, path }: Watch) => ({ student, school, path });

const takeBack = (
  judgement: Judgement,
  next: Next,
  reason: EndReason,
  on: LocalDate,
  isVain: (letter: LetterOfWatch) => boolean,
  moment: Moment,
): Next => {
  const { watch } = next;
  const standing = [...(watch.report?.letters ?? []), ...(watch.dropout?.letters ?? [])].filter(
    (letter) => letter.withdrawnBy === undefined && isVain(letter),
  );
  const letters = standing.map(({ no }) => {
    const letter = judgement.letter(no);
    return withdrawalOf(letter, judgement.nextNumber(letter.school), moment.on);
  });
  const withdrawnBy = new Map(letters.map(({ _id, withdraws }) => [withdraws, _id]));
  const marked = (list: LetterOfWatch[]) =>
    list.map((letter) => {
      const by = withdrawnBy.get(letter.no);
      return by === undefined ? letter : { ...letter, withdrawnBy: by };
    });
  const { dropout, ...rest } = watch;
  const told = tell(
    { ...rest, ...(watch.report && { report: { ...watch.report, letters: marked(watch.report.letters) } }) },
    events.dropoutSuspicionWithdrawn,
    {
      ...who(watch),
      reason,
      on,
      suspectedOn: watch.suspectedOn,
      ...(dropout && { dropoutOn: dropout.on }),
      ...(letters.length > 0 && {
        letters: letters.map((letter) => ({ ...letterInEvent(letter), withdraws: letter.withdraws! })),
      }),
    },
    moment,
    {
      what: reason === 'returned' ? 'returned' : 'withdrawn',
      facts: { reason, ...(dropout && { dropout: dropout.on }), letters: letters.map(({ _id }) => _id) },
    },
    { effectiveOn: on, ...(reason === 'returned' && { rules: ['GZ-DO8'] }) },
  );
  return { watch: told.watch, events: [...next.events, told.event], letters: [...next.letters, ...letters] };
};
