import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { ProblemItem } from '#libs/contracts';
import { localDateOf, MatchKey } from '#libs/policy';
import { Audit, AuditRow } from '#libs/audit';
import { ChildEntry } from '../collection/workbook';
import { ClassRepository } from '../places';
import { fullClass } from '../seats/full-class';
import { WatchFiles } from '../files-due/watch-files';
import { heldAgainst } from '../seats/while-held';
import { alikeKey, ChildIndexes, ChildVault } from '../students/child-vault';
import { StudentRecord } from '../students/record';
import { Change, correct, enter, Moment } from '../students/student';
import { ClaimKey, StudentRepository } from '../students/student.repository';
import { Admission, admissionMarks, admissionOf } from './admission';
import * as problems from './entry-problems';
import { CheckNotMade, cohortOf, FreeRoom, Intake } from './intake';
import { IntakeReader } from './intake-reader';

/** A checked row of a workbook, or the one child of a form (`row` absent). */
export interface EnteredRow {
  row?: number;
  entry: ChildEntry;
  /** Record that is to be corrected; absent: the one of the person that the entry names, or a new one. */
  student?: string;
}

export type EntryOutcome = 'new' | 'again' | 'corrected' | 'unchanged' | 'refused';

export interface EntryResult {
  row?: number;
  outcome: EntryOutcome;
  /** Present unless refused. */
  student?: string;
  problems: ProblemItem[];
  warnings: ProblemItem[];
}

export interface Assessed {
  results: EntryResult[];
  /** Checks that no text gives a value for, as often as a row met one (R5-01, GZ-EN5). */
  notMade: CheckNotMade[];
}

interface Judged extends EntryResult {
  entry: ChildEntry;
  admission: Admission;
  indexes: ChildIndexes;
  existing?: StudentRecord;
  /** The identity is claimed for this record already. */
  claimed: boolean;
}

/** Who enters, and for which collection. */
export interface Entering {
  moment: Moment;
  post: string;
  batch?: string;
}

/**
 * The one way a child comes into the register, from a workbook or a form, one or hundreds at once. Sameness is judged by
 * child, never by file: the same child with the same data changes nothing, an entry that was undone lives again under the
 * same record and number, a child that another school holds is refused.
 */
@Injectable()
export class EnterChildren {
  constructor(
    private readonly students: StudentRepository,
    private readonly classes: ClassRepository,
    private readonly vault: ChildVault,
    private readonly intakes: IntakeReader,
    private readonly files: WatchFiles,
    private readonly audit: Audit,
  ) {}

  /** What entering these rows would do; writes nothing. `room` is counted down over several calls. */
  async assess(rows: EnteredRow[], intake: Intake, entering: Entering, room: FreeRoom): Promise<Assessed> {
    const judged = await this.judge(rows, intake, entering, room);
    return { results: judged.map(resultOf), notMade: judged.flatMap((one) => one.admission.notMade) };
  }

  /** Enters what is good of these rows and says what became of each. Refused rows write nothing. */
  async enter(session: ClientSession, rows: EnteredRow[], intake: Intake, entering: Entering): Promise<EntryResult[]> {
    const judged = await this.judge(rows, intake, entering, await this.roomNow(intake, session), session);
    const fresh: Change[] = [];
    const changed: Change[] = [];
    const claims: { key: ClaimKey; student: string }[] = [];
    const given: { key: ClaimKey; student: string }[] = [];
    const audit: AuditRow[] = [];
    const met: { alike: string; student: string }[] = [];
    const seats = new Map<string, number>();
    const seat = (classId: string, by: number) => seats.set(classId, (seats.get(classId) ?? 0) + by);

    for (const one of judged) {
      const change = await this.changeFor(one, intake, entering);
      if (!change) continue;
      one.student = change.record._id;
      met.push({ alike: this.vault.alike(one.entry), student: change.record._id });
      (one.outcome === 'new' ? fresh : changed).push(change);
      if (one.outcome === 'new' || one.outcome === 'again') seat(change.record.class, 1);
      if (one.outcome === 'corrected' && one.existing && one.existing.class !== change.record.class) {
        seat(one.existing.class, -1);
        seat(change.record.class, 1);
      }
      if (!one.claimed) claims.push({ key: this.vault.identity(one.indexes), student: change.record._id });
      if (one.outcome === 'corrected') given.push(...this.wrongClaims(one));
      audit.push({
        act: `registry.student.${one.outcome === 'corrected' ? 'correct' : 'enter'}`,
        account: entering.moment.by,
        post: entering.post,
        subject: { kind: 'student', id: change.record._id, version: change.record.version },
        at: entering.moment.at,
      });
    }
    for (const [classId, n] of seats) if (n < 0) await this.classes.free(session, classId, -n);
    const wishes = [...seats].filter(([, n]) => n > 0);
    await this.classes.takeAll(
      session,
      wishes.map(([classId, n]) => ({ class: classId, n, cap: intake.cap(classId)?.value })),
    );
    await this.joinPlans(session, intake, [...fresh, ...changed]);
    await this.students.meet(session, met);
    await this.students.unclaim(session, given);
    await this.students.claim(session, claims);
    await this.students.insert(session, fresh);
    await this.students.save(session, changed);
    await this.tellLate(session, intake, judged);
    await this.audit.write(audit, session);
    return judged.map(resultOf);
  }

