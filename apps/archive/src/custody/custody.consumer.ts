import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { SealCopies } from '../copies/seal-copies';
import { HandOverCustody } from './hand-over-custody';

/** Hears that the files of a school have another keeper: after a merger the school merged into, after a closure whom the county named. */
@EventConsumer()
export class CustodyConsumer {
  constructor(
    private readonly custody: HandOverCustody,
    private readonly work: SealCopies,
  ) {}

  @On(registry.closingCustodyAsked)
  async asked(event: ReceivedEvent<typeof registry.closingCustodyAsked>, session: ClientSession): Promise<void> {
    const { school, keeper, keeperKind, keeperPath } = event.data;
    await this.custody.ask(session, {
      closing: event.aggregateId,
      from: school,
      to: { keeper, kind: keeperKind, path: keeperPath },
      on: event.effectiveOn,
      rules: event.rules ?? [],
      ...(event.pack && { pack: event.pack }),
    });
    this.work.wake();
  }
}
