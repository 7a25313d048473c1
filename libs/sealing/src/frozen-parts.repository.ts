import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import type { AskedPart, PartPaper } from './part';

/**
 * `asked`: to be frozen. `frozen`: told, and served. `sealed`: the archive has it; still served for a while, in case the
 * archive is restored from a backup. `thinned`: its bytes are gone.
 */
export interface FrozenPart extends Omit<AskedPart, 'copy'> {
  /** Copy id. */
  _id: string;
  state: 'asked' | 'frozen' | 'sealed' | 'thinned';
  askedAt: Date;
  /** Real time before which nobody tries (again). */
  notBefore: Date;
  tries: number;
  /** Class of the last fault; never what a person wrote. */
  lastFault?: string;
  lease?: { owner: string; until: Date };
  digest?: string;
  bytes?: number;
  papers?: PartPaper[];
}

const leaseFor = 60_000;
/** Milliseconds until the next try, by tries made. */
const pause = (tries: number): number => Math.min(1_000 * 2 ** Math.min(tries, 9), 300_000);

@Injectable()
export class FrozenPartsRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  get parts() {
    return this.connection.collection<FrozenPart>('frozen_parts');
  }

  async onModuleInit(): Promise<void> {
    await this.parts.createIndexes([
      { key: { state: 1, notBefore: 1 }, name: 'work' },
      { key: { student: 1 }, name: 'student' },
    ]);
  }

  /** Asked again it is the same thing. */
  async ask(session: ClientSession, { copy, ...asked }: AskedPart): Promise<void> {
    const now = new Date();
    await this.parts.updateOne(
      { _id: copy },
      { $setOnInsert: { ...asked, state: 'asked', askedAt: now, notBefore: now, tries: 0 } },
      { session, upsert: true, ignoreUndefined: true },
    );
  }

  find(copy: string): Promise<FrozenPart | null> {
    return this.parts.findOne({ _id: copy });
  }

  /** The next one that nobody works on. */
  lease(owner: string): Promise<FrozenPart | null> {
    const now = new Date();
    return this.parts.findOneAndUpdate(
      {
        state: 'asked',
        notBefore: { $lte: now },
        $or: [{ lease: { $exists: false } }, { 'lease.until': { $lt: now } }],
      },
      { $set: { lease: { owner, until: new Date(now.getTime() + leaseFor) } } },
      { sort: { notBefore: 1 }, returnDocument: 'after' },
    );
  }

  /** @returns false when another has taken it over: what was done in this transaction must roll back */
  async frozen(
    session: ClientSession,
    copy: string,
    owner: string,
    made: Required<Pick<FrozenPart, 'digest' | 'bytes' | 'papers'>>,
  ): Promise<boolean> {
    const { matchedCount } = await this.parts.updateOne(
      { _id: copy, state: 'asked', 'lease.owner': owner },
      { $set: { ...made, state: 'frozen' }, $unset: { lease: '', lastFault: '' } },
      { session },
    );
    return matchedCount === 1;
  }

  async failed(part: FrozenPart, owner: string, fault: string): Promise<void> {
    await this.parts.updateOne(
      { _id: part._id, 'lease.owner': owner },
      {
        $set: { lastFault: fault, notBefore: new Date(Date.now() + pause(part.tries)) },
        $inc: { tries: 1 },
        $unset: { lease: '' },
      },
    );
  }

  /** The archive has sealed it: from `thinAfter` on the bytes may go. */
  async sealed(copy: string, thinAfter: Date, session: ClientSession): Promise<void> {
    await this.parts.updateOne(
      { _id: copy, state: 'frozen' },
      { $set: { state: 'sealed', notBefore: thinAfter } },
      { session },
    );
  }

  /** Parts whose bytes may go now. */
  toThin(): Promise<FrozenPart[]> {
    return this.parts
      .find({ state: 'sealed', notBefore: { $lte: new Date() } })
      .limit(100)
      .toArray();
  }

  async thinned(copy: string): Promise<void> {
    await this.parts.updateOne({ _id: copy, state: 'sealed' }, { $set: { state: 'thinned' } });
  }

  unfinished(): Promise<number> {
    return this.parts.countDocuments({ state: 'asked' });
  }
}
