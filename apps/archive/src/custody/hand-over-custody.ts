import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { createHash } from 'node:crypto';
import { ClientSession, Connection } from 'mongoose';
import { Audit } from '#libs/audit';
import { archiveEvents } from '#libs/contracts';
import { MessagingStore, Outbox } from '#libs/messaging';
import { canonical } from '#libs/proofs';
import { Clock } from '#libs/service-kit';
import { CopiesRepository } from '../copies/copies.repository';
import type { Custody } from '../copies/copy';

/** All copies of a school pass to another keeper. */
export interface CustodyHandover {
  /** Closing id. */
  _id: string;
  state: 'running' | 'done';
  from: string;
  to: Pick<Custody, 'keeper' | 'kind' | 'path'>;
  on: string;
  /** Hand-over list: how many, and its digest (SHA-256 of the canonical list of copy and digest, in order). */
  copies: number;
  digest: string;
  rules: string[];
  pack?: string;
}

export interface CustodyWish {
  closing: string;
  from: string;
  to: CustodyHandover['to'];
  on: string;
  rules: string[];
  pack?: string;
}

/**
 * Hands custody over in bulk, former pupils' copies included: the list is counted and digested first, then the copies pass,
 * then what has passed is counted and digested again, and only when both are equal it is told (NAT-MG1, NAT-MG2, R5-27).
 * Killed anywhere, it goes on to the same end.
 */
@Injectable()
export class HandOverCustody {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly store: MessagingStore,
    private readonly outbox: Outbox,
    private readonly copies: CopiesRepository,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  private get handovers() {
    return this.connection.collection<CustodyHandover>('custody_handovers');
  }

  /** Written down with the event that asks; the work follows. Asked again it is the same. */
  async ask(session: ClientSession, { closing, from, to, on, rules, pack }: CustodyWish): Promise<void> {
    await this.handovers.updateOne(
      { _id: closing },
      {
        $setOnInsert: { state: 'running', from, to, on, rules, copies: -1, digest: '', ...(pack && { pack }) },
      },
      { session, upsert: true },
    );
  }

  find(closing: string): Promise<CustodyHandover | null> {
    return this.handovers.findOne({ _id: closing });
  }

  /** Carries out what was asked and is not done. */
  async run(): Promise<void> {
    for (const one of await this.handovers.find({ state: 'running' }).toArray()) await this.carryOut(one);
  }

  private async carryOut(asked: CustodyHandover): Promise<void> {
    const { _id: closing, from, to, on } = asked;
    if (asked.copies < 0) {
      const list = await this.list({ 'custody.keeper': from });
      await this.handovers.updateOne({ _id: closing, copies: -1 }, { $set: list });
      return this.carryOut({ ...asked, ...list });
    }
    const custody: Custody = { ...to, since: on, closing };
    await this.copies.copies.updateMany({ 'custody.keeper': from, 'custody.closing': { $ne: closing } }, [
      { $set: { formerCustody: { $concatArrays: ['$formerCustody', ['$custody']] }, custody: { $literal: custody } } },
    ]);
    const passed = await this.list({ 'custody.closing': closing });
    // Nothing leaves or joins a school that is closing, so this is a fault of the store and told as one.
    if (passed.copies !== asked.copies || passed.digest !== asked.digest)
      throw new Error(`custody of ${from}: ${asked.copies} copies on the list, ${passed.copies} passed`);
    await this.store.transaction(async (session) => {
      const { matchedCount } = await this.handovers.updateOne(
        { _id: closing, state: 'running' },
        { $set: { state: 'done' } },
        { session },
      );
      if (matchedCount !== 1) return;
      const at = this.clock.now();
      await this.outbox.add(session, [
        {
          definition: archiveEvents.custodyHandedOver,
          aggregateId: `custody.${closing}`,
          seq: 1,
          effectiveOn: on,
          recordedAt: at,
          ...(asked.pack && { pack: asked.pack }),
          rules: asked.rules,
          data: { closing, from, to: to.keeper, copies: asked.copies, digest: asked.digest },
        },
      ]);
      await this.audit.write(
        [{ act: 'archive.custody.hand-over', account: 'system', subject: { kind: 'closing', id: closing }, at }],
        session,
      );
    });
  }

  /** Count and digest of copies in order; digested as they are read, so memory does not grow with the list. */
  private async list(filter: Record<string, unknown>): Promise<Pick<CustodyHandover, 'copies' | 'digest'>> {
    const hash = createHash('sha256');
    let copies = 0;
    const found = this.copies.copies.find(filter, { projection: { 'sealed.sha256': 1 } }).sort({ _id: 1 });
    for await (const { _id, sealed } of found) {
      hash.update(`${canonical([_id, sealed?.sha256 ?? null])}\n`);
      copies += 1;
    }
    return { copies, digest: hash.digest('hex') };
  }
}
