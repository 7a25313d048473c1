import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';

/** One act: who did what to which thing, under which post, when. Values never stand here, only names of fields. */
export interface AuditRow {
  /** `registry.student.confirm`, `registry.student.read`. */
  act: string;
  account: string;
  /** Post that gave the right; absent for the system itself. */
  post?: string;
  /** Kind and id of the thing, and its version after the act (absent for a read). */
  subject: { kind: string; id: string; version?: number };
  /** Business time. */
  at: Date;
  /** Duty a protected field was read for; names of fields changed or read. */
  duty?: string;
  fields?: string[];
  reason?: string;
}

/** Rows are written with the change, unchained; a sealer chains them in batches. Nothing edits or deletes a row. */
@Injectable()
export class Audit implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get rows() {
    return this.connection.collection<AuditRow & { _id: string }>('audit');
  }

  async onModuleInit(): Promise<void> {
    await this.rows.createIndexes([{ key: { 'subject.id': 1, _id: 1 }, name: 'subject' }]);
  }

  async write(rows: AuditRow[], session?: ClientSession): Promise<void> {
    if (rows.length === 0) return;
    await this.rows.insertMany(
      rows.map((row) => ({ _id: uuidv7(), ...row })),
      { session, ordered: false },
    );
  }

  /** Every row about the things named, up to an instant of business time, oldest first. */
  async upTo(subjectIds: readonly string[], until: Date, session?: ClientSession): Promise<AuditRow[]> {
    return this.rows
      .find({ 'subject.id': { $in: [...subjectIds] }, at: { $lte: until } }, { projection: { _id: 0 }, session })
      .sort({ 'subject.id': 1, _id: 1 })
      .toArray();
  }

  async of(subjectId: string, limit = 200): Promise<AuditRow[]> {
    return this.rows
      .find({ 'subject.id': subjectId }, { projection: { _id: 0 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }
}
