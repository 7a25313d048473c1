import { checkCharacter } from '#libs/codes';
import { Cells } from '../src/collection/workbook';
import { TestSchool } from './registry-corner';

let serial = 0;
/** Each has 500 numbers of a sex and a day. */
const divisions = ['520103', '520102', '520111', '520112', '520113', '520121', '520122', '520123'];

/** An invented, lawful ID number: division, birth date, sex by the 17th digit, check character. */
export const idNumberOf = (birthDate: string, sex: '1' | '2' = '1'): string => {
  const division = divisions[Math.floor(++serial / 500) % divisions.length];
  const order = (serial % 500) * 2 + (sex === '1' ? 1 : 0);
  const first = `${division}${birthDate.replaceAll('-', '')}${String(order).padStart(3, '0')}`;
  return `${first}${checkCharacter(first)}`;
};

const characters = '明亮安康文华国强春秋山水云天海林志远思齐家和永平';

const nameOf = (n: number): string =>
  `王${characters[n % characters.length]}${characters[Math.floor(n / characters.length) % characters.length]}`;

/** A child with household registration, as cells of the form; a new one with every call. */
export const child = (school: TestSchool, change: Cells = {}): Cells => {
  const birthDate = typeof change.birthDate === 'string' ? change.birthDate : '2020-03-05';
  const sex = (change.sex as '1' | '2' | undefined) ?? '1';
  return {
    sex,
    birthDate,
    documentType: 'residentId',
    documentNumber: idNumberOf(birthDate, sex),
    name: nameOf(serial),
    ethnic: '01',
    class: school.classId,
    entryDate: '2026-09-01',
    householdKind: 'family',
    householdPlace: '520103',
    address: '贵阳市云岩区中华北路1号',
    guardianName: '王父',
    guardianRelation: 'father',
    guardianPhone: '13800138000',
    formReviewed: 'yes',
    formSigned: 'yes',
    photo: 'yes',
    ...change,
  };
};

/** A child with neither registration nor document, on a certificate (GZ-EN2). */
export const childWithoutHousehold = (school: TestSchool, change: Cells = {}): Cells => {
  const { documentNumber: _number, householdPlace: _place, ...cells } = child(school);
  return {
    ...cells,
    documentType: 'none',
    householdKind: 'none',
    certificate: 'community',
    vaccination: 'yes',
    healthBooklet: 'no',
    residencePermit: 'yes',
    missingPapers: '保健手册遗失',
    ...change,
  };
};
