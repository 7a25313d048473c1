import { Inject, Injectable, OnApplicationBootstrap } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Logger } from 'pino';
import { Posts } from '#libs/access';
import { Audit } from '#libs/audit';
import { registryEvents } from '#libs/contracts';
import { durably, Outbox } from '#libs/messaging';
import { Clock, LOG } from '#libs/service-kit';
import { RegistrySettings } from '../registry.settings';
import { topPath } from './office';

const _id = 'post-root';
const duplicateKey = 11000;

/**
 * The first post. Where no post was ever held, the account named by `XUEJI_ROOT_ACCOUNT` becomes administrator above every
 * root: it opens the roots and gives the first posts, and then its own post is ended like any other. Once there is a
 * post, the variable does nothing, so that it is no way in. The fixed id stands in the journal for ever: several
 * instances that start at once make one post, and it is never made again.
 */
@Injectable()
export class RootPost implements OnApplicationBootstrap {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(LOG) private readonly log: Logger,
    private readonly posts: Posts,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly settings: RegistrySettings,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const account = this.settings.rootAccount;
    if (!account || (await this.posts.collection.findOne({})) !== null) return;
    try {
      await this.make(account);
      this.log.info({ account, post: _id }, 'the first administrator holds the post above every root');
    } catch (fault) {
      // Another instance was first, or the post was made long ago.
      if ((fault as { code?: number }).code !== duplicateKey) throw fault;
    }
  }

  private make(account: string): Promise<void> {
    const [from, at] = [this.clock.today(), this.clock.now()];
    const data = { account, role: 'administrator' as const, office: topPath, path: topPath, from };
    return this.connection.transaction(async (session) => {
      await this.posts.collection.insertOne({ _id, ...data, version: 1 }, { session });
      await this.outbox.add(session, [
        { definition: registryEvents.postHeld, aggregateId: _id, seq: 1, effectiveOn: from, recordedAt: at, data },
      ]);
      const subject = { kind: 'post', id: _id, version: 1 };
      await this.audit.write([{ act: 'registry.post.first', account, subject, at }], session);
    }, durably);
  }
}
