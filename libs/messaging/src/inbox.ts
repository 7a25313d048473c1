import { Inject, Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Owner, ReceivedEvent } from '#libs/contracts';
import { Fault, faultOf, isTransient } from './faults';
import { MESSAGING, MessagingOptions } from './options';
import { InboxRow, MessagingStore } from './store';
import { Arrival } from './wire';

/** Given one event, or what came of its type in a row: at least one, in order, each aggregate's in sequence. */
export type Effect = (events: ReceivedEvent[], session: ClientSession) => Promise<void>;

export type Verdict = 'apply' | 'duplicate' | 'gap' | 'parked';

/** What becomes of an arrival, given how far its aggregate has come. */
export const decide = (row: Pick<InboxRow, 'seq' | 'parked'> | undefined, arrival: Pick<Arrival, 'seq'>): Verdict => {
  const last = row?.seq ?? 0;
  // Unreadable (0) has no place in the order: it can only park its key, and the journal tells what is missing.
  if (arrival.seq > 0 && arrival.seq <= last) return 'duplicate';
  if (row?.parked) return 'parked';
  return arrival.seq > last + 1 ? 'gap' : 'apply';
};

export const keyOf = (source: Owner, aggregateId: string): string => `${source}/${aggregateId}`;

/** Every event of the log ends in exactly one of the four; `consumed` is their sum. */
export class Tally {
  applied = 0;
  duplicate = 0;
  /** Progress without effect: no handler here, or an unknown type that the service declares it skips. */
  skipped = 0;
  parked = 0;

  add(other: Tally): void {
    this.applied += other.applied;
    this.duplicate += other.duplicate;
    this.skipped += other.skipped;
    this.parked += other.parked;
  }
}

export interface Settled {
  tally: Tally;
  /** Arrivals after a gap, in order: they wait for what the journal says. */
  waiting: Arrival[];
}

/** Lets a long wait be left: throws when the consumer is closing or has lost its partitions. */
export type Pulse = () => void;

const triesOfPermanent = 3;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const jittered = (milliseconds: number) => milliseconds * (0.5 + Math.random());

/** Applies events once and in order per aggregate: effect and progress are one transaction. */
@Injectable()
export class Inbox {
  private readonly effects = new Map<string, Effect[]>();

  constructor(
    private readonly store: MessagingStore,
    @Inject(MESSAGING) private readonly options: MessagingOptions,
  ) {}

  /** Registers what an event type does here. Several effects of one type run one after another. */
  on(type: string, effect: Effect): void {
    this.effects.set(type, [...(this.effects.get(type) ?? []), effect]);
  }

  /**
   * Brings arrivals to their end, in order: together in one transaction; if that fails for good, one by one, so that a
   * poison event parks its own key only. Returns when everything is durable. Waits as long as the store is away.
   * @param healing applies to parked keys too, and stops at the first event that parks its key again
   */
  async settle(arrivals: Arrival[], pulse: Pulse, healing = false): Promise<Settled> {
    try {
      return await this.patiently(() => this.together(arrivals, healing), pulse, arrivals.length > 1 ? 4 : Infinity);
    } catch (error) {
      pulse();
      if (arrivals.length === 1) return this.alone(arrivals[0], error, pulse, healing);
    }
    const settled: Settled = { tally: new Tally(), waiting: [] };
    for (const arrival of arrivals) {
      // What follows a gap of its own key must not overtake it.
      if (settled.waiting.some((one) => sameKey(one, arrival))) {
        settled.waiting.push(arrival);
        continue;
      }
      const one = await this.settle([arrival], pulse, healing);
      settled.tally.add(one.tally);
      settled.waiting.push(...one.waiting);
      if (healing && one.tally.parked) break;
    }
    return settled;
  }

  /** An arrival that failed for good gets its other tries, then its key is parked. */
  private async alone(arrival: Arrival, error: unknown, pulse: Pulse, healing: boolean): Promise<Settled> {
    let last = error;
    for (let tries = 1; tries < triesOfPermanent; tries++) {
      await pause(jittered(20 * 4 ** tries));
      try {
        return await this.patiently(() => this.together([arrival], healing), pulse, Infinity);
      } catch (again) {
        pulse();
        last = again;
      }
    }
    const poison: Arrival = { ...arrival, fault: faultOf(last) };
    return this.patiently(() => this.together([poison], healing), pulse, Infinity);
  }

