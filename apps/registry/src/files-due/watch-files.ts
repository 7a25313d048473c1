import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Actor } from '#libs/access';
import { DataOf, EventDefinition, registryEvents, Stage } from '#libs/contracts';
import { FiredDeadline, OnDeadline } from '#libs/deadlines';
import { Outbox } from '#libs/messaging';
import { localDateOf, type LocalDate, type Pack } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { Authorities } from '../enrolment/authorities';
import { TermRepository } from '../places';
import type { Cohort } from '../places/cohort';
import { CohortsBegin } from '../places/cohorts-begin';
import { Policies } from '../policies';
import { filesDueSoon, filesOverdue } from './arm-files-due';
import { FilesDue, filesDue, FilesLacking, filesLacking, rulesOf } from './files-due';
import { FilesDueRepository } from './files-due.repository';

/** A cohort with files that were not made in time, with what lacks today. */
export interface LateFiles {
  school: string;
  stage: Stage;
  entryYear: number;
  dueOn?: LocalDate;
  lateSince?: LocalDate;
  /** Files made after their own day. */
  madeLate: number;
  /** Absent when nothing is known to lack any more. */
  lacking?: FilesLacking;
}

/**
 * The time in which a school makes the files of its new pupils (GZ-EN3, NAT-EN3, CZ-EN2): the school is reminded, and what
 * is not made at the end of the day is told to its authority, also when nobody was entered at all. Nothing is refused by it.
 */
@Injectable()
export class WatchFiles {
  constructor(
    private readonly files: FilesDueRepository,
    private readonly cohorts: CohortsBegin,
    private readonly authorities: Authorities,
    private readonly terms: TermRepository,
    private readonly policies: Policies,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  @OnDeadline(filesDueSoon)
  async dueSoon({ data, firedAt }: FiredDeadline, session: ClientSession): Promise<void> {
    const cohort = data as unknown as Cohort;
    const on = localDateOf(firedAt);
    const { pack, dueOn } = await this.due(cohort, on, session);
    const lacking = filesLacking(await this.files.made(cohort, session), pack);
    if (!dueOn || !lacking) return;
    const row = { ...(await this.files.of(cohort, session)), dueOn, remindedOn: on };
    const { school, path, stage, entryYear } = cohort;
    await this.say(session, row, registryEvents.filesDueSoon, { school, path, stage, entryYear, dueOn }, pack, firedAt);
  }

  @OnDeadline(filesOverdue)
  async overdue({ data, firedAt }: FiredDeadline, session: ClientSession): Promise<void> {
    const cohort = data as unknown as Cohort;
    const on = localDateOf(firedAt);
    const { pack, dueOn } = await this.due(cohort, on, session);
    // The first day of school, or the line, is another one by now.
    if (dueOn && on <= dueOn) return this.cohorts.begin(session, [cohort]);
    const lacking = dueOn && filesLacking(await this.files.made(cohort, session), pack);
    if (!dueOn || !lacking) return;
    const row = { ...(await this.files.of(cohort, session)), dueOn, lateSince: on };
    const told = { ...(await this.toldOf(cohort, on)), dueOn, ...lacking };
    await this.say(session, row, registryEvents.filesLate, told, pack, firedAt);
  }

  /** Files that were made after their own day, in the transaction that made them. */
  async madeLate(session: ClientSession, cohort: Cohort, n: number, pack: Pack): Promise<void> {
    const before = await this.files.of(cohort, session);
    const row = { ...before, madeLate: before.madeLate + n };
    const told = { ...(await this.toldOf(cohort, this.clock.today())), madeLate: n };
    await this.say(session, row, registryEvents.filesLate, told, pack, this.clock.now());
  }

  async list(actor: Actor, page: { after?: string; limit: number }): Promise<{ items: LateFiles[]; next?: string }> {
    const rows = await this.files.late(actor, page);
    const items = await Promise.all(rows.map((row) => this.view(row)));
    return { items, ...(rows.length === page.limit && { next: rows[rows.length - 1]._id }) };
  }

  private async view(row: FilesDue): Promise<LateFiles> {
    const { school, path, stage, entryYear, dueOn, lateSince, madeLate } = row;
    const pack = await this.policies.packFor(path, this.clock.today());
    const lacking = filesLacking(await this.files.made(row), pack);
    return {
      school,
      stage,
      entryYear,
      ...(dueOn && { dueOn }),
      ...(lateSince && { lateSince }),
      madeLate,
      ...(lacking && { lacking }),
    };
  }

  private async due(cohort: Cohort, on: LocalDate, session: ClientSession): Promise<{ pack: Pack; dueOn?: LocalDate }> {
    const pack = await this.policies.packFor(cohort.path, on);
    const terms = await this.terms.on([cohort.path], session);
    return { pack, dueOn: filesDue(cohort, pack, terms, this.policies.calendar.forOffice(cohort.path))?.dueOn };
  }

  private async toldOf({ school, path, stage, entryYear }: Cohort, on: LocalDate) {
    const authority = (await this.authorities.of(school, stage, on))._id;
    return { school, path, stage, entryYear, authority };
  }

  private async say<E extends EventDefinition>(
    session: ClientSession,
    row: FilesDue,
    definition: E,
    data: DataOf<E>,
    pack: Pack,
    at: Date,
  ): Promise<void> {
    const version = row.version + 1;
    await this.files.put(session, { ...row, version });
    await this.outbox.add(session, [
      {
        definition,
        aggregateId: `files.${row._id}`,
        seq: version,
        effectiveOn: localDateOf(at),
        recordedAt: at,
        pack: pack.id,
        rules: rulesOf(pack, row.stage),
        data,
      },
    ]);
  }
}
