import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit, type AuditRow } from '#libs/audit';
import { Deadlines } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { staleVersion } from '#libs/service-kit';
import { Change, Refusal, Transfer } from './transfer';

/** Who made a change, for the audit row; a timer or an event is `system`. */
export type ChangedBy = Pick<AuditRow, 'act' | 'account' | 'post'>;

export const bySystem = (act: string): ChangedBy => ({ act: `transfer.case.${act}`, account: 'system' });

export interface PageWanted {
  after?: string;
  limit: number;
}

const openStates: Transfer['state'][] = ['filed', 'inReview', 'moving'];

// What is not there is left out, never written as null.
const plain = { ignoreUndefined: true } as const;

/** Cases and listed refusals. A case is saved with its events, deadlines and audit row, or not at all. */
@Injectable()
export class TransferRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly outbox: Outbox,
    private readonly deadlines: Deadlines,
    private readonly audit: Audit,
  ) {}

  private get transfers() {
    return this.connection.collection<Transfer>('transfers');
  }

  private get refusals() {
    return this.connection.collection<Refusal>('refusals');
  }

  async onModuleInit(): Promise<void> {
    await this.transfers.createIndexes([
      { key: { 'parties.inSchool.path': 1, _id: 1 }, name: 'in' },
      { key: { 'parties.outSchool.path': 1, _id: 1 }, name: 'out' },
      { key: { waitingFor: 1, _id: 1 }, name: 'inbox' },
      { key: { student: 1 }, name: 'student' },
      { key: { 'parties.inSchool.office': 1, state: 1 }, name: 'inOf' },
      { key: { 'parties.outSchool.office': 1, state: 1 }, name: 'outOf' },
      { key: { 'application.papers.digest': 1 }, name: 'papers' },
      { key: { provisional: 1 }, name: 'provisional', partialFilterExpression: { provisional: true } },
      {
        key: { state: 1, _id: 1 },
        name: 'open',
        partialFilterExpression: { state: { $in: openStates } },
      },
    ]);
    await this.refusals.createIndexes([
      { key: { 'listedAt.path': 1, _id: 1 }, name: 'list' },
      { key: { case: 1 }, name: 'case' },
    ]);
  }

  find(id: string, session?: ClientSession): Promise<Transfer | null> {
    return this.transfers.findOne({ _id: id }, { session });
  }

  findRefusal(id: string, session?: ClientSession): Promise<Refusal | null> {
    return this.refusals.findOne({ _id: id }, { session });
  }

  /** Every case of a child, oldest first. */
  ofStudent(student: string, session?: ClientSession): Promise<Transfer[]> {
    return this.transfers.find({ student }, { session }).sort({ _id: 1 }).toArray();
  }

  refusalsOf(caseId: string): Promise<Refusal[]> {
    return this.refusals.find({ case: caseId }).sort({ _id: 1 }).toArray();
  }

  /** Next state, events, deadlines, refusal and audit row as one. @throws Refused `stale-version` */
  async save(session: ClientSession, change: Change, by: ChangedBy): Promise<void> {
    const { transfer, events, arm, cancel, listed } = change;
    const before = transfer.version - events.length;
    if (before === 0) await this.transfers.insertOne(transfer, { session, ...plain });
    else {
      const { matchedCount } = await this.transfers.replaceOne({ _id: transfer._id, version: before }, transfer, {
        session,
        ...plain,
      });
      if (matchedCount !== 1) throw staleVersion(before, before + 1);
    }
    await this.outbox.add(session, events);
    if (cancel === 'all') await this.deadlines.cancelAll(session, transfer._id);
    else for (const id of cancel) await this.deadlines.cancel(session, id);
    if (cancel !== 'all') await this.deadlines.arm(session, arm);
    if (listed) {
      const { _id, ...refusal } = listed;
      await this.refusals.replaceOne({ _id }, refusal, { session, upsert: true, ...plain });
    }
    const subject = { kind: 'case', id: transfer._id, version: transfer.version };
    await this.audit.write([{ ...by, subject, at: transfer.log.at(-1)!.at }], session);
  }

  /** Cases in scope, newest last, by key. */
  list(actor: Actor, wanted: { office?: string; state?: Transfer['state'] }, page: PageWanted): Promise<Transfer[]> {
    return this.transfers
      .find({
        $and: [inScope(actor)],
        ...(wanted.office && { waitingFor: wanted.office }),
        ...(wanted.state && { state: wanted.state }),
        ...(page.after && { _id: { $gt: page.after } }),
      })
      .sort({ _id: 1 })
      .limit(page.limit + 1)
      .toArray();
  }

  listRefusals(actor: Actor, wanted: { open: boolean }, page: PageWanted): Promise<Refusal[]> {
    return this.refusals
      .find({
        $and: [actor.scope('listedAt.path')],
        ...(wanted.open && { reviewed: { $exists: false } }),
        ...(page.after && { _id: { $gt: page.after } }),
      })
      .sort({ _id: 1 })
      .limit(page.limit + 1)
      .toArray();
  }

  /** Whether a paper belongs to a case in scope. */
  async showsPaper(actor: Actor, digest: string): Promise<boolean> {
    const found = await this.transfers.findOne(
      { 'application.papers.digest': digest, $and: [inScope(actor)] },
      { projection: { _id: 1 } },
    );
    return found !== null;
  }

  /** Cases in or out of a school that are not over. */
  async openAt(school: string, session: ClientSession): Promise<string[]> {
    const found = await this.transfers
      .find(
        {
          state: { $in: ['filed', 'inReview', 'moving'] },
          $or: [{ 'parties.inSchool.office': school }, { 'parties.outSchool.office': school }],
        },
        { session, projection: { _id: 1 } },
      )
      .toArray();
    return found.map(({ _id }) => _id);
  }

  /** Cases with a due day that an order on working days may still move. */
  async *provisional(): AsyncGenerator<string> {
    const found = this.transfers.find({ state: { $in: openStates }, provisional: true }, { projection: { _id: 1 } });
    for await (const { _id } of found) yield _id;
  }

  /** Cases under way in order of their ids; each must hold its student's record. */
  open(after: string, limit: number): Promise<Pick<Transfer, '_id' | 'state' | 'student' | 'to'>[]> {
    return this.transfers
      .find({ state: { $in: openStates }, _id: { $gt: after } })
      .project<Pick<Transfer, '_id' | 'state' | 'student' | 'to'>>({ state: 1, student: 1, to: 1 })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  /** Cases for which the registry owes an answer for too long: ids and states, for the operator. */
  unanswered(): Promise<Pick<Transfer, '_id' | 'state' | 'log'>[]> {
    return this.transfers
      .find({ state: { $in: ['filed', 'moving'] }, 'log.what': 'registrySilent' })
      .project<Pick<Transfer, '_id' | 'state' | 'log'>>({ state: 1, log: 1 })
      .limit(200)
      .toArray();
  }
}

const inScope = (actor: Actor): Record<string, unknown> => ({
  $or: [actor.scope('parties.inSchool.path'), actor.scope('parties.outSchool.path')],
});

/** Whether a case is one of the actor's: of its own school or below its own office, on either side. */
export const isVisible = (actor: Actor, { parties }: Transfer): boolean =>
  actor.covers(parties.inSchool.path) || actor.covers(parties.outSchool.path);
