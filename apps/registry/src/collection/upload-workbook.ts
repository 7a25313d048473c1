import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { durably, Once } from '#libs/messaging';
import { Files } from '#libs/protection';
import { Clock, notFound } from '#libs/service-kit';
import { isSchool, OfficeRepository } from '../places';
import { Batch, noCounts } from './batch';
import { BatchRepository } from './batch.repository';
import { RunBatch } from './run-batch';
import { guardWorkbook } from './workbook';

/**
 * Takes a workbook and starts its check, which writes no child (GZ-CL4). A hostile or broken file is refused here, before
 * anything parses it.
 */
@Injectable()
export class UploadWorkbook {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly offices: OfficeRepository,
    private readonly batches: BatchRepository,
    private readonly runner: RunBatch,
    private readonly files: Files,
    private readonly once: Once,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async run(
    actor: Actor,
    key: string,
    school: string,
    fileName: string,
    bytes: Buffer,
  ): Promise<{ id: string; state: string }> {
    const post = actor.postOf(school);
    const office = await this.offices.find(school);
    if (!office || !isSchool(office)) throw notFound();
    await guardWorkbook(bytes);
    const county = office.parent ?? school;
    const { digest } = await this.files.put(bytes, county);
    const answer = await this.connection.transaction(
      (session) =>
        this.once.run(session, { account: actor.account, key, body: { school, digest } }, async () => {
          const batch: Batch = {
            _id: uuidv7(),
            version: 1,
            state: 'checking',
            school,
            path: office.path,
            county,
            file: digest,
            fileName: fileName.slice(0, 200),
            uploadedBy: actor.account,
            post: post._id,
            uploadedAt: this.clock.now(),
            found: noCounts(),
            written: noCounts(),
            undone: 0,
            reached: 0,
            notMade: [],
          };
          await this.batches.insert(batch, session);
          await this.audit.write(
            [
              {
                act: 'registry.collection.upload',
                account: actor.account,
                post: post._id,
                subject: { kind: 'collection', id: batch._id, version: 1 },
                at: batch.uploadedAt,
              },
            ],
            session,
          );
          return { id: batch._id, state: batch.state };
        }),
      durably,
    );
    this.runner.wake();
    return answer;
  }
}
