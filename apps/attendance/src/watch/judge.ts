import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { NotHeardOf } from '#libs/places';
import { addDays, type LocalDate } from '#libs/policy';
import { Places } from '../law/places';
import type { SchoolPlace } from '../law/place';
import { GrantedLeave, LeavesRepository } from '../leave/leaves.repository';
import { CalledClass, RollCallsRepository } from '../roll-call/roll-calls.repository';
import { openEnd, type Student } from '../roster/student';
import { StudentsRepository } from '../roster/students.repository';
import { type Absences, type Call, countDays, outcomes, type Spell } from './count-days';
import { LetterBook, LettersRepository } from './letters.repository';
import { Placed, reconcile } from './reconcile';
import type { Change, Moment, Watch } from './watch';
import { WatchesRepository } from './watches.repository';

/** Days that are looked back upon first; mostly the child was seen at school within them. */
const nearDays = 21;

interface Asked {
  students: readonly string[];
  /** First day of which something has changed. */
  from: LocalDate;
  /** Class whose register the caller has entered already. */
  entered?: string;
  /** School that the caller has looked up already. */
  place?: SchoolPlace;
  /** Leave of these children that the caller has read already, from `leavesFrom` on. */
  leaves?: readonly GrantedLeave[];
}

/** No judgement looks back further than a school year. */
export const leavesFrom = (day: LocalDate): LocalDate => addDays(day, -400);

/**
 * Judges children anew after something about them changed: a roll call, a leave, where they were to be. Looks at as few
 * days as the count needs and at a school year at most, and brings the watches into line.
 */
@Injectable()
export class Judge {
  constructor(
    private readonly students: StudentsRepository,
    private readonly rollCalls: RollCallsRepository,
    private readonly leaves: LeavesRepository,
    private readonly watches: WatchesRepository,
    private readonly letters: LettersRepository,
    private readonly places: Places,
  ) {}

  async run(
    session: ClientSession,
    { students: ids, from, entered, place, leaves: granted }: Asked,
    moment: Moment,
  ): Promise<void> {
    if (ids.length === 0) return;
    await this.students.touch(session, ids);
    const students = await this.students.findMany(ids, session);
    const watched = students.filter((student) => student.watched).map(({ _id }) => _id);
    const watches = watched.length > 0 ? await this.watches.ofStudents(watched, session) : [];
    const look = new Look(session, moment.on, this.rollCalls, this.places, new Set(entered ? [entered] : []));
    if (place) look.know(place);
    const byStudent = Map.groupBy(watches, ({ student }) => student);
    const leaves = Map.groupBy(
      granted ?? (await this.leaves.granted(ids, leavesFrom(from), openEnd, session)),
      (one) => one.student,
    );
    for (const student of students.sort((a, b) => (a._id < b._id ? -1 : 1)))
      await this.judge(look, student, from, byStudent.get(student._id) ?? [], leaves.get(student._id) ?? [], moment);
    await look.enterRegisters();
  }

  private async judge(
    look: Look,
    student: Student,
    from: LocalDate,
    watches: readonly Watch[],
    leaves: readonly GrantedLeave[],
    moment: Moment,
  ): Promise<void> {
    const { absences, start } = await window(look, student, from, watches, leaves);
    const concerned = watches.filter(({ closed }) => closed === undefined || closed.on >= start);
    const spells = countDays(absences);
    if (spells.length === 0 && concerned.length === 0) return;
    const book = new LazyBook(this.letters, look.session, concerned, moment.on);
    await book.open();
    const packs = await packsOf(look, student, spells);
    const changes = reconcile(
      {
        student: student._id,
        spells,
        watches: concerned,
        placeOf: (spell) => placeOf(student, spell, moment.on, packs),
        onLeave: (day) => leaves.some((leave) => leave.from <= day && day <= leave.to),
        newId: uuidv7,
        letter: (no) => book.letter(no),
        nextNumber: (school) => book.of(school).next(),
      },
      moment,
    );
    for (const change of changes) await this.save(look.session, change, moment, book);
  }

  private save(session: ClientSession, change: Change, { account }: Moment, book: LazyBook): Promise<void> {
    const by = { act: 'attendance.watch.judge', account };
    return this.watches.save(session, change, by, (school) => book.of(school));
  }
}

/**
 * The days to be counted: from the last one on which the child is known to have been at school, or excused, before
 * anything changed; else from the first day of the period. What lies before was counted before.
 */
const window = async (
  look: Look,
  student: Student,
  from: LocalDate,
  watches: readonly Watch[],
  leaves: readonly GrantedLeave[],
): Promise<{ absences: Absences; start: LocalDate }> => {
  let anchor = from;
  for (const { since, closed, state } of watches.toReversed())
    if (state !== 'withdrawn' && (closed === undefined || closed.on >= anchor) && since < anchor) anchor = since;
  const period = await look.periodStart(student, anchor);
  const near = addDays(anchor, -nearDays);
  if (near > period) {
    const absences = await look.absences(student, near, leaves);
    const known = outcomes(absences).filter(({ day }) => day.date < anchor);
    const reset = known.findLast(
      ({ day, outcome }) => day.rule?.count === 'consecutive' && (outcome === 'attended' || outcome === 'excused'),
    );
    const start = reset && addDays(reset.day.date, 1);
    // An excused day within a spell that has not ended by then resets nothing.
    const within = watches.some(
      (one) => one.state !== 'withdrawn' && start && one.since < start && !endedBy(one, start),
    );
    if (start && !within) return { absences: cut(absences, start), start };
  }
  // A watch that ended within the period is told again by its days; one that began before them takes its own along.
  let start = period;
  for (const { since, closed, state } of watches.toReversed())
    if (state !== 'withdrawn' && (closed === undefined || closed.on >= start) && since < start)
      start = await look.periodStart(student, since);
  return { absences: await look.absences(student, start, leaves), start };
};

