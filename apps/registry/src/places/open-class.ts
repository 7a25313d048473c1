import { Injectable, Optional } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { gradesOfStage, registryEvents } from '#libs/contracts';
import { Clock } from '#libs/service-kit';
import { CarryOut, postOver } from './carry-out';
import { classNameKey, ClassToOpen, problemsOfClass, SchoolClass } from './class';
import { ClassRepository } from './class.repository';
import { cohortsOf } from './cohort';
import { CohortsBegin } from './cohorts-begin';
import { ListProblems, noSuchOffice } from './list-problems';
import { OfficeRepository } from './office.repository';

export type WantedClass = ClassToOpen & { school: string };

export interface OpenClassAnswer {
  classes: { id: string; school: string; name: string; version: number }[];
}

/** Opens classes, of new cohorts and of those under way, all of a list or none. */
@Injectable()
export class OpenClass {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly offices: OfficeRepository,
    private readonly classes: ClassRepository,
    private readonly clock: Clock,
    @Optional() private readonly cohorts?: CohortsBegin,
  ) {}

  /** @throws Refused `list-refused` */
  run(actor: Actor, key: string, wanted: WantedClass[]): Promise<OpenClassAnswer> {
    return this.carryOut.run(actor, { key, act: 'registry.class.open', body: wanted }, async (session, note) => {
      const today = this.clock.today();
      const problems = new ListProblems('classes', wanted.length);
      const schools = new Map(
        (
          await this.offices.findMany(
            wanted.map((one) => one.school),
            session,
          )
        ).map((office) => [office._id, office]),
      );
      const names = new Set((await this.classes.ofSchools([...schools.keys()], session)).map(claimOf));
      const opened: SchoolClass[] = [];
      wanted.forEach((one, index) => {
        const school = schools.get(one.school);
        const post = school && postOver(actor, school.path);
        if (!post) return problems.add(index, noSuchOffice('school', one.school));
        problems.add(index, ...problemsOfClass(one, school, today));
        const claim = claimOf(one);
        if (names.has(claim)) problems.add(index, nameTaken(one));
        names.add(claim);
        const { stage, entryYear, grade, name, schoolYear } = one;
        const data = { school: school._id, path: school.path, stage, entryYear, grade, name, schoolYear };
        const fresh: SchoolClass = { _id: uuidv7(), ...data, version: 1, seats: { taken: 0, reserved: 0 } };
        opened.push(fresh);
        note(
          { definition: registryEvents.classOpened, aggregateId: fresh._id, seq: 1, effectiveOn: today, data },
          post,
        );
      });
      problems.refuseIfAny();
      await this.classes.insert(session, opened);
      const starting = opened.filter(({ stage, grade }) => grade === gradesOfStage[stage].first);
      await this.cohorts?.begin(session, cohortsOf(starting));
      return { classes: opened.map(({ _id, school, name, version }) => ({ id: _id, school, name, version })) };
    });
  }
}

/** One name, one class, within a school, stage and cohort. */
const claimOf = ({ school, stage, entryYear, name }: WantedClass): string =>
  `${school}/${stage}/${entryYear}/${classNameKey(name)}`;

const nameTaken = ({ name, entryYear }: WantedClass) => ({
  field: 'name',
  code: 'class-name-taken',
  message: {
    zh: `${entryYear}级已有“${name}”，或在清单中重复。`,
    en: `The cohort of ${entryYear} has a class "${name}" already, or it stands twice in the list.`,
  },
  remedy: { zh: '请另取班名。', en: 'Choose another name.' },
});
