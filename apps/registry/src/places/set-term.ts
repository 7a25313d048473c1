import { Injectable, Optional } from '@nestjs/common';
import { Actor } from '#libs/access';
import { registryEvents, type ProblemItem } from '#libs/contracts';
import { termsAt } from '#libs/policy';
import { Policies } from '../policies/policies';
import { CarryOut, postOver } from './carry-out';
import { ClassRepository } from './class.repository';
import { cohortsOf } from './cohort';
import { CohortsBegin } from './cohorts-begin';
import { ListProblems, noSuchOffice } from './list-problems';
import { OfficeRepository } from './office.repository';
import { problemsOfTerm, Term } from './term';
import { TermRepository } from './term.repository';

export type TermToSet = Omit<Term, '_id' | 'path' | 'version'> & {
  /** Version that is to be changed; absent: the term is new. */
  version?: number;
};

export interface SetTermAnswer {
  terms: { id: string; version: number }[];
}

/** Sets terms with their closed days and make-up days, all of a list or none. */
@Injectable()
export class SetTerm {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly offices: OfficeRepository,
    private readonly terms: TermRepository,
    private readonly policies: Policies,
    private readonly classes: ClassRepository,
    @Optional() private readonly cohorts?: CohortsBegin,
  ) {}

  /** @throws Refused `list-refused` */
  run(actor: Actor, key: string, wanted: TermToSet[]): Promise<SetTermAnswer> {
    return this.carryOut.run(actor, { key, act: 'registry.term.set', body: wanted }, async (session, note) => {
      const problems = new ListProblems('terms', wanted.length);
      const offices = new Map(
        (
          await this.offices.findMany(
            wanted.map((one) => one.office),
            session,
          )
        ).map((office) => [office._id, office]),
      );
      const known = await this.terms.on(
        [...offices.values()].map((office) => office.path),
        session,
      );
      const set = new Map<string, Term>();
      wanted.forEach((one, index) => {
        const office = offices.get(one.office);
        const post = office && postOver(actor, office.path);
        if (!post) return problems.add(index, noSuchOffice('office', one.office));
        const _id = `${one.office}/${one.schoolYear}/${one.term}`;
        const before = known.find((term) => term._id === _id);
        if (set.has(_id)) return problems.add(index, standsTwice);
        if (one.version !== before?.version) return problems.add(index, otherVersion(before?.version));
        const term: Term = { ...one, _id, path: office.path, version: (before?.version ?? 0) + 1 };
        const others = termsAt(office.path, [...set.values(), ...known.filter((each) => !set.has(each._id))]);
        problems.add(
          index,
          ...problemsOfTerm(
            term,
            others.filter((each) => each.schoolYear !== one.schoolYear || each.term !== one.term),
            this.policies.calendar.forOffice(office.path),
          ),
        );
        set.set(_id, term);
        note(setEvent(term), post);
      });
      problems.refuseIfAny();
      await this.terms.put(session, [...set.values()]);
      // Whose first day is set, or another one now.
      for (const { term, path, schoolYear } of set.values()) {
        if (term !== '1') continue;
        await this.cohorts?.begin(
          session,
          cohortsOf(await this.classes.startingUnder(path, Number(schoolYear), session)),
        );
      }
      return { terms: [...set.values()].map(({ _id, version }) => ({ id: _id, version })) };
    });
  }
}

const setEvent = ({ _id, version, office, schoolYear, term, firstDay, lastDay, closed, makeUp }: Term) => ({
  definition: registryEvents.termSet,
  aggregateId: _id,
  seq: version,
  effectiveOn: firstDay,
  data: { office, schoolYear, term, firstDay, lastDay, closed, makeUp },
});

const standsTwice: ProblemItem = {
  field: 'term',
  code: 'already-there',
  message: { zh: '清单中有两条同一学期。', en: 'The same term stands twice in the list.' },
};

const otherVersion = (actual: number | undefined): ProblemItem => ({
  field: 'version',
  code: 'stale-version',
  message: {
    zh: actual === undefined ? '该学期尚未设置。' : `该学期已设置，现为第${actual}版。`,
    en: actual === undefined ? 'The term is not set yet.' : `The term is set already; it is now version ${actual}.`,
  },
  remedy: {
    zh: '请重新读取后再提交；修改时写明版本。',
    en: 'Read it again; a change names the version that it changes.',
  },
  ...(actual !== undefined && { facts: { actual } }),
});
