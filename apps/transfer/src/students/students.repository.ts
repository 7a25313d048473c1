import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection, mongo } from 'mongoose';
import { StudentCopy } from './student-copy';

@Injectable()
export class StudentsRepository implements OnModuleInit {
  constructor(@InjectConnection() private readonly connection: Connection) {}

  private get students() {
    return this.connection.collection<StudentCopy>('students');
  }

  async onModuleInit(): Promise<void> {
    await this.students.createIndexes([
      { key: { class: 1 }, name: 'class' },
      { key: { 'held.toClass': 1 }, name: 'reserved', partialFilterExpression: { 'held.toClass': { $exists: true } } },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<StudentCopy | null> {
    return this.students.findOne({ _id: id }, { session });
  }

  findMany(ids: readonly string[], session?: ClientSession): Promise<StudentCopy[]> {
    return this.students.find({ _id: { $in: [...ids] } }, { session }).toArray();
  }

  /** Pupils of a class and seats kept in it, as far as heard. */
  async taken(classId: string): Promise<number> {
    const [seated, reserved] = await Promise.all([
      this.students.countDocuments({ class: classId, registration: { $ne: 'undone' }, ended: { $exists: false } }),
      this.students.countDocuments({ 'held.toClass': classId }),
    ]);
    return seated + reserved;
  }

  async change(session: ClientSession, id: string, update: mongo.UpdateFilter<StudentCopy>): Promise<void> {
    await this.students.updateOne({ _id: id }, update, { session });
  }

  /** Writes in this order. */
  async write(session: ClientSession, writes: mongo.AnyBulkWriteOperation<StudentCopy>[]): Promise<void> {
    await this.students.bulkWrite(writes, { session });
  }
}
