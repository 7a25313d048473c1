import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { registryEvents, type ProblemItem } from '#libs/contracts';
import type { LocalDate, Policy } from '#libs/policy';
import { Clock, notFound, staleVersion } from '#libs/service-kit';
import { Policies } from '../policies/policies';
import { CarryOut } from './carry-out';
import { refuseIfAny } from './list-problems';
import { Office } from './office';
import { problemsOfLine } from './office-rules';
import { OpenedOffice } from './open-office';
import { OfficeRepository } from './office.repository';

export interface LineToSet {
  office: string;
  /** Version that the caller saw. */
  version: number;
  line: string;
  /** First day; absent: today. */
  from?: LocalDate;
}

/** Sets the line of packs of an office and everything under it, from a day on: a county's own measures (GZ-SC4). */
@Injectable()
export class SetLine {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `refused` */
  run(actor: Actor, key: string, wanted: LineToSet): Promise<OpenedOffice> {
    return this.carryOut.run(actor, { key, act: 'registry.office.set-line', body: wanted }, async (session, note) => {
      const office = await this.offices.find(wanted.office, session);
      if (!office) throw notFound();
      const post = actor.postAt(office.path);
      if (office.version !== wanted.version) throw staleVersion(wanted.version, office.version);
      const today = this.clock.today();
      const set = { line: wanted.line, from: wanted.from ?? today };
      refuseIfAny(problemsOfChange(office, set, today, this.policies.policy));
      const changed: Office = { ...office, lines: [...office.lines, set], version: office.version + 1 };
      await this.offices.save(session, changed);
      note(
        {
          definition: registryEvents.officeLineSet,
          aggregateId: office._id,
          seq: changed.version,
          effectiveOn: set.from,
          data: { line: set.line },
        },
        post,
        ['line'],
      );
      return { id: office._id, path: office.path, version: changed.version };
    });
  }
}

/** What was judged keeps its law: a line begins today at the earliest, and after the one that was set last. */
const problemsOfChange = (
  office: Office,
  { line, from }: { line: string; from: LocalDate },
  today: LocalDate,
  policy: Policy,
): ProblemItem[] => {
  const found = problemsOfLine(line, office.path, policy);
  if (found.length > 0) return found;
  const last = office.lines[office.lines.length - 1];
  const earliest = last && last.from >= today ? last.from : undefined;
  if (from < today || (earliest !== undefined && from <= earliest)) {
    return [
      {
        field: 'from',
        code: 'begins-too-early',
        message: {
          zh: earliest ? `${earliest}起已设规则线“${last.line}”，新设的须更晚。` : '规则线最早自今天起改变。',
          en: earliest
            ? `The line "${last.line}" is set from ${earliest}; another one begins later.`
            : 'A line changes from today on at the earliest.',
        },
        facts: { today, ...(earliest && { earliest }) },
      },
    ];
  }
  const standing = policy.inForce(line, from);
  if (standing.inForce) return [];
  return [
    {
      field: 'from',
      code: 'no-pack-in-force',
      message: {
        zh: `规则线“${line}”在${from}没有生效的文本。`,
        en: `The line "${line}" has no text in force on ${from}.`,
      },
      ...(standing.startsOn && { facts: { startsOn: standing.startsOn } }),
    },
  ];
};
