import type { Text } from '#libs/contracts';
import {
  CodeValue,
  ethnicGroups,
  guardianRelations,
  householdKinds,
  idDocumentTypes,
  noHouseholdCertificates,
  sexes,
  yesNo,
} from '#libs/codes';
import format2026_1 from './format-2026.1.json';

export const columnKeys = [
  'name',
  'sex',
  'birthDate',
  'documentType',
  'documentNumber',
  'ethnic',
  'class',
  'entryDate',
  'householdKind',
  'householdPlace',
  'certificate',
  'vaccination',
  'healthBooklet',
  'residencePermit',
  'missingPapers',
  'address',
  'guardianName',
  'guardianRelation',
  'guardianPhone',
  'formReviewed',
  'formSigned',
  'photo',
] as const;
export type ColumnKey = (typeof columnKeys)[number];

/** Code sets that a column can name. */
export const codeLists = {
  sex: sexes,
  documentType: idDocumentTypes,
  ethnic: ethnicGroups,
  householdKind: householdKinds,
  certificate: noHouseholdCertificates,
  relation: guardianRelations,
  yesNo,
} satisfies Record<string, readonly CodeValue[]>;
export type CodeList = keyof typeof codeLists;

/** When a column must be filled. A condition looks at other columns of the row. */
export type Required =
  true | 'hasDocument' | 'hasHousehold' | 'noHousehold' | 'noHouseholdNoDocument' | 'papersMissing';

export interface Column {
  key: ColumnKey;
  kind: 'name' | 'text' | 'code' | 'date' | 'documentNumber' | 'class' | 'division' | 'phone';
  codes?: CodeList;
  header: Text;
  help: Text;
  width: number;
  required: Required;
  maxLength?: number;
  /** Rule of a legal text that asks for the item. */
  rule?: string;
  sample?: string;
}

/**
 * A version of the collection workbook, kept as data (CZ-RC2). A workbook says which version it was made from; the reader
 * takes every version it still knows.
 */
export interface CollectionFormat {
  version: string;
  validFrom: string;
  title: Text;
  rule: string;
  note: Text;
  columns: Column[];
}

/** Checks a format file, so that a slip in the data stops the boot and not an import. */
const load = (data: unknown): CollectionFormat => {
  const format = data as CollectionFormat;
  const keys = format.columns.map((c) => c.key);
  const unknown = keys.filter((k) => !columnKeys.includes(k));
  const missing = columnKeys.filter((k) => !keys.includes(k));
  const headers = format.columns.flatMap((c) => [c.header.zh, c.header.en]);
  const codeless = format.columns.filter((c) => c.kind === 'code' && !(c.codes && c.codes in codeLists));
  if (unknown.length || missing.length || new Set(headers).size !== headers.length || codeless.length) {
    throw new Error(
      `collection format ${format.version}: unknown columns [${unknown.join()}], missing [${missing.join()}], ` +
        `headers must differ, columns of codes need a list [${codeless.map((c) => c.key).join()}]`,
    );
  }
  return format;
};

const formats = [load(format2026_1)];

/** Newest version; templates are made from it. */
export const currentFormat: CollectionFormat = formats[formats.length - 1];

export const formatOf = (version: string): CollectionFormat | undefined => formats.find((f) => f.version === version);

export const knownFormatVersions = (): string[] => formats.map((f) => f.version);

/** Names of the sheets. The hidden one carries code lists, and in its first row what the workbook is. */
export const sheetNames = { guidance: '填写说明', students: '学生', codes: '代码' } as const;

/** First cells of the hidden sheet: this mark, the format version, the school code, the school's name. */
export const workbookMark = 'xueji-collection';

/** A row whose name starts so is a sample and no child. */
export const sampleMark = '【示例】';

/** Columns that a returned workbook has in addition; the reader passes over them. */
export const returnedHeaders = {
  row: { zh: '原行号', en: 'Original row' },
  problems: { zh: '问题', en: 'Problems' },
} as const;
