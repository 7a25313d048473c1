import { Inject, Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { NewEvent } from '#libs/contracts';
import { wrongOnTheWayOut } from './event-schema';
import { MESSAGING, MessagingOptions } from './options';
import { rowId, shardOf } from './shard';
import { MessagingStore, OutboxRow } from './store';

/** Bytes of data. An event tells what happened; whoever needs more asks the owner. */
const largest = 200_000;
const legalDate = /^\d{4}-\d{2}-\d{2}$/;

/** The owner's journal: events are written in the transaction of the change they report, and stay for ever. */
@Injectable()
export class Outbox {
  constructor(
    private readonly store: MessagingStore,
    @Inject(MESSAGING) private readonly options: MessagingOptions,
  ) {}

  /**
   * Joins the caller's transaction.
   * @throws Error when the session is in no transaction, or an event breaks its contract: nothing is written then
   * @throws MongoServerError (duplicate key, or a write conflict that is tried again) when a seq is taken
   */
  async add(session: ClientSession, events: NewEvent[]): Promise<void> {
    if (!session.inTransaction()) throw new Error('events are written only inside the transaction of their change');
    if (events.length === 0) return;
    const at = new Date();
    await this.store.outbox.insertMany(
      events.map((event) => this.rowOf(event, at)),
      { session },
    );
  }

  private rowOf(event: NewEvent, at: Date): OutboxRow {
    const { definition, aggregateId, seq, effectiveOn, recordedAt, caseId, pack, rules, data } = event;
    const refuse = (reason: string): never => {
      throw new Error(`event ${definition.type} cannot be written: ${reason}`);
    };
    if (definition.owner !== this.options.owner) refuse(`its owner is ${definition.owner}`);
    if (!aggregateId) refuse('no aggregate id');
    if (!Number.isSafeInteger(seq) || seq < 1 || seq > 99_999_999) refuse(`seq ${seq}`);
    if (!legalDate.test(effectiveOn)) refuse('effectiveOn is no legal date');
    if (Number.isNaN(recordedAt.getTime())) refuse('recordedAt is no instant');
    const wrong = wrongOnTheWayOut(definition, data);
    if (wrong) refuse(wrong);
    if (Buffer.byteLength(JSON.stringify(data)) > largest) refuse(`more than ${largest} bytes`);
    return {
      _id: rowId(aggregateId, seq),
      aggregateId,
      seq,
      shard: shardOf(aggregateId),
      type: definition.type,
      data,
      effectiveOn,
      recordedAt,
      ...(caseId !== undefined && { caseId }),
      ...(pack !== undefined && { pack }),
      ...(rules !== undefined && { rules }),
      at,
      position: null,
    };
  }
}
