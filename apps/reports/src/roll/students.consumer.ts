import { ClientSession } from 'mongoose';
import { EventDefinition, ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { EventConsumer, OnMany } from '#libs/messaging';
import { localDateOf } from '#libs/policy';
import { FoldStudents } from './fold-students';
import { Fact } from './timeline';

type Events<E extends EventDefinition> = ReceivedEvent<E>[];
type Told<F> = F extends unknown ? Omit<F, 'seq' | 'on' | 'known'> : never;

/** Hears what the registry says about children, in crowds as it comes. */
@EventConsumer()
export class StudentsConsumer {
  constructor(private readonly foldStudents: FoldStudents) {}

  @OnMany(registry.studentEntered)
  entered(events: Events<typeof registry.studentEntered>, session: ClientSession): Promise<void> {
    return this.fold(events, session, ({ data }) => {
      const { school, path, class: own, stage, entryYear, sex, birthMonth, marks } = data;
      return { what: 'entered', seat: { school, path, class: own, stage, entryYear }, sex, birthMonth, marks };
    });
  }

  @OnMany(registry.studentCorrected)
  corrected(events: Events<typeof registry.studentCorrected>, session: ClientSession): Promise<void> {
    return this.fold(events, session, ({ data }) => ({
      what: 'corrected',
      ...(data.class !== undefined && { class: data.class }),
    }));
  }

  @OnMany(registry.studentConfirmed)
  confirmed(events: Events<typeof registry.studentConfirmed>, session: ClientSession): Promise<void> {
    return this.fold(events, session, () => ({ what: 'confirmed' }));
  }

  @OnMany(registry.studentEntryUndone)
  undone(events: Events<typeof registry.studentEntryUndone>, session: ClientSession): Promise<void> {
    return this.fold(events, session, () => ({ what: 'undone' }));
  }

  @OnMany(registry.studentMoved)
  moved(events: Events<typeof registry.studentMoved>, session: ClientSession): Promise<void> {
    return this.fold(events, session, ({ data }) => ({ what: 'seat', seat: data.to, how: 'moved' }));
  }

  @OnMany(registry.studentPlaced)
  placed(events: Events<typeof registry.studentPlaced>, session: ClientSession): Promise<void> {
    return this.fold(events, session, ({ data }) => ({ what: 'seat', seat: data.to, how: 'placed' }));
  }

  /** By a closing act; a child that is not on roll takes its file along and no seat. */
  @OnMany(registry.studentReseated)
  reseated(events: Events<typeof registry.studentReseated>, session: ClientSession): Promise<void> {
    return this.fold(events, session, ({ data }) => ({ what: 'seat', seat: data.to, how: 'reseated' }));
  }

  @OnMany(registry.studentEnded)
  ended(events: Events<typeof registry.studentEnded>, session: ClientSession): Promise<void> {
    return this.fold(events, session, ({ data }) => ({ what: 'ended', ending: data.ending }));
  }

  @OnMany(registry.studentMarked)
  marked(events: Events<typeof registry.studentMarked>, session: ClientSession): Promise<void> {
    return this.fold(
      events,
      session,
      ({ data: { mark, to } }) => ({ what: 'mark', mark, ...(to !== undefined && { to }) }),
      ({ data }) => data.from,
    );
  }

  private fold<E extends EventDefinition>(
    events: Events<E>,
    session: ClientSession,
    factOf: (event: ReceivedEvent<E>) => Told<Fact>,
    onOf: (event: ReceivedEvent<E>) => string = ({ effectiveOn }) => effectiveOn,
  ): Promise<void> {
    const told = events.map((event) => ({
      student: event.aggregateId,
      fact: { ...factOf(event), seq: event.seq, on: onOf(event), known: localDateOf(event.recordedAt) } as Fact,
    }));
    return this.foldStudents.run(told, session);
  }
}
