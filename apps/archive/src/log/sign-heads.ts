import { Injectable } from '@nestjs/common';
import { archiveEvents } from '#libs/contracts';
import { MessagingStore, Outbox } from '#libs/messaging';
import { headDigest, signHead } from '#libs/proofs';
import { Clock } from '#libs/service-kit';
import { bareHead, LogRepository, logName } from './log.repository';
import { SigningKey } from './signing-key';

/** Signs the head of a log that has grown, and tells it to the other services, which keep it. */
@Injectable()
export class SignHeads {
  constructor(
    private readonly store: MessagingStore,
    private readonly outbox: Outbox,
    private readonly log: LogRepository,
    private readonly key: SigningKey,
    private readonly clock: Clock,
  ) {}

  /** @returns whether there was something to sign */
  run(): Promise<boolean> {
    return this.store.transaction(async (session) => {
      const state = await this.log.state(session);
      const before = await this.log.newestHead(session);
      if (state.size === (before?.size ?? 0)) return false;
      // Business time may have been moved back; a head is never older than what it holds.
      const now = new Date(Math.max(this.clock.now().getTime(), state.last.getTime()));
      const root = (await this.log.root(state.size, session)).toString('hex');
      const previous = before ? headDigest(bareHead(before)) : undefined;
      const head = signHead(
        { log: logName, size: state.size, root, at: now.toISOString(), ...(previous && { previous }) },
        this.key.key,
      );
      const day = this.clock.today();
      await this.log.addHead(session, head, day);
      const { log: aggregateId, ...data } = head;
      await this.outbox.add(session, [
        {
          definition: archiveEvents.headSigned,
          aggregateId,
          seq: state.heads + 1,
          effectiveOn: day,
          recordedAt: now,
          data,
        },
      ]);
      return true;
    });
  }
}
