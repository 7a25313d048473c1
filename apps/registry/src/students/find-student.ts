import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { Clock, notFound } from '#libs/service-kit';
import { ChildVault } from './child-vault';
import { StudentRecord } from './record';
import { ClaimKey, StudentRepository } from './student.repository';

/** Exactly one of the two. */
export interface Wanted {
  idNumber?: string;
  studentNumber?: string;
}

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

  private async byKey(wanted: Wanted): Promise<StudentRecord | undefined> {
    const key: ClaimKey = wanted.studentNumber
      ? { kind: 'number', index: this.vault.numberIndex(wanted.studentNumber) }
      : { kind: 'id', index: this.vault.idIndex(wanted.idNumber ?? '') };
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
