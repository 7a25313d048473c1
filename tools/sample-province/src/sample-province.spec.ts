import { checkName, checkPhone, checkResidentId, checkSchoolCode, divisionAt, rareCharacters } from '#libs/codes';
import { gradesOfStage } from '#libs/contracts';
import {
  ageRuleChildren,
  changzhi,
  changzhiSchools,
  changzi,
  children,
  classes,
  firstSchoolDay,
  guizhou,
  guizhouSchools,
  lucheng,
  offices,
  pingshun,
  schools,
  spoiledRows,
  terms,
  xiangyuan,
  xifeng,
} from './index';

const classNames = ['一年级1班', '一年级2班', '一年级3班'];
const options = { seed: 1, classes: classNames, county: '520103' };

describe('the places', () => {
  it('are Guizhou whole, and Changzhi with four of its counties as a second root', () => {
    const all = offices();
    const ofGuizhou = all.filter((o) => o.id.startsWith('52'));
    expect(ofGuizhou.map((o) => o.kind).sort()).toEqual([
      ...Array.from({ length: 9 }, () => 'city'),
      ...Array.from({ length: 88 }, () => 'county'),
      'province',
    ]);
    expect(all.filter((o) => !o.parent).map((o) => [o.id, o.line])).toEqual([
      [guizhou, 'guizhou'],
      [changzhi, undefined],
    ]);
    expect(all.filter((o) => o.parent === changzhi).map((o) => [o.id, o.line])).toEqual([
      [lucheng, 'changzhi-lucheng'],
      [xiangyuan, undefined],
      [pingshun, undefined],
      [changzi, undefined],
    ]);
    expect(offices({ changziLine: 'national-blanked' }).find((o) => o.id === changzi)?.line).toBe('national-blanked');
    expect(offices({ xifengLine: 'guizhou-xifeng' }).find((o) => o.id === xifeng)?.line).toBe('guizhou-xifeng');
    const before = new Set<string>();
    for (const { id, parent } of all) {
      expect(parent === undefined || before.has(parent)).toBe(true);
      before.add(id);
    }
  });

  it('have 40 schools of three stages with lawful codes, two governed directly by a city [FJ-SC1]', () => {
    const all = guizhouSchools();
    expect(all).toHaveLength(40);
    expect(new Set(schools().map((s) => s.code)).size).toBe(schools().length);
    for (const { code, type, parent } of schools()) {
      expect(checkSchoolCode(code, type).problems).toEqual([]);
      expect(code.slice(2, 4)).toBe(parent.slice(0, 2));
      expect(divisionAt(parent, firstSchoolDay)?.level).toBe('county');
    }
    expect(new Set(all.flatMap((s) => s.stages))).toEqual(new Set(['primary', 'junior', 'senior']));
    expect(new Set(all.map((s) => s.parent.slice(0, 4))).size).toBeGreaterThanOrEqual(3);
    expect(all.filter((s) => s.managedBy).map((s) => s.managedBy)).toEqual(['520100', '520100']);
    expect(changzhiSchools().map((s) => [s.parent, s.stages])).toEqual([
      [lucheng, ['primary']],
      [lucheng, ['junior']],
      [lucheng, ['senior']],
      [xiangyuan, ['junior']],
      [changzi, ['junior']],
      [pingshun, ['senior']],
    ]);
    expect(changzhiSchools().flatMap((s) => s.managedBy ?? [])).toEqual([changzhi]);
  });

  it('have classes in every grade, and terms of 2026/27 from a Tuesday on', () => {
    for (const school of schools()) {
      const grades = school.stages.flatMap((s) => [gradesOfStage[s].first, gradesOfStage[s].last]);
      const own = classes(school);
      expect(own.map((c) => c.grade)).toEqual(expect.arrayContaining(grades));
      expect(new Set(own.map((c) => c.name)).size).toBe(own.length);
      for (const c of own) expect(c.grade).toBe(gradesOfStage[c.stage].first + 2026 - c.entryYear);
    }
    expect(new Date(`${firstSchoolDay}T00:00:00Z`).getUTCDay()).toBe(2);
    expect(terms().map((t) => [t.office, t.term, t.firstDay])).toContainEqual([guizhou, '1', firstSchoolDay]);
  });
});

describe('the children', () => {
  const many = children(3000, options);

  it('are the same for the same seed, and others for another', () => {
    expect(children(50, options)).toEqual(many.slice(0, 50));
    expect(children(50, { ...options, seed: 2 })).not.toEqual(many.slice(0, 50));
  });

  it('are lawful, with divisions in force at birth', () => {
    for (const child of many) {
      expect(checkName(child.name).value).toBe(child.name);
      if (child.guardian) expect(checkPhone(child.guardian.phone).value).toBe(child.guardian.phone);
      expect(child.birthDate >= '2019-09-01' && child.birthDate <= '2020-08-31').toBe(true);
      if (!child.idDocument.number) continue;
      const { value, problems, warnings } = checkResidentId(child.idDocument.number, firstSchoolDay);
      expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
      expect(value).toMatchObject({ birthDate: child.birthDate, sex: child.sex });
    }
  });

  it('are of every sort that the checks must stand', () => {
    const retired = many.filter((c) => {
      const division = c.idDocument.type === 'residentId' && c.idDocument.number!.slice(0, 6);
      return division && !divisionAt(division, firstSchoolDay);
    });
    const twins = many.filter(
      (c, i) => i > 0 && many[i - 1].birthDate === c.birthDate && many[i - 1].address === c.address,
    );
    for (const found of [
      retired,
      twins,
      many.filter((c) => rareCharacters(c.name).length > 0),
      many.filter((c) => c.name.includes('·')),
      many.filter((c) => c.ethnic !== '01'),
      many.filter((c) => !c.household.registered && c.idDocument.type === 'none'),
      many.filter((c) => c.idDocument.type === 'hmtResidencePermit'),
      many.filter((c) => !c.guardian),
    ])
      expect(found.length).toBeGreaterThan(2);
  });

  it('never share a number, across ranges, seeds and stages', () => {
    const numbers = [
      ...many,
      ...children(3000, { ...options, seed: 9, from: 3000 }),
      ...children(3000, { ...options, stage: 'junior' }),
      ...Object.values(ageRuleChildren('一年级1班', '520122')),
    ].flatMap((c) => c.idDocument.number ?? []);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('of the age rule are born on both sides of the cut-off', () => {
    const { reached, tooYoung } = ageRuleChildren('一年级1班', xifeng);
    expect([reached.birthDate, tooYoung.birthDate]).toEqual(['2020-08-31', '2020-09-01']);
  });
});

it('the wrong rows are at least sixty, each with what must be found', () => {
  const rows = spoiledRows(children(10, options), { ...options, from: 10 });
  expect(rows.length).toBeGreaterThanOrEqual(60);
  expect(rows.every((row) => row.expect.length > 0)).toBe(true);
  expect(new Set(rows.flatMap((row) => row.expect)).size).toBeGreaterThan(30);
});
