import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { Citation, NewEvent, ProblemItem, registryEvents } from '#libs/contracts';
import { Outbox } from '#libs/messaging';
import { ClassRepository, OfficeRepository, SchoolClass } from '../places';
import { classNameKey } from '../places/class';
import { Policies } from '../policies';
import { Closing, Moment, mustBe, partsOpen } from './closing';
import { ClosingPath } from './closing-path';
import { inPack } from './conduct-closing';
import { OpenAtSchool } from './open-at-school';
import { closingRefused } from './refusals';
import { RunClosing } from './run-closing';

/**
 * The county's word that it be done: refused with the full list while something is open anywhere, or no keeper is named
 * (GZ-MG2, NAT-MG2, CZ-AR3). Of a merger the classes are made anew at the school merged into, in this very transaction, so
 * that the long work has a place for everybody.
 */
@Injectable()
export class CarryOutClosing {
  constructor(
    private readonly path: ClosingPath,
    private readonly openAt: OpenAtSchool,
    private readonly classes: ClassRepository,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
    private readonly outbox: Outbox,
    private readonly runner: RunClosing,
  ) {}

  async run(actor: Actor, key: string, id: string, version: number) {
    const answer = await this.path.decide(
      actor,
      key,
      { act: 'carry-out', id, version },
      async (closing, moment, session) => {
        mustBe(closing, 'announced');
        const problems = await this.against(closing, session);
        if (problems.length > 0) throw closingRefused(problems, this.keeperMissing(closing) ?? undefined);
        const post = actor.postOf(closing.authority)._id;
        const classes = closing.kind === 'merger' ? await this.makeClasses(closing, moment, session) : [];
        await this.offices.offices.updateOne(
          { _id: closing.school },
          { $set: { 'closing.passing': true } },
          { session },
        );
        const next: Closing = { ...closing, state: 'passing', classes, carriedOutBy: { account: actor.account, post } };
        return { closing: next, events: [] };
      },
    );
    this.runner.wake();
    return answer;
  }

  /** Everything open, of every service and of the registry itself. */
  async against(closing: Closing, session?: ClientSession): Promise<ProblemItem[]> {
    const citation = this.keeperMissing(closing);
    return [
      ...(citation !== undefined ? [noKeeper(citation)] : []),
      ...partsOpen(closing),
      ...(await this.openAt.of(closing, session)),
    ];
  }

  /** The rule that asks for a keeper who is not named; undefined: named, or no rule asks. */
  private keeperMissing(closing: Closing): Citation | undefined {
    if (closing.keeper) return undefined;
    const pack = this.policies.policy.pack(closing.pack);
    const asked = pack.setting('closing.keeper');
    return asked.configured ? asked.citation : pack.rule('NAT-MG2')?.citation;
  }

  private async makeClasses(closing: Closing, moment: Moment, session: ClientSession): Promise<Closing['classes']> {
    const old = (await this.classes.ofSchool(closing.school, session)).filter(({ seats }) => seats.taken > 0);
    const into = closing.keeper!;
    const taken = new Set((await this.classes.ofSchool(into.office, session)).map(keyOf));
    const from = await this.offices.find(closing.school, session);
    const fresh = old.map((one): SchoolClass => {
      // Two classes of one name are told apart by where the second came from.
      const name = taken.has(keyOf(one)) ? `${one.name}（原${from?.name ?? closing.school}）` : one.name;
      return {
        ...one,
        _id: uuidv7(),
        school: into.office,
        path: into.path,
        name,
        version: 1,
        seats: { taken: 0, reserved: 0 },
      };
    });
    await this.classes.insert(session, fresh);
    const rules = inPack(['GZ-MG1', 'NAT-MG1', 'CZ-AR2'], this.policies.policy.pack(closing.pack));
    await this.outbox.add(
      session,
      fresh.map((one) => openedEvent(one, moment, closing.pack, rules)),
    );
    return old.map(({ _id }, i) => ({ from: _id, to: fresh[i]._id }));
  }
}

const keyOf = ({ stage, entryYear, name }: SchoolClass): string => `${stage}/${entryYear}/${classNameKey(name)}`;

const openedEvent = (one: SchoolClass, moment: Moment, pack: string, rules: string[]): NewEvent => {
  const { _id, school, path, stage, entryYear, grade, name, schoolYear } = one;
  return {
    definition: registryEvents.classOpened,
    aggregateId: _id,
    seq: 1,
    effectiveOn: moment.on,
    recordedAt: moment.at,
    pack,
    rules,
    data: { school, path, stage, entryYear, grade, name, schoolYear },
  };
};

const noKeeper = (citation: Citation): ProblemItem => ({
  field: 'keeper',
  code: 'no-keeper',
  message: { zh: '尚未指定学籍档案的管理单位。', en: 'No unit is named that will keep the files.' },
  remedy: { zh: '请先指定。', en: 'Name one first.' },
  citation,
});
