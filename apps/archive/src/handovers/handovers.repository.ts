import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit, type AuditRow } from '#libs/audit';
import { Deadlines } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { staleVersion } from '#libs/service-kit';
import type { Copy } from '../copies/copy';
import { Change, Handover, HandoverState } from './handover';

const plain = { ignoreUndefined: true } as const;

/** Files on their way. A change is saved with its event, deadlines and audit row, or not at all. */
@Injectable()
export class HandoversRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly outbox: Outbox,
    private readonly deadlines: Deadlines,
    private readonly audit: Audit,
  ) {}

  private get handovers() {
    return this.connection.collection<Handover>('handovers');
  }

  async onModuleInit(): Promise<void> {
    await this.handovers.createIndexes([
      { key: { paths: 1, _id: 1 }, name: 'scope' },
      { key: { copy: 1 }, name: 'copy' },
      { key: { student: 1 }, name: 'student' },
      { key: { state: 1, _id: 1 }, name: 'state' },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Handover | null> {
    return this.handovers.findOne({ _id: id }, { session });
  }

  async add(session: ClientSession, { _id, ...handover }: Handover): Promise<void> {
    await this.handovers.updateOne({ _id }, { $setOnInsert: handover }, { session, upsert: true, ...plain });
  }

  /** Those whose law was not looked up yet. */
  fresh(): Promise<Handover[]> {
    return this.handovers.find({ state: 'new' }).sort({ _id: 1 }).limit(100).toArray();
  }

  /** @throws Refused `stale-version` */
  async save(
    session: ClientSession,
    before: Handover,
    { handover, events, arm, over }: Change,
    by: Pick<AuditRow, 'act' | 'account' | 'post'>,
    at: Date,
  ): Promise<void> {
    const { matchedCount } = await this.handovers.replaceOne(
      { _id: before._id, version: before.version, state: before.state },
      handover,
      { session, ...plain },
    );
    if (matchedCount !== 1) throw staleVersion(before.version, handover.version);
    await this.outbox.add(session, events);
    if (over) await this.deadlines.cancelAll(session, handover._id);
    else await this.deadlines.arm(session, arm);
    const subject = { kind: 'file', id: handover._id, version: handover.version };
    await this.audit.write([{ ...by, subject, at }], session);
  }

  /** A sealed copy says what the file consists of. */
  async copySealed(session: ClientSession, copies: readonly Copy[]): Promise<void> {
    await this.handovers.bulkWrite(
      copies.map((copy) => ({
        updateMany: {
          filter: { copy: copy._id, items: { $exists: false } },
          update: { $set: { items: itemsOf(copy).map((item) => ({ item })) } },
        },
      })),
      { session, ordered: false },
    );
  }

  list(
    actor: Actor,
    wanted: { state?: HandoverState; school?: string; after?: string; limit: number },
  ): Promise<Handover[]> {
    return this.handovers
      .find({
        $and: [actor.scope('paths')],
        ...(wanted.state && { state: wanted.state }),
        ...(wanted.school && { $or: [{ 'from.school': wanted.school }, { 'to.school': wanted.school }] }),
        ...(wanted.after && { _id: { $gt: wanted.after } }),
      })
      .sort({ _id: 1 })
      .limit(wanted.limit)
      .toArray();
  }

  inScope(actor: Actor, id: string): Promise<Handover | null> {
    return this.handovers.findOne({ _id: id, $and: [actor.scope('paths')] });
  }

  /** Files that a school still has to send or to confirm. */
  async openAt(school: string, session?: ClientSession): Promise<string[]> {
    const found = await this.handovers
      .find(
        { state: { $ne: 'received' }, $or: [{ 'from.school': school }, { 'to.school': school }] },
        { session, projection: { _id: 1 } },
      )
      .toArray();
    return found.map(({ _id }) => _id);
  }

  unreceived(): Promise<number> {
    return this.handovers.countDocuments({ state: { $ne: 'received' } });
  }
}

/** The electronic record, and every paper by its name. */
export const itemsOf = ({ parts }: Copy): string[] => {
  const papers = parts.flatMap(({ papers: own }) => own ?? []).filter(({ missing }) => !missing);
  return ['record', ...[...new Set(papers.map(({ name }) => name))].sort()];
};
