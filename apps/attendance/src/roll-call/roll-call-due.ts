import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { attendanceEvents as events, type NewEvent } from '#libs/contracts';
import { Deadlines, FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { NotHeardOf, PlacesRepository, type SchoolClass } from '#libs/places';
import { addDays, type LocalDate } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { Places } from '../law/places';
import type { SchoolPlace } from '../law/place';
import { StudentsRepository } from '../roster/students.repository';
import { RollCallsRepository } from './roll-calls.repository';

export const rollCallDue = 'attendance.roll-call-due';
const daysAtOnce = 20;

/**
 * Hour of a school day at which a class that was not called is told. The law says the same day and no hour (GZ-CA2,
 * SCH7-ATT1), so it is the place's own: `XUEJI_ROLL_CALL_ALARM`, `HH:MM` in Shanghai.
 * @throws Error at start when it is no time of the day
 */
export const alarmTime = (given = process.env.XUEJI_ROLL_CALL_ALARM || '17:00'): string => {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(given)) throw new Error('XUEJI_ROLL_CALL_ALARM is no time HH:MM');
  return given;
};

/** A class that was not called on a school day: what its children did is unknown. */
export interface MissingCall {
  /** `<class>/<day>` */
  _id: string;
  class: string;
  school: string;
  path: string;
  day: LocalDate;
  at: Date;
}

/** The last day of a school that was looked at: none is passed over, whatever is planned anew meanwhile. */
interface WaitingSchool {
  _id: string;
  lookedAt: LocalDate;
}

/** One deadline per school, from school day to school day: on each, the classes without a roll call are told. */
@Injectable()
export class RollCallDue {
  private readonly hour = alarmTime();

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly places: Places,
    private readonly copies: PlacesRepository,
    private readonly students: StudentsRepository,
    private readonly rollCalls: RollCallsRepository,
    private readonly deadlines: Deadlines,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  get missing() {
    return this.connection.collection<MissingCall>('missing_calls');
  }

  private get waiting() {
    return this.connection.collection<WaitingSchool>('waiting_schools');
  }

  async onModuleInit(): Promise<void> {
    await this.missing.createIndexes([{ key: { path: 1, day: 1 }, name: 'scope' }]);
    await this.waiting.createIndex({ _id: 1 });
    await this.copies.classes.createIndexes([{ key: { school: 1 }, name: 'school' }]);
  }

  /** Waits for the next school day of a school that has not been looked at. Armed anew whenever terms change. */
  async wait(session: ClientSession, school: string): Promise<void> {
    const place = await this.placeOf(school, session);
    if (!place) return;
    const now = this.clock.now();
    const today = this.clock.today();
    // Today as well, until its hour has struck; a school that waits already goes on after the last day looked at.
    const lookedAt = this.alarmAt(today) > now ? addDays(today, -1) : today;
    const row = await this.waiting.findOneAndUpdate(
      { _id: school },
      { $setOnInsert: { lookedAt } },
      { session, upsert: true, returnDocument: 'after' },
    );
    await this.arm(session, place, row!.lookedAt);
  }

  @OnDeadline(rollCallDue)
  async due({ subject: school, data }: FiredDeadline, session: ClientSession): Promise<void> {
    const place = await this.placeOf(school, session);
    if (!place) return;
    const now = this.clock.now();
    let day: LocalDate | undefined = String(data.day);
    let last = day;
    // After a standstill several days have passed; they are told together, as far as one transaction goes.
    for (let n = 0; n < daysAtOnce && day !== undefined && this.alarmAt(day) <= now; n++) {
      const demanded = place.packOn(day)?.setting<boolean>('rollCall.daily');
      if (demanded?.configured && demanded.value && place.day(day).school) await this.tell(session, place, day);
      last = day;
      day = place.nextAfter(day);
    }
    await this.waiting.updateOne({ _id: school }, { $set: { lookedAt: last } }, { session, upsert: true });
    await this.arm(session, place, last);
  }

  private async tell(session: ClientSession, place: SchoolPlace, day: LocalDate): Promise<void> {
    const school = place.school._id;
    const called = await this.rollCalls.calledClasses(school, day, session);
    const classes = await this.copies.classes.find({ school }, { session }).sort({ _id: 1 }).toArray();
    const missing: SchoolClass[] = [];
    for (const one of classes)
      if (!called.has(one._id) && !(await this.students.isEmpty(one._id, day, session))) missing.push(one);
    if (missing.length === 0) return;
    const at = this.clock.now();
    const rows = missing.map((one): MissingCall => ({
      _id: `${one._id}/${day}`,
      ...{ class: one._id, school, path: one.path, day, at },
    }));
    const known = await this.missing.find({ _id: { $in: rows.map(({ _id }) => _id) } }, { session }).toArray();
    const fresh = rows.filter(({ _id }) => !known.some((one) => one._id === _id));
    if (fresh.length === 0) return;
    await this.missing.insertMany(fresh, { session });
    await this.outbox.add(
      session,
      fresh.map((row): NewEvent => ({
        definition: events.rollCallMissing,
        aggregateId: row._id,
        seq: 1,
        effectiveOn: day,
        recordedAt: at,
        data: { class: row.class, school, path: row.path, day },
        rules: ['GZ-DO1', 'GZ-CA2', 'R5-06'].filter((rule) => place.packOn(day)?.rule(rule)),
      })),
    );
  }

  private async arm(session: ClientSession, place: SchoolPlace, after: LocalDate): Promise<void> {
    const day = place.nextAfter(after);
    if (day === undefined) return;
    const due = { kind: rollCallDue, subject: place.school._id, key: 'next', dueAt: this.alarmAt(day), data: { day } };
    await this.deadlines.arm(session, due);
  }

  private alarmAt(day: LocalDate): Date {
    return new Date(`${day}T${this.hour}:00+08:00`);
  }

  private placeOf(school: string, session: ClientSession): Promise<SchoolPlace | undefined> {
    return this.places.school(school, session).catch((fault: unknown) => {
      if (fault instanceof NotHeardOf) return undefined;
      throw fault;
    });
  }
}
