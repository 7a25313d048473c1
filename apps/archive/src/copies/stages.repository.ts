import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import type { Stage } from '#libs/contracts';

/** The stage of a student, as far as heard: a move does not name it. */
@Injectable()
export class StagesRepository {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get students() {
    return this.connection.collection<{ _id: string; stage: Stage }>('students');
  }

  async keep(session: ClientSession, students: { _id: string; stage: Stage }[]): Promise<void> {
    await this.students.bulkWrite(
      students.map(({ _id, stage }) => ({ updateOne: { filter: { _id }, update: { $set: { stage } }, upsert: true } })),
      { session, ordered: true },
    );
  }

  async of(student: string, session: ClientSession): Promise<Stage> {
    const found = await this.students.findOne({ _id: student }, { session });
    if (!found) throw new Error('a record moved that was never entered');
    return found.stage;
  }
}
