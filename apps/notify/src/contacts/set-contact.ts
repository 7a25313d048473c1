import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { durably } from '#libs/messaging';
import { Clock } from '#libs/service-kit';
import { Contacts } from './contacts.repository';

/** Where the caller wants mail: an address, or nowhere. Twice is the same as once. */
@Injectable()
export class SetContact {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly contacts: Contacts,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async run({ account, posts: [post] }: Actor, email: string | null): Promise<void> {
    await this.contacts.readyFor(post.path);
    await this.connection.transaction(async (session) => {
      if (email === null) await this.contacts.remove(session, account);
      else await this.contacts.put(session, account, email, post.path);
      const act = email === null ? 'notify.contact.remove' : 'notify.contact.set';
      const subject = { kind: 'contact', id: account };
      await this.audit.write(
        [{ act, account, post: post._id, subject, at: this.clock.now(), fields: ['email'] }],
        session,
      );
    }, durably);
  }
}
