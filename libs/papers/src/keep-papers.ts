import { Inject, Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { MessagingStore } from '#libs/messaging';
import { lowestDivisionOn } from '#libs/places';
import { Files, notAPaper, paperTypeOf } from '#libs/protection';
import { Clock, invalidInput, notFound } from '#libs/service-kit';
import { PAPERS, type PapersOptions } from './options';
import { PapersRepository } from './papers.repository';

/** Largest scan, in bytes. */
export const largestPaper = 10 * 1_048_576;

export interface ShownPaper {
  bytes: Buffer;
  type: string;
}

/** Takes scans in and shows them to the offices above the school, and to whom the owner shows them besides. */
@Injectable()
export class KeepPapers {
  constructor(
    private readonly store: MessagingStore,
    private readonly papers: PapersRepository,
    private readonly files: Files,
    private readonly audit: Audit,
    private readonly clock: Clock,
    @Inject(PAPERS) private readonly options: PapersOptions,
  ) {}

  /** @throws Refused `not-found` for another school, `not-a-paper` (415) for bytes of another kind, `invalid-input` for none */
  async take(actor: Actor, school: string, bytes: Buffer): Promise<{ digest: string; size: number; type: string }> {
    if (bytes.length === 0) throw noBytes();
    const post = actor.postOf(school);
    const type = paperTypeOf(bytes);
    if (!type) throw notAPaper();
    const { digest, size } = await this.files.put(bytes, lowestDivisionOn(post.path));
    const at = this.clock.now();
    await this.store.transaction(async (session) => {
      const one = { _id: `${school}/${digest}`, digest, office: school, path: post.path, type, size };
      if (!(await this.papers.add(session, { ...one, account: actor.account, at }))) return;
      const subject = { kind: 'paper', id: digest };
      await this.audit.write(
        [{ act: `${this.options.owner}.paper.upload`, account: actor.account, post: post._id, subject, at }],
        session,
      );
    });
    return { digest, size, type };
  }

  /**
   * A paper of one's own school or below one's office; the reading leaves an audit row.
   * @param alsoShows whether the owner shows it to the actor for another reason, e.g. as the party of a case
   * @throws Refused `not-found`
   */
  async show(actor: Actor, digest: string, alsoShows?: () => Promise<boolean>): Promise<ShownPaper> {
    const own = await this.papers.within(actor, digest);
    const shown = own ?? ((await alsoShows?.()) ? await this.papers.any(digest) : null);
    const bytes = shown && (await this.files.get(digest));
    if (!shown || !bytes) throw notFound();
    await this.audit.write([
      {
        act: `${this.options.owner}.paper.read`,
        account: actor.account,
        post: actor.posts[0]._id,
        subject: { kind: 'paper', id: digest },
        at: this.clock.now(),
        duty: this.options.duty,
      },
    ]);
    return { bytes, type: shown.type };
  }
}

const noBytes = () =>
  invalidInput([
    {
      field: 'file',
      code: 'isNotEmpty',
      message: { zh: '没有文件，或文件是空的。', en: 'No file was sent, or an empty one.' },
    },
  ]);
