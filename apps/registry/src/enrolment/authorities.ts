import { Injectable } from '@nestjs/common';
import { Stage } from '#libs/contracts';
import { notFound } from '#libs/service-kit';
import { authorityOf, Office, OfficeRepository } from '../places';
import { Policies } from '../policies';

/** Who is in charge of a record: resolved from stage, place and managing level by the pack of the school's line. */
@Injectable()
export class Authorities {
  constructor(
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
  ) {}

  async school(code: string): Promise<Office> {
    const office = await this.offices.find(code);
    if (!office || office.kind !== 'school') throw notFound();
    return office;
  }

  async of(school: string, stage: Stage, on: string): Promise<Office> {
    const office = await this.school(school);
    const pack = await this.policies.packFor(office.path, on);
    return authorityOf(office, stage, pack, await this.offices.treeAbove(office));
  }
}
