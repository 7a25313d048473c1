import { BeforeApplicationShutdown, Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Logger } from 'pino';
import { definitionOf, Owner } from '#libs/contracts';
import { LOG } from '#libs/service-kit';
import { isTransient } from './faults';
import { Inbox, keyOf, Pulse, Tally } from './inbox';
import { JournalClient } from './journal.client';
import { shards } from './shard';
import { InboxRow, MessagingStore } from './store';
import { Arrival, arrivalFromEntry } from './wire';

export interface ParkedKey {
  source: Owner;
  aggregateId: string;
  /** Last sequence applied. */
  seq: number;
  /** Type and sequence of the event that stopped it, and why. */
  stoppedAt: { seq: number; type: string; fault: string; detail: string };
  since: Date;
  triedAt: Date;
  tries: number;
  /** Events heard since the last applied one. */
  waiting: number;
}

export type Healed = 'healed' | 'parked' | 'unreachable' | 'behind';

const retryEvery = 30_000;
const never: Pulse = () => undefined;
const unreachable = 'journal-unreachable';

/**
 * Gap, redrive and restore are one routine: fetch from the owner's journal after the last applied sequence, and apply.
 * Keys that wait only for an owner to answer, or for a build that knows their type, are tried again without anybody.
 */
@Injectable()
export class Parking implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Events applied from journals, beside the log. */
  readonly fromJournal = new Tally();
  private timer?: NodeJS.Timeout;
  private retrying?: Promise<void>;
  private closing = false;
  private readonly rebuilding = new Set<Owner>();

  constructor(
    private readonly store: MessagingStore,
    private readonly inbox: Inbox,
    private readonly journal: JournalClient,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const retry = () => {
      this.retrying ??= this.retryByItself()
        .catch((error: unknown) => this.log.warn({ err: error }, 'parked keys could not be tried again'))
        .finally(() => (this.retrying = undefined));
    };
    this.timer = setInterval(retry, retryEvery);
    retry();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    await this.retrying;
  }

  async list(limit = 500): Promise<ParkedKey[]> {
    const rows = await this.store.inbox
      .find({ parked: { $exists: true } })
      .hint('parked')
      .limit(limit)
      .toArray();
    return rows.flatMap(({ source, aggregateId, seq, parked }) =>
      parked
        ? {
            source,
            aggregateId,
            seq,
            stoppedAt: { seq: parked.seq, type: parked.type, fault: parked.kind, detail: parked.detail },
            since: parked.since,
            triedAt: parked.triedAt,
            tries: parked.tries,
            waiting: Math.max(parked.upTo - seq, 0),
          }
        : [],
    );
  }

  count(): Promise<number> {
    return this.store.inbox.countDocuments({ parked: { $exists: true } }, { hint: 'parked' });
  }

  /** Tries a parked key again from the owner's journal. Harmless for a key that is not parked. */
  redrive(source: Owner, aggregateId: string): Promise<Healed> {
    return this.heal(source, aggregateId, never);
  }

  /**
   * Brings one key to the end of its owner's journal. When the owner does not answer, the key is parked and tried again
   * later, so that the other keys move on.
   * @param heard highest sequence that the log told of
   */
  async heal(source: Owner, aggregateId: string, pulse: Pulse, heard = 0): Promise<Healed> {
    for (;;) {
      pulse();
      const last = (await this.rowOf(source, aggregateId))?.seq ?? 0;
      let page: Arrival[];
      try {
        page = (await this.journal.ofAggregate(source, aggregateId, last)).map((entry) =>
          arrivalFromEntry(source, entry),
        );
      } catch (error) {
        if (!isTransient(error)) throw error;
        await this.wait(source, aggregateId, unreachable, 'the owner does not answer', heard);
        return 'unreachable';
      }
      if (page.length === 0) {
        const end = await this.finish(source, aggregateId, last, heard);
        if (end) return end;
        continue;
      }
      const { tally, waiting } = await this.inbox.settle(page, pulse, true);
      this.fromJournal.add(tally);
      if (tally.parked) return 'parked';
      if (waiting.length) {
        await this.wait(source, aggregateId, 'journal-gap', `no event before seq ${waiting[0].seq}`, heard);
        return 'behind';
      }
    }
  }

  /** Heals every key of which something waits behind a gap. */
  async healAll(waiting: Arrival[], pulse: Pulse): Promise<void> {
    const heard = new Map<string, Arrival>();
    for (const one of waiting) if (one.seq >= (heard.get(one.aggregateId)?.seq ?? 0)) heard.set(one.aggregateId, one);
    for (const { source, aggregateId, seq } of heard.values()) await this.heal(source, aggregateId, pulse, seq);
  }

  /** Replays everything an owner has published: for a service restored from a backup, or new. May run again at any time. */
  async rebuild(source: Owner, pulse: Pulse = never): Promise<Tally> {
    const total = new Tally();
    for (let shard = 0; shard < shards; shard++) {
      for (let after = 0; ;) {
        pulse();
        const page = await this.journal.ofShard(source, shard, after);
        if (page.length === 0) break;
        after = page[page.length - 1].position as number;
        const { tally, waiting } = await this.inbox.settle(
          page.map((entry) => arrivalFromEntry(source, entry)),
          pulse,
        );
        total.add(tally);
        this.fromJournal.add(tally);
        await this.healAll(waiting, pulse);
      }
    }
    return total;
  }

  /** For an operator, who watches the figures; a second call while one is under way changes nothing. */
  rebuildInBackground(source: Owner): void {
    if (this.rebuilding.has(source)) return;
    this.rebuilding.add(source);
    const leave: Pulse = () => {
      if (this.closing) throw new Error('the service is closing');
    };
    void this.rebuild(source, leave)
      .then((total) => this.log.info({ source, ...total }, 'rebuilt from the journal'))
      .catch((error: unknown) => this.log.error({ err: error, source }, 'rebuild broke off; it may be started again'))
      .finally(() => this.rebuilding.delete(source));
  }

  /** The journal has no more. Undefined when something was applied meanwhile: then look again. */
  private finish(source: Owner, aggregateId: string, seen: number, heard: number): Promise<Healed | undefined> {
    return this.store.transaction(async (session) => {
      const row = await this.rowOf(source, aggregateId, session);
      if (row && row.seq !== seen) return undefined;
      const upTo = Math.max(row?.parked?.upTo ?? 0, heard);
      if (upTo > seen) {
        // The log told of events that the owner no longer has: it was itself restored from an older state.
        await this.keepWaiting(
          source,
          aggregateId,
          row,
          'journal-behind',
          `the journal ends at seq ${seen}`,
          upTo,
          session,
        );
        return 'behind';
      }
      if (!row?.parked) return 'healed';
      if (seen === 0) await this.store.inbox.deleteOne({ _id: row._id }, { session });
      else await this.store.inbox.updateOne({ _id: row._id }, { $unset: { parked: 1 } }, { session });
      return 'healed';
    });
  }

  private wait(source: Owner, aggregateId: string, kind: string, detail: string, heard: number): Promise<void> {
    return this.store.transaction(async (session) => {
      const row = await this.rowOf(source, aggregateId, session);
      await this.keepWaiting(source, aggregateId, row, kind, detail, heard, session);
    });
  }

  private async keepWaiting(
    source: Owner,
    aggregateId: string,
    known: InboxRow | null,
    kind: string,
    detail: string,
    heard: number,
    session: ClientSession,
  ): Promise<void> {
    const row = known ?? { _id: keyOf(source, aggregateId), source, aggregateId, seq: 0 };
    const now = new Date();
    const parked = {
      seq: row.seq + 1,
      type: '',
      since: now,
      ...row.parked,
      kind,
      detail,
      triedAt: now,
      tries: (row.parked?.tries ?? 0) + 1,
      upTo: Math.max(row.parked?.upTo ?? row.seq, heard),
    };
    await this.store.inbox.replaceOne({ _id: row._id }, { ...row, parked }, { session, upsert: true });
  }

  private async retryByItself(): Promise<void> {
    const keys = await this.list();
    for (const { source, aggregateId, stoppedAt } of keys) {
      if (this.closing) return;
      const known = stoppedAt.fault === 'unknown-type' && definitionOf(stoppedAt.type) !== undefined;
      if (known || stoppedAt.fault === unreachable) await this.heal(source, aggregateId, never);
    }
  }

  private async rowOf(source: Owner, aggregateId: string, session?: ClientSession): Promise<InboxRow | null> {
    return this.store.inbox.findOne({ _id: keyOf(source, aggregateId) }, { session });
  }
}
