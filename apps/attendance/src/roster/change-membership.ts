import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Clock } from '#libs/service-kit';
import { Judge } from '../watch/judge';
import { firstDifference, staysOf } from './membership';
import type { MarkSpan, Seat, Student } from './student';
import { StudentsRepository } from './students.repository';

interface Entry {
  id: string;
  seq: number;
  seat: Seat;
  marks: MarkSpan[];
}

/**
 * Where a child was to be has become known, perhaps late: its stays are made anew, and the days from the first that
 * changed are judged again.
 */
@Injectable()
export class ChangeMembership {
  constructor(
    private readonly students: StudentsRepository,
    private readonly judge: Judge,
    private readonly clock: Clock,
  ) {}

  /** Children that came in, in crowds: nobody of them has been called yet, unless it was here before. */
  async enter(session: ClientSession, entries: readonly Entry[]): Promise<void> {
    const ids = entries.map(({ id }) => id);
    const known = new Map((await this.students.findMany(ids, session)).map((one) => [one._id, one]));
    const fresh = new Map<string, Student>();
    const again: Entry[] = [];
    for (const entry of entries) {
      const { id, seq, seat, marks } = entry;
      const facts = { seats: [seat], study: [], marks };
      if (known.has(id) || fresh.has(id)) again.push(entry);
      else fresh.set(id, { _id: id, ...facts, stays: staysOf(facts), version: seq });
    }
    await this.students.put(session, [...fresh.values()]);
    for (const { id, seq, seat, marks } of again)
      await this.change(session, { id, seq }, ({ seats }) => ({ seats: [...seats, seat], marks }));
  }

  async change(
    session: ClientSession,
    { id, seq }: { id: string; seq: number },
    facts: (student: Student) => Partial<Pick<Student, 'seats' | 'study' | 'marks'>>,
  ): Promise<void> {
    const before = (await this.students.find(id, session)) ?? skeleton(id);
    const changed = { ...before, ...facts(before), version: seq };
    const after: Student = { ...changed, stays: staysOf(changed) };
    await this.students.put(session, [after]);
    const from = firstDifference(before.stays, after.stays);
    const today = this.clock.today();
    if (!after.judged || from === undefined || from > today) return;
    const moment = { on: today, at: this.clock.now(), account: 'system' };
    await this.judge.run(session, { students: [id], from }, moment);
  }
}

/** A child of whom something is told before its entry. */
const skeleton = (id: string): Student => ({ _id: id, seats: [], study: [], marks: [], stays: [], version: 0 });
