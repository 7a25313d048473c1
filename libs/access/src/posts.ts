import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { DataOf, ReceivedEvent, registryEvents } from '#libs/contracts';
import { heldOn, Post } from './post';

/** The posts known to this service: in the registry the source, elsewhere a copy built from its events. */
@Injectable()
export class Posts implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get collection() {
    return this.connection.collection<Post>('posts');
  }

  async onModuleInit(): Promise<void> {
    await this.collection.createIndexes([
      { key: { account: 1 }, name: 'account' },
      { key: { office: 1, role: 1 }, name: 'office' },
    ]);
  }

  async heldBy(account: string, on: string): Promise<Post[]> {
    const posts = await this.collection.find({ account }).toArray();
    return posts.filter((post) => heldOn(post, on));
  }

  async at(office: string, role: Post['role'], on: string): Promise<Post[]> {
    const posts = await this.collection.find({ office, role }).toArray();
    return posts.filter((post) => heldOn(post, on));
  }

  async held(event: ReceivedEvent<typeof registryEvents.postHeld>, session: ClientSession): Promise<void> {
    await this.collection.replaceOne({ _id: event.aggregateId }, postOf(event.aggregateId, event.seq, event.data), {
      upsert: true,
      session,
    });
  }

  async ended(event: ReceivedEvent<typeof registryEvents.postEnded>, session: ClientSession): Promise<void> {
    await this.collection.updateOne(
      { _id: event.aggregateId },
      { $set: { to: event.data.to, version: event.seq } },
      { session },
    );
  }
}

const postOf = (
  _id: string,
  version: number,
  data: DataOf<typeof registryEvents.postHeld>,
): Omit<Post, '_id'> & { _id: string } => ({ _id, version, ...data });
