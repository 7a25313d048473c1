import {
  codeOf,
  divisionPath,
  ethnicGroups,
  guardianRelations,
  householdKinds,
  idDocumentTypes,
  noHouseholdCertificates,
  sexes,
} from '#libs/codes';
import type { CodeValue } from '#libs/codes';
import type { SampleChild } from './children';

/** A cell as a person would leave it. */
export type SheetValue = string | number | Date | { formula: string; shown: string };

/** A row by the Chinese headers of the collection workbook. */
export type SheetRow = Record<string, SheetValue>;

const zh = (values: readonly CodeValue[], code: string): string =>
  values.find((v) => v.code === codeOf(values, code))!.zh;
const yes = (value: boolean) => (value ? '是' : '否');

/** The child as a school types it: names of codes, the place with its code. */
export const rowOf = (child: SampleChild): SheetRow => {
  const { household, guardian, form } = child;
  return {
    姓名: child.name,
    性别: zh(sexes, child.sex),
    出生日期: child.birthDate,
    证件类型: zh(idDocumentTypes, child.idDocument.type),
    ...(child.idDocument.number && { 证件号码: child.idDocument.number }),
    民族: zh(ethnicGroups, child.ethnic),
    班级: child.class,
    入学日期: child.entryDate,
    户口类别: zh(householdKinds, household.kind),
    ...(household.place && { 户口所在地: `${household.place} ${divisionPath(household.place, child.entryDate)}` }),
    ...(household.certificate && { 无户证明: zh(noHouseholdCertificates, household.certificate) }),
    ...(household.papers && {
      预防接种证: yes(household.papers.vaccination),
      保健手册: yes(household.papers.healthBooklet),
      暂住证: yes(household.papers.residencePermit),
    }),
    ...(household.papers?.whyMissing && { 缺件说明: household.papers.whyMissing }),
    现住址: child.address,
    ...(guardian && {
      监护人姓名: guardian.name,
      监护人关系: zh(guardianRelations, guardian.relation),
      监护人电话: guardian.phone,
    }),
    采集表已审核: yes(form.reviewed),
    采集表已签字: yes(form.signed),
    照片已采集: yes(form.photo),
  };
};
