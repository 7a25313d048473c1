import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { Clock } from '#libs/service-kit';
import { Policies } from '../policies/policies';
import { CarryOut, postOver } from './carry-out';
import { ListProblems, noSuchOffice } from './list-problems';
import { idsOn, lineAt, Office, pathUnder } from './office';
import { problemsOfLine } from './office-rules';
import { OfficeRepository } from './office.repository';
import { alreadyThere, OpenedOffice, openedEvent } from './open-office';
import { judgeSchool, SchoolToOpen } from './school-rules';

/** Enters schools under their 10-digit code, all of a list or none; each is judged by the pack of its place today. */
@Injectable()
export class OpenSchool {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `list-refused` */
  run(actor: Actor, key: string, wanted: SchoolToOpen[]): Promise<{ schools: OpenedOffice[] }> {
    return this.carryOut.run(actor, { key, act: 'registry.school.open', body: wanted }, async (session, note) => {
      const today = this.clock.today();
      const problems = new ListProblems('schools', wanted.length);
      const parents = await this.offices.findMany(
        wanted.map((one) => one.parent),
        session,
      );
      const tree = await this.offices.findMany(
        [...wanted.map((one) => one.code), ...parents.flatMap((parent) => idsOn(parent.path))],
        session,
      );
      const byId = new Map(tree.map((office) => [office._id, office]));
      const opened: Office[] = [];
      wanted.forEach((one, index) => {
        const parent = byId.get(one.parent);
        const post = parent && postOver(actor, parent.path);
        if (!post) return problems.add(index, noSuchOffice('parent', one.parent));
        if (byId.has(one.code)) return problems.add(index, alreadyThere('code', one.code));
        const above = idsOn(parent.path).flatMap((id) => byId.get(id) ?? []);
        const path = pathUnder(parent, one.code);
        const line = lineAt(parent.path, today, above);
        const { school, problems: found } = judgeSchool(one, above, this.policies.packOf(line, today));
        problems.add(index, ...found, ...problemsOfLine(one.line, path, this.policies.policy));
        if (!school) return;
        const office: Office = {
          _id: one.code,
          kind: 'school',
          name: one.name,
          parent: parent._id,
          path,
          lines: one.line === undefined ? [] : [{ line: one.line, from: one.from }],
          from: one.from,
          version: 1,
          school,
        };
        byId.set(office._id, office);
        opened.push(office);
        note(openedEvent(office), post);
      });
      problems.refuseIfAny();
      await this.offices.insert(session, opened);
      return { schools: opened.map(({ _id, path, version }) => ({ id: _id, path, version })) };
    });
  }
}
