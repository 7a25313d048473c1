import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { ReceivedEvent, transferEvents } from '#libs/contracts';
import { lifeCap } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { Conversions } from '../numbers/conversions';
import { ClassRepository, OfficeRepository } from '../places';
import { Policies } from '../policies';
import { Change, hold, Moment, move, refuseHold, release } from '../students/student';
import { StudentRecord } from '../students/record';
import { StudentRepository } from '../students/student.repository';
import { isClosing } from './school-closing';
import { endedAgainst } from './when-ended';

type Filed = ReceivedEvent<typeof transferEvents.transferFiled>;
type MoveAsked = ReceivedEvent<typeof transferEvents.transferMoveAsked>;
type Ended = ReceivedEvent<typeof transferEvents.transferEnded>;

/**
 * Answers a movement: holds the record and reserves the seat at the destination in one transaction, moves the seat, or
 * lets both go. Only the registry says no to a full class or a held record, because only it knows.
 */
@Injectable()
export class KeepSeat {
  constructor(
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly offices: OfficeRepository,
    private readonly conversions: Conversions,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** The legal date is the movement's; the recording is ours. */
  private moment(event: { effectiveOn: string }): Moment {
    return { on: event.effectiveOn, at: this.clock.now(), by: 'transfer' };
  }

  async hold(event: Filed, session: ClientSession): Promise<void> {
    const record = await this.known(event.data.student, session);
    if (record.hold?.case === event.aggregateId) return;
    await this.students.save(session, [await this.answer(record, event, session)]);
  }

  private async answer(record: StudentRecord, event: Filed, session: ClientSession): Promise<Change> {
    const moment = this.moment(event);
    const no = (code: string, rules: string[], facts?: { taken?: number; cap?: number }, pack?: string): Change =>
      refuseHold(record, event.aggregateId, { code, ...(facts && { facts }) }, moment, {
        rules,
        ...(pack && { pack }),
      });
    if (record.hold) return no('held', ['CZ-EN14', 'NAT-NO3']);
    if (endedAgainst(record, 'hold')) return no('stage-ended', ['FJ-ST1']);
    if (record.registration !== 'confirmed') return no('not-confirmed', ['NAT-EN2']);
    if (record.school !== event.data.from.school) return no('not-at-this-school', ['NAT-NO3']);
    const destination = await this.classes.find(event.data.to.class, session);
    if (!destination || destination.school !== event.data.to.school) return no('no-such-class', ['FJ-C4']);
    const closing = await this.offices.findMany([record.school, destination.school], session);
    if (closing.some((one) => isClosing(one, destination.school))) return no('school-closing', ['NAT-MG1', 'NAT-MG2']);
    const pack = await this.policies.packFor(destination.path, event.effectiveOn);
    const cap = lifeCap(destination.stage, pack);
    const reserved = await this.classes.reserve(session, destination._id, cap?.value);
    if (!reserved) {
      const taken = destination.seats.taken + destination.seats.reserved;
      return no(
        'class-full',
        ['CZ-TR10', ...(cap ? [cap.rule] : [])],
        { taken, ...(cap && { cap: cap.value }) },
        pack.id,
      );
    }
    return hold(
      record,
      { case: event.aggregateId, toSchool: event.data.to.school, toClass: event.data.to.class },
      moment,
    );
  }

  async move(event: MoveAsked, session: ClientSession): Promise<void> {
    const record = await this.known(event.data.student, session);
    if (record.hold?.case !== event.aggregateId) {
      // Already moved by an earlier delivery, or never held: an answer is owed only in the second case.
      if (record.class === event.data.to.class) return;
      const refused = refuseHold(record, event.aggregateId, { code: 'not-held' }, this.moment(event), {
        rules: ['NAT-NO3'],
      });
      await this.students.save(session, [refused]);
      return;
    }
    const { school, path, class: classId } = event.data.to;
    await this.classes.settle(session, classId);
    await this.classes.free(session, record.class, 1);
    const change = move(record, event.aggregateId, { school, path, class: classId }, this.moment(event), {
      ...(event.pack && { pack: event.pack }),
      ...(event.rules && { rules: event.rules }),
    });
    await this.conversions.move(session, record._id, path);
    await this.students.save(session, [change]);
  }

  async release(event: Ended, session: ClientSession): Promise<void> {
    const record = await this.known(event.data.student, session);
    if (record.hold?.case !== event.aggregateId) return;
    await this.classes.release(session, record.hold.toClass);
    await this.students.save(session, [release(record, event.aggregateId, this.moment(event))]);
  }

  /** @throws when the record is unknown: the event is then parked, since no lawful case names such a student. */
  private async known(id: string, session: ClientSession): Promise<StudentRecord> {
    const record = await this.students.find(id, session);
    if (!record) throw new Error('a movement names a student that the registry does not have');
    return record;
  }
}
