import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import type { LocalDate } from '#libs/policy';
import { invalidInput, wrongState } from '#libs/service-kit';
import { WordsRepository } from '../words/words.repository';
import { recordVisit } from './watch';
import { OnWatch, WatchActs, WatchAnswer } from './watch-acts';

export interface VisitInput extends OnWatch {
  on: LocalDate;
  inVain: boolean;
  /** What was said and seen; sealed. */
  words: string;
}

/** A teacher writes down a visit at the child's home (GZ-DO9). Visits go on after the report and the dropout (GZ-DO6). */
@Injectable()
export class RecordVisit {
  constructor(
    private readonly acts: WatchActs,
    private readonly words: WordsRepository,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `wrong-state`, `invalid-input` */
  run(actor: Actor, key: string, input: VisitInput): Promise<WatchAnswer> {
    return this.acts.run(actor, key, 'visit', input, async (watch, moment, session) => {
      if (watch.state === 'withdrawn') throw withdrawn();
      if (input.on > moment.on || input.on < watch.since) throw wrongDay(watch.since, moment.on);
      const { account, at } = moment;
      const visit = { id: uuidv7(), on: input.on, inVain: input.inVain, account, at };
      const about = { id: watch._id, path: watch.path };
      await this.words.write(session, about, { what: `visit ${visit.id}`, text: input.words, account, at });
      return { change: recordVisit(watch, visit, moment) };
    });
  }
}

const withdrawn = () =>
  wrongState(
    { zh: '该疑似辍学标注已撤销。', en: 'This suspicion was withdrawn.' },
    { zh: '请查看该生当前的标注。', en: 'Look at what holds of the child now.' },
  );

const wrongDay = (since: LocalDate, today: LocalDate) =>
  invalidInput([
    {
      field: 'on',
      code: 'outside-watch',
      message: {
        zh: `家访日期须在${since}至${today}之间。`,
        en: `A visit lies between ${since}, the first day of absence, and today.`,
      },
    },
  ]);
