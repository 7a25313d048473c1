import { Injectable } from '@nestjs/common';
import { EventBusServer } from './event-bus.server';
import { Parking } from './parking';
import { Relay } from './relay';

export interface MessagingFigures {
  /** Rows written and not yet published. */
  outboxPending: number;
  /** Messages not finished, by topic. */
  lag: Record<string, number>;
  /** Keys parked. */
  parked: number;
  /** Events of the log since the process started: consumed = applied + duplicate + skipped + parked. */
  counters: { consumed: number; applied: number; duplicate: number; skipped: number; parked: number };
  /** Events applied from journals since the process started. */
  fromJournal: { applied: number; duplicate: number; skipped: number; parked: number };
}

/** What an operator, a barrier or an alarm wants to know. */
@Injectable()
export class MessagingStatus {
  constructor(
    private readonly relay: Relay,
    private readonly server: EventBusServer,
    private readonly parking: Parking,
  ) {}

  pending(): Promise<number> {
    return this.relay.pending();
  }

  /** Sum over all topics. */
  async lag(): Promise<number> {
    return Object.values(await this.server.lag()).reduce((sum, one) => sum + one, 0);
  }

  parked(): Promise<number> {
    return this.parking.count();
  }

  async figures(): Promise<MessagingFigures> {
    const [outboxPending, lag, parked] = await Promise.all([this.pending(), this.server.lag(), this.parked()]);
    const { applied, duplicate, skipped, parked: set } = this.server.tally;
    return {
      outboxPending,
      lag,
      parked,
      counters: { consumed: this.server.consumed, applied, duplicate, skipped, parked: set },
      fromJournal: { ...this.parking.fromJournal },
    };
  }
}
