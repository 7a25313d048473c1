import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import type { LocalDate } from '#libs/policy';
import { invalidInput, wrongState } from '#libs/service-kit';
import { recordReturn } from './watch';
import { OnWatch, WatchActs, WatchAnswer } from './watch-acts';

export interface ReturnInput extends OnWatch {
  /** First day back at school. */
  on: LocalDate;
}

/**
 * A child that had dropped out comes back: to the seat that was kept for it. One that is only suspected comes back by
 * being there at a roll call.
 */
@Injectable()
export class RecordReturn {
  constructor(private readonly acts: WatchActs) {}

  /** @throws Refused `not-found`, `stale-version`, `wrong-state`, `invalid-input` */
  run(actor: Actor, key: string, input: ReturnInput): Promise<WatchAnswer> {
    return this.acts.run(actor, key, 'return', input, (watch, moment) => {
      if (watch.state !== 'dropout')
        throw wrongState(
          { zh: '该生没有标注辍学。', en: 'This child has not dropped out.' },
          { zh: '疑似辍学学生返校以点名为准。', en: 'A suspected child is back when a roll call finds it there.' },
          { state: watch.state },
        );
      const first = watch.dropout!.on;
      if (input.on < first || input.on > moment.on)
        throw invalidInput([
          {
            field: 'on',
            code: 'outside-dropout',
            message: {
              zh: `返校日须在${first}至${moment.on}之间。`,
              en: `The first day back lies between ${first} and today.`,
            },
          },
        ]);
      return Promise.resolve({ change: recordReturn(watch, input.on, moment) });
    });
  }
}
