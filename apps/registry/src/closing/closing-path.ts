import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor, Post } from '#libs/access';
import { Audit } from '#libs/audit';
import { Deadlines } from '#libs/deadlines';
import { durably, Once } from '#libs/messaging';
import { Clock, notFound, staleVersion } from '#libs/service-kit';
import { Changed, Closing, Moment } from './closing';
import { ClosingRepository } from './closing.repository';

export const silentKind = 'registry.closing-silent';
/** Business time in which a service is expected to answer before an operator is told. */
const answersWithinMs = 3_600_000;

/** What is commanded, with all that tells two commands apart. */
interface Command {
  act: string;
  [more: string]: unknown;
}

interface Answer {
  id: string;
  version: number;
  state: Closing['state'];
}

/** The path of every command on a closing: state, events, deadline, audit row and answer in one transaction. */
@Injectable()
export class ClosingPath {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly closings: ClosingRepository,
    private readonly deadlines: Deadlines,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  run(
    actor: Actor,
    key: string,
    body: Command,
    act: (session: ClientSession, moment: Moment) => Promise<{ changed: Changed; post: Post }>,
  ): Promise<Answer> {
    return this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body }, async () => {
          const moment = { on: this.clock.today(), at: this.clock.now() };
          const { changed, post } = await act(session, moment);
          const { closing } = changed;
          await this.closings.save(session, changed);
          if (closing.state === 'announced') await this.awaitAnswers(session, closing);
          await this.audit.write(
            [
              {
                act: `registry.closing.${body.act}`,
                account: actor.account,
                post: post._id,
                subject: { kind: 'closing', id: closing._id, version: closing.version },
                at: moment.at,
              },
            ],
            session,
          );
          return { id: closing._id, version: closing.version, state: closing.state };
        }),
      durably,
    );
  }

  /** A command on a closing that stands, by the office that conducts it. @throws Refused */
  decide(
    actor: Actor,
    key: string,
    body: Command & { id: string; version: number },
    act: (closing: Closing, moment: Moment, session: ClientSession) => Promise<Changed>,
  ): Promise<Answer> {
    return this.run(actor, key, body, async (session, moment) => {
      const closing = await this.closings.find(body.id, session);
      if (!closing || !actor.covers(closing.path)) throw notFound();
      const post = actor.postOf(closing.authority);
      if (closing.version !== body.version) throw staleVersion(body.version, closing.version);
      return { changed: await act(closing, moment, session), post };
    });
  }

  /** Looks again in an hour whether everybody has answered. */
  async awaitAnswers(session: ClientSession, closing: Closing): Promise<void> {
    const dueAt = new Date(this.clock.now().getTime() + answersWithinMs);
    await this.deadlines.arm(session, { kind: silentKind, subject: closing._id, key: closing.state, dueAt });
  }
}
