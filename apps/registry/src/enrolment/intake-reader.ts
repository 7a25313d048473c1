import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { notFound } from '#libs/service-kit';
import { ClassRepository, gradeOn, isSchool, OfficeRepository, standsOn } from '../places';
import { Policies } from '../policies';
import { ChildVault } from '../students/child-vault';
import { Intake } from './intake';

/** An intake that the authority has approved (CZ-EN4). */
export interface ApprovedIntake {
  /** `<school>/<stage>/<entry year>`. */
  _id: string;
  school: string;
  stage: string;
  entryYear: number;
  planned: number;
  approvedBy: string;
  approvedOn: string;
  version: number;
  /** Counts the transactions that entered children, so that two at once meet. */
  entries?: number;
}

/** A class cap in principle that somebody set aside for one class, with the reason (CZ-CL2, CZ-CL4, D5-04). */
export interface CapOverride {
  /** `<class>/<rule>`. */
  _id: string;
  class: string;
  school: string;
  rule: string;
  reason: string;
  person: string;
  on: string;
}

/** Reads everything that judging a school's entries needs, once per call. */
@Injectable()
export class IntakeReader {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly offices: OfficeRepository,
    private readonly classes: ClassRepository,
    private readonly policies: Policies,
    private readonly vault: ChildVault,
  ) {}

  get approvals() {
    return this.connection.collection<ApprovedIntake>('intakes');
  }

  get overrides() {
    return this.connection.collection<CapOverride>('cap_overrides');
  }

  async of(school: string, today: string): Promise<Intake> {
    const office = await this.offices.find(school);
    if (!office || !isSchool(office)) throw notFound();
    const [pack, classes, approvals, overrides] = await Promise.all([
      this.policies.packFor(office.path, today),
      this.classes.ofSchool(school),
      this.approvals.find({ school }).toArray(),
      this.overrides.find({ school }).toArray(),
    ]);
    const county = office.parent ?? school;
    await this.vault.ready(county);
    return new Intake(
      school,
      office.path,
      county,
      pack,
      this.policies.calendar.forOffice(office.path),
      classes.map((one) => ({
        _id: one._id,
        name: one.name,
        stage: one.stage,
        entryYear: one.entryYear,
        grade: gradeOn(one, today),
        seated: one.seats.taken + one.seats.reserved,
      })),
      new Map(approvals.map((one) => [`${one.stage}/${one.entryYear}`, one.planned])),
      Map.groupBy(overrides, (one) => one.class),
      office.closing !== undefined || !standsOn(office, today),
    );
  }
}
