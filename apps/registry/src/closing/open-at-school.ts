import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { ProblemItem } from '#libs/contracts';
import { BatchRepository } from '../collection/batch.repository';
import { openStates } from '../completion/completion';
import { CompletionRepository } from '../completion/completion.repository';
import { NumberRequest } from '../numbers/number-request';
import { ClassRepository } from '../places';
import { onRoll } from '../students/record';
import { StudentRepository } from '../students/student.repository';
import { Closing, open } from './closing';

/** The most of one kind that a list names; what lies beyond is counted. */
const most = 200;

/** What is still open at a school in the registry itself, all of it at once. At a merger pupils pass, so they are not. */
@Injectable()
export class OpenAtSchool {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly batches: BatchRepository,
    private readonly completions: CompletionRepository,
  ) {}

  async of(
    { school, path, kind }: Pick<Closing, 'school' | 'path' | 'kind'>,
    session?: ClientSession,
  ): Promise<ProblemItem[]> {
    const here = { path, registration: { $ne: 'undone' as const } };
    const found = [
      ...(kind === 'closure' ? await this.records('pupil', { path, ...onRoll }, session) : []),
      ...(await this.records('held', { ...here, hold: { $exists: true } }, session)),
      ...(await this.records('in-work', { ...here, inWork: { $exists: true } }, session)),
    ];
    const reserved = await this.classes.classes.find({ school, 'seats.reserved': { $gt: 0 } }, { session }).toArray();
    const working = { path, state: { $in: ['checking' as const, 'committing' as const, 'undoing' as const] } };
    const batches = await this.batches.batches.find(working, { session, projection: { _id: 1 } }).toArray();
    const completions = await this.completions.completions
      .find({ school, state: { $in: openStates } }, { session, projection: { _id: 1 } })
      .toArray();
    return [
      ...found,
      ...reserved.map(({ _id }) => open('class', _id)),
      ...batches.map(({ _id }) => open('collection', _id)),
      ...completions.map(({ _id }) => open('completion', _id)),
      ...(await this.numbers(path, session)),
    ];
  }

  private async records(kind: string, condition: object, session?: ClientSession): Promise<ProblemItem[]> {
    const { students } = this.students;
    const found = await students
      .find(condition, { session, projection: { _id: 1 } })
      .limit(most)
      .toArray();
    const all = found.length < most ? found.length : await students.countDocuments(condition, { session });
    const items = found.map(({ _id }) => open(kind, _id));
    return all > found.length ? [...items, open('more', `${kind} ${all - found.length}`)] : items;
  }

  private async numbers(path: string, session?: ClientSession): Promise<ProblemItem[]> {
    const asked = await this.connection
      .collection<NumberRequest>('number_requests')
      .find({ state: { $in: ['wanted', 'asked'] } }, { session, projection: { student: 1 } })
      .toArray();
    const ids = [...new Set(asked.map(({ student }) => student))];
    const here = await this.students.students
      .find({ _id: { $in: ids }, path }, { session, projection: { _id: 1 } })
      .toArray();
    return here.slice(0, most).map(({ _id }) => open('number', _id));
  }
}
