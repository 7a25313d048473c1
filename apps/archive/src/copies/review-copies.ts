import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { MessagingStore, Once } from '#libs/messaging';
import { Clock, notFound, refuse } from '#libs/service-kit';
import { CopiesRepository } from './copies.repository';
import type { Copy } from './copy';
import { SealCopies } from './seal-copies';

export interface CopyReview {
  school: string;
  /** Copies looked at, by id. */
  copies: string[];
  /** Items that were missing and have been seen to be missing, of all these copies. */
  missingSeen: string[];
}

/**
 * The producing office has looked whether the files are complete and right, and what is missing (SCH3-AR1, SCH3-AR2); only
 * then they are archived, and from then on it reads (SCH3-AR3).
 */
@Injectable()
export class ReviewCopies {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly copies: CopiesRepository,
    private readonly sealing: SealCopies,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `missing-not-seen`, `not-in-review` */
  async run(actor: Actor, key: string, input: CopyReview): Promise<{ reviewed: number }> {
    const post = actor.postOf(input.school);
    const answer = await this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'review', input } }, async () => {
        const ids = [...new Set(input.copies)];
        const found = await this.copies.copies.find({ _id: { $in: ids }, school: input.school }, { session }).toArray();
        if (found.length !== ids.length) throw notFound();
        const others = found.filter(({ state }) => state !== 'inReview');
        if (others.length > 0) throw notInReview(others);
        const unseen = found.flatMap(({ _id, missing }) =>
          missing
            .filter(({ item }) => !input.missingSeen.includes(item))
            .map(({ item, citation }) => ({ copy: _id, item, citation })),
        );
        if (unseen.length > 0) throw missingNotSeen(unseen);
        const moment = { on: this.clock.today(), at: this.clock.now() };
        for (const copy of found) {
          const done = { account: actor.account, post: post._id, ...moment };
          await this.copies.save(session, copy, {
            ...copy,
            state: 'ready',
            review: { required: copy.review!.required, done },
          });
        }
        await this.audit.write(
          found.map(({ _id, version }) => ({
            act: 'archive.copy.review',
            account: actor.account,
            post: post._id,
            subject: { kind: 'copy', id: _id, version },
            at: moment.at,
          })),
          session,
        );
        return { reviewed: found.length };
      }),
    );
    this.sealing.wake();
    return answer;
  }
}

const missingNotSeen = (unseen: { copy: string; item: string; citation?: Copy['citations'][number] }[]) =>
  refuse('missing-not-seen', {
    status: 422,
    title: { zh: '尚有缺项未确认', en: 'Something is missing and was not looked at' },
    detail: {
      zh: `归档前应先列明缺项：共 ${new Set(unseen.map(({ item }) => item)).size} 种，涉及 ${new Set(unseen.map(({ copy }) => copy)).size} 份档案。`,
      en: `What is missing is listed before filing: ${new Set(unseen.map(({ item }) => item)).size} kinds in ${new Set(unseen.map(({ copy }) => copy)).size} files.`,
    },
    remedy: { zh: '请补齐，或在审查中逐项确认缺项。', en: 'Complete them, or confirm each in the review as missing.' },
    ...(unseen[0].citation && { citation: unseen[0].citation }),
    facts: {
      items: [...new Set(unseen.map(({ item }) => item))].sort(),
      copies: [...new Set(unseen.map(({ copy }) => copy))].slice(0, 20),
    },
  });

const notInReview = (others: Pick<Copy, '_id' | 'state'>[]) =>
  refuse('not-in-review', {
    status: 409,
    title: { zh: '不在审查之中', en: 'Not waiting for review' },
    detail: {
      zh: `有 ${others.length} 份档案尚未汇齐，或已经归档；归档之后移交单位只能查阅。`,
      en: `${others.length} files are not put together yet, or are archived already; then the office that made them can only read.`,
    },
    remedy: { zh: '请查看各份档案的状态。', en: 'Look at the state of each file.' },
    facts: { copies: others.slice(0, 20).map(({ _id, state }) => ({ copy: _id, state })) },
  });
