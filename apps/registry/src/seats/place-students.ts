import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { placementEvents, ReceivedEvent, Stage, stages } from '#libs/contracts';
import { capNow, Pack } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { IntakeReader } from '../enrolment/intake-reader';
import { ClassRepository, gradeOn, OfficeRepository, SchoolClass } from '../places';
import { Policies } from '../policies';
import { StudentRecord } from '../students/record';
import { place } from '../students/standing';
import { Change, hold, Moment, refuseHold, release } from '../students/student';
import { StudentRepository } from '../students/student.repository';
import { isClosing } from './school-closing';

type Filed = ReceivedEvent<typeof placementEvents.placementFiled>;
type SeatsAsked = ReceivedEvent<typeof placementEvents.placementSeatsAsked>;
type Ended = ReceivedEvent<typeof placementEvents.placementEnded>;

/** Why an entrant is not held. */
interface No {
  code: string;
  rules: string[];
  facts?: { taken?: number; cap?: number };
  pack?: string;
}

/**
 * Answers a placement in the next stage, for all of its entrants in one transaction: holds each record that may go on and
 * keeps its seat, or says why not; seats them; or lets go. Seats are counted once per class.
 */
@Injectable()
export class PlaceStudents {
  constructor(
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly offices: OfficeRepository,
    private readonly intakes: IntakeReader,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  async hold(event: Filed, session: ClientSession): Promise<void> {
    const { entrants, to } = event.data;
    const records = await this.known(
      entrants.map(({ student }) => student),
      session,
    );
    const pack = await this.policies.packFor(to.path, event.effectiveOn);
    const own = new Map((await this.classes.ofSchool(to.school, session)).map((one) => [one._id, one]));
    const moment = this.moment(event);
    const offices = await this.offices.findMany([event.data.from.school, to.school], session);
    const closing = offices.some((one) => isClosing(one, to.school)) ? closes : undefined;
    const free = await this.freeSeats(own, pack, event.effectiveOn, session);
    const held = new Map<string, number>();
    const changes = entrants.flatMap(({ student, class: classId }): Change[] => {
      const record = records.get(student)!;
      if (record.hold?.case === event.aggregateId) return [];
      const no = against(record, event, own.get(classId)) ?? closing ?? full(free.get(classId), pack);
      if (no) {
        const { code, facts, rules, pack: judged } = no;
        const why = { code, ...(facts && { facts }) };
        return [refuseHold(record, event.aggregateId, why, moment, { rules, ...(judged && { pack: judged }) })];
      }
      const seats = free.get(classId);
      if (seats?.cap !== undefined) seats.taken += 1;
      held.set(classId, (held.get(classId) ?? 0) + 1);
      return [hold(record, { case: event.aggregateId, toSchool: to.school, toClass: classId }, moment)];
    });
    for (const [classId, n] of held) {
      const kept = await this.classes.reserve(session, classId, free.get(classId)?.cap, n);
      // Counted in this very transaction: whoever else took a seat meanwhile makes it run again.
      if (!kept) throw new Error(`class ${classId} has not ${n} seats`);
    }
    await this.students.save(session, changes);
  }

  async place(event: SeatsAsked, session: ClientSession): Promise<void> {
    const { entrants, to, stage, entryYear } = event.data;
    const records = await this.known(
      entrants.map(({ student }) => student),
      session,
    );
    const moment = this.moment(event);
    const seated = new Map<string, number>();
    const changes = entrants.flatMap(({ student, class: classId }): Change[] => {
      const record = records.get(student)!;
      if (record.hold?.case !== event.aggregateId) {
        // Seated by an earlier delivery, or never held: an answer is owed only in the second case.
        if (record.class === classId) return [];
        return [refuseHold(record, event.aggregateId, { code: 'not-held' }, moment, { rules: ['NAT-NO3'] })];
      }
      seated.set(classId, (seated.get(classId) ?? 0) + 1);
      return [
        place(record, event.aggregateId, { ...to, class: classId, stage, entryYear }, moment, {
          ...(event.pack && { pack: event.pack }),
          ...(event.rules && { rules: event.rules }),
        }),
      ];
    });
    for (const [classId, n] of seated) await this.classes.settle(session, classId, n);
    await this.students.save(session, changes);
  }

  async release(event: Ended, session: ClientSession): Promise<void> {
    const records = await this.known(event.data.students, session);
    const held = [...records.values()].filter((record) => record.hold?.case === event.aggregateId);
    const byClass = Map.groupBy(held, (record) => record.hold!.toClass);
    for (const [classId, those] of byClass) await this.classes.release(session, classId, those.length);
    await this.students.save(
      session,
      held.map((record) => release(record, event.aggregateId, this.moment(event))),
    );
  }

  private moment(event: { effectiveOn: string }): Moment {
    return { on: event.effectiveOn, at: this.clock.now(), by: 'transfer' };
  }

  /** Seats of the classes as they are now, with the cap that each has on the day. */
  private async freeSeats(own: Map<string, SchoolClass>, pack: Pack, on: string, session: ClientSession) {
    const ids = [...own.keys()];
    const overrides = await this.intakes.overrides.find({ class: { $in: ids } }, { session }).toArray();
    const byClass = Map.groupBy(overrides, (one) => one.class);
    return new Map(
      [...own.values()].map((one): [string, Seats] => {
        const cap = capNow({ stage: one.stage, grade: gradeOn(one, on) }, pack, byClass.get(one._id));
        const taken = one.seats.taken + one.seats.reserved;
        return [one._id, { taken, ...(cap && { cap: cap.value, rule: cap.rule }) }];
      }),
    );
  }

  /** @throws when a record is unknown: the event is then parked, since no lawful case names such a student. */
  private async known(ids: string[], session: ClientSession): Promise<Map<string, StudentRecord>> {
    const found = new Map((await this.students.findMany(ids, session)).map((record) => [record._id, record]));
    if (ids.some((id) => !found.has(id)))
      throw new Error('a placement names a student that the registry does not have');
    return found;
  }
}

interface Seats {
  taken: number;
  cap?: number;
  rule?: string;
}

const closes: No = { code: 'school-closing', rules: ['NAT-MG1', 'NAT-MG2'] };

const previous = (stage: Stage): Stage | undefined => stages[stages.indexOf(stage) - 1];

/** GZ-EN4, NAT-GR2: who has ended the stage before, and is nobody's yet, goes on into a class of the cohort. */
const against = (record: StudentRecord, { data }: Filed, to: SchoolClass | undefined): No | undefined => {
  if (record.hold) return { code: 'held', rules: ['CZ-EN14', 'NAT-NO3'] };
  if (record.inWork) return { code: 'in-work', rules: ['NAT-NO3'] };
  if (!record.standing) return { code: 'stage-not-ended', rules: ['NAT-GR1'] };
  if (record.standing.stage !== previous(data.stage)) return { code: 'another-stage', rules: ['NAT-GR2'] };
  if (record.school !== data.from.school) return { code: 'not-at-this-school', rules: ['NAT-NO3'] };
  const fits = to && to.stage === data.stage && to.entryYear === data.entryYear;
  return fits ? undefined : { code: 'no-such-class', rules: ['FJ-C4'] };
};

const full = (seats: Seats | undefined, pack: Pack): No | undefined =>
  seats?.cap !== undefined && seats.taken >= seats.cap
    ? {
        code: 'class-full',
        rules: seats.rule ? [seats.rule] : [],
        facts: { taken: seats.taken, cap: seats.cap },
        pack: pack.id,
      }
    : undefined;
