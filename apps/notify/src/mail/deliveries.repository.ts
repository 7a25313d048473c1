import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { randomUUID } from 'node:crypto';
import { ClientSession, Connection } from 'mongoose';
import { Delivery, DeliveryState, deliveryStates } from './delivery';

/** Longer than one mail to one recipient can take, see the limits of the SMTP client. Real time. */
export const leaseLength = 90_000;

export type Leased = Delivery & { lease: NonNullable<Delivery['lease']> };

@Injectable()
export class Deliveries implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get deliveries() {
    return this.connection.collection<Delivery>('deliveries');
  }

  async onModuleInit(): Promise<void> {
    await this.deliveries.createIndexes([
      { key: { state: 1, nextTryAt: 1 }, name: 'state' },
      { key: { item: 1 }, name: 'item' },
    ]);
  }

  /** @returns false when this has been said before */
  async add(session: ClientSession, delivery: Delivery): Promise<boolean> {
    const { _id, ...rest } = delivery;
    const { upsertedCount } = await this.deliveries.updateOne(
      { _id },
      { $setOnInsert: rest },
      { upsert: true, session },
    );
    return upsertedCount === 1;
  }

  async makeDue(session: ClientSession, id: string): Promise<void> {
    await this.deliveries.updateOne(
      { _id: id, state: { $in: ['pending', 'failed'] } },
      { $set: { state: 'due' } },
      { session },
    );
  }

  /** No more mail about these items. @returns ids of those that waited for a try */
  async withdraw(session: ClientSession, items: string[]): Promise<string[]> {
    const waiting: DeliveryState[] = ['pending', 'failed', 'due'];
    const found = await this.deliveries
      .find({ item: { $in: items }, state: { $in: [...waiting, 'sending'] } }, { session, projection: { state: 1 } })
      .toArray();
    if (found.length === 0) return [];
    // One that is on the wire is finished first, and tells truly whether it was accepted.
    await this.deliveries.updateMany(
      { _id: { $in: found.map(({ _id }) => _id) } },
      [
        { $set: { unwanted: true } },
        { $set: { state: { $cond: [{ $eq: ['$state', 'sending'] }, 'sending', 'withdrawn'] } } },
      ],
      { session },
    );
    return found.filter(({ state }) => state !== 'sending').map(({ _id }) => _id);
  }

  /** Takes the next one to be sent: one that is due, or one whose sender has died. Each try counts when it begins. */
  async take(): Promise<Leased | undefined> {
    const now = new Date();
    const lease = { token: randomUUID(), until: new Date(now.getTime() + leaseLength) };
    const taken = await this.deliveries.findOneAndUpdate(
      { state: { $in: ['due', 'sending'] }, $or: [{ state: 'due' }, { 'lease.until': { $lt: now } }] },
      { $set: { state: 'sending', lease }, $inc: { tries: 1 } },
      { sort: { nextTryAt: 1 }, returnDocument: 'after' },
    );
    return taken ? { ...taken, lease } : undefined;
  }

  /** @returns whether the mail may go out: it is still ours and still wanted */
  async hold({ _id, lease }: Leased): Promise<'go' | 'unwanted' | 'lost'> {
    const held = await this.deliveries.findOneAndUpdate(
      { _id, state: 'sending', 'lease.token': lease.token },
      { $set: { 'lease.until': new Date(Date.now() + leaseLength) } },
      { returnDocument: 'after' },
    );
    if (!held) return 'lost';
    return held.unwanted ? 'unwanted' : 'go';
  }

  /** What the server said of one recipient stands at once, so that a later try does not send to them again. */
  async note({ _id }: Leased, outcome: 'accepted' | 'refused', account: string): Promise<void> {
    await this.deliveries.updateOne({ _id }, { $addToSet: { [outcome]: account } });
  }

  /** Ends a try. @returns false when the lease was lost meanwhile */
  async settle(
    session: ClientSession,
    { _id, lease }: Leased,
    end: { state: DeliveryState; reason?: string; nextTryAt?: Date },
  ): Promise<boolean> {
    const { state, reason, nextTryAt } = end;
    const { matchedCount } = await this.deliveries.updateOne(
      { _id, state: 'sending', 'lease.token': lease.token },
      {
        $set: { state, ...(reason !== undefined && { reason }), ...(nextTryAt && { nextTryAt }) },
        $unset: { lease: '', ...(reason === undefined && { reason: '' }) },
      },
      { session },
    );
    return matchedCount === 1;
  }

  async counts(): Promise<Record<DeliveryState, number>> {
    const found = await this.deliveries
      .aggregate<{ _id: DeliveryState; count: number }>([{ $group: { _id: '$state', count: { $sum: 1 } } }])
      .toArray();
    const counts = new Map(found.map(({ _id, count }) => [_id, count]));
    return Object.fromEntries(deliveryStates.map((state) => [state, counts.get(state) ?? 0])) as Record<
      DeliveryState,
      number
    >;
  }
}
