import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import type { Session } from '#libs/contracts';
import { PlacesRepository } from '#libs/places';
import { type LocalDate, daysBetween } from '#libs/policy';
import { Clock, invalidInput, notFound } from '#libs/service-kit';
import { Places } from '../law/places';
import { LeavesRepository } from '../leave/leaves.repository';
import { StudentsRepository } from '../roster/students.repository';
import { legOf, type RollCall } from './roll-call';
import { RollCallsRepository } from './roll-calls.repository';

const longest = 200;

/** A class on a day: called in these sessions, or unknown. Unknown is never full attendance (R5-06). */
export interface ClassOfDay {
  class: string;
  name: string;
  state: 'called' | 'unknown' | 'empty';
  sessions: { session: Session; version: number; onRoll: number; present: number }[];
}

@Injectable()
export class ShowRollCalls {
  constructor(
    private readonly rollCalls: RollCallsRepository,
    private readonly students: StudentsRepository,
    private readonly leaves: LeavesRepository,
    private readonly classes: PlacesRepository,
    private readonly places: Places,
    private readonly clock: Clock,
  ) {}

  /** Who is to be called in a class on a day, by id. @throws Refused `not-found` */
  async roster(actor: Actor, classId: string, day: LocalDate) {
    const one = await this.classes.class(classId);
    if (!one || !actor.covers(one.path)) throw notFound();
    const roster = await this.students.roster(classId, day);
    return { class: classId, day, students: roster.map(({ _id }) => _id) };
  }

  /** @throws Refused `not-found`, `invalid-input` */
  async ofClass(actor: Actor, classId: string, from: LocalDate, to: LocalDate) {
    const one = await this.classes.class(classId);
    if (!one || !actor.covers(one.path)) throw notFound();
    const length = daysBetween(from, to);
    if (length < 0 || length > longest) throw wrongPeriod();
    const found = await this.rollCalls.ofClass(classId, from, to);
    const named = [...new Set(found.flatMap(({ exceptions }) => exceptions.map(({ student }) => student)))];
    const leaves = await this.leaves.granted(named, from, to);
    return { items: found.map((rollCall) => viewOf(rollCall, leaves)) };
  }

  /** Every class of a school on a school day. @throws Refused `not-found` */
  async ofSchool(actor: Actor, school: string, day = this.clock.today()) {
    const place = await this.places.school(school).catch(() => undefined);
    if (!place || !actor.covers(place.school.path)) throw notFound();
    const found = Map.groupBy(await this.rollCalls.ofSchool(school, day), (one) => one.class);
    const all = await this.classes.classes.find({ school }).sort({ _id: 1 }).toArray();
    const classes: ClassOfDay[] = [];
    for (const { _id, name } of all) {
      const called = found.get(_id) ?? [];
      const empty = called.length === 0 && (await this.students.isEmpty(_id, day));
      classes.push({
        class: _id,
        name,
        state: called.length > 0 ? 'called' : empty ? 'empty' : 'unknown',
        sessions: called.map((one) => ({
          session: one.session,
          version: one.version,
          onRoll: one.onRoll,
          present: presentIn(one),
        })),
      });
    }
    const { school: taught, name } = place.day(day);
    return { school, day, schoolDay: taught, ...(name !== undefined && { name }), classes };
  }
}

const isAbsence = (kind: string): boolean => kind === 'sick' || kind === 'personal' || kind === 'unexcused';

const presentIn = ({ onRoll, exceptions }: RollCall): number =>
  onRoll - exceptions.filter(({ kind }) => isAbsence(kind)).length;

const viewOf = (rollCall: RollCall, leaves: readonly { student: string; from: LocalDate; to: LocalDate }[]) => ({
  id: rollCall._id,
  version: rollCall.version,
  day: rollCall.day,
  session: rollCall.session,
  onRoll: rollCall.onRoll,
  present: presentIn(rollCall),
  exceptions: rollCall.exceptions.map(({ student, kind }) => ({
    student,
    kind,
    counts: legOf(
      kind,
      leaves.some((one) => one.student === student && one.from <= rollCall.day && rollCall.day <= one.to),
    ),
  })),
  account: rollCall.account,
  at: rollCall.at,
  history: rollCall.history.map(({ version, exceptions, account, at }) => ({ version, exceptions, account, at })),
});

const wrongPeriod = () =>
  invalidInput([
    {
      field: 'to',
      code: 'period',
      message: {
        zh: `截止日须在起始日当天或之后${longest}天以内。`,
        en: `The last day lies on the first one or at most ${longest} days after it.`,
      },
    },
  ]);
