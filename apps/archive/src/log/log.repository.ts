import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection, mongo } from 'mongoose';
import { append, consistencyProof, inclusionProof, NodePlace, ReadNode, rootOf, SignedHead } from '#libs/proofs';
import type { Statement } from '../copies/lay-copy';

export const logName = 'xueji-archive';

export interface LogState {
  _id: string;
  /** Leaves. */
  size: number;
  /** Business time of the newest leaf: time in the log never goes back. */
  last: Date;
  /** Heads signed: sequence of their events. */
  heads: number;
}

export interface Leaf {
  /** Place in the log, from 0. */
  _id: number;
  copy: string;
  statement: Statement;
  /** Hex. */
  hash: string;
}

interface NodeRow {
  /** `<level>/<index>` */
  _id: string;
  hash: mongo.Binary;
}

export type HeadRow = SignedHead & {
  /** Size. */
  _id: number;
  /** Legal day of signing. */
  day: string;
};

const placeId = ({ level, index }: NodePlace): string => `${level}/${index}`;

/** The append-only log: leaves, hashes of complete subtrees, signed heads. Nothing here is ever changed. */
@Injectable()
export class LogRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get states() {
    return this.connection.collection<LogState>('log_state');
  }

  get leaves() {
    return this.connection.collection<Leaf>('log_leaves');
  }

  get nodes() {
    return this.connection.collection<NodeRow>('log_nodes');
  }

  get heads() {
    return this.connection.collection<HeadRow>('log_heads');
  }

  async onModuleInit(): Promise<void> {
    await this.leaves.createIndexes([{ key: { copy: 1 }, name: 'copy', unique: true }]);
    await this.heads.createIndexes([{ key: { day: 1, _id: 1 }, name: 'day' }]);
    await this.states.updateOne(
      { _id: logName },
      { $setOnInsert: { size: 0, last: new Date(0), heads: 0 } },
      { upsert: true },
    );
    await this.connection.db!.createCollection('log_nodes').catch(existsAlready);
  }

  async state(session?: ClientSession): Promise<LogState> {
    const state = await this.states.findOne({ _id: logName }, { session });
    if (!state) throw new Error('the log has no state: it was never prepared, or somebody took it away');
    return state;
  }

  /** Leaves in order, after those that are there. Two at once meet in the state; the second runs again. */
  async append(
    session: ClientSession,
    before: LogState,
    added: readonly Omit<Leaf, '_id'>[],
    last: Date,
  ): Promise<void> {
    const size = before.size + added.length;
    const { matchedCount } = await this.states.updateOne(
      { _id: logName, size: before.size },
      { $set: { size, last } },
      { session },
    );
    if (matchedCount !== 1) throw new Error('the log has grown meanwhile');
    const hashes = added.map(({ hash }) => Buffer.from(hash, 'hex'));
    const nodes = await append(before.size, hashes, this.reading(session));
    await this.leaves.insertMany(
      added.map((leaf, i) => ({ ...leaf, _id: before.size + i })),
      { session, ordered: false },
    );
    await this.nodes.insertMany(
      nodes.map(({ hash, ...place }) => ({ _id: placeId(place), hash: new mongo.Binary(hash) })),
      { session, ordered: false },
    );
  }

  /** Reads hashes of complete subtrees. @throws when one is not there */
  reading(session?: ClientSession): ReadNode {
    return async (place) => {
      const row = await this.nodes.findOne({ _id: placeId(place) }, { session });
      if (!row) throw new Error(`the log lacks node ${placeId(place)}`);
      return Buffer.from(row.hash.buffer);
    };
  }

  root(size: number, session?: ClientSession): Promise<Buffer> {
    return rootOf(size, this.reading(session));
  }

  inclusion(leaf: number, size: number): Promise<Buffer[]> {
    return inclusionProof(leaf, size, this.reading());
  }

  consistency(first: number, second: number): Promise<Buffer[]> {
    return consistencyProof(first, second, this.reading());
  }

  newestHead(session?: ClientSession): Promise<HeadRow | null> {
    return this.heads.findOne({}, { sort: { _id: -1 }, session });
  }

  head(size: number): Promise<HeadRow | null> {
    return this.heads.findOne({ _id: size });
  }

  headsOf(day: string): Promise<HeadRow[]> {
    return this.heads.find({ day }).sort({ _id: 1 }).toArray();
  }

  async addHead(session: ClientSession, head: SignedHead, day: string): Promise<void> {
    await this.heads.insertOne({ ...head, _id: head.size, day }, { session, ignoreUndefined: true });
    await this.states.updateOne({ _id: logName }, { $inc: { heads: 1 } }, { session });
  }
}

const existsAlready = (fault: unknown): void => {
  if ((fault as { codeName?: string }).codeName !== 'NamespaceExists') throw fault;
};

export const bareHead = ({ log, size, root, at, previous, key, signature }: SignedHead): SignedHead => ({
  log,
  size,
  root,
  at,
  ...(previous !== undefined && { previous }),
  key,
  signature,
});
