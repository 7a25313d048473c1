import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { registryEvents } from '#libs/contracts';
import { Files } from '#libs/protection';
import { Clock, notFound, refuse } from '#libs/service-kit';
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
] as const;
export type DossierItem = (typeof dossierItems)[number];

const signatures: [string, Buffer][] = [
  ['application/pdf', Buffer.from('%PDF-')],
  ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
];

/** What the bytes are, by their first bytes and never by the name of the file. */
export const paperType = (bytes: Buffer): string | undefined =>
  signatures.find(([, start]) => bytes.subarray(0, start.length).equals(start))?.[0];

const notAPaper = () =>
  refuse('not-a-paper', {
    status: 415,
    title: { zh: '文件类型不支持', en: 'Unsupported file type' },
    detail: { zh: '只接受 PDF、PNG 或 JPEG 扫描件。', en: 'Only PDF, PNG or JPEG scans are taken.' },
    remedy: { zh: '请重新扫描后上传。', en: 'Scan it again and upload.' },
  });

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
    if (!paperType(bytes)) throw notAPaper();
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
