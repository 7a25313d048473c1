import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { MessagingStore, Once } from '#libs/messaging';
import type { LocalDate } from '#libs/policy';
import { Clock, invalidInput, notFound, refuse } from '#libs/service-kit';
import { countingRuleOf } from '../law/place';
import { Places } from '../law/places';
import { StudentsRepository } from '../roster/students.repository';
import { WordsRepository } from '../words/words.repository';
import { isOpen, stateAbsence } from './watch';
import type { WatchAnswer } from './watch-acts';
import { WatchesRepository } from './watches.repository';

export interface AbsenceInput {
  student: string;
  since: LocalDate;
  words: string;
}

/**
 * Where no text says how many days make a suspected dropout (national, Changzhi), nothing is counted; the school states
 * that a child is away, and what the text asks for a dropout goes on from there.
 */
@Injectable()
export class StateAbsence {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly students: StudentsRepository,
    private readonly watches: WatchesRepository,
    private readonly places: Places,
    private readonly words: WordsRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `invalid-input`, `counted-by-roll-call`, `already-watched` */
  run(actor: Actor, key: string, input: AbsenceInput): Promise<WatchAnswer & { notConfigured: string[] }> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'absence', input } }, async () => {
        const moment = { on: this.clock.today(), at: this.clock.now(), account: actor.account };
        const student = await this.students.find(input.student, session);
        const stay = student?.stays.find(({ from, to }) => from <= moment.on && moment.on <= to);
        if (!stay) throw notFound();
        const post = actor.postOf(stay.school);
        if (input.since > moment.on || input.since < stay.from) throw wrongDay(stay.from, moment.on);
        const pack = (await this.places.school(stay.school, session)).packOn(moment.on);
        if (!pack) throw notFound();
        if (countingRuleOf(pack)) throw counted(pack.rule('GZ-DO2')?.citation);
        await this.students.touch(session, [input.student]);
        const known = await this.watches.ofStudents([input.student], session);
        if (known.some(isOpen)) throw watched();
        const { school, path, class: classId, stage } = stay;
        const about = { school, path, class: classId, stage, since: input.since, pack: pack.id };
        const change = stateAbsence({ _id: uuidv7(), student: input.student, ...about }, moment);
        const by = { act: 'attendance.watch.state', account: actor.account, post: post._id };
        await this.watches.save(session, change, by);
        const { _id, version, state } = change.watch;
        const written = { what: 'absence', text: input.words, account: actor.account, at: moment.at };
        await this.words.write(session, { id: _id, path }, written);
        return { id: _id, version, state, notConfigured: ['dropout.suspected.after'] };
      }),
    );
  }
}

const wrongDay = (from: LocalDate, today: LocalDate) =>
  invalidInput([
    {
      field: 'since',
      code: 'outside-stay',
      message: {
        zh: `起始日须在${from}至${today}之间。`,
        en: `The first day of absence lies between ${from} and today.`,
      },
    },
  ]);

const counted = (citation: NonNullable<Parameters<typeof refuse>[1]['citation']> | undefined) =>
  refuse('counted-by-roll-call', {
    status: 422,
    title: { zh: '疑似辍学由点名计算', en: 'Counted by roll calls' },
    detail: {
      zh: '当地办法规定了缺勤天数，疑似辍学由每天点名计算，不另行申报。',
      en: 'The text of this place counts days of absence: roll calls make the suspicion, nobody states it.',
    },
    remedy: { zh: '请补录或更正点名。', en: 'Enter or correct the roll calls.' },
    ...(citation && { citation }),
  });

const watched = () =>
  refuse('already-watched', {
    status: 409,
    title: { zh: '已有在办的疑似辍学', en: 'Watched already' },
    detail: { zh: '该生已有未结束的疑似辍学或辍学记录。', en: 'A watch over this child is open already.' },
    remedy: { zh: '请在原记录上继续办理。', en: 'Go on with that one.' },
  });
