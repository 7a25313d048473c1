import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import type { Citation, ProblemItem, Session } from '#libs/contracts';
import { MessagingStore, Once, Outbox } from '#libs/messaging';
import { NotHeardOf, PlacesRepository, type SchoolClass } from '#libs/places';
import type { LocalDate, SchoolDay } from '#libs/policy';
import { Clock, invalidInput, notFound, refuse, staleVersion } from '#libs/service-kit';
import type { SchoolPlace } from '../law/place';
import { Places } from '../law/places';
import { LeavesRepository } from '../leave/leaves.repository';
import { openEnd } from '../roster/student';
import { RosterLine, StudentsRepository } from '../roster/students.repository';
import { Judge, leavesFrom } from '../watch/judge';
import { type Exception, rollCallId, take, takenEvent, unexcusedIn } from './roll-call';
import { RollCallsRepository } from './roll-calls.repository';

export interface RollCallInput {
  class: string;
  day: LocalDate;
  session: Session;
  exceptions: Exception[];
  /** Version that a correction was made from; absent for the first. */
  version?: number;
}

export interface RollCallAnswer {
  id: string;
  version: number;
  onRoll: number;
  present: number;
}

/**
 * Takes the roll call of a class, or corrects it: all present in one act, or the exceptions. In the same transaction the
 * children whom it concerns are judged, so that what is answered has been counted (GZ-DO1, SCH7-ATT1).
 */
@Injectable()
export class TakeRollCall {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly classes: PlacesRepository,
    private readonly places: Places,
    private readonly students: StudentsRepository,
    private readonly leaves: LeavesRepository,
    private readonly rollCalls: RollCallsRepository,
    private readonly judge: Judge,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `not-yet`, `not-a-school-day`, `nobody-on-roll`, `invalid-input`, `stale-version` */
  async run(actor: Actor, key: string, input: RollCallInput): Promise<RollCallAnswer> {
    const one = await this.classes.class(input.class);
    if (!one) throw notFound();
    const post = actor.postOf(one.school);
    // Places change seldom, and whoever changes a term has the days judged again: read once, beside the transaction.
    const place = await this.placeOf(one);
    let called: { roster: string; students: string[] } | undefined;
    const answer = await this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'roll-call', input } }, async () => {
        const moment = { on: this.clock.today(), at: this.clock.now(), account: actor.account };
        if (input.day > moment.on) throw notYet(input.day, moment.on);
        await this.rollCalls.enterRegisters(session, [one._id]);
        const day = place.day(input.day);
        if (!day.school) throw notASchoolDay(day, place.packOn(input.day)?.rule('GZ-DO1')?.citation);
        const roster = await this.students.roster(one._id, input.day, session);
        if (roster.length === 0) throw nobodyOnRoll(one._id, input.day);
        const before = await this.rollCalls.find(rollCallId(one._id, input.day, input.session), session);
        if (input.version !== before?.version) throw staleVersion(input.version, before?.version ?? 0);
        refuseStrangers(input.exceptions, roster);

        const ids = roster.map(({ _id }) => _id);
        const kept = await this.rollCalls.keepRoster(session, one._id, ids);
        const rollCall = take(before ?? undefined, {
          ...{ class: one._id, school: one.school, path: one.path, day: input.day, session: input.session },
          ...{ roster: kept, onRoll: ids.length, exceptions: input.exceptions },
          ...{ account: actor.account, at: moment.at },
        });
        await this.rollCalls.save(session, rollCall);
        const named = rollCall.exceptions.map(({ student }) => student);
        const students = [...new Set([...unexcusedIn(before ?? undefined, rollCall), ...watchedIn(roster)])];
        const about = [...new Set([...named, ...students])];
        const leaves = await this.leaves.granted(about, leavesFrom(input.day), openEnd, session);
        const event = takenEvent(rollCall, leaves, moment.at);
        await this.outbox.add(session, [event]);
        await this.audit.write(
          [
            {
              act: rollCall.version === 1 ? 'attendance.roll-call.take' : 'attendance.roll-call.correct',
              account: actor.account,
              post: post._id,
              subject: { kind: 'roll-call', id: rollCall._id, version: rollCall.version },
              at: moment.at,
            },
          ],
          session,
        );
        await this.judge.run(session, { students, from: input.day, entered: one._id, place, leaves }, moment);
        called = { roster: kept, students: ids };
        const { onRoll, present } = event.data;
        return { id: rollCall._id, version: rollCall.version, onRoll, present };
      }),
    );
    if (called) this.rollCalls.remember(called.roster, called.students);
    return answer;
  }

  private placeOf(one: SchoolClass): Promise<SchoolPlace> {
    return this.places.school(one.school).catch((fault: unknown) => {
      throw fault instanceof NotHeardOf ? notHeardOf() : fault;
    });
  }
}

