import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { registryEvents } from '#libs/contracts';
import { Files, notAPaper, paperTypeOf } from '#libs/protection';
import { Clock, notFound } from '#libs/service-kit';
import { StudentRepository } from './student.repository';

/** Items that a dossier has a place for. */
export const dossierItems = [
  'basicInfoForm',
  'photo',
  'noHouseholdCertificate',
  'vaccinationCertificate',
  'healthBooklet',
  'residencePermit',
  'otherPapers',
  'householdProof',
  'placementConsent',
] as const;
export type DossierItem = (typeof dossierItems)[number];

/** Puts a scan into a dossier. The file lies encrypted under its digest; the record names the digest. */
@Injectable()
export class AttachPaper {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly files: Files,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async run(
    actor: Actor,
    studentId: string,
    item: DossierItem,
    bytes: Buffer,
  ): Promise<{ digest: string; version: number }> {
    if (!paperTypeOf(bytes)) throw notAPaper();
    const seen = await this.students.find(studentId);
    if (!seen || seen.registration === 'undone') throw notFound();
    const post = actor.postAt(seen.path);
    const { digest } = await this.files.put(bytes, seen.keyCounty);
    let version = seen.version;
    await this.connection.transaction(async (session) => {
      const record = await this.students.find(studentId, session);
      if (!record) throw notFound();
      version = record.version;
      if (record.dossier[item] === digest) return;
      version = record.version + 1;
      await this.students.save(session, [
        {
          record: { ...record, version, dossier: { ...record.dossier, [item]: digest } },
          events: [
            {
              definition: registryEvents.studentPaperFiled,
              aggregateId: studentId,
              seq: version,
              effectiveOn: this.clock.today(),
              recordedAt: this.clock.now(),
              data: { item },
            },
          ],
        },
      ]);
      await this.audit.write(
        [
          {
            act: 'registry.dossier.file',
            account: actor.account,
            post: post._id,
            subject: { kind: 'student', id: studentId, version },
            at: this.clock.now(),
            fields: [item],
          },
        ],
        session,
      );
    });
    return { digest, version };
  }
}
