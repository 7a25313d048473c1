import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import type { LocalDate } from '#libs/policy';
import { Child, RollRepository } from './roll.repository';
import { Fact, revise, Revision, timelineOf } from './timeline';

/** A fact about a child, as one event told it. */
export interface Told {
  student: string;
  fact: Fact;
}

/** Folds facts into the lives of the children they are about. What was known on an earlier day stays as it was. */
@Injectable()
export class FoldStudents {
  constructor(private readonly roll: RollRepository) {}

  async run(told: readonly Told[], session: ClientSession): Promise<void> {
    const known = await this.roll.childrenOf([...new Set(told.map(({ student }) => student))], session);
    const revisions: (Revision & { day: LocalDate })[] = [];
    for (const { student, fact } of told) {
      const child: Child = known.get(student) ?? { _id: student, version: 0, facts: [], spells: [] };
      const facts = [...child.facts, fact];
      const revision = revise(student, child.spells, timelineOf(facts), { day: fact.known, seq: fact.seq });
      revisions.push({ ...revision, day: fact.known });
      known.set(student, { _id: student, version: fact.seq, facts, spells: revision.now });
    }
    await this.roll.write([...known.values()], revisions, session);
  }
}
