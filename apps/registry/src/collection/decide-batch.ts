import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { durably, Once } from '#libs/messaging';
import { Clock, notFound, refuse } from '#libs/service-kit';
import { StudentRepository } from '../students/student.repository';
import { Batch, beginCommit, beginUndo } from './batch';
import { BatchRepository } from './batch.repository';
import { ForgetWorkbook } from './forget-workbook';
import { RunBatch } from './run-batch';

/** The clerk's word on a checked or written batch: write it, or take it back. The work itself is done by `RunBatch`. */
@Injectable()
export class DecideBatch {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly batches: BatchRepository,
    private readonly students: StudentRepository,
    private readonly runner: RunBatch,
    private readonly forget: ForgetWorkbook,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  commit(actor: Actor, key: string, id: string, goodRowsOnly: boolean): Promise<{ id: string; state: string }> {
    return this.decide(actor, key, id, 'commit', (batch) => beginCommit(batch, goodRowsOnly));
  }

  /**
   * Refused while something later depends on an entry. The entries are marked first, each only if nothing happened to it
   * since: from then on nothing else can, so the undo that follows is whole.
   */
  async undo(actor: Actor, key: string, id: string): Promise<{ id: string; state: string }> {
    const batch = await this.mine(actor, id);
    if (batch.state === 'committed' && batch.written.corrected === 0) await this.mark(batch);
    try {
      return await this.decide(actor, key, id, 'undo', beginUndo);
    } catch (fault) {
      await this.unmarkUnlessUndoing(id);
      throw fault;
    }
  }

  private async mark(batch: Batch): Promise<void> {
    const { students } = this.students;
    const entered = { 'batch.id': batch._id };
    await students.updateMany(
      { ...entered, registration: 'entered', hold: { $exists: false }, $expr: { $eq: ['$version', '$batch.version'] } },
      { $set: { undoing: batch._id } },
    );
    const depending = await students
      .find({ ...entered, undoing: { $exists: false } }, { projection: { _id: 1, registration: 1 } })
      .limit(101)
      .toArray();
    if (depending.length === 0) return;
    await this.unmarkUnlessUndoing(batch._id);
    throw refuse('something-depends', {
      status: 409,
      title: { zh: '批次不能撤销', en: 'The batch cannot be undone' },
      detail: {
        zh: `有${depending.length > 100 ? '100多' : depending.length}名学生在导入后又办理了其他业务。`,
        en: `${depending.length > 100 ? 'More than 100' : depending.length} children have had other business since.`,
      },
      remedy: { zh: '请逐个处理这些学生。', en: 'Deal with these children one by one.' },
      items: depending.slice(0, 100).map((record) => ({
        field: record._id,
        code: 'later-business',
        message: { zh: `状态：${record.registration}`, en: `state: ${record.registration}` },
      })),
    });
  }

  private async unmarkUnlessUndoing(id: string): Promise<void> {
    const batch = await this.batches.batches.findOne({ _id: id });
    if (batch?.state === 'undoing' || batch?.state === 'undone') return;
    await this.students.students.updateMany({ undoing: id }, { $unset: { undoing: 1 } });
  }

  private async decide(
    actor: Actor,
    key: string,
    id: string,
    word: 'commit' | 'undo',
    begin: (batch: Batch) => Batch,
  ): Promise<{ id: string; state: string }> {
    const answer = await this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body: { id, word } }, async () => {
          const batch = await this.mine(actor, id);
          const next = begin(batch);
          await this.batches.save(next, session);
          await this.forget.stop(session, id);
          await this.audit.write(
            [
              {
                act: `registry.collection.${word}`,
                account: actor.account,
                post: actor.postOf(batch.school)._id,
                subject: { kind: 'collection', id, version: next.version },
                at: this.clock.now(),
              },
            ],
            session,
          );
          return { id, state: next.state };
        }),
      durably,
    );
    this.runner.wake();
    return answer;
  }

  private async mine(actor: Actor, id: string): Promise<Batch> {
    const batch = await this.batches.batches.findOne({ $and: [{ _id: id }, actor.scope('path')] });
    if (!batch) throw notFound();
    actor.postOf(batch.school);
    return batch;
  }
}
