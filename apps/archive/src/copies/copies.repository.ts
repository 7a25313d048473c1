import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import type { CopyKind, Stage } from '#libs/contracts';
import type { Copy, CopyState } from './copy';

const leaseFor = 60_000;
const pause = (tries: number): number => Math.min(1_000 * 2 ** Math.min(tries, 9), 300_000);
const plain = { ignoreUndefined: true } as const;

export interface CopyQuery {
  school?: string;
  keeper?: string;
  student?: string;
  kind?: CopyKind;
  state?: CopyState;
  after?: string;
  limit: number;
}

/** Another instance has taken the copy over, or it has moved on: what this run did rolls back. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

@Injectable()
export class CopiesRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get copies() {
    return this.connection.collection<Copy>('copies');
  }

  async onModuleInit(): Promise<void> {
    await this.copies.createIndexes([
      { key: { student: 1, _id: 1 }, name: 'student' },
      { key: { 'custody.path': 1, _id: 1 }, name: 'scope' },
      { key: { school: 1, _id: 1 }, name: 'school' },
      { key: { 'custody.keeper': 1, _id: 1 }, name: 'keeper' },
      {
        key: { state: 1, notBefore: 1 },
        name: 'work',
        partialFilterExpression: { state: { $in: ['new', 'asked', 'pulling', 'inReview', 'ready', 'notKept'] } },
      },
      {
        key: { 'sealed.leaf': 1 },
        name: 'leaf',
        unique: true,
        partialFilterExpression: { 'sealed.leaf': { $gte: 0 } },
      },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Copy | null> {
    return this.copies.findOne({ _id: id }, { session });
  }

  /** The copy of the end of a stage, if there is or will be one. */
  async permanentOf(student: string, stage: Stage, session: ClientSession): Promise<string | undefined> {
    const found = await this.copies.findOne(
      { student, stage, kind: 'permanent', state: { $ne: 'notKept' } },
      { session, sort: { _id: -1 }, projection: { _id: 1 } },
    );
    return found?._id;
  }

  /** Heard of again it is the same copy. @returns whether it is new */
  async add(session: ClientSession, { _id, ...copy }: Copy): Promise<boolean> {
    const { upsertedCount } = await this.copies.updateOne(
      { _id },
      { $setOnInsert: copy },
      { session, upsert: true, ...plain },
    );
    return upsertedCount === 1;
  }

  /** Next state, from the state it was read in; nobody works on it afterwards. @throws LeaseLost */
  async save(session: ClientSession, before: Copy, after: Copy): Promise<void> {
    const { lease: _, lastFault: _fault, ...next } = after;
    const { matchedCount } = await this.copies.replaceOne(
      {
        _id: before._id,
        state: before.state,
        version: before.version,
        ...(before.lease && { 'lease.owner': before.lease.owner }),
      },
      { ...next, tries: 0, notBefore: new Date() },
      { session, ...plain },
    );
    if (matchedCount !== 1) throw new LeaseLost(before._id);
  }

  lease(owner: string, states: CopyState[]): Promise<Copy | null> {
    const now = new Date();
    return this.copies.findOneAndUpdate(
      {
        state: { $in: states },
        notBefore: { $lte: now },
        $or: [{ lease: { $exists: false } }, { 'lease.until': { $lt: now } }],
      },
      { $set: { lease: { owner, until: new Date(now.getTime() + leaseFor) } } },
      { sort: { notBefore: 1 }, returnDocument: 'after' },
    );
  }

  async failed(copy: Copy, fault: string): Promise<void> {
    await this.copies.updateOne(
      { _id: copy._id, 'lease.owner': copy.lease?.owner },
      {
        $set: { lastFault: fault, notBefore: new Date(Date.now() + pause(copy.tries)) },
        $inc: { tries: 1 },
        $unset: { lease: '' },
      },
    );
  }

  /** In the order in which they became ready. */
  ready(limit: number, session: ClientSession): Promise<Copy[]> {
    return this.copies.find({ state: 'ready' }, { session }).sort({ notBefore: 1, _id: 1 }).limit(limit).toArray();
  }

  async seal(session: ClientSession, sealed: readonly Copy[]): Promise<void> {
    const { matchedCount } = await this.copies.bulkWrite(
      sealed.map((copy) => ({
        updateOne: {
          filter: { _id: copy._id, state: 'ready' },
          update: {
            $set: { state: 'sealed' as const, version: copy.version, sealed: copy.sealed, custody: copy.custody },
          },
        },
      })),
      { session, ordered: true },
    );
    if (matchedCount !== sealed.length) throw new LeaseLost('a copy was sealed by another');
  }

  /** In scope of the keeper's path: who keeps a copy may see it, wherever the child is now. */
  list(actor: Actor, { school, keeper, student, kind, state, after, limit }: CopyQuery): Promise<Copy[]> {
    return this.copies
      .find({
        $and: [actor.scope('custody.path')],
        ...(school && { school }),
        ...(keeper && { 'custody.keeper': keeper }),
        ...(student && { student }),
        ...(kind && { kind }),
        ...(state && { state }),
        ...(after && { _id: { $gt: after } }),
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  inScope(actor: Actor, id: string): Promise<Copy | null> {
    return this.copies.findOne({ _id: id, $and: [actor.scope('custody.path')] });
  }

  /** Copies not sealed yet, by state. */
  async unfinished(): Promise<Partial<Record<CopyState, number>>> {
    const counted = await this.copies
      .aggregate<{ _id: CopyState; n: number }>([
        { $match: { state: { $in: ['new', 'asked', 'pulling', 'inReview', 'ready', 'notKept'] } } },
        { $group: { _id: '$state', n: { $sum: 1 } } },
      ])
      .toArray();
    return Object.fromEntries(counted.map(({ _id, n }) => [_id, n]));
  }
}
