import { registryEvents, ReceivedEvent } from '#libs/contracts';
import { EventConsumer, On } from '#libs/messaging';
import { ClientSession } from 'mongoose';
import { Posts } from './posts';

/** Keeps the copy of the posts in every service but the registry. */
@EventConsumer()
export class PostsConsumer {
  constructor(private readonly posts: Posts) {}

  @On(registryEvents.postHeld)
  async held(event: ReceivedEvent<typeof registryEvents.postHeld>, session: ClientSession): Promise<void> {
    await this.posts.held(event, session);
  }

  @On(registryEvents.postEnded)
  async ended(event: ReceivedEvent<typeof registryEvents.postEnded>, session: ClientSession): Promise<void> {
    await this.posts.ended(event, session);
  }
}
