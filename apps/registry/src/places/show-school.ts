import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import type { Stage } from '#libs/contracts';
import type { LocalDate, Pack } from '#libs/policy';
import { Clock, notFound, Refused } from '#libs/service-kit';
import { Policies } from '../policies/policies';
import { authorityOf } from './authority';
import { gradeOn, SchoolClass } from './class';
import { ClassRepository } from './class.repository';
import { isSchool, lineAt, Office, School, SchoolOffice } from './office';
import { OfficeRepository } from './office.repository';

export type ClassView = Pick<SchoolClass, 'school' | 'name' | 'stage' | 'entryYear' | 'seats' | 'version'> & {
  id: string;
  /** Grade today. */
  grade: number;
};

export interface SchoolView extends School, Pick<Office, 'name' | 'path' | 'from' | 'to' | 'version'> {
  id: string;
  line: string;
  authorities: { stage: Stage; authority?: string }[];
  classes: ClassView[];
}

/** A school with its classes and seats, its line and its record authorities as of today. */
@Injectable()
export class ShowSchool {
  constructor(
    private readonly offices: OfficeRepository,
    private readonly classes: ClassRepository,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, code: string): Promise<SchoolView> {
    const office = await this.offices.find(code);
    if (!office || !isSchool(office) || !actor.covers(office.path)) throw notFound();
    const today = this.clock.today();
    const tree = await this.offices.on(office.path);
    const line = lineAt(office.path, today, tree);
    const pack = this.policies.packOf(line, today, office.path);
    const { _id, name, path, from, to, version, school } = office;
    return {
      id: _id,
      name,
      path,
      ...school,
      from,
      ...(to !== undefined && { to }),
      version,
      line,
      authorities: school.stages.map((stage) => ({ stage, ...authorityIfSaid(office, stage, pack, tree) })),
      classes: (await this.classes.ofSchool(code)).map((one) => classView(one, today)),
    };
  }
}

const authorityIfSaid = (
  office: SchoolOffice,
  stage: Stage,
  pack: Pack,
  tree: readonly Office[],
): { authority?: string } => {
  try {
    return { authority: authorityOf(office, stage, pack, tree)._id };
  } catch (fault) {
    if (fault instanceof Refused) return {};
    throw fault;
  }
};

export const classView = (one: SchoolClass, today: LocalDate): ClassView => ({
  id: one._id,
  school: one.school,
  name: one.name,
  stage: one.stage,
  entryYear: one.entryYear,
  grade: gradeOn(one, today),
  seats: one.seats,
  version: one.version,
});
