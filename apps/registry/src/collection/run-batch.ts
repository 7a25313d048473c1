import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Logger } from 'pino';
import { registryEvents } from '#libs/contracts';
import { Outbox } from '#libs/messaging';
import { Files, Keyring } from '#libs/protection';
import { Clock, LOG, Refused } from '#libs/service-kit';
import { EnterChildren, EnteredRow, Entering, EntryResult } from '../enrolment/enter-children';
import { CheckNotMade, FreeRoom, Intake } from '../enrolment/intake';
import { IntakeReader } from '../enrolment/intake-reader';
import { Worker } from '../long-work/worker';
import { ClassRepository } from '../places';
import { RegistrySettings } from '../registry.settings';
import { undoEntry } from '../students/student';
import { StudentRepository } from '../students/student.repository';
import { Batch, BatchCounts, noCounts, workbookGone } from './batch';
import { packCells } from './bad-cells';
import { ForgetWorkbook } from './forget-workbook';
import { BatchRepository } from './batch.repository';
import { CheckedRow, WorkbookThread } from './read-checked';

/** Rows written by one transaction: long enough that its round trips weigh little, short enough to hold no seat for long. */
const chunk = 500;

/**
 * Does the long work of collections: checks a workbook, writes its good rows, takes them back. The work is a document with
 * a lease and a checkpoint; each chunk moves the checkpoint in its own transaction, so a run killed anywhere and taken up
 * by any instance ends like one clean run.
 */
