import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { MessagingStore, Once, Outbox } from '#libs/messaging';
import { Clock, notFound, staleVersion, wrongState } from '#libs/service-kit';
import { legsOf, takenEvent } from '../roll-call/roll-call';
import { RollCallsRepository } from '../roll-call/roll-calls.repository';
import { StudentsRepository } from '../roster/students.repository';
import { Judge } from '../watch/judge';
import type { Moment } from '../watch/watch';
import { changesDays, decide, type Decision, type Leave } from './leave';
import { LeavesRepository } from './leaves.repository';

export interface DecisionInput {
  id: string;
  version: number;
  decision: Decision;
}

/**
 * A leave is granted, declined, or taken back. Granted, it turns absence without excuse into excused absence, on days that
 * have passed as well: their roll calls are told again, and the child is judged anew.
 */
@Injectable()
export class DecideLeave {
  constructor(
    private readonly store: MessagingStore,
    private readonly once: Once,
    private readonly outbox: Outbox,
    private readonly leaves: LeavesRepository,
    private readonly rollCalls: RollCallsRepository,
    private readonly students: StudentsRepository,
    private readonly judge: Judge,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-found`, `stale-version`, `wrong-state` */
  run(actor: Actor, key: string, input: DecisionInput): Promise<{ id: string; version: number; state: string }> {
    return this.store.transaction((session) =>
      this.once.run(session, { account: actor.account, key, body: { act: 'leave-decision', input } }, async () => {
        const leave = await this.leaves.find(input.id, session);
        const post = leave && actor.posts.find(({ office }) => office === leave.school);
        if (!leave || !post) throw notFound();
        if (input.version !== leave.version) throw staleVersion(input.version, leave.version);
        const moment = { on: this.clock.today(), at: this.clock.now(), account: actor.account };
        const decided = decide(leave, input.decision, moment);
        if (!decided) throw notNow(leave);
        const before = await this.leaves.granted([leave.student], leave.from, leave.to, session);
        await this.leaves.save(session, decided);
        const subject = { kind: 'leave', id: leave._id, version: decided.version };
        await this.audit.write(
          [
            {
              act: `attendance.leave.${input.decision}`,
              account: actor.account,
              post: post._id,
              subject,
              at: moment.at,
            },
          ],
          session,
        );
        if (changesDays(input.decision) && leave.from <= moment.on)
          await this.tellAgain(session, leave, before, moment);
        return { id: leave._id, version: decided.version, state: decided.state };
      }),
    );
  }

  private async tellAgain(
    session: ClientSession,
    { student, from, to }: Leave,
    before: readonly Pick<Leave, 'student' | 'from' | 'to'>[],
    moment: Moment,
  ): Promise<void> {
    const after = await this.leaves.granted([student], from, to, session);
    const named = await this.rollCalls.naming(student, from, to, session);
    for (const rollCall of named) {
      if (JSON.stringify(legsOf(rollCall, before)) === JSON.stringify(legsOf(rollCall, after))) continue;
      // The others who are named on that day keep what their own leave made of them.
      const others = await this.leaves.granted(
        rollCall.exceptions.map((one) => one.student),
        rollCall.day,
        rollCall.day,
        session,
      );
      const next = { ...rollCall, version: rollCall.version + 1 };
      await this.rollCalls.enterRegisters(session, [rollCall.class]);
      await this.rollCalls.advance(session, rollCall._id, next.version);
      await this.outbox.add(session, [takenEvent(next, others, moment.at)]);
    }
    const known = await this.students.find(student, session);
    if (known?.judged) await this.judge.run(session, { students: [student], from }, moment);
  }
}

const notNow = ({ state }: Leave) =>
  wrongState(
    { zh: '该请假当前状态不允许此操作。', en: 'The leave is not in a state for this.' },
    { zh: '请重新读取后再办理。', en: 'Read it again first.' },
    { state },
  );
