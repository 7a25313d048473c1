import { checkCharacter, isDate, readResidentId } from '#libs/codes';

/** One number asked for. */
export interface NumberRequest {
  /** Chosen by the one who asks, once per wish; asked again under the same id it is the same wish. */
  requestId: string;
  kind: 'issue-G' | 'issue-L' | 'convert-to-G';
  idNumber?: string;
  birthDate: string;
  /** `1` male, `2` female. */
  sex: string;
  divisionCode: string;
  schoolCode: string;
  /** The temporary number that is replaced (`convert-to-G`), where the one who asks knows it. */
  fromNumber?: string;
}

export const isRequestId = (value: unknown): value is string =>
  typeof value === 'string' && /^[\w.:-]{1,120}$/.test(value);

/** @returns why it is refused without a look at what was issued before; nothing when it is well formed */
export const formFault = (request: NumberRequest): string | undefined => {
  const { kind, idNumber, birthDate, sex, divisionCode, schoolCode } = request;
  if (!['issue-G', 'issue-L', 'convert-to-G'].includes(kind)) return 'malformed-kind';
  if (typeof birthDate !== 'string' || !isDate(birthDate)) return 'malformed-birthDate';
  if (sex !== '1' && sex !== '2') return 'malformed-sex';
  if (!/^\d{6}$/.test(String(divisionCode))) return 'malformed-divisionCode';
  if (!/^\d{10}$/.test(String(schoolCode))) return 'malformed-schoolCode';
  if (kind === 'issue-L') return idNumber === undefined ? undefined : 'has-id-number';
  if (typeof idNumber !== 'string') return 'no-id-number';
  return idFault(idNumber, birthDate, sex);
};

const idFault = (idNumber: string, birthDate: string, sex: string): string | undefined => {
  if (!/^\d{17}[\dX]$/.test(idNumber) || checkCharacter(idNumber.slice(0, 17)) !== idNumber[17])
    return 'id-number-invalid';
  const read = readResidentId(idNumber);
  return read.birthDate === birthDate && read.sex === sex ? undefined : 'id-number-differs';
};
