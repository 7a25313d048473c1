import { Inject } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { archiveEvents, PartOwner, ReceivedEvent } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { FreezeParts, PART_OWNER, THIN_AFTER_MS } from './freeze-parts';
import { FrozenPartsRepository } from './frozen-parts.repository';

/** Hears what the archive asks for, and when it has sealed. */
@EventConsumer()
export class PartsConsumer {
  constructor(
    @Inject(PART_OWNER) private readonly owner: PartOwner,
    @Inject(THIN_AFTER_MS) private readonly thinAfterMs: number,
    private readonly parts: FrozenPartsRepository,
    private readonly freezing: FreezeParts,
  ) {}

  @On(archiveEvents.copyAsked)
  async asked(event: ReceivedEvent<typeof archiveEvents.copyAsked>, session: ClientSession): Promise<void> {
    const { parts, asOf, ...asked } = event.data;
    if (!parts.includes(this.owner)) return;
    await this.parts.ask(session, { ...asked, copy: event.aggregateId, asOf: new Date(asOf) });
    this.freezing.wake();
  }

  @On(archiveEvents.copySealed)
  async sealed(event: ReceivedEvent<typeof archiveEvents.copySealed>, session: ClientSession): Promise<void> {
    await this.parts.sealed(event.aggregateId, new Date(Date.now() + this.thinAfterMs), session);
  }
}
