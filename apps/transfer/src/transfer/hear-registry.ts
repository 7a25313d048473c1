import { Inject, Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Logger } from 'pino';
import { archiveEvents, Citation, ReceivedEvent, registryEvents } from '#libs/contracts';
import { Clock, LOG } from '#libs/service-kit';
import { Law } from '../law/law';
import { Change, Moment, recordFileReceived, recordHeld, recordMoved, refusedByRegistry, Transfer } from './transfer';
import { bySystem, TransferRepository } from './transfer.repository';

type Held = ReceivedEvent<typeof registryEvents.studentHeld>;
type Refused = ReceivedEvent<typeof registryEvents.studentHoldRefused>;
type FileReceived = ReceivedEvent<typeof archiveEvents.fileReceived>;
type Moved = ReceivedEvent<typeof registryEvents.studentMoved>;

/** The registry's answers. One that comes twice, late or for a case that is over changes nothing. */
@Injectable()
export class HearRegistry {
  constructor(
    private readonly transfers: TransferRepository,
    private readonly law: Law,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  held(event: Held, session: ClientSession): Promise<void> {
    return this.apply(event.data.case, 'held', session, (transfer, moment) =>
      recordHeld(transfer, this.law.clocks, moment),
    );
  }

  refused(event: Refused, session: ClientSession): Promise<void> {
    return this.apply(event.data.case, 'hold-refused', session, (transfer, moment) =>
      refusedByRegistry(
        transfer,
        { code: event.data.code, citations: this.citations(event, transfer), facts: event.data.facts ?? {} },
        moment,
      ),
    );
  }

  moved(event: Moved, session: ClientSession): Promise<void> {
    return this.apply(event.data.case, 'moved', session, (transfer, moment) =>
      recordMoved(transfer, event.effectiveOn, moment),
    );
  }

  /** The archive says that the file was received. A case of another kind of movement is not here. */
  async fileReceived({ data, rules = [] }: FileReceived, session: ClientSession): Promise<void> {
    const transfer = await this.transfers.find(data.case, session);
    if (!transfer) return;
    const { copy, receivedOn, items, late } = data;
    const moment = { on: this.clock.today(), at: this.clock.now() };
    const change = recordFileReceived(transfer, { copy, receivedOn, items, late, rules }, moment);
    if (change) await this.transfers.save(session, change, bySystem('file-received'));
  }

  private async apply(
    caseId: string,
    what: string,
    session: ClientSession,
    decide: (transfer: Transfer, moment: Moment) => Change | undefined,
  ): Promise<void> {
    const transfer = await this.transfers.find(caseId, session);
    // A placement's, or one that was lost here, which reconciling finds.
    if (!transfer) return this.log.debug({ case: caseId, answer: what }, 'the registry answers no transfer');
    const change = decide(transfer, { on: this.clock.today(), at: this.clock.now() });
    if (change) await this.transfers.save(session, change, bySystem(what));
  }

  /** The articles of the rules that the registry names, in the pack that it judged by or in those of the case. */
  private citations({ pack, rules }: Refused, { packs }: Transfer): Citation[] {
    const ids = [...(pack !== undefined ? [pack] : []), packs.inSchool, packs.outSchool];
    const found = ids.flatMap((id) => {
      try {
        return [this.law.policy.pack(id)];
      } catch {
        // A pack that only the registry has been given: its articles are cited there.
        return [];
      }
    });
    return (rules ?? []).flatMap((rule) => {
      const citation = found.map((one) => one.rule(rule)?.citation).find(Boolean);
      return citation ? [citation] : [];
    });
  }
}
