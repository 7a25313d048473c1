import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { notFound } from '#libs/service-kit';
import { ClassRepository, gradeOn, isSchool, OfficeRepository } from '../places';
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

  async of(school: string, today: string): Promise<Intake> {
    const office = await this.offices.find(school);
    if (!office || !isSchool(office)) throw notFound();
    const [pack, classes, approvals] = await Promise.all([
      this.policies.packFor(office.path, today),
      this.classes.ofSchool(school),
      this.approvals.find({ school }).toArray(),
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
      new Set(approvals.map((one) => `${one.stage}/${one.entryYear}`)),
    );
  }
}
