import { ClientSession } from 'mongoose';
import { attendanceEvents as attendance, type ReceivedEvent } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { Clock } from '#libs/service-kit';
import type { Mark, StudentRecord } from '../students/record';
import { mark } from '../students/student';
import { StudentRepository } from '../students/student.repository';
import { whenConfirmed, whenReturned, whenSuspected, whenWithdrawn } from './dropout-marks';

type Suspected = ReceivedEvent<typeof attendance.dropoutSuspected>;
type Withdrawn = ReceivedEvent<typeof attendance.dropoutSuspicionWithdrawn>;
type Confirmed = ReceivedEvent<typeof attendance.dropoutConfirmed>;
type Returned = ReceivedEvent<typeof attendance.dropoutReturned>;

/** Attendance states facts; the registry marks. A mark lies on an open record and never ends it. */
@EventConsumer()
export class DropoutConsumer {
  constructor(
    private readonly students: StudentRepository,
    private readonly clock: Clock,
  ) {}

  @On(attendance.dropoutSuspected)
  suspected(event: Suspected, session: ClientSession): Promise<void> {
    return this.marks(event, session, () => whenSuspected(event.effectiveOn, event.data.before));
  }

  @On(attendance.dropoutSuspicionWithdrawn)
  withdrawn(event: Withdrawn, session: ClientSession): Promise<void> {
    return this.marks(event, session, () => whenWithdrawn(event.data));
  }

  @On(attendance.dropoutConfirmed)
  confirmed(event: Confirmed, session: ClientSession): Promise<void> {
    return this.marks(event, session, (record) => whenConfirmed(record.marks, event.data.on));
  }

  @On(attendance.dropoutReturned)
  returned(event: Returned, session: ClientSession): Promise<void> {
    return this.marks(event, session, () => whenReturned(event.data.on, event.data.dropoutOn));
  }

  private async marks(
    event: Suspected | Withdrawn | Confirmed | Returned,
    session: ClientSession,
    decide: (record: StudentRecord) => Mark[],
  ): Promise<void> {
    const record = await this.students.find(event.data.student, session);
    if (!record) throw new Error('attendance names a student that the registry does not have');
    const moment = { on: event.effectiveOn, at: this.clock.now(), by: 'attendance' };
    const { caseId, pack, rules } = event;
    const grounds = { ...(caseId && { caseId }), ...(pack && { pack }), ...(rules && { rules }) };
    // One change with all its events: a record is replaced once in a transaction.
    let [next, events] = [record, [] as ReturnType<typeof mark>['events']];
    for (const one of decide(record)) {
      const change = mark(next, one, moment, grounds);
      [next, events] = [change.record, [...events, ...change.events]];
    }
    await this.students.save(session, [{ record: next, events }]);
  }
}