  /** Tries again in place while the failure passes by itself; nothing transient ever parks a key. */
  private async patiently<T>(act: () => Promise<T>, pulse: Pulse, patience: number): Promise<T> {
    for (let tries = 1; ; tries++) {
      pulse();
      try {
        return await act();
      } catch (error) {
        if (!isTransient(error) || tries >= patience) throw error;
        await pause(jittered(Math.min(50 * 2 ** tries, 5_000)));
      }
    }
  }

  /** One transaction for all. Throws what an effect throws; then nothing of it has happened. */
  private together(arrivals: Arrival[], healing: boolean): Promise<Settled> {
    return this.store.transaction(async (session) => {
      const { rows, known } = await this.progressOf(arrivals, session);
      const settled: Settled = { tally: new Tally(), waiting: [] };
      const changed = new Set<InboxRow>();
      const behindGap = new Set<InboxRow>();
      let run: ReceivedEvent[] = [];
      const takeEffect = async () => {
        for (const effect of this.effects.get(run[0]?.type) ?? []) await effect(run, session);
        run = [];
      };
      for (const arrival of arrivals) {
        const row = rows.get(keyOf(arrival.source, arrival.aggregateId)) as InboxRow;
        const verdict = this.verdictOn(arrival, healing ? { ...row, parked: undefined } : row);
        const fault = this.faultIn(arrival);
        if (verdict === 'duplicate') settled.tally.duplicate++;
        else if (behindGap.has(row) || verdict === 'gap') {
          behindGap.add(row);
          settled.waiting.push(arrival);
        } else if (verdict === 'parked') {
          settled.tally.parked++;
          this.noteLater(row, arrival, changed);
        } else if (fault) {
          settled.tally.parked++;
          this.park(row, arrival, fault);
          changed.add(row);
          if (healing) break;
        } else {
          if (arrival.type !== run[0]?.type) await takeEffect();
          if (arrival.event && this.effects.has(arrival.type)) {
            run.push(arrival.event);
            settled.tally.applied++;
          } else settled.tally.skipped++;
          row.seq = arrival.seq;
          changed.add(row);
        }
      }
      await takeEffect();
      await this.save([...changed], known, session);
      return settled;
    });
  }

  private verdictOn(arrival: Arrival, row: InboxRow): Verdict {
    return decide(row, arrival);
  }

  private faultIn({ fault }: Arrival): Fault | undefined {
    return fault?.kind === 'unknown-type' && this.options.unknownTypes === 'skip' ? undefined : fault;
  }

  private noteLater(row: InboxRow, arrival: Arrival, changed: Set<InboxRow>): void {
    if (!row.parked || arrival.seq <= row.parked.upTo) return;
    row.parked.upTo = arrival.seq;
    changed.add(row);
  }

  private park(row: InboxRow, { seq, type }: Arrival, fault: Fault): void {
    const now = new Date();
    row.parked = {
      ...fault,
      seq,
      type,
      since: row.parked?.since ?? now,
      triedAt: now,
      tries: (row.parked?.tries ?? 0) + 1,
      upTo: Math.max(row.parked?.upTo ?? 0, seq),
    };
  }

  /** How far each aggregate has come, by key; `known` are those that have a row already. */
  private async progressOf(
    arrivals: Arrival[],
    session: ClientSession,
  ): Promise<{ rows: Map<string, InboxRow>; known: Set<InboxRow> }> {
    const rows = new Map<string, InboxRow>();
    for (const { source, aggregateId } of arrivals) {
      const _id = keyOf(source, aggregateId);
      rows.set(_id, { _id, source, aggregateId, seq: 0 });
    }
    const _id = { $in: [...rows.keys()] };
    const known = await this.store.inbox.find({ _id }, { session, batchSize: rows.size + 1 }).toArray();
    for (const row of known) rows.set(row._id, row);
    return { rows, known: new Set(known) };
  }

  private async save(rows: InboxRow[], known: Set<InboxRow>, session: ClientSession): Promise<void> {
    const fresh = rows.filter((row) => !known.has(row));
    const moved = rows.filter((row) => known.has(row));
    if (fresh.length) await this.store.inbox.insertMany(fresh, { session, ordered: false });
    if (moved.length === 0) return;
    const update = ({ seq, parked }: InboxRow) => ({ $set: { seq, ...(parked && { parked }) } });
    await this.store.inbox.bulkWrite(
      moved.map((row) => ({ updateOne: { filter: { _id: row._id }, update: update(row) } })),
      { session, ordered: false },
    );
  }
}

const sameKey = (one: Arrival, other: Arrival) => one.source === other.source && one.aggregateId === other.aggregateId;
