import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import type { ProblemItem } from '#libs/contracts';
import { notConfigured, type Pack } from '#libs/policy';
import { Clock, notFound, pageOf } from '#libs/service-kit';
import { Law } from '../law/law';
import { WordsRepository } from '../words/words.repository';
import { lackingFor } from './confirm-dropout';
import type { Letter } from './letter';
import { LetterList, LettersRepository } from './letters.repository';
import { isOpen, type Watch } from './watch';
import { WatchesRepository, WatchList } from './watches.repository';

/** Watches and dispatch registers in scope, with the days that were counted and what is still missing. */
@Injectable()
export class ShowWatches {
  constructor(
    private readonly watches: WatchesRepository,
    private readonly letters: LettersRepository,
    private readonly words: WordsRepository,
    private readonly law: Law,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found` */
  async one(actor: Actor, id: string) {
    const watch = await this.visible(actor, id);
    const pack = this.law.policy.pack(watch.pack);
    return {
      ...lineOf(watch, pack),
      class: watch.class,
      stage: watch.stage,
      basis: watch.basis,
      pack: watch.pack,
      counted: {
        days: watch.days,
        ...citationOf(pack, 'dropout.suspected.after'),
      },
      visits: watch.visits.map(({ id: visit, on, inVain, account }) => ({ id: visit, on, inVain, account })),
      letters: (await this.letters.ofWatch(id)).map(letterView),
      ...(watch.closed && { closed: { reason: watch.closed.reason, on: watch.closed.on } }),
      timeline: watch.log,
    };
  }

  async list(actor: Actor, wanted: WatchList) {
    const found = await this.watches.list(actor, { ...wanted, limit: wanted.limit + 1 });
    return pageOf(
      found,
      wanted.limit,
      (watch) => lineOf(watch, this.law.policy.pack(watch.pack)),
      ({ _id }) => _id,
    );
  }

  async register(actor: Actor, wanted: LetterList) {
    const found = await this.letters.list(actor, { ...wanted, limit: wanted.limit + 1 });
    return pageOf(found, wanted.limit, letterView, ({ _id }) => _id);
  }

  /** Words about the child; the reading is recorded. @throws Refused `not-found` */
  async wordsOf(actor: Actor, id: string) {
    await this.visible(actor, id);
    return { items: await this.words.read(actor, { kind: 'watch', id }, this.clock.now()) };
  }

  private async visible(actor: Actor, id: string): Promise<Watch> {
    const watch = await this.watches.find(id);
    if (!watch || !actor.covers(watch.path)) throw notFound();
    return watch;
  }
}

/** What a list shows; `lacking` is what the pack asks for before a dropout may be confirmed. */
const lineOf = (watch: Watch, pack: Pack) => {
  const { _id, version, student, school, state, since, suspectedOn, report, dropout } = watch;
  const lacking: ProblemItem[] = isOpen(watch) && !dropout ? lackingFor(watch, pack) : [];
  return {
    ...{ id: _id, version, student, school, state, since, suspectedOn },
    ...(report?.dueOn !== undefined && { dueOn: report.dueOn }),
    ...(dropout && { dropoutOn: dropout.on }),
    lacking: lacking.map(({ code, message, citation }) => ({ code, message, ...(citation && { citation }) })),
  };
};

const citationOf = (pack: Pack, parameter: 'dropout.suspected.after') => {
  const setting = pack.setting<number>(parameter);
  return setting.configured
    ? { after: setting.value, citation: setting.citation, ...(setting.reading && { reading: setting.reading }) }
    : { notConfigured: notConfigured(pack, setting).message };
};

const letterView = (letter: Letter) => {
  const { _id, school, student, watch, about, to, alsoTo, office, recipient, on, rules, withdraws, withdrawnBy } =
    letter;
  return {
    ...{ no: _id, school, student, watch, about, to, recipient, on, rules },
    ...(alsoTo && { alsoTo }),
    ...(office !== undefined && { office }),
    ...(withdraws !== undefined && { withdraws }),
    ...(withdrawnBy !== undefined && { withdrawnBy }),
  };
};
