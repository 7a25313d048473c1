import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { MessagingStore } from '#libs/messaging';
import { Files, notAPaper, paperTypeOf } from '#libs/protection';
import { Clock, notFound } from '#libs/service-kit';
import { lowestDivisionOn } from '#libs/places';
import { TransferRepository } from '../transfer/transfer.repository';
import { EvidenceRepository } from './evidence.repository';

/** Largest scan, in bytes. */
export const largestPaper = 10 * 1_048_576;

/** Takes scans in and shows them to the parties of a case. */
@Injectable()
export class KeepEvidence {
  constructor(
    private readonly store: MessagingStore,
    private readonly evidence: EvidenceRepository,
    private readonly transfers: TransferRepository,
    private readonly files: Files,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found` for another school, `not-a-paper` (415) for bytes of another kind */
  async take(actor: Actor, school: string, bytes: Buffer): Promise<{ digest: string; size: number; type: string }> {
    const post = actor.postOf(school);
    const type = paperTypeOf(bytes);
    if (!type) throw notAPaper();
    const { digest, size } = await this.files.put(bytes, lowestDivisionOn(post.path));
    const at = this.clock.now();
    await this.store.transaction(async (session) => {
      const one = { _id: `${school}/${digest}`, digest, office: school, path: post.path, type, size };
      if (!(await this.evidence.add(session, { ...one, account: actor.account, at }))) return;
      const subject = { kind: 'paper', id: digest };
      await this.audit.write(
        [{ act: 'transfer.paper.upload', account: actor.account, post: post._id, subject, at }],
        session,
      );
    });
    return { digest, size, type };
  }

  /** A paper of one's own school or of a case in scope; the reading leaves an audit row. @throws Refused `not-found` */
  async show(actor: Actor, digest: string): Promise<{ bytes: Buffer; type: string }> {
    const own = await this.evidence.uploadedWithin(actor, digest);
    const shown = own ?? ((await this.transfers.showsPaper(actor, digest)) ? await this.evidence.any(digest) : null);
    const bytes = shown && (await this.files.get(digest));
    if (!shown || !bytes) throw notFound();
    await this.audit.write([
      {
        act: 'transfer.paper.read',
        account: actor.account,
        post: actor.posts[0]._id,
        subject: { kind: 'paper', id: digest },
        at: this.clock.now(),
        duty: 'transfer-review',
      },
    ]);
    return { bytes, type: shown.type };
  }
}
