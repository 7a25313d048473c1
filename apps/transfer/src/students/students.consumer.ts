import { ClientSession, mongo } from 'mongoose';
import { ReceivedEvent, registryEvents as registry, RegistrationState } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { StudentCopy } from './student-copy';
import { StudentsRepository } from './students.repository';

type Heard = Pick<ReceivedEvent, 'aggregateId' | 'seq' | 'recordedAt'>;

/** Keeps the copy of the students. Refuses nothing by it: what it shows is as of the last event heard. */
@EventConsumer()
export class StudentsConsumer {
  constructor(private readonly students: StudentsRepository) {}

  @On(registry.studentEntered)
  async entered(event: ReceivedEvent<typeof registry.studentEntered>, session: ClientSession): Promise<void> {
    const { school, path, class: classId, stage, entryYear, marks } = event.data;
    await this.students.replace(session, {
      _id: event.aggregateId,
      school,
      path,
      class: classId,
      stage,
      entryYear,
      registration: 'entered',
      marks: marks.map((mark) => ({ mark, from: event.effectiveOn })),
      version: event.seq,
      recordedAt: event.recordedAt,
    });
  }

  @On(registry.studentCorrected)
  async corrected(event: ReceivedEvent<typeof registry.studentCorrected>, session: ClientSession): Promise<void> {
    const { class: classId } = event.data;
    await this.set(event, session, { registration: 'entered', ...(classId !== undefined && { class: classId }) });
  }

  @On(registry.studentSubmitted)
  submitted(event: ReceivedEvent<typeof registry.studentSubmitted>, session: ClientSession): Promise<void> {
    return this.registration(event, session, 'submitted');
  }

  @On(registry.studentReturned)
  returned(event: ReceivedEvent<typeof registry.studentReturned>, session: ClientSession): Promise<void> {
    return this.registration(event, session, 'returned');
  }

  @On(registry.studentConfirmed)
  confirmed(event: ReceivedEvent<typeof registry.studentConfirmed>, session: ClientSession): Promise<void> {
    return this.registration(event, session, 'confirmed');
  }

  @On(registry.studentEntryUndone)
  undone(event: ReceivedEvent<typeof registry.studentEntryUndone>, session: ClientSession): Promise<void> {
    return this.registration(event, session, 'undone');
  }

  /** A span told again with its last day replaces the open one. */
  @On(registry.studentMarked)
  async marked(event: ReceivedEvent<typeof registry.studentMarked>, session: ClientSession): Promise<void> {
    const before = await this.students.find(event.aggregateId, session);
    if (!before) return;
    const marks = before.marks.filter(({ mark, from }) => mark !== event.data.mark || from !== event.data.from);
    await this.set(event, session, { marks: [...marks, event.data] });
  }

  @On(registry.studentHeld)
  held(event: ReceivedEvent<typeof registry.studentHeld>, session: ClientSession): Promise<void> {
    return this.set(event, session, { held: { case: event.data.case, toClass: event.data.toClass } });
  }

  @On(registry.studentReleased)
  released(event: ReceivedEvent<typeof registry.studentReleased>, session: ClientSession): Promise<void> {
    return this.set(event, session, {}, { held: '' });
  }

  @On(registry.studentMoved)
  moved(event: ReceivedEvent<typeof registry.studentMoved>, session: ClientSession): Promise<void> {
    const { school, path, class: classId } = event.data.to;
    return this.set(event, session, { school, path, class: classId }, { held: '' });
  }

  private registration(event: Heard, session: ClientSession, registration: RegistrationState): Promise<void> {
    return this.set(event, session, { registration });
  }

  private set(
    event: Heard,
    session: ClientSession,
    set: Partial<Omit<StudentCopy, '_id'>>,
    unset?: { held: '' },
  ): Promise<void> {
    const update: mongo.UpdateFilter<StudentCopy> = {
      $set: { ...set, version: event.seq, recordedAt: event.recordedAt },
      ...(unset && { $unset: unset }),
    };
    return this.students.change(session, event.aggregateId, update);
  }
}
