import { clerkOf, deputyOf, officerOf } from './open-places';
import { Intake } from './collect';
import { residentNumber } from '../../sample-province/src';
import { Story } from './story';
import { scan } from './transfer-case';
import { World } from './world';

export interface Line {
  student: string;
  name: string;
  registration: string;
  numberKind?: string;
  marks: string[];
}

export const studentsOf = async (world: World, account: string, school: string): Promise<Line[]> => {
  const all: Line[] = [];
  for (let after = ''; ;) {
    const page: { items: Line[]; next?: string } = await world
      .as(account)
      .must(`/api/registry/v1/students?school=${school}&limit=200${after && `&after=${after}`}`);
    all.push(...page.items);
    if (!page.next) return all;
    after = page.next;
  }
};

/** The school checks, the county reviews, the ministry gives numbers. */
export const register = async (world: World, story: Story, intake: Intake): Promise<void> => {
  story.begin('3 Registration · 注册');
  const [{ school: first }] = intake.schools;
  const foreign = intake.schools.find(({ school }) => school.parent !== first.parent);
  const certify = async (code: string) => {
    const clerk = world.as(clerkOf(code));
    for (const line of (await studentsOf(world, clerkOf(code), code)).filter((one) =>
      one.marks.includes('noHousehold'),
    )) {
      const filed = await clerk.upload(
        `/api/registry/v1/students/${line.student}/dossier/noHouseholdCertificate`,
        scan,
        '无户证明.png',
      );
      if (filed.status >= 300) throw new Error(`certificate: ${filed.status} ${JSON.stringify(filed.body)}`);
    }
  };
  const own = await world
    .as(clerkOf(first.code))
    .must<{ submitted: number; kept: unknown[] }>(`/api/registry/v1/schools/${first.code}/intake/submit`, {});
  story.check(
    'nobody checks what they entered themselves [SCH9-EN2]',
    own.submitted === 0 && own.kept.length > 0,
    `${own.kept.length} kept`,
  );
  await Promise.all(
    intake.schools.map(async ({ school }) => {
      const done = await world
        .as(deputyOf(school.code))
        .must<{ submitted: number }>(`/api/registry/v1/schools/${school.code}/intake/submit`, {});
      story.count('submitted', done.submitted);
    }),
  );
  if (foreign) {
    await world
      .as(officerOf(foreign.school.parent))
      .refused(404, `/api/registry/v1/schools/${first.code}/intake/review`, { confirm: 'all' });
    story.check('an officer of another county is answered as if there were no such school', true, '404');
  }
  const lines = await studentsOf(world, officerOf(first.parent), first.code);
  const back = lines.slice(0, 3);
  const officer = world.as(officerOf(first.parent));
  const reviewed = await officer.must<{
    confirmed: number;
    sentBack: number;
    waiting: { problems: { citation?: { rule: string } }[] }[];
  }>(`/api/registry/v1/schools/${first.code}/intake/review`, {
    confirm: 'all',
    sendBack: back.map(({ student }, i) => ({ student, reason: ['住址不清', '照片模糊', '监护人电话有误'][i] })),
  });
  story.tell(
    `${first.name}: ${reviewed.confirmed} confirmed, ${reviewed.sentBack} sent back with reasons, ${reviewed.waiting.length} wait for a paper`,
  );
  const entry = intake.schools[0].children.find((child) => child.name === back[0].name);
  if (!entry) throw new Error('the child sent back is one of those entered');
  const shown = await world
    .as(clerkOf(first.code))
    .must<{ returned?: { reason: string } }>(`/api/registry/v1/students/${back[0].student}`);
  story.check('the school sees the reason', shown.returned?.reason === '住址不清', shown.returned?.reason ?? '');
  const corrected = await world
    .as(clerkOf(first.code))
    .must<{ outcome: string }>(`/api/registry/v1/schools/${first.code}/students`, {
      items: formOf(entry, { address: `${entry.address}（更正）` }),
    });
  story.check('the school corrects one child by form', corrected.outcome === 'corrected', corrected.outcome);
  await certify(first.code);
  await world.as(deputyOf(first.code)).must(`/api/registry/v1/schools/${first.code}/intake/submit`, {});
  await Promise.all(intake.schools.slice(1).map(({ school }) => certify(school.code)));
  await Promise.all(
    intake.schools.map(async ({ school }) => {
      const done = await world
        .as(officerOf(school.parent))
        .must<{ confirmed: number; waiting: unknown[] }>(`/api/registry/v1/schools/${school.code}/intake/review`, {
          confirm: 'all',
        });
      story.count('confirmed', done.confirmed);
    }),
  );
  story.count('confirmed', reviewed.confirmed);
  await world.quiet();
  const numbered = (
    await Promise.all(intake.schools.map(({ school }) => studentsOf(world, clerkOf(school.code), school.code)))
  ).flat();
  const kinds = Map.groupBy(numbered, (line) => line.numberKind ?? 'none');
  story.count('numbers G', kinds.get('G')?.length ?? 0);
  story.count('numbers L', kinds.get('L')?.length ?? 0);
  story.tell(
    `${kinds.get('G')?.length ?? 0} official and ${kinds.get('L')?.length ?? 0} temporary numbers, from a ministry that answered by batch, late, twice, out of order, or not at first`,
  );
  const without = numbered.filter((line) => line.registration === 'confirmed' && !line.numberKind);
  story.check('every confirmed child has a number', without.length === 0, `${numbered.length} children`);
  await convert(world, story, intake);
};

