import { Role } from '#libs/contracts';
import { notFound } from '#libs/service-kit';
import { Post, under, within } from './post';

/** Who calls, with the posts that the route accepts. */
export class Actor {
  constructor(
    readonly account: string,
    /** Posts in force today whose role the route allows; never empty for a person. */
    readonly posts: readonly Post[],
  ) {}

  /** The post whose office covers a path. Throws the answer for "there is none": foreign and missing look alike. */
  postAt(path: string, ...roles: Role[]): Post {
    const post = this.posts.find(
      (candidate) => within(path, candidate.path) && (roles.length === 0 || roles.includes(candidate.role)),
    );
    if (!post) throw notFound();
    return post;
  }

  /** The post held at exactly this office. */
  postOf(office: string): Post {
    const post = this.posts.find((candidate) => candidate.office === office);
    if (!post) throw notFound();
    return post;
  }

  covers(path: string): boolean {
    return this.posts.some((post) => within(path, post.path));
  }

  /** Condition to be ANDed into a query, so that only what lies under one of the posts is found. */
  scope(field = 'path'): Record<string, unknown> {
    return { $or: this.posts.map((post) => under(field, post.path)) };
  }
}
