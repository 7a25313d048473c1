import { ClientSession, Collection, Connection } from 'mongoose';
import { Owner } from '#libs/contracts';
import { shards } from './shard';
import { Fault } from './faults';

/** A row of the journal. `_id` is `<aggregateId>:<seq>`, so that a doubled seq breaks the transaction that tries it. */
export interface OutboxRow {
  _id: string;
  aggregateId: string;
  seq: number;
  shard: number;
  type: string;
  data: unknown;
  /** Legal date. */
  effectiveOn: string;
  /** Business time. */
  recordedAt: Date;
  caseId?: string;
  pack?: string;
  rules?: string[];
  /** Real time of writing. */
  at: Date;
  /** Place in the shard, 1, 2, 3 … without gap; null until published. */
  position: number | null;
}

/** A shard of the relay, or an instance that takes part in it. Times are the server's. */
export interface LeaseRow {
  _id: string;
  kind: 'shard' | 'member';
  until: Date;
  /** Shards only. */
  shard?: number;
  holder?: string | null;
  /** Counts the holders; a write with an older token is fenced off. */
  token?: number;
  /** Last position given in this shard. */
  position?: number;
}

/** How far this service has come with one aggregate of another. */
export interface InboxRow {
  _id: string;
  source: Owner;
  aggregateId: string;
  /** Last sequence applied. */
  seq: number;
  parked?: Parked;
}

export interface Parked extends Fault {
  /** First event that could not be applied; 0 when it could not even be read. */
  seq: number;
  type: string;
  /** Real time. */
  since: Date;
  triedAt: Date;
  tries: number;
  /** Highest sequence heard of meanwhile. Messages are not stored: the owner's journal has them. */
  upTo: number;
}

export interface CommandRow {
  _id: string;
  bodyDigest: string;
  answer?: unknown;
  /** Real time. */
  at: Date;
}

/** For every transaction that joins the outbox: what was answered survives the loss of a node. */
export const durably = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
} as const;

/** Nothing is written, so nothing has to be waited for. */
const glance = { readConcern: { level: 'snapshot' }, writeConcern: { w: 1 } } as const;

/** Longest time in which a client may repeat a command under its key. */
const commandsKeptFor = 90 * 24 * 3600;

/** The collections of this library in the owner's database. */
export class MessagingStore {
  constructor(readonly connection: Connection) {}

  readonly outbox = this.of<OutboxRow>('outbox');
  readonly leases = this.of<LeaseRow>('relay_leases');
  readonly inbox = this.of<InboxRow>('inbox');
  readonly commands = this.of<CommandRow>('commands');

  /** Collections and indexes exist before anything is written or heard; a collection cannot appear inside a transaction everywhere. */
  async prepare(): Promise<this> {
    await Promise.all([
      this.outbox.createIndexes([
        {
          key: { shard: 1, aggregateId: 1, seq: 1 },
          name: 'unpublished',
          partialFilterExpression: { position: null },
        },
        {
          key: { shard: 1, position: 1 },
          name: 'position',
          unique: true,
          partialFilterExpression: { position: { $gt: 0 } },
        },
      ]),
      this.inbox.createIndexes([
        { key: { source: 1, _id: 1 }, name: 'parked', partialFilterExpression: { parked: { $exists: true } } },
      ]),
      this.commands.createIndexes([{ key: { at: 1 }, name: 'forget', expireAfterSeconds: commandsKeptFor }]),
    ]);
    await this.leases.bulkWrite(
      Array.from({ length: shards }, (_, shard) => ({
        updateOne: {
          filter: { _id: `shard-${shard}` },
          update: { $setOnInsert: { kind: 'shard', shard, holder: null, token: 0, position: 0, until: new Date(0) } },
          upsert: true,
        },
      })),
      { ordered: false },
    );
    return this;
  }

  /** One transaction; runs again when the store asks for it, so `act` must start from nothing each time. */
  transaction<T>(act: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.connection.transaction(act, durably) as Promise<T>;
  }

  /** Reads that belong together, as the store is at one instant. */
  atOneInstant<T>(read: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.connection.transaction(read, glance) as Promise<T>;
  }

  private of<T extends { _id: string }>(name: string): Collection<T> {
    return this.connection.collection<T>(name);
  }
}
