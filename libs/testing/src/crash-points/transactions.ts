import { mongo } from 'mongoose';

type Operation = (this: { collectionName: string }, ...args: unknown[]) => unknown;

const writes = [
  'insertOne',
  'insertMany',
  'updateOne',
  'updateMany',
  'replaceOne',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
  'deleteOne',
  'deleteMany',
  'bulkWrite',
];
const written = new WeakMap<object, Set<string>>();

/**
 * Wraps the commit of every transaction in this process. `around` is told which collections the transaction wrote into
 * and calls `commit` itself, before or after it does harm.
 */
export const aroundCommit = (
  around: (collections: Set<string>, commit: () => Promise<void>) => Promise<void>,
): void => {
  noteWrites();
  const session = mongo.ClientSession.prototype;
  const commit = session.commitTransaction;
  session.commitTransaction = function (this: mongo.ClientSession, ...args) {
    const collections = written.get(this) ?? new Set<string>();
    written.delete(this);
    return around(collections, () => commit.apply(this, args));
  };
};

const noteWrites = (): void => {
  const collection = mongo.Collection.prototype as unknown as Record<string, Operation>;
  for (const name of writes) {
    const original = collection[name];
    if (!original) throw new Error(`the driver has no Collection.${name}: this crash point would not see it`);
    collection[name] = function (this: { collectionName: string }, ...args) {
      const options = args.at(-1) as { session?: object } | undefined;
      if (options?.session) {
        const names = written.get(options.session) ?? new Set<string>();
        written.set(options.session, names.add(this.collectionName));
      }
      return original.apply(this as never, args);
    };
  }
};
