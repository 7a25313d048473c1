import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { archiveEvents, ReceivedEvent } from '#libs/contracts';
import { EventConsumer, OnMany } from '#libs/messaging';
import { SignedHead } from '#libs/proofs';

export type AnchoredHead = SignedHead & {
  /** `<log>/<size>`. */
  _id: string;
};

/** Heads of the archive's log as this service has heard them. Whoever rewrites the archive would have to rewrite these too. */
@Injectable()
export class Anchors implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get heads() {
    return this.connection.collection<AnchoredHead>('archive_heads');
  }

  async onModuleInit(): Promise<void> {
    await this.heads.createIndexes([{ key: { log: 1, size: -1 }, name: 'newest' }]);
  }

  /** The first that was heard of a size stays: a second one of the same size is the proof of a forgery, not its success. */
  async keep(heads: readonly SignedHead[], session: ClientSession): Promise<void> {
    await this.heads.bulkWrite(
      heads.map((head) => ({
        updateOne: { filter: { _id: `${head.log}/${head.size}` }, update: { $setOnInsert: head }, upsert: true },
      })),
      { session, ignoreUndefined: true },
    );
  }

  /** Newest first. */
  async newest(limit: number): Promise<SignedHead[]> {
    const found = await this.heads.find({}).sort({ size: -1 }).limit(limit).toArray();
    return found.map(({ _id, ...head }) => head);
  }
}

@EventConsumer()
export class AnchorsConsumer {
  constructor(private readonly anchors: Anchors) {}

  @OnMany(archiveEvents.headSigned)
  async heads(events: ReceivedEvent<typeof archiveEvents.headSigned>[], session: ClientSession): Promise<void> {
    await this.anchors.keep(
      events.map(({ aggregateId, data }) => ({ log: aggregateId, ...data })),
      session,
    );
  }
}
