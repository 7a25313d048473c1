import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { ReceivedEvent, registryEvents } from '#libs/contracts';
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

  async held(events: ReceivedEvent<typeof registryEvents.postHeld>[], session: ClientSession): Promise<void> {
    const put = events.map(({ aggregateId, seq, data }) => ({
      replaceOne: { filter: { _id: aggregateId }, replacement: { version: seq, ...data }, upsert: true },
    }));
    await this.collection.bulkWrite(put, { session });
  }

  async ended(event: ReceivedEvent<typeof registryEvents.postEnded>, session: ClientSession): Promise<void> {
    await this.collection.updateOne(
      { _id: event.aggregateId },
      { $set: { to: event.data.to, version: event.seq } },
      { session },
    );
  }
}
