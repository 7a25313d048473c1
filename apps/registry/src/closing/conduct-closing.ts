import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { ProblemItem } from '#libs/contracts';
import type { LocalDate, Pack } from '#libs/policy';
import { notFound } from '#libs/service-kit';
import { isSchool, Office, OfficeRepository, standsOn } from '../places';
import { Policies } from '../policies';
import { announce, askAgain, cancel, Changed, Closing, Keeper, nameKeeper, rulesOf } from './closing';
import { ClosingPath } from './closing-path';
import { closingRefused } from './refusals';

export interface ClosingWish {
  school: string;
  kind: 'closure' | 'merger';
  into?: string;
  /** Last day of the school. */
  on: LocalDate;
}

export interface ClosingAnswer {
  id: string;
  version: number;
  state: Closing['state'];
}

/** The county announces the closing of a school, names the keeper of its files, asks the services again, or calls it off. */
@Injectable()
export class ConductClosing {
  constructor(
    private readonly path: ClosingPath,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
  ) {}

  announce(actor: Actor, key: string, wish: ClosingWish): Promise<ClosingAnswer> {
    return this.path.run(actor, key, { act: 'announce', ...wish }, async (session, moment) => {
      const office = await this.offices.find(wish.school, session);
      if (!office || !isSchool(office) || !actor.covers(office.path)) throw notFound();
      const authority = conducting(await this.offices.treeAbove(office, session));
      const post = actor.postOf(authority._id);
      const into = wish.into === undefined ? undefined : await this.offices.find(wish.into, session);
      const problems = problemsOf(wish, office, into ?? undefined, moment.on);
      if (problems.length > 0) throw closingRefused(problems);
      const pack = await this.policies.packFor(office.path, moment.on);
      const closing: Closing = {
        _id: uuidv7(),
        version: 0,
        state: 'announced',
        kind: wish.kind,
        school: office._id,
        path: office.path,
        on: wish.on,
        authority: authority._id,
        pack: pack.id,
        ...(into && { keeper: keeperOf(into) }),
        ask: 1,
        parts: {},
        classes: [],
        announcedBy: actor.account,
        passed: 0,
      };
      await this.mark(session, office._id, { id: closing._id, passing: false });
      return { changed: announce(closing, inPack(rulesOf(closing), pack), moment), post };
    });
  }

  /** NAT-MG2, GZ-MG2: any unit, a school or not; CZ-AR3: a school. */
  keeper(actor: Actor, key: string, id: string, version: number, keeper: string): Promise<ClosingAnswer> {
    return this.path.decide(actor, key, { act: 'keeper', id, version, keeper }, async (closing, moment, session) => {
      const office = await this.offices.find(keeper, session);
      const pack = this.policies.policy.pack(closing.pack);
      const problems = problemsOfKeeper(closing, office ?? undefined, pack, moment.on);
      if (problems.length > 0) throw closingRefused(problems);
      return nameKeeper(closing, keeperOf(office!), inPack(rulesOf(closing), pack), moment);
    });
  }

  ask(actor: Actor, key: string, id: string, version: number): Promise<ClosingAnswer> {
    return this.path.decide(actor, key, { act: 'ask', id, version }, (closing, moment) =>
      Promise.resolve(askAgain(closing, moment)),
    );
  }

  cancel(actor: Actor, key: string, id: string, version: number): Promise<ClosingAnswer> {
    return this.path.decide(
      actor,
      key,
      { act: 'cancel', id, version },
      async (closing, moment, session): Promise<Changed> => {
        const changed = cancel(closing, moment);
        await this.mark(session, closing.school, undefined);
        return changed;
      },
    );
  }

  /** So that whoever moves, enters or opens at the school knows of it in the same store. */
  private async mark(session: ClientSession, school: string, closing: Office['closing']): Promise<void> {
    await this.offices.offices.updateOne(
      { _id: school },
      closing ? { $set: { closing } } : { $unset: { closing: '' } },
      {
        session,
      },
    );
  }
}

/** Rules of a list that the pack has. */
export const inPack = (rules: string[], pack: Pack): string[] => rules.filter((rule) => pack.rule(rule));

/** The county (GZ-MG2, also for a senior school as written); where none lies above, the office next above. */
const conducting = (above: Office[]): Office =>
  above.findLast((one) => one.kind === 'county') ?? above[above.length - 1];

const keeperOf = ({ _id, kind, path }: Office): Keeper => ({
  office: _id,
  kind: kind === 'school' ? 'school' : 'unit',
  path,
});

const item = (field: string, code: string, zh: string, en: string, more: Partial<ProblemItem> = {}): ProblemItem => ({
  field,
  code,
  message: { zh, en },
  ...more,
});

const problemsOf = (wish: ClosingWish, office: Office, into: Office | undefined, today: LocalDate): ProblemItem[] => {
  const found: ProblemItem[] = [];
  if (!standsOn(office, today)) found.push(item('school', 'school-closed', '学校已撤并。', 'The school has closed.'));
  if (office.closing) {
    found.push(
      item('school', 'closing-already', '学校已在办理撤并。', 'A closing of this school is under way.', {
        facts: { closing: office.closing.id },
      }),
    );
  }
  if (wish.on < today) {
    found.push(item('on', 'in-the-past', '最后一天不能早于今天。', 'The last day cannot lie in the past.'));
  }
  if (wish.kind === 'closure') {
    if (wish.into !== undefined)
      found.push(item('into', 'only-at-merger', '只有合并才填写并入学校。', 'Only a merger has a school merged into.'));
    return found;
  }
  if (!into || !isSchool(into) || into._id === office._id || !standsOn(into, wish.on) || into.closing) {
    found.push(
      item(
        'into',
        'no-such-school',
        '并入的学校不存在、已撤并或正在撤并。',
        'The school merged into does not stand, or is being closed itself.',
      ),
    );
    return found;
  }
  const lacking = (office.school?.stages ?? []).filter((stage) => !into.school.stages.includes(stage));
  if (lacking.length > 0) {
    found.push(
      item('into', 'stage-not-taught', '并入的学校不设其学段。', 'The school merged into does not teach its stages.', {
        facts: { lacking },
      }),
    );
  }
  return found;
};

const problemsOfKeeper = (
  closing: Closing,
  office: Office | undefined,
  pack: Pack,
  today: LocalDate,
): ProblemItem[] => {
  if (closing.kind === 'merger') {
    return [
      item(
        'keeper',
        'merger',
        '合并的，学籍档案由并入的学校管理。',
        'At a merger the school merged into keeps the files.',
      ),
    ];
  }
  const asked = pack.setting('closing.keeper');
  const standing = office && standsOn(office, today) && !office.closing && office._id !== closing.school;
  if (!standing) {
    return [
      item(
        'keeper',
        'no-such-office',
        '没有这个单位，或已撤并。',
        'There is no such unit, or it is being closed itself.',
      ),
    ];
  }
  if (asked.configured && asked.value === 'school' && office.kind !== 'school') {
    return [
      item(
        'keeper',
        'keeper-not-a-school',
        '学籍档案须由指定的学校管理。',
        'The files are kept by a school that is named.',
        {
          citation: asked.citation,
          remedy: { zh: '请指定一所学校。', en: 'Name a school.' },
        },
      ),
    ];
  }
  return [];
};
