import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { Clock, notFound } from '#libs/service-kit';
import { ChildVault } from './child-vault';
import { StudentRecord } from './record';
import { standingOf } from './standing';
import { ClaimKey, StudentRepository } from './student.repository';

/** Exactly one of the two. */
export interface Wanted {
  idNumber?: string;
  studentNumber?: string;
}

/** One of a list, in its order. */
export type Located =
  { found: true; student: string; school: string; stage: string; standing: string } | { found: false };

/**
 * Exact search by ID number or student number, a temporary number and the one that replaced it alike (R5-12). What is
 * outside the caller's scope is answered as if it did not exist.
 */
@Injectable()
export class FindStudent {
  constructor(
    private readonly students: StudentRepository,
    private readonly vault: ChildVault,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, wanted: Wanted): Promise<StudentRecord> {
    const record = await this.byKey(wanted);
    if (!record || !actor.covers(record.path)) throw notFound();
    await this.note(actor, record, 'find', actor.postAt(record.path)._id);
    return record;
  }

  /**
   * For the school that wants to take a student in: number and name together show that the family is at the counter. Tells
   * the opaque id and where the seat is, no more.
   */
  async locate(
    actor: Actor,
    wanted: Wanted & { name: string },
  ): Promise<{ student: string; school: string; stage: string }> {
    const record = await this.byKey(wanted);
    if (!record || record.name !== wanted.name.normalize('NFC').trim()) throw notFound();
    await this.note(actor, record, 'locate', actor.posts[0]._id);
    return { student: record._id, school: record.school, stage: record.stage };
  }

  /**
   * As `locate`, for a list of entrants: each with the opaque id and where the file is, or not found. Looked up as one;
   * every one found leaves its audit row.
   */
  async locateList(actor: Actor, wanted: (Wanted & { name: string })[]): Promise<Located[]> {
    const keys = wanted.map((one) => this.keyOf(one));
    const holders = await this.students.holders(keys);
    const ids = keys.map((key) => this.students.holderOf(holders, key));
    const records = new Map(
      (await this.students.findMany([...new Set(ids.flatMap((id) => id ?? []))])).map((one) => [one._id, one]),
    );
    const found = ids.map((id, i) => {
      const record = id === undefined ? undefined : records.get(id);
      const right =
        record && record.registration !== 'undone' && record.name === wanted[i].name.normalize('NFC').trim();
      return right ? record : undefined;
    });
    const at = this.clock.now();
    const rows = found.flatMap((record) =>
      record
        ? [
            {
              act: 'registry.student.locate',
              account: actor.account,
              post: actor.posts[0]._id,
              subject: { kind: 'student', id: record._id },
              at,
            },
          ]
        : [],
    );
    if (rows.length > 0) await this.audit.write(rows);
    return found.map((record) =>
      record
        ? { found: true, student: record._id, school: record.school, stage: record.stage, standing: standingOf(record) }
        : { found: false },
    );
  }

  private keyOf(wanted: Wanted): ClaimKey {
    return wanted.studentNumber
      ? { kind: 'number', index: this.vault.numberIndex(wanted.studentNumber) }
      : { kind: 'id', index: this.vault.idIndex(wanted.idNumber ?? '') };
  }

  private async byKey(wanted: Wanted): Promise<StudentRecord | undefined> {
    const key = this.keyOf(wanted);
    const holder = this.students.holderOf(await this.students.holders([key]), key);
    const record = holder && (await this.students.find(holder));
    return record && record.registration !== 'undone' ? record : undefined;
  }

  private note(actor: Actor, record: StudentRecord, act: string, post: string): Promise<void> {
    return this.audit.write([
      {
        act: `registry.student.${act}`,
        account: actor.account,
        post,
        subject: { kind: 'student', id: record._id },
        at: this.clock.now(),
      },
    ]);
  }
}
