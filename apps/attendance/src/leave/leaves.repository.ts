import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import type { LocalDate } from '#libs/policy';
import { staleVersion } from '#libs/service-kit';
import type { Leave, LeaveState } from './leave';

export type GrantedLeave = Pick<Leave, 'student' | 'from' | 'to'>;

@Injectable()
export class LeavesRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get leaves() {
    return this.connection.collection<Leave>('leaves');
  }

  async onModuleInit(): Promise<void> {
    await this.leaves.createIndexes([
      { key: { student: 1, to: 1 }, name: 'student' },
      { key: { path: 1, _id: 1 }, name: 'scope' },
      { key: { papers: 1 }, name: 'papers' },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Leave | null> {
    return this.leaves.findOne({ _id: id }, { session });
  }

  /** Granted leave of these children that touches a time, both days included. */
  granted(
    students: readonly string[],
    from: LocalDate,
    to: LocalDate,
    session?: ClientSession,
  ): Promise<GrantedLeave[]> {
    if (students.length === 0) return Promise.resolve([]);
    return this.leaves
      .find(
        { student: { $in: [...students] }, to: { $gte: from }, from: { $lte: to }, state: 'granted' },
        { session, projection: { _id: 0, student: 1, from: 1, to: 1 } },
      )
      .toArray();
  }

  list(
    actor: Actor,
    wanted: { school?: string; student?: string; state?: LeaveState; after?: string; limit: number },
  ): Promise<Leave[]> {
    const { school, student, state, after, limit } = wanted;
    return this.leaves
      .find({
        $and: [actor.scope('path')],
        ...(school && { school }),
        ...(student && { student }),
        ...(state && { state }),
        ...(after && { _id: { $gt: after } }),
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  async showsPaper(actor: Actor, digest: string): Promise<boolean> {
    const found = await this.leaves.findOne(
      { papers: digest, $and: [actor.scope('path')] },
      { projection: { _id: 1 } },
    );
    return found !== null;
  }

  /** @throws Refused `stale-version` */
  async save(session: ClientSession, leave: Leave): Promise<void> {
    const plain = { session, ignoreUndefined: true };
    if (leave.version === 1) {
      await this.leaves.insertOne(leave, plain);
      return;
    }
    const { _id, ...rest } = leave;
    const before = leave.version - 1;
    const { matchedCount } = await this.leaves.replaceOne({ _id, version: before }, rest, plain);
    if (matchedCount !== 1) throw staleVersion(before, leave.version);
  }
}
