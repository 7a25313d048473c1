import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { durably, Once } from '#libs/messaging';
import { Clock, notFound, refuse } from '#libs/service-kit';
import { checkRow, currentFormat } from '../collection/workbook';
import { StudentRepository } from '../students/student.repository';
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
    private readonly students: StudentRepository,
    private readonly once: Once,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, key: string, school: string, cells: Record<string, string>): Promise<EntryResult> {
    return this.enter(actor, key, school, cells);
  }

  /** Corrects the record named, its identity too, until the authority has confirmed it (NAT-EN2). */
  async correct(actor: Actor, key: string, student: string, cells: Record<string, string>): Promise<EntryResult> {
    const record = await this.students.find(student);
    if (!record || record.registration === 'undone') throw notFound();
    return this.enter(actor, key, record.school, cells, student);
  }

  private async enter(
    actor: Actor,
    key: string,
    school: string,
    cells: Record<string, string>,
    student?: string,
  ): Promise<EntryResult> {
    const post = actor.postOf(school);
    const today = this.clock.today();
    const intake = await this.intakes.of(school, today);
    const { child, problems, warnings } = checkRow(cells, {
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
            this.once.run(session, { account: actor.account, key, body: { school, cells, student } }, async () => {
              const [result] = await this.enterChildren.enter(session, [{ entry: child, student }], intake, entering);
              if (result.outcome === 'refused') throw notEntered(result.problems);
              return { ...result, warnings: [...warnings, ...result.warnings] };
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
