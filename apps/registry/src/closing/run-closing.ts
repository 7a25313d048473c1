import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Logger } from 'pino';
import { Audit } from '#libs/audit';
import { Outbox } from '#libs/messaging';
import { Clock, LOG } from '#libs/service-kit';
import { finish, lease, progress } from '../long-work/leased.repository';
import { Worker } from '../long-work/worker';
import { ClassRepository } from '../places';
import { Policies } from '../policies';
import { StudentRecord } from '../students/record';
import { handOver } from '../students/standing';
import { StudentRepository } from '../students/student.repository';
import { askCustody, Closing, rulesOf } from './closing';
import { ClosingPath } from './closing-path';
import { ClosingRepository } from './closing.repository';

const chunk = 250;

/**
 * Passes the pupils and files of a school on: all of them, open and ended, to the school merged into (NAT-MG1, CZ-AR2); of
 * a closure those of former pupils to the keeper (NAT-MG2). What has passed is no longer at the school, so the school
 * itself is the checkpoint: each chunk is one transaction, and a run killed anywhere goes on with what is left.
 */
@Injectable()
export class RunClosing extends Worker<Closing> {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(LOG) log: Logger,
    private readonly closings: ClosingRepository,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly policies: Policies,
    private readonly path: ClosingPath,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {
    super(log);
  }

  /** Closings under way beyond their announcement. */
  unfinished(): Promise<number> {
    return this.closings.closings.countDocuments({ state: { $in: ['passing', 'handingOver'] } });
  }

  protected next(): Promise<Closing | null> {
    return lease(this.closings.closings, ['passing'], this.owner);
  }

  protected async run(closing: Closing): Promise<void> {
    let passed = closing.passed;
    while (!this.stopping) {
      const done = await this.connection.transaction((session) => this.step({ ...closing, passed }, session));
      if (done === 'over') return;
      // Somebody is still held by a movement: the lease runs out and the rest is looked at again.
      if (done === 0) return;
      passed += done;
    }
  }

  private async step(closing: Closing, session: ClientSession): Promise<number | 'over'> {
    const { students } = this.students;
    const here = { path: closing.path, registration: { $ne: 'undone' as const } };
    const movable = {
      ...here,
      hold: { $exists: false },
      ...(closing.kind === 'closure' && { standing: { $exists: true } }),
    };
    const records = await students.find(movable, { session }).sort({ _id: 1 }).limit(chunk).toArray();
    if (records.length > 0) return this.pass(closing, records, session);
    if ((await students.countDocuments(here, { session })) > 0) return 0;
    const moment = { on: this.clock.today(), at: this.clock.now() };
    const pack = this.policies.policy.pack(closing.pack);
    const rules = rulesOf(closing).filter((rule) => pack.rule(rule));
    const { closing: next, events } = askCustody(closing, rules, moment);
    await this.outbox.add(session, events);
    const { state, version } = next;
    await finish(this.closings.closings, closing._id, this.owner, { $set: { state, version } }, session);
    await this.path.awaitAnswers(session, next);
    return 'over';
  }

  private async pass(closing: Closing, records: StudentRecord[], session: ClientSession): Promise<number> {
    const at = this.clock.now();
    const { account, post } = closing.carriedOutBy!;
    const { office: school, path } = closing.keeper!;
    const places = new Map(closing.classes.map(({ from, to }) => [from, to]));
    const pack = this.policies.policy.pack(closing.pack);
    const grounds = { pack: pack.id, rules: rulesOf(closing).filter((rule) => pack.rule(rule)) };
    const moved = new Map<string, number>();
    const changes = records.map((record) => {
      const seat = record.standing ? undefined : places.get(record.class);
      if (seat) moved.set(record.class, (moved.get(record.class) ?? 0) + 1);
      const moment = { on: this.clock.today(), at, by: account };
      return handOver(record, closing._id, { school, path, class: seat ?? record.class }, moment, grounds);
    });
    for (const [from, n] of moved) {
      // A class passes as it is; no cap is asked about pupils who sit together already.
      await this.classes.take(session, places.get(from)!, n);
      await this.classes.free(session, from, n);
    }
    await this.students.save(session, changes);
    await this.audit.write(
      changes.map(({ record }) => ({
        act: 'registry.student.pass',
        account,
        post,
        subject: { kind: 'student', id: record._id, version: record.version },
        at,
      })),
      session,
    );
    const reached = { passed: closing.passed + records.length };
    await progress(this.closings.closings, closing._id, this.owner, reached, session);
    return records.length;
  }
}
