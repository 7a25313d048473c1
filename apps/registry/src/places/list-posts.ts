import { Injectable } from '@nestjs/common';
import { Actor, Post, Posts } from '#libs/access';
import { Page, pageOf } from '#libs/service-kit';

export interface PostsWanted {
  office?: string;
  account?: string;
  /** Id of the last post of the page before. */
  after?: string;
  limit: number;
}

/** Posts in scope, ended ones included, paged by id. */
@Injectable()
export class ListPosts {
  constructor(private readonly posts: Posts) {}

  async run(
    actor: Actor,
    { office, account, after, limit }: PostsWanted,
  ): Promise<Page<Omit<Post, '_id'> & { id: string }>> {
    const found = await this.posts.collection
      .find({
        $and: [
          actor.scope('path'),
          office === undefined ? {} : { office },
          account === undefined ? {} : { account },
          after === undefined ? {} : { _id: { $gt: after } },
        ],
      })
      .sort({ _id: 1 })
      .limit(limit + 1)
      .toArray();
    return pageOf(
      found,
      limit,
      ({ _id, ...rest }) => ({ id: _id, ...rest }),
      ({ _id }) => _id,
    );
  }
}
