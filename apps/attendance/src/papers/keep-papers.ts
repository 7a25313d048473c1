import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { MessagingStore } from '#libs/messaging';
import { lowestDivisionOn } from '#libs/places';
import { Files, notAPaper, paperTypeOf } from '#libs/protection';
import { Clock, notFound } from '#libs/service-kit';
import { PapersRepository } from './papers.repository';

/** Largest scan, in bytes. */
export const largestPaper = 10 * 1_048_576;

/** Takes scans in (a doctor's note, a record of a home visit) and shows them to the offices above the school. */
@Injectable()
export class KeepPapers {
  constructor(
    private readonly store: MessagingStore,
    private readonly papers: PapersRepository,
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
      const one = { _id: `${school}/${digest}`, digest, school, path: post.path, type, size };
      if (!(await this.papers.add(session, { ...one, account: actor.account, at }))) return;
      const subject = { kind: 'paper', id: digest };
      await this.audit.write(
        [{ act: 'attendance.paper.upload', account: actor.account, post: post._id, subject, at }],
        session,
      );
    });
    return { digest, size, type };
  }

  /** The reading leaves an audit row. @throws Refused `not-found` */
  async show(actor: Actor, digest: string): Promise<{ bytes: Buffer; type: string }> {
    const paper = await this.papers.within(actor, digest);
    const bytes = paper && (await this.files.get(digest));
    if (!paper || !bytes) throw notFound();
    await this.audit.write([
      {
        act: 'attendance.paper.read',
        account: actor.account,
        post: actor.posts[0]._id,
        subject: { kind: 'paper', id: digest },
        at: this.clock.now(),
        duty: 'attendance-watch',
      },
    ]);
    return { bytes, type: paper.type };
  }
}
