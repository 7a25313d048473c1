import { Injectable } from '@nestjs/common';
import { Actor, under } from '#libs/access';
import type { OfficeKind } from '#libs/contracts';
import { notFound, Page, pageOf } from '#libs/service-kit';
import { Office } from './office';
import { OfficeRepository } from './office.repository';

export interface OfficesWanted {
  under?: string;
  kind?: OfficeKind;
  /** Path of the last office of the page before. */
  after?: string;
  limit: number;
}

export type OfficeLine = Omit<Office, '_id' | 'school'> & { id: string };

/** Offices in scope in the order of the tree, paged by path. */
@Injectable()
export class ListOffices {
  constructor(private readonly offices: OfficeRepository) {}

  async run(actor: Actor, wanted: OfficesWanted): Promise<Page<OfficeLine>> {
    const found = await this.offices.offices
      .find(
        {
          $and: [
            actor.scope('path'),
            wanted.under === undefined ? {} : under('path', await this.pathOf(actor, wanted.under)),
            wanted.kind === undefined ? {} : { kind: wanted.kind },
            wanted.after === undefined ? {} : { path: { $gt: wanted.after } },
          ],
        },
        { projection: { school: 0 } },
      )
      .sort({ path: 1 })
      .limit(wanted.limit + 1)
      .toArray();
    return pageOf(
      found,
      wanted.limit,
      ({ _id, ...rest }) => ({ id: _id, ...rest }),
      ({ path }) => path,
    );
  }

  private async pathOf(actor: Actor, id: string): Promise<string> {
    const office = await this.offices.find(id);
    if (!office || !actor.covers(office.path)) throw notFound();
    return office.path;
  }
}
