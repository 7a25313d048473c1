import { Inject, Injectable, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Logger } from 'pino';
import { archiveEvents } from '#libs/contracts';
import { MessagingStore, Outbox } from '#libs/messaging';
import { lineOf, PlacesRepository } from '#libs/places';
import { digests } from '#libs/proofs';
import { Files } from '#libs/protection';
import type { PartDocument } from '#libs/sealing';
import { Clock, LOG, Rounds } from '#libs/service-kit';
import { HandOverCustody } from '../custody/hand-over-custody';
import { OpenHandovers } from '../handovers/open-handovers';
import { Law } from '../law/law';
import { SignHeads } from '../log/sign-heads';
import { CopiesRepository, LeaseLost } from './copies.repository';
import type { Copy } from './copy';
import { missingOf } from './missing';
import { PartsClient } from './parts.client';
import { SealBatch } from './seal-batch';

/**
 * Brings copies to their end: looks up the law and asks, pulls the parts by digest, says what is missing, seals. Each step is
 * a document with a lease and its own transaction; killed anywhere, any instance goes on where it stood.
 */
@Injectable()
export class SealCopies implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly me = randomUUID();
  private readonly rounds = new Rounds(
    () => this.drain(),
    (fault) => this.log.error({ err: fault }, 'copies could not be worked on'),
  );

  constructor(
    private readonly store: MessagingStore,
    private readonly outbox: Outbox,
    private readonly copies: CopiesRepository,
    private readonly opening: OpenHandovers,
    private readonly custody: HandOverCustody,
    private readonly places: PlacesRepository,
    private readonly parts: PartsClient,
    private readonly files: Files,
    private readonly batches: SealBatch,
    private readonly heads: SignHeads,
    private readonly law: Law,
    private readonly clock: Clock,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.rounds.stop();
  }

  /** Looks for work now; one at a time per instance. */
  wake(): void {
    this.rounds.wake();
  }

  private async drain(): Promise<void> {
    await this.opening.run();
    await this.custody.run();
    for (let copy = await this.next(); copy; copy = await this.next()) {
      try {
        await (copy.state === 'new' ? this.ask(copy) : this.pull(copy));
      } catch (fault) {
        if (fault instanceof LeaseLost) continue;
        const name = fault instanceof Error ? fault.name : 'unknown';
        this.log.warn({ copy: copy._id, state: copy.state, fault: name, tries: copy.tries }, 'a copy waits');
        await this.copies.failed(copy, name);
      }
    }
    while (!this.rounds.stopping && (await this.batches.run()) > 0);
    if (!this.rounds.stopping) await this.heads.run();
  }

  private next(): Promise<Copy | null> {
    return this.rounds.stopping ? Promise.resolve(null) : this.copies.lease(this.me, ['new', 'pulling']);
  }

  /** @throws NotHeardOf while an office on the way is not known: tried again */
  private async ask(copy: Copy): Promise<void> {
    const pack = await this.packOf(copy);
    const kept = pack.setting<unknown>(copy.kind === 'permanent' ? 'archive.permanentCopy' : 'archive.handoverCopy');
    if (!kept.configured) {
      await this.store.transaction((session) => this.copies.save(session, copy, { ...copy, state: 'notKept' }));
      return;
    }
    const review = copy.kind === 'permanent' ? pack.setting<boolean>('archive.review') : undefined;
    const next: Copy = {
      ...copy,
      state: 'asked',
      version: 1,
      pack: pack.id,
      citations: kept.citations,
      ...(review?.configured && review.value && { review: { required: review.citation } }),
    };
    await this.store.transaction(async (session) => {
      await this.copies.save(session, copy, next);
      const { student, kind, reason, school, path, stage } = copy;
      await this.outbox.add(session, [
        {
          definition: archiveEvents.copyAsked,
          aggregateId: copy._id,
          seq: 1,
          effectiveOn: copy.on,
          recordedAt: this.clock.now(),
          pack: pack.id,
          rules: kept.citations.map(({ rule }) => rule),
          data: {
            student,
            kind,
            reason,
            school,
            path,
            stage,
            parts: copy.parts.map(({ owner }) => owner),
            asOf: copy.asOf.toISOString(),
            version: copy.record,
            ...(copy.case && { case: copy.case }),
          },
        },
      ]);
    });
  }

  /** Parts and papers by digest into the own store; then what is missing is known. */
  private async pull(copy: Copy): Promise<void> {
    const laid: Copy['files'] = [];
    const parts: Copy['parts'] = [];
    const papers = new Set<string>();
    let registry: Record<string, unknown> = {};
    for (const part of copy.parts) {
      const bytes = await this.parts.pull(part.owner, copy._id, part.digest!);
      const document = JSON.parse(bytes.toString('utf8')) as PartDocument;
      if (document.copy !== copy._id || document.owner !== part.owner) throw new Error('the part is of another copy');
      await this.files.put(bytes, copy.county);
      laid.push({ path: `parts/${part.owner}.json`, size: bytes.length, ...digests(bytes) });
      parts.push({ ...part, papers: document.papers });
      if (part.owner === 'registry') registry = document.data;
      for (const { digest, missing } of document.papers) {
        if (missing || papers.has(digest)) continue;
        papers.add(digest);
        const paper = await this.parts.pull(part.owner, copy._id, digest);
        await this.files.put(paper, copy.county);
        laid.push({ path: `files/${digest}`, size: paper.length, ...digests(paper) });
      }
    }
    const demanded = copy.pack ? this.law.policy.pack(copy.pack).setting<string[]>('archive.contents') : undefined;
    const missing = missingOf(demanded?.configured ? demanded : undefined, registry, parts);
    const state = copy.review && !copy.review.done ? 'inReview' : 'ready';
    await this.store.transaction((session) =>
      this.copies.save(session, copy, { ...copy, parts, files: laid, missing, state }),
    );
  }

  private async packOf({ school, on }: Copy) {
    const office = await this.places.office(school);
    if (!office) throw new Error('the school is not heard of yet');
    const tree = await this.places.treeOver([office]);
    return this.law.policy.packAt(lineOf(office, tree, on), on, office.path);
  }
}
