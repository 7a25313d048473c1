import { ClientSession, mongo } from 'mongoose';
import { ReceivedEvent, registryEvents as registry, RegistrationState } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import { StudentCopy } from './student-copy';
import { StudentsRepository } from './students.repository';

type Heard = Pick<ReceivedEvent, 'aggregateId' | 'seq' | 'recordedAt'>;
type Known = Partial<Omit<StudentCopy, '_id'>>;
type Gone = { held: ''; ended?: '' };

/** Keeps the copy of the students. Refuses nothing by it: what it shows is as of the last event heard. */
@EventConsumer()
export class StudentsConsumer {
  constructor(private readonly students: StudentsRepository) {}

  @OnMany(registry.studentEntered)
  entered(events: ReceivedEvent<typeof registry.studentEntered>[], session: ClientSession): Promise<void> {
    return this.students.write(
      session,
      events.map((event) => ({
        replaceOne: { filter: { _id: event.aggregateId }, replacement: enteredCopy(event), upsert: true },
      })),
    );
  }

  @OnMany(registry.studentCorrected)
  corrected(events: ReceivedEvent<typeof registry.studentCorrected>[], session: ClientSession): Promise<void> {
    return this.students.write(
      session,
      events.map((event) => {
        const { class: classId } = event.data;
        return updated(event, { registration: 'entered', ...(classId !== undefined && { class: classId }) });
      }),
    );
  }

  @OnMany(registry.studentSubmitted)
  submitted(events: Heard[], session: ClientSession): Promise<void> {
    return this.registration(events, session, 'submitted');
  }

  @OnMany(registry.studentReturned)
  returned(events: Heard[], session: ClientSession): Promise<void> {
    return this.registration(events, session, 'returned');
  }

  @OnMany(registry.studentConfirmed)
  confirmed(events: Heard[], session: ClientSession): Promise<void> {
    return this.registration(events, session, 'confirmed');
  }

  @OnMany(registry.studentEntryUndone)
  undone(events: Heard[], session: ClientSession): Promise<void> {
    return this.registration(events, session, 'undone');
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

  @OnMany(registry.studentEnded)
  ended(events: ReceivedEvent<typeof registry.studentEnded>[], session: ClientSession): Promise<void> {
    return this.students.write(
      session,
      events.map((event) => {
        const { ending, stage } = event.data;
        return updated(event, { ended: { ending, stage, on: event.effectiveOn } });
      }),
    );
  }

  @OnMany(registry.studentPlaced)
  placed(events: ReceivedEvent<typeof registry.studentPlaced>[], session: ClientSession): Promise<void> {
    return this.students.write(
      session,
      events.map((event) => updated(event, event.data.to, { held: '', ended: '' })),
    );
  }

  @OnMany(registry.studentReseated)
  reseated(events: ReceivedEvent<typeof registry.studentReseated>[], session: ClientSession): Promise<void> {
    return this.students.write(
      session,
      events.map((event) => updated(event, event.data.to)),
    );
  }

  private registration(events: Heard[], session: ClientSession, registration: RegistrationState): Promise<void> {
    return this.students.write(
      session,
      events.map((event) => updated(event, { registration })),
    );
  }

  private set(event: Heard, session: ClientSession, set: Known, unset?: Gone): Promise<void> {
    return this.students.change(session, event.aggregateId, changeBy(event, set, unset));
  }
}

const enteredCopy = (event: ReceivedEvent<typeof registry.studentEntered>): Omit<StudentCopy, '_id'> => {
  const { school, path, class: classId, stage, entryYear, marks } = event.data;
  return {
    school,
    path,
    class: classId,
    stage,
    entryYear,
    registration: 'entered',
    marks: marks.map((mark) => ({ mark, from: event.effectiveOn })),
    version: event.seq,
    recordedAt: event.recordedAt,
  };
};

const changeBy = ({ seq, recordedAt }: Heard, set: Known, unset?: Gone): mongo.UpdateFilter<StudentCopy> => ({
  $set: { ...set, version: seq, recordedAt },
  ...(unset && { $unset: unset }),
});

const updated = (event: Heard, set: Known, unset?: Gone) => ({
  updateOne: { filter: { _id: event.aggregateId }, update: changeBy(event, set, unset) },
});
