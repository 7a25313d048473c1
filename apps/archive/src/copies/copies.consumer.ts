import { ClientSession } from 'mongoose';
import { CopyKind, CopyReason, partEvents, ReceivedEvent, registryEvents as registry, Stage } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import { lowestDivisionOn } from '#libs/places';
import { HandoversRepository } from '../handovers/handovers.repository';
import { newHandover } from '../handovers/handover';
import { CopiesRepository } from './copies.repository';
import { Copy, copyId, withPart } from './copy';
import { ownersAsked } from './part-owners';
import { SealCopies } from './seal-copies';
import { StagesRepository } from './stages.repository';

type Frozen = ReceivedEvent<(typeof partEvents)['registryPartFrozen' | 'transferPartFrozen' | 'attendancePartFrozen']>;

interface Wish {
  kind: CopyKind;
  reason: CopyReason;
  school: string;
  path: string;
  class: string;
  stage: Stage;
  case?: string;
  ending?: string;
}

/** What the registry tells leads to copies; what the owners tell brings them on. */
@EventConsumer()
export class CopiesConsumer {
  private readonly owners = ownersAsked();

  constructor(
    private readonly copies: CopiesRepository,
    private readonly handovers: HandoversRepository,
    private readonly stages: StagesRepository,
    private readonly sealing: SealCopies,
  ) {}

  @OnMany(registry.studentEntered)
  async entered(events: ReceivedEvent<typeof registry.studentEntered>[], session: ClientSession): Promise<void> {
    await this.stages.keep(
      session,
      events.map(({ aggregateId, data }) => ({ _id: aggregateId, stage: data.stage })),
    );
  }

  /** The stage is over: its school keeps a copy for ever (GZ-AR1, CZ-AR4, NAT-AR2). */
  @On(registry.studentEnded)
  async ended(event: ReceivedEvent<typeof registry.studentEnded>, session: ClientSession): Promise<void> {
    const { school, path, class: of, stage, ending } = event.data;
    await this.ask(event, { kind: 'permanent', reason: 'stageEnd', school, path, class: of, stage, ending }, session);
  }

  /** The record has moved: the old school keeps a copy as of that moment (GZ-TR13, NAT-TR8), the file follows (GZ-TR12). */
  @On(registry.studentMoved)
  async moved(event: ReceivedEvent<typeof registry.studentMoved>, session: ClientSession): Promise<void> {
    const { case: caseId, from, to } = event.data;
    const stage = await this.stages.of(event.aggregateId, session);
    const copy = await this.ask(event, { kind: 'handover', reason: 'transfer', ...from, stage, case: caseId }, session);
    await this.handovers.add(session, newHandover(event, { copy, caseId, reason: 'transfer', from, to }));
  }

  /** Placed into the next stage: the copy of the end of the stage is what the old school keeps (NAT-AR1). */
  @On(registry.studentPlaced)
  async placed(event: ReceivedEvent<typeof registry.studentPlaced>, session: ClientSession): Promise<void> {
    const { case: caseId, from, to } = event.data;
    const { stage, ...school } = from;
    await this.stages.keep(session, [{ _id: event.aggregateId, stage: to.stage }]);
    const permanent = await this.copies.permanentOf(event.aggregateId, stage, session);
    const copy =
      permanent ??
      (await this.ask(event, { kind: 'handover', reason: 'placement', ...school, stage, case: caseId }, session));
    await this.handovers.add(session, newHandover(event, { copy, caseId, reason: 'placement', from, to }));
  }

  @On(partEvents.registryPartFrozen)
  registryFrozen(event: ReceivedEvent<typeof partEvents.registryPartFrozen>, session: ClientSession): Promise<void> {
    return this.frozen(event, session);
  }

  @On(partEvents.transferPartFrozen)
  transferFrozen(event: ReceivedEvent<typeof partEvents.transferPartFrozen>, session: ClientSession): Promise<void> {
    return this.frozen(event, session);
  }

  @On(partEvents.attendancePartFrozen)
  attendanceFrozen(
    event: ReceivedEvent<typeof partEvents.attendancePartFrozen>,
    session: ClientSession,
  ): Promise<void> {
    return this.frozen(event, session);
  }

  private async frozen(event: Frozen, session: ClientSession): Promise<void> {
    const { copy: id, digest, bytes, items, positions } = event.data;
    const copy = await this.copies.find(id, session);
    const next = copy && withPart(copy, { owner: event.source as never, digest, bytes, items, positions });
    if (!next) return;
    await this.copies.save(session, copy, next);
    this.sealing.wake();
  }

  private async ask(event: ReceivedEvent, wish: Wish, session: ClientSession): Promise<string> {
    const _id = copyId(event.aggregateId, wish.kind, event.seq);
    const copy: Copy = {
      _id,
      version: 0,
      state: 'new',
      student: event.aggregateId,
      ...wish,
      on: event.effectiveOn,
      asOf: event.recordedAt,
      record: event.seq,
      county: lowestDivisionOn(wish.path),
      citations: [],
      parts: this.owners.map((owner) => ({ owner })),
      files: [],
      missing: [],
      custody: { keeper: wish.school, kind: 'school', path: wish.path, since: event.effectiveOn },
      formerCustody: [],
      notBefore: new Date(),
      tries: 0,
    };
    await this.copies.add(session, copy);
    this.sealing.wake();
    return _id;
  }
}
