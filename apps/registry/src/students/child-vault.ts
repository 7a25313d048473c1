import { Injectable } from '@nestjs/common';
import { Keyring, Sealed } from '#libs/protection';
import { cellsOf, ChildEntry, columnKeys } from '../collection/workbook';
import { Correction } from './student';
import { Item, SealedItem, StudentRecord } from './record';
import { ClaimKey } from './student.repository';

const collection = 'students';

/** Values of the sealed items as text, in the one form that is sealed, compared and digested. */
const texts = (entry: ChildEntry): Record<SealedItem, string | undefined> => ({
  idNumber: entry.idDocument.number,
  guardian: entry.guardian && JSON.stringify(entry.guardian),
  address: entry.address,
  household: JSON.stringify(entry.household),
});

/** Name and birth date, by which look-alikes are gathered before they are compared. */
export const alikeKey = (child: Pick<ChildEntry, 'name' | 'birthDate'>): string => `${child.birthDate} ${child.name}`;

const keysInOrder = columnKeys.toSorted();

/** Everything entered, in one order whatever the order of the workbook. */
const contentOf = (entry: ChildEntry): string => {
  const cells = cellsOf(entry);
  return JSON.stringify(keysInOrder.filter((key) => cells[key] !== undefined).map((key) => [key, cells[key]]));
};

/** Keyed indexes of a child: they find and compare, and tell nothing. */
export interface ChildIndexes {
  idNumber?: string;
  /** Name, birth date and guardian (CZ-EN13). */
  match: string;
}

/** Between the child as entered and the record as stored: seals, indexes, opens. */
@Injectable()
export class ChildVault {
  constructor(private readonly keyring: Keyring) {}

  ready(county: string): Promise<string> {
    return this.keyring.ready(county);
  }

  indexes(entry: ChildEntry): ChildIndexes {
    const number = entry.idDocument.number;
    return {
      ...(number && { idNumber: this.idIndex(number) }),
      match: this.keyring.blindIndex(
        `match\u0000${entry.name}\u0000${entry.birthDate}\u0000${entry.guardian?.name ?? ''}`,
      ),
    };
  }

  /** Name and birth date: where entries of look-alikes meet. */
  alike(entry: ChildEntry): string {
    return this.keyring.blindIndex(`alike\u0000${alikeKey(entry)}`);
  }

  /** Keyed digest of everything entered. */
  content(entry: ChildEntry): string {
    return this.keyring.blindIndex(`content\u0000${contentOf(entry)}`);
  }

  idIndex(idNumber: string): string {
    return this.keyring.blindIndex(`id\u0000${idNumber.toUpperCase()}`);
  }

  numberIndex(studentNumber: string): string {
    return this.keyring.blindIndex(`number\u0000${studentNumber.toUpperCase()}`);
  }

  /** What makes a person the same person: the ID number, or without one name, birth date and guardian. */
  identity(indexes: ChildIndexes): ClaimKey {
    return indexes.idNumber ? { kind: 'id', index: indexes.idNumber } : { kind: 'match', index: indexes.match };
  }

  sealAll(entry: ChildEntry, studentId: string, county: string): Partial<Record<SealedItem, Sealed>> {
    const sealed: Partial<Record<SealedItem, Sealed>> = {};
    for (const [item, text] of Object.entries(texts(entry)) as [SealedItem, string | undefined][]) {
      if (text) sealed[item] = this.keyring.seal(text, county, { collection, id: studentId, field: item });
    }
    return sealed;
  }

  seal(text: string, record: Pick<StudentRecord, '_id' | 'keyCounty'>, field: string): Sealed {
    return this.keyring.seal(text, record.keyCounty, { collection, id: record._id, field });
  }

  open(sealed: Sealed, studentId: string, field: string): Promise<string> {
    return this.keyring.unseal(sealed, { collection, id: studentId, field });
  }

  /** The record with the values of `entry`, and what changed. */
  async corrected(
    record: StudentRecord,
    entry: ChildEntry,
  ): Promise<{ next: StudentRecord; corrections: Correction[] }> {
    const corrections: Correction[] = [];
    const next: StudentRecord = { ...record, sealed: { ...record.sealed } };
    const open: [Item & keyof StudentRecord, string][] = [
      ['name', entry.name],
      ['sex', entry.sex],
      ['birthDate', entry.birthDate],
      ['ethnic', entry.ethnic],
      ['entryDate', entry.entryDate],
      ['class', entry.class],
    ];
    for (const [item, after] of open) {
      const before = record[item] as string;
      if (before === after) continue;
      corrections.push({ item, before, after });
      Object.assign(next, { [item]: after });
    }
    for (const [item, after] of Object.entries(texts(entry)) as [SealedItem, string | undefined][]) {
      const sealed = record.sealed[item];
      const before = sealed && (await this.open(sealed, record._id, item));
      if (before === after) continue;
      const resealed = after === undefined ? undefined : this.seal(after, record, item);
      corrections.push({ item, before: sealed, after: resealed });
      if (resealed) next.sealed[item] = resealed;
      else delete next.sealed[item];
    }
    const indexes = this.indexes(entry);
    next.index = {
      ...record.index,
      match: indexes.match,
      alike: alikeKey(entry),
      ...(indexes.idNumber && { idNumber: indexes.idNumber }),
    };
    if (!indexes.idNumber) delete next.index.idNumber;
    next.content = this.content(entry);
    next.documentType = entry.idDocument.type;
    next.hasHousehold = entry.household.registered;
    return { next, corrections };
  }
}
