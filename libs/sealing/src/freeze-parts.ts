import { Inject, Injectable, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Logger } from 'pino';
import { Audit } from '#libs/audit';
import { PartOwner, partEvents } from '#libs/contracts';
import { MessagingStore, Outbox } from '#libs/messaging';
import { lowestDivisionOn } from '#libs/places';
import { canonicalBytes } from '#libs/proofs';
import { Files } from '#libs/protection';
import { Clock, LOG, Rounds } from '#libs/service-kit';
import { FrozenPart, FrozenPartsRepository } from './frozen-parts.repository';
import { PartDocument, PartSource } from './part';

export const PART_OWNER = Symbol('owner of parts');
/** Real time for which a sealed part is still served, milliseconds. */
export const THIN_AFTER_MS = Symbol('thin parts after');

const frozenEvents = {
  registry: partEvents.registryPartFrozen,
  transfer: partEvents.transferPartFrozen,
  attendance: partEvents.attendancePartFrozen,
};

/**
 * Freezes what was asked for: gathers the part at one moment of the store, writes its bytes, and tells the digest. Each part
 * is a document with a lease; killed anywhere, it is taken up again, and what is told is told once, with the bytes there.
 */
@Injectable()
export class FreezeParts implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly me = randomUUID();
  private readonly rounds = new Rounds(
    () => this.drain(),
    (fault) => this.log.error({ err: fault }, 'parts could not be looked for'),
  );

  constructor(
    @Inject(PART_OWNER) private readonly owner: PartOwner,
    private readonly store: MessagingStore,
    private readonly outbox: Outbox,
    private readonly parts: FrozenPartsRepository,
    private readonly source: PartSource,
    private readonly files: Files,
    private readonly audit: Audit,
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
    for (const part of await this.parts.toThin()) await this.thin(part);
    for (;;) {
      const part = this.rounds.stopping ? null : await this.parts.lease(this.me);
      if (!part) return;
      try {
        await this.freeze(part);
      } catch (fault) {
        const name = fault instanceof Error ? fault.name : 'unknown';
        this.log.warn({ copy: part._id, fault: name, tries: part.tries }, 'a part is not frozen yet');
        await this.parts.failed(part, this.me, name);
      }
    }
  }

  /** A part names its copy, so its bytes belong to no other; papers are the record's and stay. */
  private async thin({ _id, digest }: FrozenPart): Promise<void> {
    if (digest) await this.files.delete(digest);
    await this.parts.thinned(_id);
  }

  private async freeze(part: FrozenPart): Promise<void> {
    const made = await this.store.transaction((session) => this.source.collect({ ...part, copy: part._id }, session));
    const present = await this.files.sizes(made.papers.map(({ digest }) => digest));
    const document: PartDocument = {
      format: 'xueji-part-1',
      owner: this.owner,
      copy: part._id,
      student: part.student,
      asOf: part.asOf.toISOString(),
      positions: made.positions,
      papers: made.papers.map((paper) => (present.has(paper.digest) ? paper : { ...paper, missing: true as const })),
      data: made.data,
    };
    const bytes = canonicalBytes(document);
    const { digest } = await this.files.put(bytes, lowestDivisionOn(part.path));
    await this.store.transaction(async (session) => {
      const papers = made.papers.filter((paper) => present.has(paper.digest));
      // Somebody else froze it, or will: nothing is told by this run.
      if (!(await this.parts.frozen(session, part._id, this.me, { digest, bytes: bytes.length, papers }))) return;
      const subject = { kind: 'student', id: part.student };
      const act = `${this.owner}.part.freeze`;
      await this.audit.write(
        [{ act, account: 'system', subject, at: this.clock.now(), duty: 'sealing', reason: part._id }],
        session,
      );
      await this.outbox.add(session, [
        {
          definition: frozenEvents[this.owner],
          aggregateId: part._id,
          seq: 1,
          effectiveOn: this.clock.today(),
          recordedAt: this.clock.now(),
          data: {
            copy: part._id,
            student: part.student,
            digest,
            bytes: bytes.length,
            items: made.items,
            positions: made.positions,
          },
        },
      ]);
    });
  }
}
