import { Injectable } from '@nestjs/common';
import { Actor, Posts } from '#libs/access';
import { registryEvents } from '#libs/contracts';
import { addDays, type LocalDate } from '#libs/policy';
import { Clock, notFound, staleVersion } from '#libs/service-kit';
import { CarryOut } from './carry-out';
import { refuseIfAny } from './list-problems';
import { problemsOfEnd } from './post-rules';

export interface PostToEnd {
  post: string;
  /** Version that the caller saw. */
  version: number;
  /** Last day; absent: today. */
  to?: LocalDate;
}

/** Sets the last day of a post. */
@Injectable()
export class EndPost {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly posts: Posts,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `refused` */
  run(actor: Actor, key: string, wanted: PostToEnd): Promise<{ id: string; to: LocalDate; version: number }> {
    return this.carryOut.run(actor, { key, act: 'registry.post.end', body: wanted }, async (session, note) => {
      const post = await this.posts.collection.findOne({ _id: wanted.post }, { session });
      if (!post) throw notFound();
      const by = actor.postAt(post.path);
      if (post.version !== wanted.version) throw staleVersion(wanted.version, post.version);
      const today = this.clock.today();
      const to = wanted.to ?? today;
      refuseIfAny(problemsOfEnd(post, to, addDays(today, -1)));
      const version = post.version + 1;
      const { matchedCount } = await this.posts.collection.updateOne(
        { _id: post._id, version: post.version },
        { $set: { to, version } },
        { session },
      );
      if (matchedCount !== 1) throw staleVersion(wanted.version, version);
      note(
        { definition: registryEvents.postEnded, aggregateId: post._id, seq: version, effectiveOn: to, data: { to } },
        by,
        ['to'],
      );
      return { id: post._id, to, version };
    });
  }
}