const watchedIn = (roster: readonly RosterLine[]): string[] =>
  roster.filter(({ watched }) => watched).map(({ _id }) => _id);

/** Whoever is named is called in this class on this day, and named once. */
const refuseStrangers = (exceptions: readonly Exception[], roster: readonly RosterLine[]): void => {
  const called = new Set(roster.map(({ _id }) => _id));
  const seen = new Set<string>();
  const problems = exceptions.flatMap(({ student }, index): ProblemItem[] => {
    const field = `exceptions.${index}.student`;
    if (!called.has(student)) return [{ field, code: 'not-on-roll', ...notOnRoll }];
    if (seen.has(student)) return [{ field, code: 'named-twice', ...namedTwice }];
    seen.add(student);
    return [];
  });
  if (problems.length > 0) throw invalidInput(problems);
};

const notOnRoll = {
  message: { zh: '该生当日不在本班名册中。', en: 'This child is not on the roll of the class on that day.' },
  remedy: {
    zh: '请核对名册；转学、随班就读以学籍登记为准。',
    en: 'Check the roll; where a child sits is what the registry has recorded.',
  },
};
const namedTwice = { message: { zh: '该生重复列出。', en: 'This child is named twice.' } };

const notYet = (day: LocalDate, today: LocalDate) =>
  refuse('not-yet', {
    status: 422,
    title: { zh: '不能预先点名', en: 'Not yet' },
    detail: { zh: `${day}尚未到来。`, en: `${day} has not come yet.` },
    remedy: { zh: '请在当日点名；请假另行登记。', en: 'Call the class on that day; enter leave as leave.' },
    facts: { day, today },
  });

const notASchoolDay = ({ date, name, term, local }: SchoolDay, citation?: Citation) =>
  refuse('not-a-school-day', {
    status: 422,
    title: { zh: '当日不上课', en: 'Not a school day' },
    detail: term
      ? {
          zh: `${date}不是上课日${(local?.name ?? name) ? `（${local?.name ?? name}）` : ''}。`,
          en: `Nobody is taught on ${date}.`,
        }
      : { zh: `${date}不在已设置的学期之内。`, en: `${date} lies in no term that is set.` },
    remedy: {
      zh: '请核对日期；学期、停课日和补课日由主管部门设置。',
      en: 'Check the day; terms, closed days and make-up days are set by the authority.',
    },
    ...(citation && { citation }),
    facts: { day: date, ...(name && { name }) },
  });

const nobodyOnRoll = (classId: string, day: LocalDate) =>
  refuse('nobody-on-roll', {
    status: 422,
    title: { zh: '班级没有学生', en: 'Nobody on the roll' },
    detail: { zh: '当日没有学生在该班名册中。', en: 'No child is on the roll of this class on that day.' },
    remedy: { zh: '请核对班级和日期。', en: 'Check class and day.' },
    facts: { class: classId, day },
  });

export const notHeardOf = () =>
  refuse('not-heard-of-yet', {
    status: 409,
    title: { zh: '资料尚未同步', en: 'Not heard of yet' },
    detail: {
      zh: '学校或主管部门的资料还没有从学籍登记服务同步过来。',
      en: 'The school or an authority above it has not been heard of from the registry yet.',
    },
    remedy: { zh: '请稍后用同一个幂等键重试。', en: 'Repeat a little later with the same idempotency key.' },
  });