  private async judge(
    rows: EnteredRow[],
    intake: Intake,
    entering: Entering,
    room: FreeRoom,
    session?: ClientSession,
  ): Promise<Judged[]> {
    const indexed = rows.map((one) => ({ ...one, indexes: this.vault.indexes(one.entry) }));
    const identities = indexed.map((one) => this.vault.identity(one.indexes));
    const holders = await this.students.holders(identities, session);
    const ids = identities.flatMap((key, i) => rows[i].student ?? this.students.holderOf(holders, key) ?? []);
    const records = new Map((await this.students.findMany([...new Set(ids)], session)).map((one) => [one._id, one]));
    const lookalikes = await this.students.lookalikes(
      rows.map((one) => alikeKey(one.entry)),
      session,
    );
    return indexed.map(({ row, entry, indexes, student }, i): Judged => {
      const holder = this.students.holderOf(holders, identities[i]);
      const existing = records.get(student ?? holder ?? '');
      const open = existing && existing.registration !== 'undone';
      const admission = admissionOf(entry, intake, open ? localDateOf(existing.enteredAt) : entering.moment.on);
      const found = [...admission.problems];
      const warnings = [...admission.warnings];
      const others = (lookalikes.get(alikeKey(entry)) ?? []).filter((one) => one._id !== existing?._id);
      for (const key of intake.lookalikeKeys) {
        const alike = others.filter((other) => agrees(entry, indexes, other, key));
        if (alike.length === 0) continue;
        const refuses = key.effect === 'refuse' && alike.some((other) => mayBeOne(indexes, other));
        (refuses ? found : warnings).push(problems.lookalike(key, intake.pack));
      }
      if (holder !== undefined && student !== undefined && holder !== student) {
        found.push(problems.registeredElsewhere(intake));
      }
      const outcome = this.outcomeOf(entry, existing, intake, found);
      // What stands in the register already was judged when it was entered.
      if (intake.closing && (outcome === 'new' || outcome === 'again')) found.push(problems.schoolClosing());
      if (outcome === 'unchanged') found.length = 0;
      else this.seat(entry, outcome, existing, intake, room, found);
      return {
        row,
        entry,
        admission,
        indexes,
        existing,
        claimed: holder !== undefined && holder === existing?._id,
        outcome: found.length ? 'refused' : outcome,
        student: found.length ? undefined : existing?._id,
        problems: found,
        warnings,
      };
    });
  }

  /** Counts the room down for a child that takes a seat, or says what is full. */
  private seat(
    entry: ChildEntry,
    outcome: EntryOutcome,
    existing: StudentRecord | undefined,
    intake: Intake,
    { seats, places }: FreeRoom,
    found: ProblemItem[],
  ): void {
    const joins = outcome === 'new' || outcome === 'again';
    if (!joins && !(outcome === 'corrected' && existing && existing.class !== entry.class)) return;
    const to = intake.classOf(entry.class);
    const left = seats.get(entry.class);
    const cap = intake.cap(entry.class);
    if (cap && left !== undefined && left < 1) found.push(fullClass(to.name, cap));
    const planned = intake.approved.get(cohortOf(to));
    const place = planned === undefined || !joins ? undefined : places.get(cohortOf(to));
    if (planned !== undefined && place !== undefined && place < 1)
      found.push(problems.beyondPlan(planned, intake.pack));
    if (found.length > 0) return;
    if (left !== undefined) seats.set(entry.class, left - 1);
    if (place !== undefined) places.set(cohortOf(to), place - 1);
    const freed = existing && !joins ? seats.get(existing.class) : undefined;
    if (existing && freed !== undefined) seats.set(existing.class, freed + 1);
  }

  private outcomeOf(
    entry: ChildEntry,
    existing: StudentRecord | undefined,
    intake: Intake,
    found: ProblemItem[],
  ): EntryOutcome {
    if (!existing) return 'new';
    if (existing.registration === 'undone') return 'again';
    if (existing.school !== intake.school) {
      found.push(existing.standing ? problems.stageEnded(existing.standing) : problems.registeredElsewhere(intake));
      return 'refused';
    }
    if (existing.content === this.vault.content(entry)) return 'unchanged';
    if (existing.standing) {
      found.push(problems.stageEnded(existing.standing));
      return 'refused';
    }
    if (existing.registration === 'confirmed') {
      found.push(problems.confirmedDiffers());
      return 'refused';
    }
    if (heldAgainst(existing, 'correct')) {
      found.push(problems.held());
      return 'refused';
    }
    return 'corrected';
  }

