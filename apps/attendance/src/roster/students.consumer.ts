import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import { ChangeMembership } from './change-membership';
import { withMark } from './membership';
import type { StudyPlace } from './student';

type Entered = ReceivedEvent<typeof registry.studentEntered>;
type Corrected = ReceivedEvent<typeof registry.studentCorrected>;
type Moved = ReceivedEvent<typeof registry.studentMoved>;
type Undone = ReceivedEvent<typeof registry.studentEntryUndone>;
type Ended = ReceivedEvent<typeof registry.studentEnded>;
type PlacedThere = ReceivedEvent<typeof registry.studentPlaced>;
type Marked = ReceivedEvent<typeof registry.studentMarked>;
type StudyPlaceSet = ReceivedEvent<typeof registry.studentStudyPlaceSet>;

/** What the registry tells of children, as far as it says where each was to be on which day. */
@EventConsumer()
export class StudentsConsumer {
  constructor(private readonly membership: ChangeMembership) {}

  @OnMany(registry.studentEntered)
  entered(events: Entered[], session: ClientSession): Promise<void> {
    return this.membership.enter(
      session,
      events.map(({ aggregateId, seq, effectiveOn, data }) => ({
        id: aggregateId,
        seq,
        seat: {
          ...{ school: data.school, path: data.path, class: data.class, stage: data.stage },
          ...{ from: effectiveOn, seq },
        },
        marks: data.marks.map((mark) => ({ mark, from: effectiveOn })),
      })),
    );
  }

  @On(registry.studentCorrected)
  corrected({ aggregateId, seq, effectiveOn, data }: Corrected, session: ClientSession): Promise<void> {
    return this.membership.change(session, { id: aggregateId, seq }, (student) => {
      const last = student.seats.at(-1);
      if (data.class === undefined || !last) return {};
      return { seats: [...student.seats, { ...last, class: data.class, from: effectiveOn, seq }] };
    });
  }

  @On(registry.studentMoved)
  moved({ aggregateId, seq, effectiveOn, data }: Moved, session: ClientSession): Promise<void> {
    return this.membership.change(session, { id: aggregateId, seq }, ({ seats }) => {
      const stage = seats.at(-1)?.stage ?? 'primary';
      return { seats: [...seats, { ...data.to, stage, from: effectiveOn, seq }] };
    });
  }

  /** A stage has ended: nobody sits in the class any more. */
  @On(registry.studentEnded)
  ended({ aggregateId, seq, effectiveOn, data }: Ended, session: ClientSession): Promise<void> {
    return this.membership.change(session, { id: aggregateId, seq }, ({ seats }) => ({
      seats: [...seats, { stage: data.stage, from: effectiveOn, seq }],
    }));
  }

  @On(registry.studentPlaced)
  placed({ aggregateId, seq, effectiveOn, data }: PlacedThere, session: ClientSession): Promise<void> {
    const { school, path, class: classId, stage } = data.to;
    return this.membership.change(session, { id: aggregateId, seq }, ({ seats }) => ({
      seats: [...seats, { school, path, class: classId, stage, from: effectiveOn, seq }],
    }));
  }

  /** An entry that is taken back never was. */
  @On(registry.studentEntryUndone)
  undone({ aggregateId, seq }: Undone, session: ClientSession): Promise<void> {
    return this.membership.change(session, { id: aggregateId, seq }, () => ({ seats: [], study: [] }));
  }

  @On(registry.studentMarked)
  marked({ aggregateId, seq, data }: Marked, session: ClientSession): Promise<void> {
    return this.membership.change(session, { id: aggregateId, seq }, ({ marks }) => ({
      marks: withMark(marks, data),
    }));
  }

  /** Called where it studies (NAT-SP1). */
  @On(registry.studentStudyPlaceSet)
  studyPlaceSet({ aggregateId, seq, data }: StudyPlaceSet, session: ClientSession): Promise<void> {
    const { from, school, path, class: classId } = data;
    const place: StudyPlace = { from, seq, ...(school && path && classId && { school, path, class: classId }) };
    return this.membership.change(session, { id: aggregateId, seq }, ({ study }) => ({ study: [...study, place] }));
  }
}
