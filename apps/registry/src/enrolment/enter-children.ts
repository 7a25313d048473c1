import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { v7 as uuidv7 } from 'uuid';
import { ProblemItem } from '#libs/contracts';
import { MatchKey } from '#libs/policy';
import { Audit, AuditRow } from '#libs/audit';
import { ChildEntry } from '../collection/workbook';
import { ClassRepository } from '../places';
import { fullClass } from '../seats/caps';
import { heldAgainst } from '../seats/while-held';
import { alikeKey, ChildIndexes, ChildVault } from '../students/child-vault';
import { StudentRecord } from '../students/record';
import { Change, correct, enter, Moment } from '../students/student';
import { ClaimKey, StudentRepository } from '../students/student.repository';
import { Admission, admissionOf } from './admission';
import * as problems from './entry-problems';
import { Intake } from './intake';

/** A checked row of a workbook, or the one child of a form (`row` absent). */
export interface EnteredRow {
  row?: number;
  entry: ChildEntry;
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

interface Judged extends EntryResult {
  entry: ChildEntry;
  admission: Admission;
  indexes: ChildIndexes;
  existing?: StudentRecord;
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
    private readonly audit: Audit,
  ) {}

  /** What entering these rows would do; writes nothing. `free` counts the seats down over several calls. */
  async assess(
    rows: EnteredRow[],
    intake: Intake,
    entering: Entering,
    free = intake.freeSeats(),
  ): Promise<EntryResult[]> {
    return (await this.judge(rows, intake, entering, free)).map(resultOf);
  }

  /** Enters what is good of these rows and says what became of each. Refused rows write nothing. */
  async enter(session: ClientSession, rows: EnteredRow[], intake: Intake, entering: Entering): Promise<EntryResult[]> {
    const free = await this.freeNow(intake, session);
    const judged = await this.judge(rows, intake, entering, free, session);
    const fresh: Change[] = [];
    const changed: Change[] = [];
    const claims: { key: ClaimKey; student: string }[] = [];
    const audit: AuditRow[] = [];
    const seats = new Map<string, number>();
    const seat = (classId: string, by: number) => seats.set(classId, (seats.get(classId) ?? 0) + by);

    for (const one of judged) {
      const change = await this.changeFor(one, intake, entering);
      if (!change) continue;
      one.student = change.record._id;
      (one.outcome === 'new' ? fresh : changed).push(change);
      if (one.outcome === 'new' || one.outcome === 'again') seat(change.record.class, 1);
      if (one.outcome === 'corrected' && one.existing && one.existing.class !== change.record.class) {
        seat(one.existing.class, -1);
        seat(change.record.class, 1);
      }
      claims.push(...this.newClaims(one, change.record._id));
      audit.push({
        act: `registry.student.${one.outcome === 'corrected' ? 'correct' : 'enter'}`,
        account: entering.moment.by,
        post: entering.post,
        subject: { kind: 'student', id: change.record._id, version: change.record.version },
        at: entering.moment.at,
      });
    }
    for (const [classId, n] of seats) {
      if (n > 0) await this.classes.take(session, classId, n, intake.cap(classId)?.value);
      else if (n < 0) await this.classes.free(session, classId, -n);
    }
    await this.students.claim(session, claims);
    await this.students.insert(session, fresh);
    await this.students.save(session, changed);
    await this.audit.write(audit, session);
    return judged.map(resultOf);
  }

  private async judge(
    rows: EnteredRow[],
    intake: Intake,
    entering: Entering,
    free: Map<string, number>,
    session?: ClientSession,
  ): Promise<Judged[]> {
    const indexed = rows.map((one) => ({ ...one, indexes: this.vault.indexes(one.entry) }));
    const identities = indexed.map((one) => this.vault.identity(one.indexes));
    const holders = await this.students.holders(identities, session);
    const ids = identities.flatMap((key) => this.students.holderOf(holders, key) ?? []);
    const records = new Map((await this.students.findMany([...new Set(ids)], session)).map((one) => [one._id, one]));
    const lookalikes = await this.students.lookalikes(
      rows.map((one) => alikeKey(one.entry)),
      session,
    );
    return indexed.map(({ row, entry, indexes }, i): Judged => {
      const existing = records.get(this.students.holderOf(holders, identities[i]) ?? '');
      const admission = admissionOf(entry, intake, entering.moment.on);
      const found = [...admission.problems];
      const warnings = [...admission.warnings];
      const others = (lookalikes.get(alikeKey(entry)) ?? []).filter((one) => one._id !== existing?._id);
      for (const key of intake.lookalikeKeys) {
        if (!others.some((other) => agrees(entry, indexes, other, key))) continue;
        (key.effect === 'refuse' ? found : warnings).push(problems.lookalike(key, intake.pack));
      }
      const outcome = this.outcomeOf(indexes, existing, intake, found);
      if (outcome === 'new' || outcome === 'again') {
        const left = free.get(entry.class);
        const cap = intake.cap(entry.class);
        if (cap && left !== undefined && left < 1) found.push(fullClass(intake.classOf(entry.class).name, cap));
        else if (left !== undefined && found.length === 0) free.set(entry.class, left - 1);
      }
      return {
        row,
        entry,
        admission,
        indexes,
        existing,
        outcome: found.length ? 'refused' : outcome,
        student: found.length ? undefined : existing?._id,
        problems: found,
        warnings,
      };
    });
  }

  private outcomeOf(
    indexes: ChildIndexes,
    existing: StudentRecord | undefined,
    intake: Intake,
    found: ProblemItem[],
  ): EntryOutcome {
    if (!existing) return 'new';
    if (existing.registration === 'undone') return 'again';
    if (existing.school !== intake.school) {
      found.push(problems.registeredElsewhere(intake));
      return 'refused';
    }
    if (existing.content === indexes.content) return 'unchanged';
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
      return correct({ ...next, marks: one.admission.marks }, corrections, entering.moment, grounds);
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
      content: one.indexes.content,
      numbers: before?.numbers ?? [],
      facts: before?.facts ?? [],
      keyCounty: intake.county,
      enteredBy: entering.moment.by,
      enteredAt: entering.moment.at,
      ...(entering.batch && { batch: { id: entering.batch, version: 0 } }),
    };
    return enter(record, entering.moment, grounds);
  }

  /** Claims that this entry adds: its identity when nobody holds it yet, and a new one when a correction changed it. */
  private newClaims(one: Judged, student: string): { key: ClaimKey; student: string }[] {
    const key = this.vault.identity(one.indexes);
    if (one.outcome === 'new') return [{ key, student }];
    if (one.outcome !== 'corrected' || !one.existing) return [];
    const { idNumber, match } = one.existing.index;
    const before: ClaimKey = idNumber ? { kind: 'id', index: idNumber } : { kind: 'match', index: match };
    return before.kind === key.kind && before.index === key.index ? [] : [{ key, student }];
  }

  private async freeNow(intake: Intake, session: ClientSession): Promise<Map<string, number>> {
    const free = new Map<string, number>();
    for (const classOf of await this.classes.ofSchool(intake.school, session)) {
      const cap = intake.hasClass(classOf._id) ? intake.cap(classOf._id) : undefined;
      if (cap) free.set(classOf._id, cap.value - classOf.seats.taken - classOf.seats.reserved);
    }
    return free;
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
