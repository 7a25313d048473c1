import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Keyring, Sealed } from '#libs/protection';

/** Address of an account, sealed under the key of the county where it holds its post. */
interface Contact {
  _id: string;
  email: Sealed;
}

const placeOf = (account: string) => ({ collection: 'contacts', id: account, field: 'email' });

/** The lowest authority on a path: its data key seals the address. */
export const keyCountyOf = (path: string): string => {
  const county = path.split('/').findLast((part) => /^\d{6}$/.test(part));
  if (!county) throw new Error(`no authority on the path ${path}`);
  return county;
};

@Injectable()
export class Contacts {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly keyring: Keyring,
  ) {}

  private get contacts() {
    return this.connection.collection<Contact>('contacts');
  }

  /** To be called before the transaction that puts: making a key is a write of its own. */
  async readyFor(path: string): Promise<void> {
    await this.keyring.ready(keyCountyOf(path));
  }

  async put(session: ClientSession, account: string, email: string, path: string): Promise<void> {
    const sealed = this.keyring.seal(email, keyCountyOf(path), placeOf(account));
    await this.contacts.replaceOne({ _id: account }, { email: sealed }, { upsert: true, session });
  }

  async remove(session: ClientSession, account: string): Promise<void> {
    await this.contacts.deleteOne({ _id: account }, { session });
  }

  /** Addresses of those accounts that have left one. */
  async emailsOf(accounts: string[]): Promise<{ account: string; email: string }[]> {
    const known = await this.contacts.find({ _id: { $in: accounts } }).toArray();
    return Promise.all(
      known.map(async ({ _id, email }) => ({
        account: _id,
        email: await this.keyring.unseal(email, placeOf(_id)),
      })),
    );
  }
}
