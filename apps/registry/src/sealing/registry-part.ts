import { Injectable } from '@nestjs/common';
import { ClientSession } from 'mongoose';
import { Audit } from '#libs/audit';
import { registryEvents } from '#libs/contracts';
import { MessagingStore } from '#libs/messaging';
import type { Sealed } from '#libs/protection';
import { AskedPart, Part, PartSource } from '#libs/sealing';
import type { Completion } from '../completion/completion';
import { ChildVault } from '../students/child-vault';
import { openItems, sealedItems, StudentRecord } from '../students/record';
import { StudentRepository } from '../students/student.repository';
import { itemAsOf } from '../students/student';

/**
 * The registry's part of a copy: basic information with every change, numbers, marks, dossier, conversion of the number,
 * the record's events and the audit rows about it, as they were known at the moment of the copy.
 */
@Injectable()
export class RegistryPart extends PartSource {
  constructor(
    private readonly store: MessagingStore,
    private readonly students: StudentRepository,
    private readonly vault: ChildVault,
    private readonly audit: Audit,
  ) {
    super();
  }

  async collect(asked: AskedPart, session: ClientSession): Promise<Part> {
    const record = await this.students.find(asked.student, session);
    if (!record) throw new Error('the record is not here');
    const events = await this.events(asked, session);
    const facts = await this.facts(record, asked.asOf);
    const numbers = await this.numbers(record, asked.asOf);
    const later = await this.filedLater(asked, session);
    const completions = await this.completions(record._id, events, session);
    const dossier = Object.entries(record.dossier)
      .filter(([item]) => !later.includes(item))
      .map(([name, digest]) => ({ name, digest }));
    const proofs = completions.flatMap(({ proof }) => (proof ? [{ name: 'endingCertificate', digest: proof }] : []));
    const papers = [...dossier, ...proofs];
    const audit = await this.audit.upTo([record._id], asked.asOf, session);
    const conversion = await this.conversion(record, session);
    const data = {
      student: record._id,
      ...(await this.basicInfo(record, asked)),
      marks: record.marks,
      numbers,
      facts,
      dossier,
      completions,
      ...(later.length > 0 && { filedLater: later }),
      ...(conversion && { conversion }),
      ...(await this.others(record)),
      events,
      audit,
    };
    return {
      data,
      papers,
      items: facts.length + numbers.length + papers.length + completions.length + events.length + audit.length,
      positions: [{ id: record._id, seq: events.at(-1)?.seq ?? 0 }],
    };
  }

  /** Values that held at the moment of the copy; the legal day is the last one known then. */
  private async basicInfo(record: StudentRecord, { asOf, stage }: AskedPart): Promise<Record<string, unknown>> {
    const info: Record<string, unknown> = {};
    for (const item of openItems) info[item] = itemAsOf(record, item, lastDay, asOf, record[item]);
    for (const item of sealedItems) {
      const value = itemAsOf(record, item, lastDay, asOf, record.sealed[item]);
      if (isSealed(value)) info[item] = await this.vault.open(value, record._id, item);
    }
    const { registration, documentType, hasHousehold, entryDate, enteredBy, enteredAt } = record;
    const entryYear = itemAsOf(record, 'entryYear', lastDay, asOf, String(record.entryYear));
    return {
      basicInfo: info,
      stage,
      entryYear,
      registration,
      documentType,
      hasHousehold,
      entryDate,
      enteredBy,
      enteredAt,
    };
  }

  private async facts(record: StudentRecord, asOf: Date) {
    const known = record.facts.filter(({ recordedAt }) => recordedAt <= asOf);
    return Promise.all(
      known.map(async ({ value, ...fact }) => ({
        ...fact,
        value: isSealed(value) ? await this.vault.open(value, record._id, fact.item) : (value ?? null),
      })),
    );
  }

  private async numbers(record: StudentRecord, asOf: Date) {
    const known = record.numbers.filter(({ issuedAt }) => issuedAt <= asOf);
    return Promise.all(
      known.map(async ({ kind, sealed, issuedAt }) => ({
        kind,
        number: await this.vault.open(sealed, record._id, 'number'),
        issuedAt,
      })),
    );
  }

