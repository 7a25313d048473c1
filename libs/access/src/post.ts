import { Role } from '#libs/contracts';

/** What a person may do, where and when. Dated data of the registry; every service keeps its own copy. */
export interface Post {
  _id: string;
  account: string;
  role: Role;
  office: string;
  /** Path of the office, `/520000/520100/520103/`. */
  path: string;
  from: string;
  /** Last day; absent while the post is held. */
  to?: string;
  /** Sequence of the last event applied. */
  version: number;
}

/** Whether the post is in force on a legal date; its first and last day included. */
export const heldOn = (post: Pick<Post, 'from' | 'to'>, on: string): boolean =>
  post.from <= on && (post.to === undefined || on <= post.to);

/** Whether an office path lies at or under another. */
export const within = (path: string, under: string): boolean => path.startsWith(under);

/** Mongo condition "at or under this path", answered by the index on the field. `0` is the character after `/`. */
export const under = (field: string, path: string): Record<string, unknown> => ({
  [field]: { $gte: path, $lt: `${path.slice(0, -1)}0` },
});
