import { randomUUID } from 'node:crypto';
import { SetTerm } from '../src/places/set-term';
import { NumberClerk } from '../src/numbers/number-clerk';
import { DecideCompletion } from '../src/completion/decide-completion';
import { EnterCompletion } from '../src/completion/enter-completion';
import { KeepProof } from '../src/completion/keep-proof';
import { RunCompletion } from '../src/completion/run-completion';
import { Completion } from '../src/completion/completion';
import { ClassWish } from '../src/completion/judge-class';
import { Authorities } from '../src/enrolment/authorities';
import { until } from '#libs/testing';
import { child } from './children';
import { RegistryCorner, TestSchool } from './registry-corner';

/** Pupils of a class of the final grade in 2026/27, confirmed and with their numbers. */
export const graduands = async (registry: RegistryCorner, school: TestSchool, n: number, classId = school.classId) => {
  const born = { primary: '2014-03-05', junior: '2011-03-05', senior: '2008-03-05' }[school.stage];
  const year = { primary: 2021, junior: 2024, senior: 2024 }[school.stage];
  const students: string[] = [];
  for (let i = 0; i < n; i++) {
    const cells = child(school, { birthDate: born, entryDate: `${year}-09-01`, class: classId });
    students.push(await school.registered(cells, 'basicInfoForm', 'photo'));
  }
  await numbered(registry, students);
  return students;
};

/** Lets the ministry issue the numbers asked for. */
export const numbered = async (registry: RegistryCorner, students: string[]): Promise<void> => {
  const clerk = registry.app.get(NumberClerk);
  await clerk.round();
  registry.ministry.issue(...students.flatMap((student) => registry.ministry.requestsOf(student).slice(-1)));
  for (let i = 0; i <= students.length; i += 3) await clerk.round();
};

export const setTerm = (registry: RegistryCorner, office: string) =>
  registry.app
    .get(SetTerm)
    .run(registry.actor('administrator', '/'), randomUUID(), [
      { office, schoolYear: '2026', term: '2', firstDay: '2027-02-22', lastDay: '2027-07-09', closed: [], makeUp: [] },
    ]);

/** What a school enters and its authority decides, as the routes would. */
export class Completing {
  constructor(
    readonly registry: RegistryCorner,
    readonly school: TestSchool,
  ) {}

  async proof(bytes = '%PDF-1.4 list of graduates'): Promise<string> {
    const { digest } = await this.registry.app
      .get(KeepProof)
      .take(this.school.clerk, this.school.code, Buffer.from(bytes));
    return digest;
  }

  async wish(change: Partial<ClassWish> = {}, on = '2027-07-10') {
    const proof = await this.proof();
    const one: ClassWish = { class: this.school.classId, ending: 'graduation', children: [], proof, ...change };
    return { on, classes: [one] };
  }

  preview(wish: Awaited<ReturnType<Completing['wish']>>) {
    return this.registry.app.get(EnterCompletion).preview(this.school.clerk, this.school.code, wish);
  }

  enter(wish: Awaited<ReturnType<Completing['wish']>>, key: string = randomUUID()) {
    return this.registry.app.get(EnterCompletion).run(this.school.clerk, key, this.school.code, wish);
  }

  async officer() {
    const { school, registry } = this;
    const office = await registry.app.get(Authorities).of(school.code, school.stage, registry.clock.today());
    return registry.actor('officer', office.path);
  }

  async confirm(completions?: string[], key: string = randomUUID()) {
    return this.registry.app.get(DecideCompletion).confirm(await this.officer(), key, this.school.code, completions);
  }

  /** Waits until a completion has come to a state. */
  in(id: string, state: Completion['state']): Promise<Completion> {
    return until(
      async () => {
        this.registry.app.get(RunCompletion).wake();
        const found = await this.registry.connection.collection<Completion>('completions').findOne({ _id: id });
        return found?.state === state ? found : undefined;
      },
      { within: 60_000, message: () => `completion ${id} in ${state}` },
    );
  }

  /** Entered, confirmed and carried out. */
  async done(change: Partial<ClassWish> = {}, on?: string): Promise<string> {
    const { completions } = await this.enter(await this.wish(change, on));
    await this.confirm([completions[0].id]);
    await this.in(completions[0].id, 'confirmed');
    return completions[0].id;
  }
}
