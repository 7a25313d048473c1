import { Injectable } from '@nestjs/common';
import { Audit } from '#libs/audit';
import { archiveEvents } from '#libs/contracts';
import { MessagingStore, Outbox } from '#libs/messaging';
import { Clock } from '#libs/service-kit';
import { HandoversRepository } from '../handovers/handovers.repository';
import { LogRepository } from '../log/log.repository';
import { CopiesRepository } from './copies.repository';
import type { Copy } from './copy';
import { layCopy } from './lay-copy';

/** Copies that become leaves together. */
const batch = 100;

/** Makes leaves of copies that are ready: copy, log, events, lists of files and audit rows are one write. */
@Injectable()
export class SealBatch {
  constructor(
    private readonly store: MessagingStore,
    private readonly outbox: Outbox,
    private readonly copies: CopiesRepository,
    private readonly handovers: HandoversRepository,
    private readonly logbook: LogRepository,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** Seals what is ready, as leaves in a row. @returns how many */
  run(): Promise<number> {
    return this.store.transaction(async (session) => {
      const ready = await this.copies.ready(batch, session);
      if (ready.length === 0) return 0;
      const before = await this.logbook.state(session);
      const at = new Date(Math.max(this.clock.now().getTime(), before.last.getTime()));
      const on = this.clock.today();
      const made = ready.map((copy, i) => ({ copy, laid: layCopy(copy, { on, at }), leaf: before.size + i }));
      await this.logbook.append(
        session,
        before,
        made.map(({ copy, laid }) => ({ copy: copy._id, statement: laid.statement, hash: laid.leaf.toString('hex') })),
        at,
      );
      const sealed = made.map(({ copy, laid, leaf }): Copy => {
        const { sha256, sm3 } = laid.statement;
        // Filed: from this day the archive office of the keeper has it, and the producing office reads (SCH3-AR3).
        return {
          ...copy,
          version: copy.version + 1,
          state: 'sealed',
          sealed: { on, at, sha256, sm3, leaf },
          custody: { ...copy.custody, since: on },
        };
      });
      await this.copies.seal(session, sealed);
      await this.handovers.copySealed(session, sealed);
      await this.outbox.add(
        session,
        sealed.map(({ _id, version, student, kind, school, path, sealed: seal, pack, citations }) => ({
          definition: archiveEvents.copySealed,
          aggregateId: _id,
          seq: version,
          effectiveOn: on,
          recordedAt: at,
          ...(pack && { pack }),
          rules: citations.map(({ rule }) => rule),
          data: {
            student,
            kind,
            school,
            path,
            digest: seal!.sha256,
            leaf: seal!.leaf,
            size: before.size + sealed.length,
          },
        })),
      );
      await this.audit.write(
        sealed.map(({ _id, version }) => ({
          act: 'archive.copy.seal',
          account: 'system',
          subject: { kind: 'copy', id: _id, version },
          at,
        })),
        session,
      );
      return sealed.length;
    });
  }
}
