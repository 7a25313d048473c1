import { Inject, Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { PAPERS, type PapersOptions } from './options';

/** A scan that a school has uploaded. Its bytes lie encrypted in the file store, under the digest. */
export interface Paper {
  /** `<school>/<digest>` */
  _id: string;
  digest: string;
  office: string;
  path: string;
  type: string;
  size: number;
  account: string;
  at: Date;
}

@Injectable()
export class PapersRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(PAPERS) private readonly options: PapersOptions,
  ) {}

  private get papers() {
    return this.connection.collection<Paper>(this.options.collection);
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
    const ids = digests.map((digest) => `${school}/${digest}`);
    const found = await this.papers.find({ _id: { $in: ids } }, { projection: { digest: 1 } }).toArray();
    const uploaded = new Set(found.map(({ digest }) => digest));
    return digests.filter((digest) => !uploaded.has(digest));
  }

  /** Any upload of these bytes; the caller decides whether the actor may see them. */
  any(digest: string): Promise<Paper | null> {
    return this.papers.findOne({ digest });
  }

  within(actor: Actor, digest: string): Promise<Paper | null> {
    return this.papers.findOne({ digest, $and: [actor.scope('path')] });
  }
}
