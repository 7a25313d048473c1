import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { durably, Once } from '#libs/messaging';
import { Clock, refuse } from '#libs/service-kit';
import { checkRow, currentFormat } from '../collection/workbook';
import { EnterChildren, EntryResult } from './enter-children';
import { IntakeReader } from './intake-reader';
import { ProblemItem } from '#libs/contracts';

/** One child by form: the same checks, the same command, the same sameness as a row of a workbook. */
@Injectable()
export class EnterChild {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly intakes: IntakeReader,
    private readonly enterChildren: EnterChildren,
    private readonly once: Once,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, key: string, school: string, cells: Record<string, string>): Promise<EntryResult> {
    const post = actor.postOf(school);
    const today = this.clock.today();
    const intake = await this.intakes.of(school, today);
    const { child, problems } = checkRow(cells, {
      format: currentFormat,
      today,
      classes: intake.classes.map((one) => ({ id: one._id, name: one.name })),
      cite: (rule) => intake.pack.rule(rule)?.citation,
      fields: 'key',
    });
    if (!child) throw notEntered(problems);
    const entering = { moment: { on: today, at: this.clock.now(), by: actor.account }, post: post._id };
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.connection.transaction(
          (session) =>
            this.once.run(session, { account: actor.account, key, body: { school, cells } }, async () => {
              const [result] = await this.enterChildren.enter(session, [{ entry: child }], intake, entering);
              if (result.outcome === 'refused') throw notEntered(result.problems);
              return result;
            }),
          durably,
        );
      } catch (fault) {
        // The same child was entered elsewhere in this very moment: judge again, against what is there now.
        if ((fault as { code?: number }).code !== 11000 || attempt >= 5) throw fault;
      }
    }
  }
}

const notEntered = (items: ProblemItem[]) =>
  refuse('not-entered', {
    status: 422,
    title: { zh: '未录入', en: 'Not entered' },
    detail: {
      zh: `有${items.length}个问题，没有写入任何内容。`,
      en: `${items.length} problem(s); nothing was written.`,
    },
    remedy: { zh: '请按各项提示更正后重新提交。', en: 'Correct the items listed and send again.' },
    ...(items[0]?.citation && { citation: items[0].citation }),
    items,
  });