  private async changeFor(one: Judged, intake: Intake, entering: Entering): Promise<Change | undefined> {
    if (one.outcome === 'unchanged' || one.outcome === 'refused') return undefined;
    const grounds = { pack: intake.pack.id, rules: one.admission.rules };
    if (one.outcome === 'corrected' && one.existing) {
      const { next, corrections } = await this.vault.corrected(one.existing, one.entry);
      const { stage, entryYear } = intake.classOf(one.entry.class);
      const marks = [...next.marks.filter((mark) => !admissionMarks.includes(mark.mark)), ...one.admission.marks];
      return correct({ ...next, stage, entryYear, marks }, corrections, entering.moment, grounds);
    }
    const before = one.existing;
    const _id = before?._id ?? uuidv7();
    const classOf = intake.classOf(one.entry.class);
    const record: StudentRecord = {
      _id,
      version: before?.version ?? 0,
      school: intake.school,
      path: intake.path,
      class: one.entry.class,
      stage: classOf.stage,
      entryYear: classOf.entryYear,
      seatSince: one.entry.entryDate,
      registration: 'entered',
      marks: one.admission.marks,
      name: one.entry.name,
      sex: one.entry.sex,
      birthDate: one.entry.birthDate,
      ethnic: one.entry.ethnic,
      entryDate: one.entry.entryDate,
      sealed: this.vault.sealAll(one.entry, _id, intake.county),
      documentType: one.entry.idDocument.type,
      hasHousehold: one.entry.household.registered,
      dossier: {},
      index: {
        ...(one.indexes.idNumber && { idNumber: one.indexes.idNumber }),
        match: one.indexes.match,
        alike: alikeKey(one.entry),
        numbers: before?.index.numbers ?? [],
      },
      content: this.vault.content(one.entry),
      numbers: before?.numbers ?? [],
      facts: before?.facts ?? [],
      keyCounty: intake.county,
      enteredBy: entering.moment.by,
      enteredAt: entering.moment.at,
      ...(entering.batch && { batch: { id: entering.batch, version: 0 } }),
    };
    return enter(record, entering.moment, grounds);
  }

  /** The identity that a correction took from a record: it was another's, or nobody's. */
  private wrongClaims({ existing, indexes }: Judged): { key: ClaimKey; student: string }[] {
    if (!existing) return [];
    const { idNumber, match } = existing.index;
    const before: ClaimKey = idNumber ? { kind: 'id', index: idNumber } : { kind: 'match', index: match };
    const now = this.vault.identity(indexes);
    return before.kind === now.kind && before.index === now.index ? [] : [{ key: before, student: existing._id }];
  }

  /** Entries of one cohort at once meet here, so that together they stay within its plan (CZ-EN4). */
  private async joinPlans(session: ClientSession, intake: Intake, changes: Change[]): Promise<void> {
    const cohorts = new Set(
      changes
        .map(({ record }) => intake.classOf(record.class))
        .filter((to) => intake.planned(to))
        .map(cohortOf),
    );
    for (const cohort of cohorts) {
      await this.intakes.approvals.updateOne(
        { _id: `${intake.school}/${cohort}` },
        { $inc: { entries: 1 } },
        { session },
      );
    }
  }

  /** Files made after their own day are told to the authority (GZ-EN3). */
  private async tellLate(session: ClientSession, intake: Intake, judged: Judged[]): Promise<void> {
    const late = judged.filter(
      ({ outcome, admission }) =>
        (outcome === 'new' || outcome === 'again') && admission.marks.some(({ mark }) => mark === 'lateEntry'),
    );
    for (const files of Map.groupBy(late, ({ entry }) => cohortOf(intake.classOf(entry.class))).values()) {
      const { stage, entryYear } = intake.classOf(files[0].entry.class);
      const cohort = { school: intake.school, path: intake.path, stage, entryYear };
      await this.files.madeLate(session, cohort, files.length, intake.pack);
    }
  }

  private async roomNow(intake: Intake, session: ClientSession): Promise<FreeRoom> {
    const classes = await this.classes.ofSchool(intake.school, session);
    return intake.freeRoom(new Map(classes.map((one) => [one._id, one.seats.taken + one.seats.reserved])));
  }
}

const resultOf = ({ row, outcome, student, problems: found, warnings }: Judged): EntryResult => ({
  row,
  outcome,
  student,
  problems: found,
  warnings,
});

/** Name and birth date agree already; whether sex and guardian, where the key asks for them, agree as well. */
const agrees = (
  entry: ChildEntry,
  indexes: ChildIndexes,
  other: Pick<StudentRecord, 'sex' | 'index'>,
  key: MatchKey,
): boolean =>
  (!key.fields.includes('sex') || other.sex === entry.sex) &&
  (!key.fields.includes('guardian') || other.index.match === indexes.match);

/** Two different ID numbers are two persons, whatever else is the same; they are reported all the same. */
const mayBeOne = (indexes: ChildIndexes, other: Pick<StudentRecord, 'index'>): boolean =>
  !indexes.idNumber || !other.index.idNumber;
