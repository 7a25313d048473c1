import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { ProblemItem } from '#libs/contracts';
import { durably, Once } from '#libs/messaging';
import { Keyring } from '#libs/protection';
import { Clock, notFound, staleVersion, wrongState } from '#libs/service-kit';
import { Policies } from '../policies';
import { StudentRepository } from '../students/student.repository';
import { beginConfirm, Changed, Completion, sendBack, withdraw } from './completion';
import { CompletionRepository } from './completion.repository';
import { JudgeClasses } from './judge-classes';
import { pendingOf } from './pending';
import { pendingBusiness } from './refusals';
import { RunCompletion } from './run-completion';

/** The word of the authority on what a school has entered, and of the school itself until then. */
@Injectable()
export class DecideCompletion {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly completions: CompletionRepository,
    private readonly students: StudentRepository,
    private readonly judge: JudgeClasses,
    private readonly policies: Policies,
    private readonly runner: RunCompletion,
    private readonly keyring: Keyring,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /**
   * Confirms completions of a school, all that wait at the actor's office or those named: all of them, or none while
   * anything of any child is open. The records are marked with the word, so that nothing comes between it and the long
   * work that carries it out.
   * @throws Refused `pending-business`, `wrong-state`, `not-found`
   */
  async confirm(actor: Actor, key: string, school: string, named?: string[]): Promise<{ confirming: string[] }> {
    const answer = await this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body: { act: 'confirm', school, named } }, async () => {
          const waiting = await this.waiting(actor, school, named, session);
          const problems = await this.openOf(waiting, session);
          if (problems.length > 0) throw pendingBusiness(problems);
          const at = this.clock.now();
          for (const completion of waiting) {
            const post = actor.postOf(completion.authority);
            const next = beginConfirm(completion, { account: actor.account, post: post._id, at });
            const ids = completion.children.map(({ student }) => student);
            await this.students.mark(session, ids, completion._id);
            await this.completions.save(session, [{ completion: next, events: [] }]);
            await this.note(session, 'confirm', actor, post._id, next);
          }
          return { confirming: waiting.map(({ _id }) => _id) };
        }),
      durably,
    );
    this.runner.wake();
    return answer;
  }

  /** Sends it back to the school. @throws Refused */
  async sendBack(actor: Actor, key: string, id: string, version: number, reason: string): Promise<Answer> {
    const found = await this.completions.find(id);
    if (found) await this.keyring.ready(found.county);
    return this.decide(actor, key, { act: 'return', id, version, reason }, (completion) => {
      actor.postOf(completion.authority);
      const where = { collection: 'completions', id, field: 'returned' };
      const sealed = this.keyring.seal(reason, completion.county, where);
      const at = this.clock.now();
      return sendBack(completion, { reason: sealed, account: actor.account, at }, { on: this.clock.today(), at });
    });
  }

  /** The school takes it back, until it is confirmed. @throws Refused */
  withdraw(actor: Actor, key: string, id: string, version: number): Promise<Answer> {
    return this.decide(actor, key, { act: 'withdraw', id, version }, (completion) => {
      actor.postOf(completion.school);
      return withdraw(completion, { on: this.clock.today(), at: this.clock.now() });
    });
  }

  private decide(
    actor: Actor,
    key: string,
    body: { act: string; id: string; version: number; reason?: string },
    act: (completion: Completion) => Changed,
  ): Promise<Answer> {
    return this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body }, async () => {
          const found = await this.completions.find(body.id, session);
          if (!found || !actor.covers(found.path)) throw notFound();
          const changed = act(found);
          if (found.version !== body.version) throw staleVersion(body.version, found.version);
          await this.completions.save(session, [changed]);
          const post = actor.postAt(found.path)._id;
          await this.note(session, body.act, actor, post, changed.completion);
          const { _id, version, state } = changed.completion;
          return { id: _id, version, state };
        }),
      durably,
    );
  }

  /** Completions that wait for the actor's office; one named that does not is refused, never passed over. */
  private async waiting(actor: Actor, school: string, named: string[] | undefined, session: ClientSession) {
    const offices = actor.posts.map((post) => post.office);
    const found = await this.completions.completions
      .find(
        { school, authority: { $in: offices }, ...(named ? { _id: { $in: named } } : { state: 'submitted' }) },
        { session },
      )
      .sort({ _id: 1 })
      .toArray();
    if (found.length === 0 || (named && found.length !== new Set(named).size)) throw notFound();
    const other = found.find(({ state }) => state !== 'submitted');
    if (other) {
      throw wrongState(
        { zh: `${other.className}的登记不在待确认状态。`, en: 'A completion named does not wait for confirmation.' },
        { zh: '请重新读取后再办理。', en: 'Read the list again.' },
        { completion: other._id, state: other.state },
      );
    }
    return found;
  }

  /** What has come up since the school entered it, of every child of every class. */
  private async openOf(waiting: Completion[], session: ClientSession): Promise<ProblemItem[]> {
    const ids = waiting.flatMap(({ children }) => children.map(({ student }) => student));
    const records = new Map((await this.students.findMany(ids, session)).map((record) => [record._id, record]));
    const numbers = await this.judge.openNumbers([...records.values()], session);
    const pack = await this.policies.packFor(waiting[0].path, this.clock.today());
    return waiting.flatMap((completion) =>
      completion.children.flatMap(({ student }): ProblemItem[] => {
        const field = `${completion.class}/${student}`;
        const record = records.get(student);
        if (!record || record.standing || record.class !== completion.class) return [{ ...goneSince, field }];
        const open = pendingOf(record, numbers.has(student), completion.on, pack);
        return open.map((problem) => ({ ...problem, field }));
      }),
    );
  }

  private note(session: ClientSession, act: string, actor: Actor, post: string, completion: Completion): Promise<void> {
    return this.audit.write(
      [
        {
          act: `registry.completion.${act}`,
          account: actor.account,
          post,
          subject: { kind: 'completion', id: completion._id, version: completion.version },
          at: this.clock.now(),
        },
      ],
      session,
    );
  }
}

interface Answer {
  id: string;
  version: number;
  state: Completion['state'];
}

const goneSince: ProblemItem = {
  code: 'not-in-class',
  message: { zh: '该生登记后已不在本班在籍名单中。', en: 'The student is not on roll in the class any more.' },
  remedy: { zh: '请退回学校重新登记。', en: 'Send it back to the school to be entered again.' },
};
