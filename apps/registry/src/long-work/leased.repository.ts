import { ClientSession, mongo } from 'mongoose';
import { Leased, LeaseLost } from './leased';

const leaseFor = 15_000;

type Update<T> = mongo.UpdateFilter<T>;

/** Takes the oldest work in one of these states that has no living worker. */
export const lease = async <T extends Leased>(
  collection: mongo.Collection<T>,
  states: readonly string[],
  owner: string,
): Promise<T | null> => {
  const now = new Date();
  const free = [{ lease: { $exists: false } }, { 'lease.until': { $lt: now } }];
  return (await collection.findOneAndUpdate(
    { state: { $in: states }, $or: free } as unknown as mongo.Filter<T>,
    { $set: { lease: { owner, until: new Date(now.getTime() + leaseFor) } } } as unknown as Update<T>,
    { sort: { _id: 1 }, returnDocument: 'after' },
  )) as T | null;
};

/**
 * Notes progress and keeps the lease; what was written goes into the same transaction. @throws LeaseLost
 */
export const progress = async <T extends Leased>(
  collection: mongo.Collection<T>,
  id: string,
  owner: string,
  change: Partial<T>,
  session?: ClientSession,
): Promise<void> => {
  const until = new Date(Date.now() + leaseFor);
  const { matchedCount } = await collection.updateOne(
    { _id: id, 'lease.owner': owner } as unknown as mongo.Filter<T>,
    { $set: { ...change, 'lease.until': until } } as unknown as Update<T>,
    { session },
  );
  if (matchedCount !== 1) throw new LeaseLost(id);
};

/** Ends a run: the work has its next state and is nobody's. @throws LeaseLost */
export const finish = async <T extends Leased>(
  collection: mongo.Collection<T>,
  id: string,
  owner: string,
  change: Update<T>,
  session?: ClientSession,
): Promise<void> => {
  const { matchedCount } = await collection.updateOne(
    { _id: id, 'lease.owner': owner } as unknown as mongo.Filter<T>,
    { ...change, $unset: { lease: 1 } } as unknown as Update<T>,
    { session },
  );
  if (matchedCount !== 1) throw new LeaseLost(id);
};

/** Gives the work back unfinished: something must happen first that is not ours. */
export const giveBack = async <T extends Leased>(
  collection: mongo.Collection<T>,
  id: string,
  owner: string,
): Promise<void> => {
  await collection.updateOne(
    { _id: id, 'lease.owner': owner } as unknown as mongo.Filter<T>,
    { $unset: { lease: 1 } } as unknown as Update<T>,
  );
};
