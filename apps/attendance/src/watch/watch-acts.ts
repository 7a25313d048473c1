import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Actor, type Post } from '#libs/access';
import { MessagingStore, Once } from '#libs/messaging';
import { Clock, notFound, staleVersion } from '#libs/service-kit';
import type { LetterBook } from './letters.repository';
import type { Change, Moment, Watch } from './watch';
import { WatchesRepository } from './watches.repository';

export interface OnWatch {
  id: string;
  version: number;
}

export interface WatchAnswer {
  id: string;
  version: number;
  state: string;
}

/** What every act of a school on a watch has in common: its own watch, the version it saw, once, audited. */
@Injectable()
export class WatchActs {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly watches: WatchesRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, and whatever `act` throws */
  run(
    actor: Actor,
    key: string,
    act: string,
    input: OnWatch & object,
    decide: (
      watch: Watch,
      moment: Moment,
      session: ClientSession,
      post: Post,
    ) => Promise<{ change: Change; book?: LetterBook; facts?: Record<string, unknown> }>,
  ): Promise<WatchAnswer & Record<string, unknown>> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act, input } }, async () => {
        const watch = await this.watches.find(input.id, session);
        const post = watch && actor.posts.find(({ office }) => office === watch.school);
        if (!watch || !post) throw notFound();
        if (input.version !== watch.version) throw staleVersion(input.version, watch.version);
        const moment = { on: this.clock.today(), at: this.clock.now(), account: actor.account };
        const { change, book, facts } = await decide(watch, moment, session, post);
        const by = { act: `attendance.watch.${act}`, account: actor.account, post: post._id };
        await this.watches.save(session, change, by, book && (() => book));
        const { _id, version, state } = change.watch;
        return { id: _id, version, state, ...facts };
      }),
    );
  }
}
