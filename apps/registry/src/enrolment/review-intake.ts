import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { Connection } from 'mongoose';
import { Actor, Post } from '#libs/access';
import { Audit } from '#libs/audit';
import { OfficeKind, ProblemItem, Stage } from '#libs/contracts';
import { Pack } from '#libs/policy';
import { Clock, notFound } from '#libs/service-kit';
import { NumberRequests } from '../numbers/number-requests';
import { isSchool, Office } from '../places';
import { Policies } from '../policies';
import { ChildVault } from '../students/child-vault';
import { StudentRecord } from '../students/record';
import { Change, confirm, Moment, sendBack } from '../students/student';
import { StudentRepository } from '../students/student.repository';
import { Authorities } from './authorities';
import { lackingPapers } from './papers';

export interface Review {
  school: string;
  /** `all`: every submitted child of the school that is not sent back here. */
  confirm: 'all' | string[];
  sendBack: { student: string; reason: string }[];
}

export interface Reviewed {
  confirmed: number;
  sentBack: number;
  /** Left waiting, each with the reason. */
  waiting: { student: string; problems: ProblemItem[] }[];
  /** Confirmed, and no number could be asked for. Absent when there is none. */
  withoutNumber?: { student: string; problem: ProblemItem }[];
}

/** For what of a school an actor answers, and under which post. */
interface Charge {
  post: Post;
  kind: OfficeKind;
  stages: Stage[];
}

const chunk = 500;

/**
 * The record authority reviews an intake (GZ-EN8, NAT-EN2, CZ-RC4): confirms, or sends back with a reason. With the
 * confirmation, in the same transaction, a number is asked for (CZ-NO1, NAT-NO1).
 */
@Injectable()
export class ReviewIntake {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly authorities: Authorities,
    private readonly numbers: NumberRequests,
    private readonly policies: Policies,
    private readonly vault: ChildVault,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, review: Review): Promise<Reviewed> {
    const school = await this.authorities.school(review.school);
    const today = this.clock.today();
    const charge = await this.inCharge(actor, school, today);
    const pack = await this.policies.packFor(school.path, today);
    const done: Reviewed = { confirmed: 0, sentBack: 0, waiting: [] };
    const back = new Map(review.sendBack.map((one) => [one.student, one.reason]));
    const scope = { path: school.path, stage: { $in: charge.stages }, registration: 'submitted' as const };
    await this.refuseUnknown(review, scope);
    let after = '';
    for (;;) {
      const submitted = await this.students.students
        .find({
          ...scope,
          _id: { $gt: after, ...(review.confirm !== 'all' && { $in: [...review.confirm, ...back.keys()] }) },
        })
        .sort({ _id: 1 })
        .limit(chunk)
        .toArray();
      if (submitted.length === 0) return done;
      after = submitted[submitted.length - 1]._id;
      await this.reviewChunk(submitted, back, actor, charge, pack, today, done);
    }
  }

  /**
   * Stages of the school whose record authority is an office that the actor holds a post at. An officer of another office,
   * covering the school or not, is no party: its answer is the same as for "none".
   */
  private async inCharge(actor: Actor, school: Office, today: string): Promise<Charge> {
    const stages = isSchool(school) ? school.school.stages : [];
    const authorities = await Promise.all(stages.map((stage) => this.authorities.of(school._id, stage, today)));
    const post = actor.posts.find((one) => authorities.some((office) => office._id === one.office));
    const authority = authorities.find((office) => office._id === post?.office);
    if (!post || !authority) throw notFound();
    return { post, kind: authority.kind, stages: stages.filter((_, i) => authorities[i]._id === post.office) };
  }

  /** A child that is not submitted at this school is named, never skipped in silence. */
  private async refuseUnknown(review: Review, scope: object): Promise<void> {
    const named = [...(review.confirm === 'all' ? [] : review.confirm), ...review.sendBack.map((one) => one.student)];
    const known = await this.students.students.countDocuments({ ...scope, _id: { $in: named } });
    if (known !== new Set(named).size) throw notFound();
  }

  private async reviewChunk(
    submitted: StudentRecord[],
    back: Map<string, string>,
    actor: Actor,
    charge: Charge,
    pack: Pack,
    today: string,
    done: Reviewed,
  ): Promise<void> {
    const moment: Moment = { on: today, at: this.clock.now(), by: actor.account };
    const rules = ['GZ-EN8', 'NAT-EN2', 'CZ-RC4'].filter((id) => pack.rule(id));
    const grounds = { pack: pack.id, rules };
    const changes: Change[] = [];
    const confirmed: StudentRecord[] = [];
    for (const record of submitted) {
      const reason = back.get(record._id);
      if (reason !== undefined) {
        changes.push(
          sendBack(record, charge.post.office, this.vault.seal(reason, record, 'returned'), moment, grounds),
        );
        continue;
      }
      const lacking = lackingPapers(record, pack);
      if (lacking.length) {
        done.waiting.push({ student: record._id, problems: lacking });
        continue;
      }
      const change = confirm(record, charge.post.office, moment, grounds);
      changes.push(change);
      confirmed.push(change.record);
    }
    let withoutNumber: Reviewed['withoutNumber'] = [];
    await this.connection.transaction(async (session) => {
      await this.students.save(session, changes);
      withoutNumber = await this.numbers.ask(session, confirmed, pack, charge.kind);
      await this.audit.write(
        changes.map(({ record }) => ({
          act: `registry.student.${record.registration === 'confirmed' ? 'confirm' : 'return'}`,
          account: actor.account,
          post: charge.post._id,
          subject: { kind: 'student', id: record._id, version: record.version },
          at: moment.at,
        })),
        session,
      );
    });
    if (withoutNumber.length > 0) done.withoutNumber = [...(done.withoutNumber ?? []), ...withoutNumber];
    done.confirmed += confirmed.length;
    done.sentBack += changes.length - confirmed.length;
  }
}
