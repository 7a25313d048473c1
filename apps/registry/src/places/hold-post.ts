import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Actor, Post, Posts } from '#libs/access';
import { registryEvents, type OfficeKind, type Role } from '#libs/contracts';
import type { LocalDate } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { CarryOut, postOver } from './carry-out';
import { ListProblems, noSuchOffice } from './list-problems';
import { topPath } from './office';
import { OfficeRepository } from './office.repository';
import { problemsOfPost } from './post-rules';

export interface PostToHold {
  account: string;
  role: Role;
  /** Office, or `/` for a post above every root. */
  office: string;
  /** First day; absent: today. */
  from?: LocalDate;
  to?: LocalDate;
}

export interface HoldPostAnswer {
  posts: Pick<Post & { id: string }, 'id' | 'account' | 'role' | 'office' | 'version'>[];
}

type Seat = { kind: OfficeKind | 'top'; name: string; path: string; from?: LocalDate; to?: LocalDate };

const top: Seat = { kind: 'top', name: '全部机构', path: topPath };

/** Gives posts to accounts, all of a list or none. An administrator gives those at the own office and under it. */
@Injectable()
export class HoldPost {
  constructor(
    private readonly carryOut: CarryOut,
    private readonly offices: OfficeRepository,
    private readonly posts: Posts,
    private readonly clock: Clock,
  ) {}

  /** @throws Refused `list-refused` */
  run(actor: Actor, key: string, wanted: PostToHold[]): Promise<HoldPostAnswer> {
    return this.carryOut.run(actor, { key, act: 'registry.post.hold', body: wanted }, async (session, note) => {
      const today = this.clock.today();
      const problems = new ListProblems('posts', wanted.length);
      const offices = new Map<string, Seat>(
        (
          await this.offices.findMany(
            wanted.map((one) => one.office),
            session,
          )
        ).map((office) => [office._id, office]),
      );
      offices.set(topPath, top);
      const accounts = [...new Set(wanted.map((one) => one.account))];
      const standing = await this.posts.collection.find({ account: { $in: accounts } }, { session }).toArray();
      const held: Post[] = [];
      wanted.forEach((one, index) => {
        const office = offices.get(one.office);
        const by = office && postOver(actor, office.path);
        if (!by) return problems.add(index, noSuchOffice('office', one.office));
        const period = { from: one.from ?? today, ...(one.to !== undefined && { to: one.to }) };
        const same = [...standing, ...held].filter(
          (post) => post.account === one.account && post.role === one.role && post.office === one.office,
        );
        problems.add(index, ...problemsOfPost({ role: one.role, ...period }, office, same));
        const data = { account: one.account, role: one.role, office: one.office, path: office.path, ...period };
        const post: Post = { _id: uuidv7(), ...data, version: 1 };
        held.push(post);
        note(
          { definition: registryEvents.postHeld, aggregateId: post._id, seq: 1, effectiveOn: period.from, data },
          by,
        );
      });
      problems.refuseIfAny();
      await this.posts.collection.insertMany(held, { session });
      return {
        posts: held.map(({ _id, account, role, office, version }) => ({ id: _id, account, role, office, version })),
      };
    });
  }
}
