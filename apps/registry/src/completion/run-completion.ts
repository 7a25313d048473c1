import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Logger } from 'pino';
import { Audit } from '#libs/audit';
import { Outbox } from '#libs/messaging';
import { Clock, LOG } from '#libs/service-kit';
import { finish, lease, progress } from '../long-work/leased.repository';
import { Worker } from '../long-work/worker';
import { ClassRepository } from '../places';
import { end } from '../students/standing';
import { StudentRepository } from '../students/student.repository';
import { Completion, finishConfirm } from './completion';
import { CompletionRepository } from './completion.repository';

const chunk = 250;

/** Gives the records of a confirmed completion their endings and frees their seats. */
@Injectable()
export class RunCompletion extends Worker<Completion> {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(LOG) log: Logger,
    private readonly completions: CompletionRepository,
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {
    super(log);
  }

  /** Confirmed and not carried out. */
  unfinished(): Promise<number> {
    return this.completions.completions.countDocuments({ state: 'confirming' });
  }

  protected next(): Promise<Completion | null> {
    return lease(this.completions.completions, ['confirming'], this.owner);
  }

  protected async run(completion: Completion): Promise<void> {
    const endings = new Map(completion.children.map((child) => [child.student, child]));
    let ended = completion.ended;
    while (!this.stopping) {
      const done = await this.connection.transaction(async (session) => {
        const marked = { inWork: completion._id };
        const records = await this.students.students.find(marked, { session }).sort({ _id: 1 }).limit(chunk).toArray();
        const at = this.clock.now();
        if (records.length === 0) {
          const { completion: next, events } = finishConfirm({ ...completion, ended }, { on: completion.on, at });
          await this.outbox.add(session, events);
          const { state, version } = next;
          await finish(this.completions.completions, completion._id, this.owner, { $set: { state, version } }, session);
          return 0;
        }
        const by = completion.confirmed!.account;
        const changes = records.map((record) => {
          const { ending, proof } = endings.get(record._id)!;
          const how = { ending, completion: completion._id, ...(proof && { proof }) };
          const grounds = { pack: completion.pack, rules: completion.rules };
          return end(record, how, { on: completion.on, at, by }, grounds);
        });
        await this.students.save(session, changes);
        await this.classes.free(session, completion.class, records.length);
        await this.audit.write(
          changes.map(({ record }) => ({
            act: 'registry.student.end',
            account: by,
            post: completion.confirmed!.post,
            subject: { kind: 'student', id: record._id, version: record.version },
            at,
          })),
          session,
        );
        const reached = { ended: ended + records.length };
        await progress(this.completions.completions, completion._id, this.owner, reached, session);
        return records.length;
      });
      if (done === 0) return;
      ended += done;
    }
  }
}
