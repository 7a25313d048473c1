import type { GuardianRelation, HouseholdKind, IdDocumentType, NoHouseholdCertificate, Sex } from '#libs/codes';
import { columnKeys, type ColumnKey } from './format';

/**
 * What a school says about a child when it enters the child: the checked, normalised form that a row of the workbook and
 * the HTTP form both become. Dates are legal dates (YYYY-MM-DD). Optional members are absent, never empty.
 */
export interface ChildEntry {
  name: string;
  sex: Sex;
  birthDate: string;
  idDocument: { type: IdDocumentType; number?: string };
  /** GB 3304, two digits. */
  ethnic: string;
  /** Class id. */
  class: string;
  entryDate: string;
  household: {
    registered: boolean;
    kind: HouseholdKind;
    /** County-level division code; present when registered. */
    place?: string;
    /** Present for a child with neither registration nor document (GZ-EN2). */
    certificate?: NoHouseholdCertificate;
    papers?: { vaccination: boolean; healthBooklet: boolean; residencePermit: boolean; whyMissing?: string };
  };
  guardian?: { name: string; relation: GuardianRelation; phone: string };
  address: string;
  form: { reviewed: boolean; signed: boolean; photo: boolean };
}

const flag = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : value ? 'yes' : 'no';

/** The entry as the cells of a row, in codes; `checkRow` of them gives the entry back. */
export const cellsOf = (child: ChildEntry): Partial<Record<ColumnKey, string>> => {
  const cells: Record<ColumnKey, string | undefined> = {
    name: child.name,
    sex: child.sex,
    birthDate: child.birthDate,
    documentType: child.idDocument.type,
    documentNumber: child.idDocument.number,
    ethnic: child.ethnic,
    class: child.class,
    entryDate: child.entryDate,
    householdKind: child.household.kind,
    householdPlace: child.household.place,
    certificate: child.household.certificate,
    vaccination: flag(child.household.papers?.vaccination),
    healthBooklet: flag(child.household.papers?.healthBooklet),
    residencePermit: flag(child.household.papers?.residencePermit),
    missingPapers: child.household.papers?.whyMissing,
    address: child.address,
    guardianName: child.guardian?.name,
    guardianRelation: child.guardian?.relation,
    guardianPhone: child.guardian?.phone,
    formReviewed: flag(child.form.reviewed),
    formSigned: flag(child.form.signed),
    photo: flag(child.form.photo),
  };
  return Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== undefined));
};

/** Items in which two entries differ, in the order of the workbook; empty when a second import would change nothing. */
export const differences = (a: ChildEntry, b: ChildEntry): ColumnKey[] => {
  const [before, after] = [cellsOf(a), cellsOf(b)];
  return columnKeys.filter((key) => before[key] !== after[key]);
};
