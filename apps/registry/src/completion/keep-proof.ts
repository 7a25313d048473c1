import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { Files, notAPaper, paperTypeOf } from '#libs/protection';
import { Clock, notFound } from '#libs/service-kit';
import { isSchool, OfficeRepository } from '../places';
import { CompletionRepository } from './completion.repository';

/** Takes a paper that proves endings (GZ-GR7), e.g. the sealed list of graduates. The same bytes again are the same paper. */
@Injectable()
export class KeepProof {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly offices: OfficeRepository,
    private readonly completions: CompletionRepository,
    private readonly files: Files,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `not-a-paper` (415), `not-found` */
  async take(actor: Actor, school: string, bytes: Buffer): Promise<{ digest: string }> {
    const post = actor.postOf(school);
    const office = await this.offices.find(school);
    if (!office || !isSchool(office)) throw notFound();
    if (!paperTypeOf(bytes)) throw notAPaper();
    const { digest } = await this.files.put(bytes, office.parent ?? school);
    const at = this.clock.now();
    await this.connection.transaction(async (session) => {
      const one = { digest, school, path: office.path, account: actor.account, at };
      const _id = `${school}/${digest}`;
      const kept = await this.completions.proofs.updateOne({ _id }, { $setOnInsert: one }, { session, upsert: true });
      if (kept.upsertedCount === 0) return;
      const subject = { kind: 'paper', id: digest };
      await this.audit.write(
        [{ act: 'registry.proof.upload', account: actor.account, post: post._id, subject, at }],
        session,
      );
    });
    return { digest };
  }
}
