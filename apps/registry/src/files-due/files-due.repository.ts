import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { ClassRepository } from '../places';
import type { Cohort } from '../places/cohort';
import { IntakeReader } from '../enrolment/intake-reader';
import { StudentRepository } from '../students/student.repository';
import { cohortId, FilesDue, FilesMade } from './files-due';

/** How schools stand with the files of their new pupils, and what the register holds of a cohort. */
@Injectable()
export class FilesDueRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly classes: ClassRepository,
    private readonly students: StudentRepository,
    private readonly intakes: IntakeReader,
  ) {}

  private get rows() {
    return this.connection.collection<FilesDue>('files_due');
  }

  async onModuleInit(): Promise<void> {
    await this.rows.createIndexes([{ key: { path: 1, _id: 1 }, name: 'scope' }]);
  }

  async of(cohort: Cohort, session: ClientSession): Promise<FilesDue> {
    const _id = cohortId(cohort);
    const { school, path, stage, entryYear } = cohort;
    return (
      (await this.rows.findOne({ _id }, { session })) ?? {
        _id,
        school,
        path,
        stage,
        entryYear,
        version: 0,
        madeLate: 0,
      }
    );
  }

  async put(session: ClientSession, row: FilesDue): Promise<void> {
    await this.rows.replaceOne({ _id: row._id }, row, { session, upsert: true, ignoreUndefined: true });
  }

  /** Cohorts in scope with files that were not made in time, or made late; by key. */
  late(actor: Actor, { after, limit }: { after?: string; limit: number }): Promise<FilesDue[]> {
    return this.rows
      .find({
        $and: [actor.scope('path'), { $or: [{ lateSince: { $exists: true } }, { madeLate: { $gt: 0 } }] }],
        ...(after && { _id: { $gt: after } }),
      })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  async made(cohort: Cohort, session?: ClientSession): Promise<FilesMade> {
    const { school, stage, entryYear } = cohort;
    const classes = (await this.classes.ofSchool(school, session)).filter(
      (one) => one.stage === stage && one.entryYear === entryYear,
    );
    const open = { class: { $in: classes.map((one) => one._id) }, registration: { $ne: 'undone' as const } };
    const unconfirmed = await this.students.students.countDocuments(
      { ...open, registration: { $in: ['entered', 'submitted', 'returned'] } },
      { session },
    );
    const approved = await this.intakes.approvals.findOne({ _id: cohortId(cohort) }, { session });
    return {
      classes: classes.map((one) => ({ class: one._id, entered: one.seats.taken })),
      unconfirmed,
      ...(approved && { planned: approved.planned }),
    };
  }
}
