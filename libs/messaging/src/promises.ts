import { ClientSession } from 'mongoose';
import { Owner } from '#libs/contracts';
import { shards } from './shard';
import { MessagingStore } from './store';

/** What the journal promises, counted over some of its shards at one instant. */
export interface JournalSlice {
  aggregates: number;
  events: number;
  /** Events that have a position. */
  published: number;
  /** Aggregates whose sequence numbers are not 1, 2, 3 …, counted; the first of each shard by id. */
  gaps: number;
  gapsAt: string[];
  /** Positions that were given and that no event holds. */
  positionsMissing: number;
  /** First shard of the next slice; absent at the end. */
  next?: string;
}

/** How far this service has come with those it hears: a slice of its inbox. */
export interface Heard {
  sources: Partial<Record<Owner, { aggregates: number; events: number }>>;
  /** Where the next slice begins; absent at the end. */
  next?: string;
}

const slice = 20_000;
const shown = 20;

/** Counts what must hold of journal and inbox, slice by slice, so that no question takes longer the older a service is. */
export class MessagingPromises {
  constructor(
    private readonly store: MessagingStore,
    private readonly consumes: readonly Owner[] = [],
  ) {}

  /** @param after first shard; as many follow as hold about `limit` events */
  journal(after = '0', limit = 100_000): Promise<JournalSlice> {
    return this.store.atOneInstant(async (session) => {
      const sum = { aggregates: 0, events: 0, published: 0, gaps: 0, gapsAt: [] as string[], positionsMissing: 0 };
      let shard = Number(after);
      for (; shard < shards && sum.events < limit; shard++) {
        const one = await this.shard(shard, session);
        for (const figure of ['aggregates', 'events', 'published', 'gaps', 'positionsMissing'] as const)
          sum[figure] += one[figure];
        sum.gapsAt.push(...one.gapsAt);
      }
      return { ...sum, ...(shard < shards && { next: String(shard) }) };
    });
  }

  private async shard(shard: number, session: ClientSession): Promise<JournalSlice> {
    // Both halves of the journal have an index; a row that is published meanwhile is seen once, by the snapshot.
    const rows = { $match: { shard, $or: [{ position: { $gt: 0 } }, { position: null }] } };
    const counted = this.store.outbox.aggregate<Sum>([rows, ...byAggregate, ...summed], { session });
    const [sum] = await counted.toArray();
    const { aggregates = 0, events = 0, published = 0, gaps = 0, last = 0 } = sum ?? {};
    const broken = this.store.outbox.aggregate<{ _id: string }>([rows, ...byAggregate, ...firstGaps], { session });
    const gapsAt = gaps ? (await broken.toArray()).map(({ _id }) => _id) : [];
    const lease = await this.store.leases.findOne({ _id: `shard-${shard}` }, { session });
    const given = Math.max(last ?? 0, lease?.position ?? 0);
    return { aggregates, events, published, gaps, gapsAt, positionsMissing: given - published };
  }

  async heard(after = '', limit = slice): Promise<Heard> {
    const groups = await this.store.inbox
      .aggregate<{ _id: Owner; aggregates: number; events: number; last: string }>([
        { $match: { _id: { $gt: after } } },
        { $sort: { _id: 1 } },
        { $limit: limit },
        { $group: { _id: '$source', aggregates: { $sum: 1 }, events: { $sum: '$seq' }, last: { $max: '$_id' } } },
      ])
      .toArray();
    const none = this.consumes.map((source) => [source, { aggregates: 0, events: 0 }] as const);
    const some = groups.map(({ _id, aggregates, events }) => [_id, { aggregates, events }] as const);
    const taken = groups.reduce((sum, { aggregates }) => sum + aggregates, 0);
    const last = groups.map((group) => group.last).toSorted();
    return { sources: Object.fromEntries([...none, ...some]), ...(taken === limit && { next: last.at(-1) }) };
  }
}

const byAggregate = [
  {
    $group: {
      _id: '$aggregateId',
      events: { $sum: 1 },
      published: { $sum: { $cond: [{ $gt: ['$position', 0] }, 1, 0] } },
      last: { $max: '$seq' },
      position: { $max: '$position' },
    },
  },
  // Ids hold the sequence, so that none stands twice: as many events as the last one counts is 1, 2, 3 …
  { $set: { gapless: { $eq: ['$events', '$last'] } } },
];

interface Sum {
  aggregates: number;
  events: number;
  published: number;
  gaps: number;
  /** Last position; null when none is published. */
  last: number | null;
}

const summed = [
  {
    $group: {
      _id: null,
      aggregates: { $sum: 1 },
      events: { $sum: '$events' },
      published: { $sum: '$published' },
      gaps: { $sum: { $cond: ['$gapless', 0, 1] } },
      last: { $max: '$position' },
    },
  },
];

const firstGaps = [{ $match: { gapless: false } }, { $sort: { _id: 1 } }, { $limit: shown }] as const;
