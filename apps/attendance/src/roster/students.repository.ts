import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection, mongo } from 'mongoose';
import type { LocalDate } from '#libs/policy';
import { isCalled } from './membership';
import type { Student } from './student';

export type RosterLine = Pick<Student, '_id' | 'stays' | 'dropouts' | 'watched'>;

@Injectable()
export class StudentsRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get students() {
    return this.connection.collection<Student>('students');
  }

  async onModuleInit(): Promise<void> {
    await this.students.createIndexes([
      { key: { 'stays.class': 1, 'stays.to': 1 }, name: 'roster' },
      { key: { 'stays.path': 1, _id: 1 }, name: 'judged', partialFilterExpression: { judged: true } },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Student | null> {
    return this.students.findOne({ _id: id }, { session });
  }

  findMany(ids: readonly string[], session?: ClientSession): Promise<Student[]> {
    return this.students.find({ _id: { $in: [...ids] } }, { session }).toArray();
  }

  /** Who is called in a class on a day, by id. */
  async roster(classId: string, day: LocalDate, session?: ClientSession): Promise<RosterLine[]> {
    const there = { $elemMatch: { class: classId, from: { $lte: day }, to: { $gte: day } } };
    const found = await this.students
      .find(
        { stays: there },
        { session, projection: { stays: { $elemMatch: there.$elemMatch }, dropouts: 1, watched: 1 } },
      )
      .toArray();
    return found.filter((student) => isCalled(student, day)).sort((a, b) => (a._id < b._id ? -1 : 1));
  }

  /** Whether anybody sits in a class on a day. */
  async isEmpty(classId: string, day: LocalDate, session?: ClientSession): Promise<boolean> {
    const there = { $elemMatch: { class: classId, from: { $lte: day }, to: { $gte: day } } };
    const found = await this.students.findOne({ stays: there }, { session, projection: { _id: 1 } });
    return found === null;
  }

  /** Those under a path who have been absent without excuse, page by page. */
  async judgedUnder(path: string, after: string | undefined, limit: number): Promise<string[]> {
    const found = await this.students
      .find(
        {
          'stays.path': { $gte: path, $lt: `${path.slice(0, -1)}0` },
          judged: true,
          ...(after !== undefined && { _id: { $gt: after } }),
        },
        { projection: { _id: 1 } },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id }) => _id);
  }

  async put(session: ClientSession, students: readonly Student[]): Promise<void> {
    if (students.length === 0) return;
    await this.students.bulkWrite(
      students.map(({ _id, ...student }) => ({
        replaceOne: { filter: { _id }, replacement: student, upsert: true },
      })),
      { session, ordered: false, ignoreUndefined: true },
    );
  }

  /** Notes that these have been judged: whoever judges one of them beside us meets this write. */
  async touch(session: ClientSession, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const update: mongo.UpdateFilter<Student & { touched: number }> = { $set: { judged: true }, $inc: { touched: 1 } };
    await this.students.updateMany({ _id: { $in: [...ids] } }, update as mongo.UpdateFilter<Student>, { session });
  }

  async change(session: ClientSession, id: string, update: mongo.UpdateFilter<Student>): Promise<void> {
    await this.students.updateOne({ _id: id }, update, { session });
  }
}
