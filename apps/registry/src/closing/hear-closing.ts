import { Inject, Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Logger } from 'pino';
import { archiveEvents, closingEvents, Owner, ReceivedEvent, registryEvents } from '#libs/contracts';
import { Deadlines, FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { Clock, LOG } from '#libs/service-kit';
import { OfficeRepository } from '../places';
import { Closing, concerned, heard } from './closing';
import { ClosingPath, silentKind } from './closing-path';
import { ClosingRepository } from './closing.repository';

type Answered = ReceivedEvent<typeof closingEvents.transferPartAnswered>;
type HandedOver = ReceivedEvent<typeof archiveEvents.custodyHandedOver>;

/** What the other services say to a closing; with the custody handed over the school is closed. */
@Injectable()
export class HearClosing {
  constructor(
    private readonly closings: ClosingRepository,
    private readonly offices: OfficeRepository,
    private readonly outbox: Outbox,
    private readonly deadlines: Deadlines,
    private readonly path: ClosingPath,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  async answered(event: Answered, owner: Owner, session: ClientSession): Promise<void> {
    const { closing: id, ask, open, items } = event.data;
    const closing = await this.closings.find(id, session);
    const next = closing && heard(closing, owner, { ask, open, items, at: this.clock.now() });
    if (next) await this.closings.closings.updateOne({ _id: id }, { $set: { parts: next.parts } }, { session });
  }

  async handedOver({ data }: HandedOver, session: ClientSession): Promise<void> {
    const closing = await this.closings.find(data.closing, session);
    if (closing?.state !== 'handingOver') return;
    const office = await this.offices.find(closing.school, session);
    if (!office) throw new Error('a closing names a school that is not here');
    const today = this.clock.today();
    const closedOn = closing.on > today ? closing.on : today;
    const { copies, digest } = data;
    await this.closings.closings.updateOne(
      { _id: closing._id },
      { $set: { state: 'closed', custody: { copies, digest }, closedOn } },
      { session },
    );
    await this.deadlines.cancelAll(session, closing._id);
    const { closing: _passing, ...rest } = office;
    const keeper = closing.keeper!;
    const closed = { closing: closing._id, kind: closing.kind, keeper: keeper.office, keeperKind: keeper.kind };
    await this.offices.save(session, { ...rest, to: closedOn, closed, version: office.version + 1 });
    await this.outbox.add(session, [
      {
        definition: registryEvents.schoolClosed,
        aggregateId: office._id,
        seq: office.version + 1,
        effectiveOn: closedOn,
        recordedAt: this.clock.now(),
        pack: closing.pack,
        data: closed,
      },
    ]);
  }

  /** A service owes its answer: for the operator's eyes, and looked at again in an hour. */
  @OnDeadline(silentKind)
  async silent({ subject, key }: FiredDeadline, session: ClientSession): Promise<void> {
    const closing = await this.closings.find(subject, session);
    if (closing?.state !== key) return;
    const owing = key === 'announced' ? owes(closing) : ['archive'];
    if (owing.length === 0) return;
    this.log.error({ closing: subject, waitingFor: owing }, 'a service owes an answer to a closing');
    await this.path.awaitAnswers(session, closing);
  }
}

const owes = (closing: Closing): Owner[] => concerned.filter((owner) => (closing.parts[owner]?.ask ?? 0) < closing.ask);
