import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Keyring } from '#libs/protection';
import { Clock, notFound, pageOf, problemOf } from '#libs/service-kit';
import { ClassRepository, OfficeRepository } from '../places';
import { Batch, workbookGone } from './batch';
import { BatchRepository } from './batch.repository';
import { unpackCells } from './bad-cells';
import { currentFormat, makeTemplate, markedWorkbook } from './workbook';

export const batchView = (batch: Batch) => ({
  id: batch._id,
  version: batch.version,
  state: batch.state,
  school: batch.school,
  fileName: batch.fileName,
  uploadedBy: batch.uploadedBy,
  uploadedAt: batch.uploadedAt,
  found: batch.found,
  written: batch.written,
  undone: batch.undone,
  reached: batch.reached,
  notMade: batch.notMade,
  ...(batch.workbookGoneOn && { workbookGoneOn: batch.workbookGoneOn }),
  ...(batch.refusal && { problem: problemOf(batch.refusal) }),
});

/** What became of a batch, its bad rows, and the workbooks that go back to the school. */
@Injectable()
export class ReadBatch {
  constructor(
    private readonly batches: BatchRepository,
    private readonly offices: OfficeRepository,
    private readonly classes: ClassRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  async one(actor: Actor, id: string): Promise<Batch> {
    const batch = await this.batches.batches.findOne({ $and: [{ _id: id }, actor.scope('path')] });
    if (!batch) throw notFound();
    return batch;
  }

  async list(actor: Actor, after: string | undefined, limit: number) {
    const found = await this.batches.batches
      .find({ $and: [actor.scope('path'), after ? { _id: { $lt: after } } : {}] })
      .sort({ _id: -1 })
      .limit(limit + 1)
      .toArray();
    return pageOf(found, limit, batchView, ({ _id }) => _id);
  }

  async badRows(actor: Actor, id: string, after: number, limit: number) {
    const batch = await this.one(actor, id);
    if (batch.workbookGoneOn) throw workbookGone(batch);
    const rows = await this.batches.badRows
      .find({ batch: batch._id, row: { $gt: after } }, { projection: { cells: 0 } })
      .sort({ row: 1 })
      .limit(limit + 1)
      .toArray();
    return pageOf(
      rows,
      limit,
      ({ row, problems }) => ({ row, problems }),
      ({ row }) => row,
    );
  }

  /** The blank template of a school, with its classes in the drop-downs. */
  async template(actor: Actor, school: string): Promise<Uint8Array> {
    actor.postOf(school);
    return makeTemplate(await this.layout(school));
  }

  /** The bad rows in the template's form, to be corrected and uploaded as they are. */
  async marked(actor: Actor, id: string): Promise<Uint8Array> {
    const batch = await this.one(actor, id);
    actor.postOf(batch.school);
    if (batch.workbookGoneOn) throw workbookGone(batch);
    const rows = await this.batches.badRows.find({ batch: id }).sort({ row: 1 }).toArray();
    const badRows = await Promise.all(
      rows.map(async ({ _id, row, problems, cells }) => ({
        row,
        problems,
        cells: await unpackCells(this.keyring, _id, cells),
      })),
    );
    return markedWorkbook({ ...(await this.layout(batch.school)), badRows });
  }

  private async layout(school: string) {
    const office = await this.offices.find(school);
    if (!office) throw notFound();
    const classes = await this.classes.ofSchool(school);
    return {
      school: { code: school, name: office.name },
      classes: classes.map((one) => ({ id: one._id, name: one.name })),
      format: currentFormat,
      today: this.clock.today(),
    };
  }
}
