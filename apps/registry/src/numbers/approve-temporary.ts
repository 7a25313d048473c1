import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { durably } from '#libs/messaging';
import { Clock, notFound, wrongState } from '#libs/service-kit';
import { OfficeRepository } from '../places';
import { Policies } from '../policies';
import { StudentRepository } from '../students/student.repository';
import { NumberRequests } from './number-requests';
import { temporaryProblem } from './temporary-number';

/**
 * The approval of a temporary number where the office that confirms the record is not the one that approves it: the
 * senior stage of Guizhou, whose records the city confirms and whose temporary numbers the county approves (GZ-NO4).
 */
@Injectable()
export class ApproveTemporary {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
    private readonly requests: NumberRequests,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, student: string): Promise<void> {
    const record = await this.students.find(student);
    if (!record || record.registration === 'undone' || !actor.covers(record.path)) throw notFound();
    const pack = await this.policies.packFor(record.path, this.clock.today());
    const posts = actor.posts.filter((post) => record.path.startsWith(post.path));
    const held = await this.offices.findMany(posts.map((post) => post.office));
    const approver = held.find((office) => temporaryProblem(pack, office.kind) === undefined);
    const post = posts.find((one) => one.office === approver?._id);
    if (!post) throw notFound();
    if (record.registration !== 'confirmed' || record.numbers.length > 0 || record.documentType === 'residentId') {
      throw wrongState(
        { zh: '该学生不需要临时学籍号，或学籍尚未核准。', en: 'No temporary number is due for this record.' },
        {
          zh: '学籍核准后，无身份证号的学生才申请临时学籍号。',
          en: 'It is due for a confirmed record without ID number.',
        },
      );
    }
    await this.connection.transaction(async (session) => {
      await this.requests.add(session, [{ student, kind: 'issue-L' }]);
      await this.audit.write(
        [
          {
            act: 'registry.number.approve-temporary',
            account: actor.account,
            post: post._id,
            subject: { kind: 'student', id: student },
            at: this.clock.now(),
          },
        ],
        session,
      );
    }, durably);
  }
}
