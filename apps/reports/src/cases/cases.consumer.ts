import { ClientSession } from 'mongoose';
import { ReceivedEvent, transferEvents as transfer } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { changed, opened } from './case';
import { CasesRepository } from './cases.repository';

/** Hears how movements go: who has them, since when, until when. */
@EventConsumer()
export class CasesConsumer {
  constructor(private readonly cases: CasesRepository) {}

  @On(transfer.transferFiled)
  filed(event: ReceivedEvent<typeof transfer.transferFiled>, session: ClientSession): Promise<void> {
    const { student, stage, from, to } = event.data;
    return this.cases.put(session, {
      _id: event.aggregateId,
      student,
      stage,
      from: { school: from.school, path: from.path },
      to: { school: to.school, path: to.path },
      filedOn: event.effectiveOn,
      steps: [],
    });
  }

  @On(transfer.transferStepOpened)
  stepOpened(event: ReceivedEvent<typeof transfer.transferStepOpened>, session: ClientSession): Promise<void> {
    const { step, office, path, arrivedOn, dueOn } = event.data;
    return this.cases.change(session, event.aggregateId, (one) => ({
      ...one,
      steps: opened(one.steps, { step, office, path, arrivedOn, ...(dueOn !== undefined && { dueOn }) }),
    }));
  }

  @On(transfer.transferStepDueChanged)
  dueChanged(event: ReceivedEvent<typeof transfer.transferStepDueChanged>, session: ClientSession): Promise<void> {
    const { step, dueOn } = event.data;
    return this.cases.change(session, event.aggregateId, (one) => ({
      ...one,
      steps: changed(one.steps, step, { dueOn }),
    }));
  }

  @On(transfer.transferStepActed)
  stepActed(event: ReceivedEvent<typeof transfer.transferStepActed>, session: ClientSession): Promise<void> {
    const { step, outcome } = event.data;
    return this.cases.change(session, event.aggregateId, (one) => ({
      ...one,
      steps: changed(one.steps, step, { actedOn: event.effectiveOn, outcome }),
    }));
  }

  @On(transfer.transferCompleted)
  completed(event: ReceivedEvent<typeof transfer.transferCompleted>, session: ClientSession): Promise<void> {
    return this.end(event.aggregateId, event.data.movedOn, 'completed', session);
  }

  @On(transfer.transferEnded)
  ended(event: ReceivedEvent<typeof transfer.transferEnded>, session: ClientSession): Promise<void> {
    return this.end(event.aggregateId, event.effectiveOn, event.data.outcome, session);
  }

  private end(id: string, endedOn: string, outcome: string, session: ClientSession): Promise<void> {
    return this.cases.change(session, id, (one) => ({ ...one, endedOn, outcome }));
  }
}
