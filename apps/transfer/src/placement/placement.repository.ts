import { Injectable, OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit, type AuditRow } from '#libs/audit';
import type { Stage } from '#libs/contracts';
import { Deadlines } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { staleVersion } from '#libs/service-kit';
import { Change, Counts, Entrant, Placement, PlacementState } from './placement';

export type ChangedBy = Pick<AuditRow, 'act' | 'account' | 'post'>;
export const bySystem = (act: string): ChangedBy => ({ act: `transfer.placement.${act}`, account: 'system' });

/** An approved plan as the registry has told of it. */
export interface Plan {
  /** `<school>.<stage>.<year>` */
  _id: string;
  school: string;
  stage: Stage;
  entryYear: number;
  planned?: number;
  /** Sequence of its own last event here: how often it was compared. */
  compared: number;
}

const plain = { ignoreUndefined: true } as const;
const open = ['filed', 'inReview', 'seating'] as const;

/** Placement cases with their entrants, and the plans they are compared with. */
@Injectable()
export class PlacementRepository implements OnModuleInit {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly outbox: Outbox,
    private readonly deadlines: Deadlines,
    private readonly audit: Audit,
  ) {}

  private get placements() {
    return this.connection.collection<Placement>('placements');
  }

  private get entrants() {
    return this.connection.collection<Entrant>('placement_entrants');
  }

  get plans() {
    return this.connection.collection<Plan>('placement_plans');
  }

  async onModuleInit(): Promise<void> {
    await this.placements.createIndexes([
      { key: { 'parties.inSchool.office': 1, stage: 1, entryYear: 1 }, name: 'plan' },
      { key: { 'parties.outSchool.office': 1, state: 1 }, name: 'outOf' },
      { key: { 'parties.inSchool.path': 1, _id: 1 }, name: 'in' },
      { key: { 'parties.outSchool.path': 1, _id: 1 }, name: 'out' },
      { key: { waitingFor: 1, _id: 1 }, name: 'inbox' },
    ]);
    await this.entrants.createIndexes([{ key: { case: 1, state: 1, _id: 1 }, name: 'case' }]);
  }

  find(id: string, session?: ClientSession): Promise<Placement | null> {
    return this.placements.findOne({ _id: id }, { session });
  }

  findMany(ids: string[], session?: ClientSession): Promise<Placement[]> {
    return this.placements.find({ _id: { $in: ids } }, { session }).toArray();
  }

  entrantsOf(id: string, session?: ClientSession, states?: Entrant['state'][]): Promise<Entrant[]> {
    return this.entrants
      .find({ case: id, ...(states && { state: { $in: states } }) }, { session })
      .sort({ _id: 1 })
      .toArray();
  }

  async addEntrants(session: ClientSession, entrants: Entrant[]): Promise<void> {
    await this.entrants.insertMany(entrants, { session });
  }

  /**
   * Notes answers of the registry, each only where one is still waited for. @returns the counts of the cases after it
   */
  async answer(
    session: ClientSession,
    from: Entrant['state'][],
    answers: Pick<Entrant, 'case' | 'student' | 'state' | 'code' | 'rules'>[],
  ): Promise<Map<string, Counts>> {
    await this.entrants.bulkWrite(
      answers.map(({ case: id, student, ...set }) => ({
        updateOne: { filter: { _id: `${id}/${student}`, state: { $in: from } }, update: { $set: set } },
      })),
      { session, ordered: false, ...plain },
    );
    return this.countsOf([...new Set(answers.map((one) => one.case))], session);
  }

  async release(session: ClientSession, id: string): Promise<void> {
    await this.entrants.updateMany(
      { case: id, state: { $in: ['asked', 'held'] } },
      { $set: { state: 'released' } },
      { session },
    );
  }

  private async countsOf(ids: string[], session: ClientSession): Promise<Map<string, Counts>> {
    const found = await this.entrants
      .aggregate<{ _id: { case: string; state: Entrant['state'] }; n: number }>(
        [{ $match: { case: { $in: ids } } }, { $group: { _id: { case: '$case', state: '$state' }, n: { $sum: 1 } } }],
        { session },
      )
      .toArray();
    const counts = new Map<string, Counts>();
    for (const { _id, n } of found) {
      const one = counts.get(_id.case) ?? { asked: 0, held: 0, refused: 0, placed: 0, released: 0 };
      counts.set(_id.case, { ...one, [_id.state]: n });
    }
    return counts;
  }

  /** Next state, events, deadlines and audit row as one. @throws Refused `stale-version` */
  async save(session: ClientSession, change: Change, by: ChangedBy): Promise<void> {
    const { placement, events, arm, cancel } = change;
    const before = placement.version - events.length;
    if (before === 0) await this.placements.insertOne(placement, { session, ...plain });
    else {
      const { matchedCount } = await this.placements.replaceOne({ _id: placement._id, version: before }, placement, {
        session,
        ...plain,
      });
      if (matchedCount !== 1) throw staleVersion(before, before + 1);
    }
    await this.outbox.add(session, events);
    if (cancel === 'all') await this.deadlines.cancelAll(session, placement._id);
    else for (const id of cancel) await this.deadlines.cancel(session, id);
    if (cancel !== 'all') await this.deadlines.arm(session, arm);
    if (events.length === 0) return;
    const subject = { kind: 'case', id: placement._id, version: placement.version };
    await this.audit.write([{ ...by, subject, at: placement.log.at(-1)!.at }], session);
  }

  list(
    actor: Actor,
    wanted: { office?: string; state?: PlacementState },
    page: { after?: string; limit: number },
  ): Promise<Placement[]> {
    return this.placements
      .find({
        $and: [{ $or: [actor.scope('parties.inSchool.path'), actor.scope('parties.outSchool.path')] }],
        ...(wanted.office && { waitingFor: wanted.office }),
        ...(wanted.state && { state: wanted.state }),
        ...(page.after && { _id: { $gt: page.after } }),
      })
      .sort({ _id: 1 })
      .limit(page.limit + 1)
      .toArray();
  }

  /** Ids of the cases that wait for an office. */
  async waitingAt(office: string, limit: number): Promise<string[]> {
    const found = await this.placements
      .find({ waitingFor: office }, { projection: { _id: 1 } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ _id }) => _id);
  }

  /** Cases in or out of a school that are not over. */
  async openAt(school: string, session: ClientSession): Promise<string[]> {
    const sides = [{ 'parties.inSchool.office': school }, { 'parties.outSchool.office': school }];
    const found = await this.placements
      .find({ state: { $in: [...open] }, $or: sides }, { session, projection: { _id: 1 } })
      .toArray();
    return found.map(({ _id }) => _id);
  }

  /** Entrants of a cohort of a school: seated, and on the way. */
  async progressOf(school: string, stage: Stage, entryYear: number, session?: ClientSession) {
    const [sum] = await this.placements
      .aggregate<{ placed: number; underWay: number }>(
        [
          { $match: { 'parties.inSchool.office': school, stage, entryYear } },
          {
            $group: {
              _id: null,
              placed: { $sum: '$counts.placed' },
              underWay: {
                $sum: { $cond: [{ $in: ['$state', [...open]] }, { $add: ['$counts.asked', '$counts.held'] }, 0] },
              },
            },
          },
        ],
        { session },
      )
      .toArray();
    return { placed: sum?.placed ?? 0, underWay: sum?.underWay ?? 0 };
  }
}

/** Whether a case is one of the actor's, on either side. */
export const isVisible = (actor: Actor, { parties }: Placement): boolean =>
  actor.covers(parties.inSchool.path) || actor.covers(parties.outSchool.path);
