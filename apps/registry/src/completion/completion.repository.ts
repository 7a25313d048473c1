import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Outbox } from '#libs/messaging';
import { staleVersion } from '#libs/service-kit';
import { Changed, Completion, openStates } from './completion';

/** A paper that a school has uploaded as proof of endings. The bytes lie encrypted under the digest. */
export interface EndingProof {
  /** `<school>/<digest>` */
  _id: string;
  digest: string;
  school: string;
  path: string;
  account: string;
  at: Date;
}

@Injectable()
export class CompletionRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly outbox: Outbox,
  ) {}

  get completions() {
    return this.connection.collection<Completion>('completions');
  }

  get proofs() {
    return this.connection.collection<EndingProof>('ending_proofs');
  }

  async onModuleInit(): Promise<void> {
    await this.completions.createIndexes([
      { key: { path: 1, _id: -1 }, name: 'scope' },
      { key: { state: 1, 'lease.until': 1 }, name: 'work' },
      {
        key: { class: 1 },
        name: 'openOfClass',
        unique: true,
        partialFilterExpression: { state: { $in: openStates } },
      },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Completion | null> {
    return this.completions.findOne({ _id: id }, { session });
  }

  /** The completion under way of each class. */
  async openOf(classes: string[], session: ClientSession): Promise<Map<string, Completion>> {
    const found = await this.completions
      .find({ class: { $in: classes }, state: { $in: openStates } }, { session })
      .toArray();
    return new Map(found.map((one) => [one.class, one]));
  }

  /** Saves next states with their events; each rests on the version that was read. @throws stale-version */
  async save(session: ClientSession, changes: Changed[]): Promise<void> {
    for (const { completion, events } of changes) {
      const before = completion.version - events.length;
      const { matchedCount, upsertedCount } = await this.completions.replaceOne(
        { _id: completion._id, version: before },
        completion,
        { session, upsert: before === 0, ignoreUndefined: true },
      );
      if (matchedCount + upsertedCount !== 1) throw staleVersion(before, completion.version);
    }
    await this.outbox.add(
      session,
      changes.flatMap(({ events }) => events),
    );
  }
}