@Injectable()
export class RunBatch extends Worker<Batch> {
  private readonly thread = new WorkbookThread();

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(LOG) log: Logger,
    private readonly batches: BatchRepository,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly intakes: IntakeReader,
    private readonly enterChildren: EnterChildren,
    private readonly files: Files,
    private readonly keyring: Keyring,
    private readonly outbox: Outbox,
    private readonly forget: ForgetWorkbook,
    private readonly settings: RegistrySettings,
    private readonly clock: Clock,
  ) {
    super(log);
  }

  override async onApplicationShutdown(): Promise<void> {
    await super.onApplicationShutdown();
    await this.thread.stop();
  }

  /** Batches that are being worked on or wait for it; 0 when all is quiet. */
  unfinished(): Promise<number> {
    return this.batches.batches.countDocuments({ state: { $in: ['checking', 'committing', 'undoing'] } });
  }

  protected next(): Promise<Batch | null> {
    return this.batches.lease(this.owner);
  }

  protected run(batch: Batch): Promise<void> {
    switch (batch.state) {
      case 'checking':
        return this.check(batch);
      case 'committing':
        return this.commit(batch);
      default:
        return this.undo(batch);
    }
  }

  /** Dry run: reads and judges every row, writes nothing but the list of bad rows. */
  private async check(batch: Batch): Promise<void> {
    const intake = await this.intakes.of(batch.school, this.clock.today());
    await this.batches.badRows.deleteMany({ batch: batch._id });
    const found = noCounts();
    const notMade = new Map<string, CheckNotMade>();
    const room = intake.freeRoom();
    try {
      for await (const rows of this.rows(batch, intake)) {
        const { results, bad, ...assessed } = await this.assess(rows, intake, this.entering(batch), room);
        for (const one of assessed.notMade) notMade.set(one.parameter, one);
        count(found, results, rows);
        await this.keepBad(batch, bad);
        await this.batches.progress(batch._id, this.owner, { found, reached: rows[rows.length - 1].row });
      }
      await this.connection.transaction((session) =>
        this.end(batch, { state: 'checked', found, notMade: [...notMade.values()] }, session),
      );
    } catch (fault) {
      if (!(fault instanceof Refused)) throw fault;
      const { refusal } = fault;
      await this.connection.transaction((session) => this.end(batch, { state: 'broken', refusal }, session));
    }
  }

  private async commit(batch: Batch): Promise<void> {
    const intake = await this.intakes.of(batch.school, this.clock.today());
    let written = batch.written;
    for await (const rows of this.rows(batch, intake)) {
      const last = rows[rows.length - 1].row;
      if (last <= batch.reached) continue;
      const good = rows.flatMap((row): EnteredRow[] =>
        row.row > batch.reached && row.entry && row.problems.length === 0 ? [{ row: row.row, entry: row.entry }] : [],
      );
      written = await this.enter(batch, intake, good, new Map(rows.map((row) => [row.row, row])), written, last);
    }
    await this.connection.transaction(async (session) => {
      await this.outbox.add(session, [
        {
          definition: registryEvents.collectionCommitted,
          aggregateId: batch._id,
          seq: 1,
          effectiveOn: this.clock.today(),
          recordedAt: this.clock.now(),
          data: {
            school: batch.school,
            entered: written.new + written.again,
            corrected: written.corrected,
            unchanged: written.unchanged,
          },
        },
      ]);
      await this.end(batch, { state: 'committed', written }, session);
    });
  }

  /** One chunk and its checkpoint in one transaction. Entered at once with another's same child, it is judged again. */
  private async enter(
    batch: Batch,
    intake: Intake,
    good: EnteredRow[],
    asRead: ReadonlyMap<number, CheckedRow>,
    before: BatchCounts,
    reached: number,
  ): Promise<BatchCounts> {
    const entering = this.entering(batch);
    for (let attempt = 1; ; attempt++) {
      try {
        let written = before;
        await this.connection.transaction(async (session) => {
          const results = await this.enterChildren.enter(session, good, intake, entering);
          written = { ...before };
          count(written, results, []);
          // Good when it was checked, and not any more: the clerk finds it among the bad rows.
          const bad = results.flatMap(({ row, problems }) => {
            const read = asRead.get(row ?? 0);
            return read && problems.length > 0 ? [{ row: read, problems }] : [];
          });
          await this.keepBad(batch, bad, session);
          await this.batches.progress(batch._id, this.owner, { written, reached }, session);
        });
        return written;
      } catch (fault) {
        if (!isTaken(fault) || attempt >= 5) throw fault;
      }
    }
  }

  /** The inverse of every entry. Children that later acts depend on were found before the undo began. */
  private async undo(batch: Batch): Promise<void> {
    let undone = batch.undone;
    for (;;) {
      const records = await this.students.students.find({ undoing: batch._id }).sort({ _id: 1 }).limit(chunk).toArray();
      if (records.length === 0) break;
      const moment = { on: this.clock.today(), at: this.clock.now(), by: batch.uploadedBy };
      await this.connection.transaction(async (session) => {
        await this.students.save(
          session,
          records.map((record) => undoEntry(record, moment)),
        );
        const seats = new Map<string, number>();
        for (const record of records) seats.set(record.class, (seats.get(record.class) ?? 0) + 1);
        for (const [classId, n] of seats) await this.classes.free(session, classId, n);
        await this.batches.progress(batch._id, this.owner, { undone: undone + records.length }, session);
      });
      undone += records.length;
    }
    await this.connection.transaction(async (session) => {
      await this.outbox.add(session, [
        {
          definition: registryEvents.collectionUndone,
          aggregateId: batch._id,
          seq: 2,
          effectiveOn: this.clock.today(),
          recordedAt: this.clock.now(),
          data: { school: batch.school, undone },
        },
      ]);
      await this.end(batch, { state: 'undone', undone }, session);
    });
  }

  private async end(batch: Batch, change: Partial<Batch>, session: ClientSession): Promise<void> {
    await this.batches.finish(batch._id, this.owner, change, session);
    await this.forget.count(session, batch._id);
  }

  private async *rows(batch: Batch, intake: Intake): AsyncGenerator<CheckedRow[]> {
    const bytes = await this.files.get(batch.file);
    if (!bytes) throw workbookGone(batch);
    yield* this.thread.read({
      bytes,
      school: batch.school,
      classes: intake.classes.map((one) => ({ id: one._id, name: one.name })),
      today: this.clock.today(),
      maxRows: this.settings.workbookRows,
      chunk,
      citations: Object.fromEntries([...intake.pack.rulesInForce()].map(([id, rule]) => [id, rule.citation])),
    });
  }

  private async assess(rows: CheckedRow[], intake: Intake, entering: Entering, room: FreeRoom) {
    const readable = rows.flatMap((row): EnteredRow[] =>
      row.entry && row.problems.length === 0 ? [{ row: row.row, entry: row.entry }] : [],
    );
    const { results, notMade } = await this.enterChildren.assess(readable, intake, entering, room);
    const byRow = new Map(results.map((result) => [result.row, result]));
    const bad = rows.flatMap((row) => {
      const problems = [...row.problems, ...(byRow.get(row.row)?.problems ?? [])];
      return problems.length ? [{ row, problems }] : [];
    });
    return { results, bad, notMade };
  }

  private async keepBad(
    batch: Batch,
    bad: { row: CheckedRow; problems: CheckedRow['problems'] }[],
    session?: ClientSession,
  ): Promise<void> {
    if (bad.length === 0) return;
    await this.batches.badRows.bulkWrite(
      bad.map(({ row, problems }) => {
        const _id = `${batch._id}:${row.row}`;
        const cells = packCells(this.keyring, batch.county, _id, row.cells);
        const replacement = { batch: batch._id, row: row.row, problems, cells };
        return { replaceOne: { filter: { _id }, replacement, upsert: true } };
      }),
      { session, ordered: false },
    );
  }

  private entering(batch: Batch): Entering {
    return {
      moment: { on: this.clock.today(), at: this.clock.now(), by: batch.uploadedBy },
      post: batch.post,
      batch: batch._id,
    };
  }
}

const count = (counts: BatchCounts, results: EntryResult[], rows: CheckedRow[]): void => {
  counts.rows += rows.length || results.length;
  counts.bad += rows.filter((row) => row.problems.length > 0).length;
  for (const result of results) {
    if (result.outcome === 'refused') counts.bad += 1;
    else counts[result.outcome] += 1;
    if (result.warnings.length) counts.warnings += 1;
  }
};

/** A claim, a seat or a record that somebody else took between our look and our write: to be judged again. */
const isTaken = (fault: unknown): boolean =>
  (fault as { code?: number }).code === 11000 ||
  (fault instanceof Refused && ['stale-version', 'class-full'].includes(fault.refusal.slug));
