import { registryEvents, ReceivedEvent } from '#libs/contracts';
import { EventConsumer, On, OnMany } from '#libs/messaging';
import { ClientSession } from 'mongoose';
import { Posts } from './posts';

/** Keeps the copy of the posts in every service but the registry. */
@EventConsumer()
export class PostsConsumer {
  constructor(private readonly posts: Posts) {}

  @OnMany(registryEvents.postHeld)
  async held(events: ReceivedEvent<typeof registryEvents.postHeld>[], session: ClientSession): Promise<void> {
    await this.posts.held(events, session);
  }

  @On(registryEvents.postEnded)
  async ended(event: ReceivedEvent<typeof registryEvents.postEnded>, session: ClientSession): Promise<void> {
    await this.posts.ended(event, session);
  }
}
