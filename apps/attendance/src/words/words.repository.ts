import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { lowestDivisionOn } from '#libs/places';
import { Keyring, type Sealed } from '#libs/protection';

/** Free text about a child: sealed, kept beside the watch or the leave, never in it and never in an event. */
interface SealedWords {
  _id: string;
  /** Watch or leave. */
  about: string;
  /** `leave`, `visit <id>`, `pursuit`, `absence`. */
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
    private readonly audit: Audit,
  ) {}

  private get words() {
    return this.connection.collection<SealedWords>('words');
  }

  async onModuleInit(): Promise<void> {
    await this.words.createIndexes([{ key: { about: 1, _id: 1 }, name: 'about' }]);
  }

  /** Sealed by the data key of the county where the school lies. */
  async write(session: ClientSession, about: { id: string; path: string }, words: Words): Promise<void> {
    const county = lowestDivisionOn(about.path);
    await this.keyring.ready(county);
    const _id = uuidv7();
    const { what, text, account, at } = words;
    const sealed = this.keyring.seal(text, county, { collection: 'words', id: _id, field: 'text' });
    await this.words.insertOne({ _id, about: about.id, what, text: sealed, account, at }, { session });
  }

  /** The reading leaves an audit row. */
  async read(actor: Actor, subject: { kind: string; id: string }, at: Date): Promise<Words[]> {
    await this.audit.write([
      {
        act: 'attendance.words.read',
        account: actor.account,
        post: actor.posts[0]._id,
        subject,
        at,
        duty: 'attendance-watch',
      },
    ]);
    return this.about(subject.id);
  }

  /** Without a reader: for a copy of the whole file, which leaves its own row. */
  async about(id: string, session?: ClientSession): Promise<Words[]> {
    const found = await this.words.find({ about: id }, { session }).sort({ _id: 1 }).toArray();
    return Promise.all(
      found.map(async ({ _id, what, text, account, at: written }) => ({
        what,
        text: await this.keyring.unseal(text, { collection: 'words', id: _id, field: 'text' }),
        account,
        at: written,
      })),
    );
  }
}
