import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { Deadlines, FiredDeadline, OnDeadline } from '#libs/deadlines';
import { EventConsumer, On } from '#libs/messaging';
import { idsOn, PlacesRepository } from '#libs/places';
import { Clock } from '#libs/service-kit';
import { StudentsRepository } from '../roster/students.repository';
import { Judge } from '../watch/judge';
import { RollCallDue } from './roll-call-due';

export const replanKind = 'attendance.replan';
const perStep = 100;

/**
 * A term was set or changed: every school under the office waits for other days, and days that were counted may be none
 * any more. A province has thousands of schools, so this goes step by step, each step the deadline of the next.
 */
@Injectable()
export class Replan {
  constructor(
    private readonly places: PlacesRepository,
    private readonly students: StudentsRepository,
    private readonly due: RollCallDue,
    private readonly judge: Judge,
    private readonly deadlines: Deadlines,
    private readonly clock: Clock,
  ) {}

  async begin(session: ClientSession, office: string, from: string): Promise<void> {
    await this.step(session, office, { part: 'schools', from });
  }

  @OnDeadline(replanKind)
  async next({ subject: office, data }: FiredDeadline, session: ClientSession): Promise<void> {
    const above = await this.places.office(office, session);
    const after = data.after === undefined ? undefined : String(data.after);
    const from = String(data.from);
    // An office that is not heard of yet has no schools yet; each begins to wait with its first class.
    if (!above) return;
    if (data.part === 'schools') {
      const schools = await this.schoolsUnder(above.path, after, session);
      for (const school of schools) await this.due.wait(session, school);
      const last = schools.at(-1);
      const more = schools.length === perStep;
      return this.step(session, office, more ? { part: 'schools', from, after: last } : { part: 'students', from });
    }
    const students = await this.students.judgedUnder(above.path, after, perStep);
    const moment = { on: this.clock.today(), at: this.clock.now(), account: 'system' };
    await this.judge.run(session, { students, from }, moment);
    if (students.length === perStep)
      await this.step(session, office, { part: 'students', from, after: students.at(-1) });
  }

  private async schoolsUnder(path: string, after: string | undefined, session: ClientSession): Promise<string[]> {
    const found = await this.places.offices
      .find(
        {
          kind: 'school',
          path: { $gte: path, $lt: `${path.slice(0, -1)}0` },
          ...(after !== undefined && { _id: { $gt: after } }),
        },
        { session, projection: { _id: 1 } },
      )
      .sort({ _id: 1 })
      .limit(perStep)
      .toArray();
    return found.map(({ _id }) => _id);
  }

  private step(session: ClientSession, office: string, data: Record<string, unknown>): Promise<void> {
    return this.deadlines.arm(session, {
      ...{ kind: replanKind, subject: office, key: 'terms' },
      ...{ dueAt: this.clock.now(), data },
    });
  }
}

@EventConsumer()
export class DaysConsumer {
  constructor(
    private readonly replan: Replan,
    private readonly due: RollCallDue,
  ) {}

  @On(registry.termSet)
  async termSet({ data }: ReceivedEvent<typeof registry.termSet>, session: ClientSession): Promise<void> {
    await this.replan.begin(session, data.office, data.firstDay);
  }

  /** The first class of a school makes it wait; the office may be told of later than the class. */
  @On(registry.classOpened)
  async classOpened({ data }: ReceivedEvent<typeof registry.classOpened>, session: ClientSession): Promise<void> {
    await this.due.wait(session, data.school);
  }

  @On(registry.officeOpened)
  async opened({ data }: ReceivedEvent<typeof registry.officeOpened>, session: ClientSession): Promise<void> {
    const own = idsOn(data.path).at(-1);
    if (data.kind === 'school' && own) await this.due.wait(session, own);
  }
}
