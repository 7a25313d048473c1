import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor, Post } from '#libs/access';
import { Audit, type AuditRow } from '#libs/audit';
import type { EventDefinition, NewEvent } from '#libs/contracts';
import { durably, Once, Outbox } from '#libs/messaging';
import { Clock } from '#libs/service-kit';

/** A command on places as it was sent. */
export interface Command {
  /** `Idempotency-Key` of the request. */
  key: string;
  /** What is done, as it stands in the audit row: `registry.office.open`. */
  act: string;
  body: unknown;
}

/** Notes one change: its event, and the post under which it was made. */
export type Note = <E extends EventDefinition>(
  event: Omit<NewEvent<E>, 'recordedAt'>,
  post: Post,
  fields?: string[],
) => void;

/** The path of every change of places: in one transaction the change, its events, its audit rows and its answer. */
@Injectable()
export class CarryOut {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly once: Once,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @param act writes with the session and notes what it changed; may run again, so it starts from nothing each time */
  run<T>(actor: Actor, command: Command, act: (session: ClientSession, note: Note) => Promise<T>): Promise<T> {
    const { key, ...body } = command;
    return this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body }, async () => {
          const at = this.clock.now();
          const events: NewEvent[] = [];
          const rows: AuditRow[] = [];
          const answer = await act(session, (event, post, fields) => {
            events.push({ ...event, recordedAt: at });
            rows.push({
              act: command.act,
              account: actor.account,
              post: post._id,
              subject: { kind: event.definition.aggregate, id: event.aggregateId, version: event.seq },
              at,
              ...(fields && { fields }),
            });
          });
          await this.outbox.add(session, events);
          await this.audit.write(rows, session);
          return answer;
        }),
      durably,
    );
  }
}

/** The post under which an actor may act at a path; undefined when there is none. */
export const postOver = (actor: Actor, path: string): Post | undefined =>
  actor.covers(path) ? actor.postAt(path) : undefined;
