import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';

/** A scan that a school has uploaded. Its bytes lie encrypted in the file store, under the digest. */
export interface Evidence {
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
export class EvidenceRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get evidence() {
    return this.connection.collection<Evidence>('evidence');
  }

  async onModuleInit(): Promise<void> {
    await this.evidence.createIndexes([{ key: { digest: 1 }, name: 'digest' }]);
  }

  /** The same scan uploaded again by the same school is the same thing. @returns whether it is new */
  async add(session: ClientSession, { _id, ...one }: Evidence): Promise<boolean> {
    const { upsertedCount } = await this.evidence.updateOne({ _id }, { $setOnInsert: one }, { session, upsert: true });
    return upsertedCount === 1;
  }

  /** Those of the digests that the office has uploaded. */
  async uploadedBy(office: string, digests: readonly string[]): Promise<Set<string>> {
    const ids = digests.map((digest) => `${office}/${digest}`);
    const found = await this.evidence.find({ _id: { $in: ids } }, { projection: { digest: 1 } }).toArray();
    return new Set(found.map(({ digest }) => digest));
  }

  /** Any upload of these bytes; the caller decides whether the actor may see them. */
  any(digest: string): Promise<Evidence | null> {
    return this.evidence.findOne({ digest });
  }

  uploadedWithin(actor: Actor, digest: string): Promise<Evidence | null> {
    return this.evidence.findOne({ digest, $and: [actor.scope('path')] });
  }
}
