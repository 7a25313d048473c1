import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';

/** A scan that a school has uploaded. Its bytes lie encrypted in the file store, under the digest. */
export interface Paper {
  /** `<school>/<digest>` */
  _id: string;
  digest: string;
  school: string;
  path: string;
  type: string;
  size: number;
  account: string;
  at: Date;
}

@Injectable()
export class PapersRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get papers() {
    return this.connection.collection<Paper>('papers');
  }

  async onModuleInit(): Promise<void> {
    await this.papers.createIndexes([{ key: { digest: 1 }, name: 'digest' }]);
  }

  /** The same scan uploaded again by the same school is the same thing. @returns whether it is new */
  async add(session: ClientSession, { _id, ...one }: Paper): Promise<boolean> {
    const { upsertedCount } = await this.papers.updateOne({ _id }, { $setOnInsert: one }, { session, upsert: true });
    return upsertedCount === 1;
  }

  /** Those of the digests that the school has not uploaded. */
  async lacking(school: string, digests: readonly string[]): Promise<string[]> {
    const found = await this.papers
      .find({ _id: { $in: digests.map((digest) => `${school}/${digest}`) } }, { projection: { digest: 1 } })
      .toArray();
    return digests.filter((digest) => !found.some((one) => one.digest === digest));
  }

  within(actor: Actor, digest: string): Promise<Paper | null> {
    return this.papers.findOne({ digest, $and: [actor.scope('path')] });
  }
}
