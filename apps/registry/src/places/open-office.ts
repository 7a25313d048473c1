import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { registryEvents } from '#libs/contracts';
import { Policies } from '../policies/policies';
import { CarryOut, postOver } from './carry-out';
import { ListProblems, noSuchOffice } from './list-problems';
import { Office, pathUnder } from './office';
import { AuthorityToOpen, problemsOfAuthority } from './office-rules';
import { OfficeRepository } from './office.repository';

export interface OpenedOffice {
  id: string;
  path: string;
  version: number;
}

/** Opens authorities, all of a list or none. A parent stands in the tree or earlier in the list. */
@Injectable()
export class OpenOffice {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
  ) {}

  /** @throws Refused `list-refused` */
  run(actor: Actor, key: string, wanted: AuthorityToOpen[]): Promise<{ offices: OpenedOffice[] }> {
    return this.carryOut.run(actor, { key, act: 'registry.office.open', body: wanted }, async (session, note) => {
      const problems = new ListProblems('offices', wanted.length);
      const named = wanted.flatMap((one) => [one.id, ...(one.parent === undefined ? [] : [one.parent])]);
      const tree = new Map((await this.offices.findMany(named, session)).map((office) => [office._id, office]));
      const opened: Office[] = [];
      wanted.forEach((one, index) => {
        const above = one.parent === undefined ? undefined : tree.get(one.parent);
        const path = pathUnder(above, one.id);
        // A new root needs a post above every root.
        const post = postOver(actor, one.parent === undefined ? '/' : (above?.path ?? ''));
        if (!post) return problems.add(index, noSuchOffice('parent', one.parent ?? '/'));
        if (tree.has(one.id)) return problems.add(index, alreadyThere('id', one.id));
        problems.add(index, ...problemsOfAuthority(one, above, this.policies.policy));
        const office: Office = {
          _id: one.id,
          kind: one.kind,
          name: one.name,
          ...(one.parent !== undefined && { parent: one.parent }),
          path,
          lines: one.line === undefined ? [] : [{ line: one.line, from: one.from }],
          from: one.from,
          version: 1,
        };
        tree.set(office._id, office);
        opened.push(office);
        note(openedEvent(office), post);
      });
      problems.refuseIfAny();
      await this.offices.insert(session, opened);
      return { offices: opened.map(({ _id, path, version }) => ({ id: _id, path, version })) };
    });
  }
}

export const openedEvent = ({ _id, version, from, kind, name, parent, path, lines, school }: Office) => ({
  definition: registryEvents.officeOpened,
  aggregateId: _id,
  seq: version,
  effectiveOn: from,
  data: {
    kind,
    name,
    path,
    ...(parent !== undefined && { parent }),
    ...(lines.length > 0 && { line: lines[0].line }),
    ...(school && { school }),
  },
});

export const alreadyThere = (field: string, id: string) => ({
  field,
  code: 'already-there',
  message: { zh: `代码${id}已登记，或在清单中重复。`, en: `${id} is entered already, or stands twice in the list.` },
  remedy: { zh: '请核对代码；一个代码只登记一次。', en: 'Check the code; a code is entered once.' },
});
