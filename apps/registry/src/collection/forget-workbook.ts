import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Audit } from '#libs/audit';
import { deadlineId, Deadlines, FiredDeadline, OnDeadline } from '#libs/deadlines';
import { addDays, localDateOf } from '#libs/policy';
import { Files } from '#libs/protection';
import { Clock } from '#libs/service-kit';
import { RegistrySettings } from '../registry.settings';
import { BatchRepository } from './batch.repository';

const kind = 'registry.workbook-kept';
const nameOf = (batch: string) => ({ kind, subject: batch, key: 'workbook' });

/**
 * A workbook and its bad rows hold all that a school knows about its children, and nobody needs them once work on the
 * batch has ended: both go after the days that the operator has set. The batch keeps its counts and the digest.
 */
@Injectable()
export class ForgetWorkbook {
  constructor(
    private readonly batches: BatchRepository,
    private readonly files: Files,
    private readonly deadlines: Deadlines,
    private readonly audit: Audit,
    private readonly settings: RegistrySettings,
    private readonly clock: Clock,
  ) {}

  /** Work on the batch has ended, for now or for good: from here on the days are counted. */
  async count(session: ClientSession, batch: string): Promise<void> {
    const dueOn = addDays(this.clock.today(), this.settings.workbookDays);
    await this.deadlines.arm(session, { ...nameOf(batch), dueOn });
  }

  /** Work begins again, and needs the workbook. */
  async stop(session: ClientSession, batch: string): Promise<void> {
    await this.deadlines.cancel(session, deadlineId(nameOf(batch)));
  }

  @OnDeadline(kind)
  async passed({ subject, firedAt }: FiredDeadline, session: ClientSession): Promise<void> {
    const batch = await this.batches.batches.findOne({ _id: subject }, { session });
    if (!batch || batch.workbookGoneOn) return;
    // The same bytes are one file: it stays while another batch may still need it.
    const others = { file: batch.file, _id: { $ne: batch._id }, workbookGoneOn: { $exists: false } };
    if (!(await this.batches.batches.findOne(others, { session, projection: { _id: 1 } })))
      await this.files.delete(batch.file, session);
    await this.batches.badRows.deleteMany({ batch: batch._id }, { session });
    const version = batch.version + 1;
    await this.batches.save({ ...batch, version, workbookGoneOn: localDateOf(firedAt) }, session);
    const about = { kind: 'collection', id: batch._id, version };
    await this.audit.write(
      [{ act: 'registry.collection.forget-workbook', account: 'system', subject: about, at: firedAt }],
      session,
    );
  }
}
