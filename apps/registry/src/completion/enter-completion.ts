import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { Ending, endings, ProblemItem } from '#libs/contracts';
import { durably, Once } from '#libs/messaging';
import type { LocalDate } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { CheckNotMade } from '../enrolment/intake';
import { Completion, submit } from './completion';
import { CompletionRepository } from './completion.repository';
import { ClassesJudged, JudgeClasses } from './judge-classes';
import { CompletionWish } from './judge-class';
import { pendingBusiness } from './refusals';

export interface ClassAnswer {
  class: string;
  className: string;
  students: number;
  byEnding: Record<Ending, number>;
  /** On roll in the class and left so. */
  left: number;
  /** Office that confirms. */
  authority: string;
  /** Conditions that were not checked, because no text gives any. */
  notMade: CheckNotMade[];
}

export interface Preview {
  classes: ClassAnswer[];
  /** Everything that stands against it, of every class and child. */
  problems: ProblemItem[];
}

/** The school enters how the stage ends for the children of classes of the final grade: all that it names, or none. */
@Injectable()
export class EnterCompletion {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly judge: JudgeClasses,
    private readonly completions: CompletionRepository,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** What entering it would do; writes nothing. */
  async preview(actor: Actor, school: string, wish: CompletionWish): Promise<Preview> {
    actor.postOf(school);
    const judged = await this.judge.run(school, wish, this.clock.today());
    return { classes: judged.classes.map(answerOf), problems: judged.problems };
  }

  /** @throws Refused `pending-business` with everything that is open, per child */
  async run(
    actor: Actor,
    key: string,
    school: string,
    wish: CompletionWish,
  ): Promise<{ completions: CompletionAnswer[] }> {
    const post = actor.postOf(school);
    return this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body: { act: 'complete', school, wish } }, async () => {
          const moment = { on: this.clock.today(), at: this.clock.now() };
          const judged = await this.judge.run(school, wish, moment.on, session);
          if (judged.problems.length > 0) throw pendingBusiness(judged.problems);
          const entered = await this.entered(judged, wish, { account: actor.account, post: post._id }, moment, session);
          await this.completions.save(session, entered);
          await this.audit.write(
            entered.map(({ completion }) => ({
              act: 'registry.completion.enter',
              account: actor.account,
              post: post._id,
              subject: { kind: 'completion', id: completion._id, version: completion.version },
              at: moment.at,
            })),
            session,
          );
          const ids = new Map(entered.map(({ completion }) => [completion.class, completion]));
          return {
            completions: judged.classes.map((one): CompletionAnswer => {
              const { _id: id, version, state } = ids.get(one.one._id)!;
              return { id, version, state, ...answerOf(one) };
            }),
          };
        }),
      durably,
    );
  }

  private async entered(
    judged: ClassesJudged,
    wish: CompletionWish,
    by: { account: string; post: string },
    moment: { on: LocalDate; at: Date },
    session: ClientSession,
  ) {
    const { office, pack, county } = judged;
    const before = await this.completions.openOf(
      judged.classes.map(({ one }) => one._id),
      session,
    );
    return judged.classes.map(({ one, authority, judged: found }) =>
      submit(
        {
          school: office._id,
          path: office.path,
          county,
          class: one._id,
          className: one.name,
          stage: one.stage,
          entryYear: one.entryYear,
          on: wish.on,
          authority,
          pack: pack.id,
          rules: found.rules,
          children: found.children,
          notMade: found.notMade,
          enteredBy: by.account,
          post: by.post,
          enteredAt: moment.at,
        },
        uuidv7(),
        before.get(one._id),
        moment,
      ),
    );
  }
}

export interface CompletionAnswer extends ClassAnswer {
  id: string;
  version: number;
  state: Completion['state'];
}

export const countEndings = (children: readonly { ending: Ending }[]): Record<Ending, number> =>
  Object.fromEntries(
    endings.map((ending) => [ending, children.filter((child) => child.ending === ending).length]),
  ) as Record<Ending, number>;

const answerOf = ({ one, authority, onRoll, judged }: ClassesJudged['classes'][number]): ClassAnswer => ({
  class: one._id,
  className: one.name,
  students: judged.children.length,
  byEnding: countEndings(judged.children),
  left: onRoll - judged.children.length,
  authority,
  notMade: judged.notMade,
});
