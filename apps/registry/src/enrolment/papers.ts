import { ProblemItem } from '#libs/contracts';
import { Pack, Setting } from '#libs/policy';
import { StudentRecord } from '../students/record';

/** Dossier items that answer what a pack asks for before a record is formal; acts of people are not papers. */
const paperOf: Record<string, { item: string; zh: string; en: string } | undefined> = {
  form: { item: 'basicInfoForm', zh: '签字的学生基本信息表', en: 'the signed basic information form' },
  guardianSignature: {
    item: 'basicInfoForm',
    zh: '监护人签字的基本信息表',
    en: 'the form with the guardian’s signature',
  },
  homeroomTeacherSignature: {
    item: 'basicInfoForm',
    zh: '班主任签字的基本信息表',
    en: 'the form with the homeroom teacher’s signature',
  },
  photo: { item: 'photo', zh: '近期照片', en: 'a recent photo' },
  noHouseholdCertificate: { item: 'noHouseholdCertificate', zh: '无户证明', en: 'the no-household certificate' },
  vaccinationCertificate: { item: 'vaccinationCertificate', zh: '接种证', en: 'the vaccination certificate' },
  healthBooklet: { item: 'healthBooklet', zh: '保健手册', en: 'the health booklet' },
  residencePermit: { item: 'residencePermit', zh: '暂住证', en: 'the temporary residence permit' },
};

/** Papers without which the authority does not confirm: of every record (CZ-EN7), and without household (GZ-EN2). */
export const lackingPapers = (record: Pick<StudentRecord, 'dossier' | 'hasHousehold'>, pack: Pack): ProblemItem[] => {
  const asked: Setting<string[]>[] = [
    pack.setting('enrolment.beforeFormal'),
    ...(record.hasHousehold ? [] : [pack.setting<string[]>('noHousehold.papers.required')]),
  ];
  const items = new Map<string, ProblemItem>();
  for (const setting of asked) {
    if (!setting.configured) continue;
    for (const code of setting.value) {
      const paper = paperOf[code];
      if (!paper || record.dossier[paper.item] || items.has(paper.item)) continue;
      items.set(paper.item, {
        field: `dossier.${paper.item}`,
        code: 'paper-lacking',
        message: { zh: `缺少${paper.zh}。`, en: `Lacks ${paper.en}.` },
        remedy: { zh: '请学校补传后再核准。', en: 'The school attaches it, then it can be confirmed.' },
        citation: setting.citation,
      });
    }
  }
  return [...items.values()];
};