/** The form of a child as the HTTP entry takes it. */
const formOf = (
  child: Intake['schools'][number]['children'][number],
  change: Record<string, string>,
): Record<string, string> => {
  const yes = (flag: boolean) => (flag ? 'yes' : 'no');
  return {
    name: child.name,
    sex: child.sex,
    birthDate: child.birthDate,
    documentType: child.idDocument.type,
    ...(child.idDocument.number && { documentNumber: child.idDocument.number }),
    ethnic: child.ethnic,
    class: child.class,
    entryDate: child.entryDate,
    householdKind: child.household.kind,
    ...(child.household.place && { householdPlace: child.household.place }),
    ...(child.household.certificate && { certificate: child.household.certificate }),
    ...(child.household.papers && {
      vaccination: yes(child.household.papers.vaccination),
      healthBooklet: yes(child.household.papers.healthBooklet),
      residencePermit: yes(child.household.papers.residencePermit),
      ...(child.household.papers.whyMissing && { missingPapers: child.household.papers.whyMissing }),
    }),
    address: child.address,
    ...(child.guardian && {
      guardianName: child.guardian.name,
      guardianRelation: child.guardian.relation,
      guardianPhone: child.guardian.phone,
    }),
    formReviewed: yes(child.form.reviewed),
    formSigned: yes(child.form.signed),
    photo: yes(child.form.photo),
    ...change,
  };
};

/** A child without household registration obtains one: school, province, ministry (GZ-NO5). */
const convert = async (world: World, story: Story, intake: Intake): Promise<void> => {
  for (const { school, children } of intake.schools) {
    const clerk = world.as(clerkOf(school.code));
    const lines = await studentsOf(world, clerkOf(school.code), school.code);
    const line = lines.find((one) => one.numberKind === 'L');
    const child = line && children.find((one) => one.name === line.name);
    if (!line || !child) continue;
    // The last digit of the sequence is odd for a boy and even for a girl.
    const idNumber = residentNumber(school.parent, child.birthDate, child.sex === '1' ? 997 : 998);
    await clerk.upload(`/api/registry/v1/students/${line.student}/dossier/householdProof`, scan, '户口簿.png');
    await clerk.must(`/api/registry/v1/students/${line.student}/household`, {
      idNumber,
      kind: 'family',
      place: school.parent,
    });
    await world.as(officerOf(school.parent)).refused(404, `/api/registry/v1/conversions/${line.student}/approve`, {});
    await world.as(officerOf('520000')).must(`/api/registry/v1/conversions/${line.student}/approve`, {});
    await world.quiet();
    const record = await clerk.must<{ numbers: { kind: string; inForce: boolean }[] }>(
      `/api/registry/v1/students/${line.student}`,
    );
    story.check(
      'a temporary number became official by school, province and ministry; the county could not approve it [GZ-NO5, GZ-RO4]',
      record.numbers.length === 2 && record.numbers[1].kind === 'G' && record.numbers[1].inForce,
      record.numbers.map(({ kind }) => kind).join(' → '),
    );
    const found = await clerk.must<{ student: string }>('/api/registry/v1/students/find', {
      studentNumber: `G${idNumber}`,
    });
    story.check('found by the new number', found.student === line.student, 'exact search');
    return;
  }
};