const endedBy = ({ closed }: Watch, day: LocalDate): boolean => closed !== undefined && closed.on < day;

const cut = (absences: Absences, start: LocalDate): Absences => ({
  ...absences,
  stays: absences.stays
    .filter(({ to }) => to >= start)
    .map((stay) => ({ ...stay, taught: stay.taught.filter(({ date }) => date >= start) })),
});

/** The child's place on the last day of a spell, or today while it lasts; judged by the pack of the day it was reached. */
const placeOf = (student: Student, spell: Spell, today: LocalDate, packs: ReadonlyMap<Spell, string>): Placed => {
  const end = spell.backOn ?? spell.offRollOn;
  const on = end === undefined ? today : addDays(end, -1);
  const stay = student.stays.findLast(({ from, to }) => from <= on && to >= spell.suspectedOn)!;
  const { school, path, class: classId, stage } = stay;
  return { school, path, class: classId, stage, pack: packs.get(spell)! };
};

const packsOf = async (look: Look, student: Student, spells: readonly Spell[]): Promise<Map<Spell, string>> => {
  const packs = new Map<Spell, string>();
  for (const spell of spells) {
    const stay = student.stays.find(({ from, to }) => from <= spell.suspectedOn && spell.suspectedOn <= to)!;
    const place = await look.place(stay.school);
    packs.set(spell, place!.packOn(spell.suspectedOn)!.id);
  }
  return packs;
};

/** What has been read in this judgement, so that the children of a class share it. */
class Look {
  private readonly read = new Map<string, { from: LocalDate; calls: CalledClass[] }>();
  private readonly schools = new Map<string, SchoolPlace | undefined>();
  private rosters: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  constructor(
    readonly session: ClientSession,
    private readonly today: LocalDate,
    private readonly rollCalls: RollCallsRepository,
    private readonly places: Places,
    private readonly entered: Set<string>,
  ) {}

  know(place: SchoolPlace): void {
    this.schools.set(place.school._id, place);
  }

  /** Undefined while the registry has not told of it. */
  async place(school: string): Promise<SchoolPlace | undefined> {
    if (!this.schools.has(school)) {
      const found = await this.places.school(school, this.session).catch((fault: unknown) => {
        if (fault instanceof NotHeardOf) return undefined;
        throw fault;
      });
      this.schools.set(school, found);
    }
    return this.schools.get(school);
  }

  async periodStart({ stays }: Student, day: LocalDate): Promise<LocalDate> {
    const stay = stays.findLast(({ from }) => from <= day) ?? stays.at(0);
    const place = stay && (await this.place(stay.school));
    return place?.periodStart(day) ?? day;
  }

  /** Everything known of a child from a day on to today. */
  async absences(student: Student, start: LocalDate, leaves: readonly GrantedLeave[]): Promise<Absences> {
    const calls: Call[] = [];
    const stays = [];
    for (const stay of student.stays) {
      const [from, to] = [stay.from > start ? stay.from : start, stay.to < this.today ? stay.to : this.today];
      if (stay.to < start || from > to) {
        if (stay.to >= start) stays.push({ class: stay.class, from: stay.from, to: stay.to, taught: [] });
        continue;
      }
      const place = await this.place(stay.school);
      stays.push({ class: stay.class, from: stay.from, to: stay.to, taught: place?.taught(from, to) ?? [] });
      for (const called of await this.calledIn(stay.class, start)) {
        const { class: classId, day, session, roster, exceptions } = called;
        if (day < from || day > to || !this.rosters.get(roster)?.has(student._id)) continue;
        const kind = exceptions.find((one) => one.student === student._id)?.kind ?? 'present';
        calls.push({ class: classId, day, session, kind });
      }
    }
    return { stays, calls, leaves, dropouts: student.dropouts ?? [] };
  }

  /** Whoever changes a class that was looked at here meets this write. */
  enterRegisters(): Promise<void> {
    return this.rollCalls.enterRegisters(
      this.session,
      [...this.read.keys()].filter((one) => !this.entered.has(one)),
    );
  }

  private async calledIn(classId: string, from: LocalDate): Promise<CalledClass[]> {
    const known = this.read.get(classId);
    if (known && known.from <= from) return known.calls;
    const calls = await this.rollCalls.called(classId, from, this.today, this.session);
    this.read.set(classId, { from, calls });
    const rosters = await this.rollCalls.rostersOf(
      calls.map(({ roster }) => roster),
      this.session,
    );
    this.rosters = new Map([...this.rosters, ...rosters]);
    return calls;
  }
}

/** Registers and letters of the watches in question, read only when one of them has sent letters. */
class LazyBook {
  private readonly books = new Map<string, LetterBook>();
  private readonly sent = new Map<string, Awaited<ReturnType<LettersRepository['ofWatch']>>[number]>();

  constructor(
    private readonly letters: LettersRepository,
    private readonly session: ClientSession,
    private readonly watches: readonly Watch[],
    private readonly today: LocalDate,
  ) {}

  async open(): Promise<void> {
    for (const { _id, report, dropout } of this.watches) {
      if (!report?.letters.length && !dropout?.letters.length) continue;
      for (const letter of await this.letters.ofWatch(_id, this.session)) {
        this.sent.set(letter._id, letter);
        const { school } = letter;
        if (!this.books.has(school)) this.books.set(school, await this.letters.book(this.session, school, this.today));
      }
    }
  }

  letter(no: string) {
    return this.sent.get(no)!;
  }

  of(school: string): LetterBook {
    return this.books.get(school)!;
  }
}
