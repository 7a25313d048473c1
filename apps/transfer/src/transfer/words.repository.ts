import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Keyring, type Sealed } from '#libs/protection';
import { lowestDivisionOn } from '#libs/places';
import type { Transfer } from './transfer';

/** Free text about a child: sealed, kept beside the case, never in it and never in an event. */
interface SealedWords {
  _id: string;
  case: string;
  /** `ground`, `override CZ-TR2`, `refusal outSchool`, `withdrawal`, `review`. */
  what: string;
  text: Sealed;
  account: string;
  at: Date;
}

export interface Words {
  what: string;
  text: string;
  account: string;
  at: Date;
}

@Injectable()
export class WordsRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly keyring: Keyring,
  ) {}

  private get words() {
    return this.connection.collection<SealedWords>('words');
  }

  async onModuleInit(): Promise<void> {
    await this.words.createIndexes([{ key: { case: 1, _id: 1 }, name: 'case' }]);
  }

  /** Sealed by the data key of the receiving school's county. */
  async write(
    session: ClientSession,
    { _id: caseId, parties }: Pick<Transfer, '_id' | 'parties'>,
    all: readonly Words[],
  ): Promise<void> {
    if (all.length === 0) return;
    const county = lowestDivisionOn(parties.inSchool.path);
    await this.keyring.ready(county);
    await this.words.insertMany(
      all.map(({ what, text, account, at }) => {
        const _id = uuidv7();
        const sealed = this.keyring.seal(text, county, { collection: 'words', id: _id, field: 'text' });
        return { _id, case: caseId, what, text: sealed, account, at };
      }),
      { session },
    );
  }

  async of(caseId: string): Promise<Words[]> {
    const found = await this.words.find({ case: caseId }).sort({ _id: 1 }).toArray();
    return Promise.all(
      found.map(async ({ _id, what, text, account, at }) => ({
        what,
        text: await this.keyring.unseal(text, { collection: 'words', id: _id, field: 'text' }),
        account,
        at,
      })),
    );
  }
}