  private async conversion(record: StudentRecord, session: ClientSession): Promise<Record<string, string> | undefined> {
    const found = await this.store.connection
      .collection<{ _id: string; idNumber: Sealed; household: Sealed; state: string; enteredOn: string }>('conversions')
      .findOne({ _id: record._id }, { session });
    if (!found) return undefined;
    return {
      state: found.state,
      enteredOn: found.enteredOn,
      idNumber: await this.vault.open(found.idNumber, record._id, 'conversion.idNumber'),
      household: await this.vault.open(found.household, record._id, 'conversion.household'),
    };
  }

  /** How each stage ended, with the paper that proves it. */
  private async completions(student: string, events: { type: string; data: unknown }[], session: ClientSession) {
    const ids = events
      .filter(({ type }) => type === registryEvents.studentEnded.type)
      .map(({ data }) => (data as { completion: string }).completion);
    const found = await this.store.connection
      .collection<Completion>('completions')
      .find({ _id: { $in: ids } }, { session })
      .sort({ _id: 1 })
      .toArray();
    return found.map(({ _id, children, ...one }) => ({
      id: _id,
      ...children.find((child) => child.student === student)!,
      class: one.class,
      className: one.className,
      on: one.on,
      authority: one.authority,
      pack: one.pack,
      rules: one.rules,
      notMade: one.notMade,
      enteredBy: one.enteredBy,
      enteredAt: one.enteredAt,
      ...(one.confirmed && { confirmed: one.confirmed }),
    }));
  }

  private async events({ student, version }: AskedPart, session: ClientSession) {
    const rows = await this.store.outbox
      .find({ aggregateId: student, seq: { $lte: version } }, { session })
      .sort({ _id: 1 })
      .toArray();
    return rows.map(({ seq, type, data, effectiveOn, recordedAt, caseId, pack, rules }) => ({
      seq,
      type,
      data,
      effectiveOn,
      recordedAt,
      ...(caseId && { caseId }),
      ...(pack && { pack }),
      ...(rules && { rules }),
    }));
  }

  /** Kinds of paper that came into the dossier after the moment of the copy. */
  private async filedLater({ student, version }: AskedPart, session: ClientSession): Promise<string[]> {
    const rows = await this.store.outbox
      .find(
        { aggregateId: student, seq: { $gt: version }, type: 'cn.xueji.registry.student-paper-filed.v1' },
        { session },
      )
      .toArray();
    return [...new Set(rows.map(({ data }) => (data as { item: string }).item))];
  }

  /** Whatever else the record holds, so that a new field is never left out of the copies in silence. */
  private async others(record: StudentRecord): Promise<Record<string, unknown>> {
    const rest = Object.entries(record).filter(([name]) => !named.has(name));
    const open = async (value: unknown, field: string): Promise<unknown> => {
      if (isSealed(value)) return this.vault.open(value, record._id, field);
      if (Array.isArray(value)) return Promise.all(value.map((one) => open(one, field)));
      if (!value || typeof value !== 'object' || value instanceof Date) return value;
      const inner = await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await open(one, key)]));
      return Object.fromEntries(inner) as unknown;
    };
    const returned = record.returned && {
      ...record.returned,
      reason: await this.vault.open(record.returned.reason, record._id, 'returned'),
    };
    const found = await Promise.all(rest.map(async ([name, value]) => [name, await open(value, name)]));
    return { ...(Object.fromEntries(found) as Record<string, unknown>), ...(returned && { returned }) };
  }
}

/** Told above in their own form; or of no meaning outside the store (indexes, leases, keys). */
const named = new Set([
  '_id',
  'version',
  ...openItems,
  'path',
  'sealed',
  'stage',
  'entryYear',
  'registration',
  'documentType',
  'hasHousehold',
  'enteredBy',
  'enteredAt',
  'marks',
  'numbers',
  'facts',
  'dossier',
  'returned',
  'hold',
  'index',
  'content',
  'keyCounty',
  'batch',
  'undoing',
  'inWork',
]);

/** Later than any legal day: the newest value that was known. */
const lastDay = '9999-12-31';

const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' && value !== null && (value as { s?: unknown }).s === 'A256GCM' && 'c' in value;
