import type { Citation, ProblemItem } from '#libs/contracts';
import { type ChildEntry, differences } from './child-entry';
import type { ColumnKey } from './format';

export interface Duplicate {
  /** Row in which the child stands first. */
  firstRow: number;
  /** Items in which the two rows differ; empty for the same row twice. */
  differs: ColumnKey[];
  problem: ProblemItem;
}

/** One person, one record. */
const oneRecord = ['GZ-NO6', 'CZ-EN13', 'NAT-NO5'];

/**
 * Finds a child that stands twice in one workbook: by the document number, otherwise by name, birth date and guardian.
 * Twins differ in name, so they are never taken for one. Holds the entries of one workbook, whose rows are bounded.
 */
export class DuplicateFinder {
  private readonly byNumber = new Map<string, number>();
  private readonly byPerson = new Map<string, number[]>();
  private readonly entries = new Map<number, ChildEntry>();

  /** @param cite finds the article of a rule in the pack that judges */
  constructor(private readonly cite?: (rule: string) => Citation | undefined) {}

  /** Takes a row; gives the duplicate when the child was seen before. A duplicate is not remembered. */
  add(row: number, child: ChildEntry): Duplicate | undefined {
    const { type, number } = child.idDocument;
    const numberKey = number && `${type}/${number}`;
    const personKey = `${child.name}/${child.birthDate}/${child.guardian?.name ?? ''}`;
    const sameNumber = numberKey ? this.byNumber.get(numberKey) : undefined;
    if (sameNumber !== undefined) return this.found(sameNumber, child, 'number');
    // Two different numbers are two persons, whatever else is the same.
    const alike = this.byPerson.get(personKey);
    const samePerson = alike?.find((seen) => !numberKey || !this.entries.get(seen)!.idDocument.number);
    if (samePerson !== undefined) return this.found(samePerson, child, 'person');

    if (numberKey) this.byNumber.set(numberKey, row);
    if (alike) alike.push(row);
    else this.byPerson.set(personKey, [row]);
    this.entries.set(row, child);
    return undefined;
  }

  private found(firstRow: number, child: ChildEntry, by: 'number' | 'person'): Duplicate {
    const differs = differences(this.entries.get(firstRow)!, child);
    const [zh, en] =
      by === 'number'
        ? ['证件号码', 'the same document number']
        : ['姓名、出生日期和监护人', 'the same name, birth date and guardian'];
    const citation = oneRecord.map((rule) => this.cite?.(rule)).find((found) => found !== undefined);
    return {
      firstRow,
      differs,
      problem: {
        field: by === 'number' ? '证件号码' : '姓名',
        code: 'duplicate-in-file',
        message: {
          zh: `与第 ${firstRow} 行的${zh}相同。`,
          en: `Row ${firstRow} has ${en}.`,
        },
        remedy:
          differs.length > 0
            ? {
                zh: '两行内容不同：请核对哪一行正确，删去另一行；若是两名学生，请更正相同的项目。',
                en: 'The rows differ: find out which is right and delete the other; if they are two children, correct what is the same.',
              }
            : { zh: '内容完全相同：请删去其中一行。', en: 'The rows are the same: delete one.' },
        ...(citation && { citation }),
        facts: { firstRow, by, differs },
      },
    };
  }
}
