import { SampleChild } from '../../sample-province/src';

/** The form of a child as the HTTP entry takes it. */
export const formOf = (child: SampleChild, change: Record<string, string> = {}): Record<string, string> => {
  const yes = (flag: boolean) => (flag ? 'yes' : 'no');
  const { household, guardian, form } = child;
  return {
    name: child.name,
    sex: child.sex,
    birthDate: child.birthDate,
    documentType: child.idDocument.type,
    ...(child.idDocument.number && { documentNumber: child.idDocument.number }),
    ethnic: child.ethnic,
    class: child.class,
    entryDate: child.entryDate,
    householdKind: household.kind,
    ...(household.place && { householdPlace: household.place }),
    ...(household.certificate && { certificate: household.certificate }),
    ...(household.papers && {
      vaccination: yes(household.papers.vaccination),
      healthBooklet: yes(household.papers.healthBooklet),
      residencePermit: yes(household.papers.residencePermit),
      ...(household.papers.whyMissing && { missingPapers: household.papers.whyMissing }),
    }),
    address: child.address,
    ...(guardian && {
      guardianName: guardian.name,
      guardianRelation: guardian.relation,
      guardianPhone: guardian.phone,
    }),
    formReviewed: yes(form.reviewed),
    formSigned: yes(form.signed),
    photo: yes(form.photo),
    ...change,
  };
};
