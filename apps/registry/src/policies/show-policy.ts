import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import {
  parameters,
  type Difference,
  type LocalDate,
  type Pack,
  type ParameterName,
  type RuleInForce,
  type Setting,
} from '#libs/policy';
import { Clock, invalidInput, notFound } from '#libs/service-kit';
import { OfficeRepository } from '../places/office.repository';
import { OpenParameter, OpenParameters } from './open-parameters';
import { Policies } from './policies';

export interface PackView extends Pick<
  Pack,
  'id' | 'title' | 'document' | 'trial' | 'invented' | 'from' | 'fromAssumed' | 'to' | 'place' | 'chain'
> {
  line: string;
}

export interface PolicyInForce {
  office: string;
  on: LocalDate;
  pack: PackView;
  parameters: (Setting & { description: string })[];
  rules: (RuleInForce['citation'] & { strength: string })[];
}

/** What the law is at a place on a day, what changed in a line between two days, and what a place has left open. */
@Injectable()
export class ShowPolicy {
  constructor(
    private readonly policies: Policies,
    private readonly open: OpenParameters,
    private readonly offices: OfficeRepository,
    private readonly clock: Clock,
  ) {}

  /** Law is public: everybody with a post may ask for every office. */
  async inForce(office: string, on = this.clock.today()): Promise<PolicyInForce> {
    const found = await this.offices.find(office);
    if (!found) throw notFound();
    const pack = await this.policies.packFor(found.path, on);
    return {
      office,
      on,
      pack: viewOf(pack),
      parameters: (Object.keys(parameters) as ParameterName[]).map((name) => ({
        description: parameters[name].description,
        ...pack.setting<unknown>(name),
      })),
      rules: [...pack.rulesInForce().values()].map(({ citation, strength }) => ({ ...citation, strength })),
    };
  }

  difference(
    line: string,
    from: LocalDate,
    to: LocalDate,
  ): { line: string; from: string; to: string; items: Difference[] } {
    if (!this.policies.policy.hasLine(line)) {
      throw invalidInput([
        {
          field: 'line',
          code: 'unknown-line',
          message: { zh: `没有名为“${line}”的规则线。`, en: `There is no line "${line}".` },
          facts: { lines: this.policies.policy.lines().map((one) => one.line) },
        },
      ]);
    }
    // Asked for first, so that a day without a pack is answered with that day.
    for (const day of [from, to]) this.policies.packOf(line, day);
    return { line, from, to, items: this.policies.policy.differences(line, from, to) };
  }

  /** Counts of records are told within the caller's scope alone. */
  async notConfigured(
    actor: Actor,
    office: string,
  ): Promise<{ office: string; pack: PackView; items: OpenParameter[] }> {
    const found = await this.offices.find(office);
    if (!found || !actor.covers(found.path)) throw notFound();
    const pack = await this.policies.packFor(found.path, this.clock.today());
    return { office, pack: viewOf(pack), items: await this.open.of(pack, found.path) };
  }
}

const viewOf = ({
  id,
  title,
  document,
  trial,
  invented,
  from,
  fromAssumed,
  to,
  place,
  chain,
  lines,
}: Pack): PackView => ({
  line: lines[0],
  id,
  title,
  document,
  trial,
  ...(invented !== undefined && { invented }),
  from,
  ...(fromAssumed !== undefined && { fromAssumed }),
  ...(to !== undefined && { to }),
  ...(place !== undefined && { place }),
  chain,
});
