import { endings, type Stage } from '#libs/contracts';
import { loadCatalogue } from './catalogue';
import { loadCalendar, loadPolicy } from './load-policy';
import { fullYears } from './local-date';
import type { Pack } from './pack';
import type { Setting } from './setting';
import { changes, ParameterName, parameters } from './parameters';

const policy = loadPolicy({ extraPacksDir: `${__dirname}/../demo-packs` });
const national = policy.packAt('national', '2026-09-28');
const guizhou = policy.packAt('guizhou', '2026-09-28');
const changzhi = policy.packAt('changzhi-lucheng', '2026-09-10');
const calendar = loadCalendar();
const stages: Stage[] = ['primary', 'junior', 'senior'];

const valueOf = <T>(setting: Setting<T>): T => {
  if (!setting.configured) throw new Error(`${setting.parameter} is not configured`);
  return setting.value;
};
const dueOn = (pack: Pack, parameter: ParameterName, from: string): string => {
  const setting = pack.setting<number>(parameter);
  if (!setting.configured) throw new Error(`${parameter} is not configured`);
  return calendar.due(from, setting).dueOn;
};

describe('the packs of the product', () => {
  it('give every rule the article and strength that the catalogue has', () => {
    const catalogue = new Map(loadCatalogue().map((rule) => [rule.id, rule]));
    for (const pack of [national, guizhou, changzhi])
      for (const [id, { citation, strength }] of pack.rulesInForce()) {
        const rule = catalogue.get(id);
        expect({ id, article: citation.article, document: citation.document, strength }).toEqual({
          id,
          article: rule?.article,
          document: rule?.document,
          strength: rule?.strength,
        });
      }
  });

  it('have every rule of their text, so that each can be looked up and taken out', () => {
    const ids = loadCatalogue().map(({ id }) => id);
    const of = (prefix: string) => ids.filter((id) => id.startsWith(prefix));
    const lacking = (pack: Pack, wanted: string[]) => wanted.filter((id) => !pack.rule(id));
    expect(lacking(national, [...of('NAT-'), ...of('FJ-'), ...of('R5-'), ...of('D5-')])).toEqual([]);
    expect(lacking(guizhou, of('GZ-'))).toEqual(['GZ-PG1']); // a form of another document
    expect(lacking(changzhi, of('CZ-'))).toEqual([]);
    expect(national.rule('GZ-TR7')).toBeUndefined();
    expect(changzhi.rule('GZ-TR7')).toBeUndefined();
  });

  it('cite an article for every value, and say why where the text does not give it', () => {
    for (const pack of [national, guizhou, changzhi])
      for (const name of Object.keys(parameters) as ParameterName[]) {
        const setting = pack.setting(name);
        if (setting.configured) expect([name, setting.citation.article]).toEqual([name, expect.stringMatching(/./)]);
      }
    expect(national.fromAssumed).toContain('NAT-SC6');
    expect(changzhi.fromAssumed).toContain('第三十八条');
    expect(guizhou.fromAssumed).toBeUndefined();
  });
});

describe('a pack in use', () => {
  it('shows an office everything it has and lacks', () => {
    const settings = guizhou.allSettings();
    expect(settings).toHaveLength(Object.keys(parameters).length);
    expect(settings.find(({ parameter }) => parameter === 'enrolment.minAge')).toMatchObject({ configured: false });
  });

  it('cannot be written to', () => {
    const grounds = valueOf(guizhou.setting('transfer.refusalGrounds'));
    expect(() => grounds.push(grounds[0])).toThrow(TypeError);
    expect(() => (grounds[0].code = 'other')).toThrow(TypeError);
  });
});

describe('scope', () => {
  it('Changzhi governs primary, junior, general senior, special and other compulsory schools [CZ-GEN1]', () => {
    const setting = changzhi.setting('places.schoolTypes');
    expect(setting).toMatchObject({ citation: { rule: 'CZ-GEN1', pack: 'changzhi-lucheng-2019', article: '第二条' } });
    expect(valueOf(setting)).toEqual(['primary', 'junior', 'senior', 'special', 'reform', 'nineYear', 'complete']);
    expect(valueOf(changzhi.setting('places.stages'))).toEqual(stages);
    expect(valueOf(setting)).not.toContain('vocational');
  });

  it('conditions of a change are a matrix of stage and change type, and an empty cell is not configured [NAT-SC4]', () => {
    for (const stage of stages) {
      for (const change of changes) {
        const cell = guizhou.conditions(stage, change);
        // The endings are named by the text, and their conditions are not.
        const namesIt = (endings as readonly string[]).includes(change);
        if (change === 'transfer') expect(cell).toMatchObject({ configured: true });
        else
          expect(cell).toMatchObject({
            ...{ configured: false, parameter: `conditions.${stage}.${change}` },
            citation: namesIt ? { rule: 'GZ-GR7', article: '第14条' } : { rule: 'NAT-SC4', article: '第11条' },
          });
      }
      expect(national.conditions(stage, 'transfer')).toMatchObject({
        configured: false,
        citation: { rule: 'NAT-SC4' },
      });
    }
  });
});

describe('deadlines carry unit and clock [D5-03]', () => {
  it.each([
    [guizhou, 'transfer.submitAfterConsent.within', 2, 'workingDays', 'consent', 'GZ-TR6'],
    [guizhou, 'transfer.review.within', 2, 'workingDays', 'arrival', 'GZ-TR7'],
    [guizhou, 'newRecord.deadline.primary', 1, 'months', 'dayOfEntry', 'GZ-EN3'],
    [guizhou, 'newRecord.deadline.junior', 1, 'months', 'dayOfEntry', 'NAT-EN3'],
    [guizhou, 'transfer.files.within', 1, 'months', 'handoverDone', 'NAT-TR4'],
    [national, 'transfer.review.within', 10, 'workingDays', 'arrival', 'NAT-TR3'],
    [national, 'transfer.submitAfterConsent.within', 10, 'workingDays', 'consent', 'NAT-TR3'],
    [national, 'newRecord.deadline.senior', 1, 'months', 'dayOfEntry', 'NAT-EN3'],
    [changzhi, 'newRecord.deadline.primary', 30, 'days', 'dayOfEntry', 'CZ-EN2'],
    [changzhi, 'transfer.handover.within', 10, 'workingDays', 'ownApproval', 'CZ-TR18'],
    [changzhi, 'transfer.files.within', 1, 'months', 'handoverDone', 'CZ-TR19'],
    [changzhi, 'transfer.window', 15, 'days', 'firstDayOfTerm', 'CZ-TR7'],
  ] as const)('%#: %s', (pack, parameter, value, unit, startsAt, rule) => {
    expect(pack.setting(parameter)).toMatchObject({ value, unit, startsAt, inclusive: true, citation: { rule } });
    expect(pack.rule('D5-03')).toBeDefined();
  });

  it('and the text that leaves the number out gives none', () => {
    expect(national.setting('enrolment.confirmation.within')).toMatchObject({
      configured: false,
      citation: { rule: 'NAT-EN2' },
    });
    expect(guizhou.setting('transfer.handover.within').configured).toBe(false);
    expect(guizhou.setting('transfer.window').configured).toBe(false);
    expect(changzhi.setting('transfer.examRegistrationCloses.junior')).toMatchObject({ citation: { rule: 'CZ-TR12' } });
  });

  it('and end on the right day', () => {
    expect(dueOn(guizhou, 'transfer.submitAfterConsent.within', '2026-09-24')).toBe('2026-09-29');
    expect(dueOn(guizhou, 'transfer.submitAfterConsent.within', '2026-09-22')).toBe('2026-09-24');
    expect(dueOn(guizhou, 'transfer.review.within', '2026-09-28')).toBe('2026-09-30');
    expect(dueOn(guizhou, 'transfer.review.within', '2026-09-29')).toBe('2026-10-08');
    expect(dueOn(guizhou, 'transfer.review.within', '2026-10-08')).toBe('2026-10-10'); // a Saturday made up for
    expect(dueOn(national, 'transfer.review.within', '2026-09-28')).toBe('2026-10-16');
    expect(dueOn(guizhou, 'newRecord.deadline.primary', '2026-01-31')).toBe('2026-02-28');
    expect(dueOn(changzhi, 'newRecord.deadline.primary', '2026-09-01')).toBe('2026-10-01');
    expect(dueOn(changzhi, 'newRecord.deadline.primary', '2026-01-31')).toBe('2026-02-28'); // a month ends before 30 days
    expect(dueOn(changzhi, 'newRecord.deadline.primary', '2026-12-01')).toBe('2026-12-31'); // 30 days before a month
    expect(dueOn(changzhi, 'transfer.window', '2026-08-31')).toBe('2026-09-15');
  });
});

describe('who acts', () => {
  it('in a transfer, in which order and with which act', () => {
    const acts = (pack: Pack, stage: Stage) => {
      const { order, filing, steps } = valueOf(pack.setting(`transfer.route.${stage}`));
      return [order, ...[filing, ...steps].map(({ party, act }) => `${party} ${act}`)];
    };
    for (const stage of stages) {
      expect(acts(guizhou, stage)).toEqual([
        ...['sequence', 'inSchool confirm', 'outSchool review', 'outAuthority review', 'inAuthority review'],
      ]);
      expect(acts(changzhi, stage)).toEqual([
        ...['sequence', 'inSchool confirm', 'inAuthority approve', 'outSchool confirm', 'outAuthority approve'],
      ]);
      expect(acts(national, stage)).toEqual([
        ...['sequence', 'inSchool confirm', 'inAuthority review', 'outSchool review', 'outAuthority review'],
      ]);
    }
    expect(valueOf(guizhou.setting('transfer.sameAuthority'))).toBe('once');
  });

  it('as record authority', () => {
    const levels = (pack: Pack) => stages.map((stage) => valueOf(pack.setting(`routing.authority.${stage}`)));
    expect(levels(guizhou)).toEqual(['county', 'county', 'city']);
    expect(levels(national)).toEqual(['county', 'county', 'county']);
    expect(valueOf(guizhou.setting('routing.directlyManaged'))).toBe('byPlace');
    expect(valueOf(changzhi.setting('routing.directlyManaged'))).toBe('byManagingLevel');
  });

  it('when a temporary number becomes an official one', () => {
    expect(valueOf(guizhou.setting('number.conversion')).steps.map(({ office, act }) => `${office} ${act}`)).toEqual([
      ...['school confirm', 'province approve', 'ministry issue'],
    ]);
    expect(valueOf(guizhou.setting('number.temporary.approver'))).toBe('county');
    expect(changzhi.setting('number.temporary').configured).toBe(false);
  });
});

describe('what is asked for', () => {
  it('grounds for a transfer: three under Guizhou, two in Changzhi below senior, one for senior', () => {
    const grounds = (pack: Pack, stage: Stage) =>
      valueOf(pack.conditions(stage, 'transfer')).map(({ oneOf }) => oneOf.map(({ code }) => code));
    expect(grounds(guizhou, 'senior')).toEqual([
      ['householdMoved', 'homeOrWorkMoved', 'localConditionOrSpecialReason'],
    ]);
    expect(grounds(changzhi, 'junior')).toEqual([['homeAndHouseholdMoved', 'migrantWorkMoved']]);
    expect(grounds(changzhi, 'senior')).toEqual([['homeAndHouseholdLeftCityArea']]);
  });

  it('each ground, step and refusal carries its own citation', () => {
    const [{ oneOf }] = valueOf(guizhou.conditions('primary', 'transfer'));
    expect(oneOf.map((ground) => ground.citation?.article)).toEqual([...['第16条 一1', '第16条 一2', '第16条 一3']]);
  });

  it('a full class is a ground for a refusal in Changzhi and none under Guizhou', () => {
    const codes = (pack: Pack) => valueOf(pack.setting('transfer.refusalGrounds')).map(({ code }) => code);
    expect(codes(changzhi)).toContain('classFull');
    expect(codes(guizhou)).not.toContain('classFull');
  });

  it('no exception to entry after approval under Guizhou, three elsewhere', () => {
    expect(valueOf(guizhou.setting('transfer.entryBeforeApproval.exceptions'))).toEqual([]);
    expect(valueOf(national.setting('transfer.entryBeforeApproval.exceptions'))).toHaveLength(3);
  });

  it('an age only where a line sets one, counted on the cut-off day', () => {
    const county = policy.packAt('guizhou-xifeng', '2026-09-01', '/520000/520100/520122/');
    expect(guizhou.setting('enrolment.minAge')).toMatchObject({ configured: false, citation: { rule: 'GZ-EN5' } });
    const on = `2026-${valueOf(county.setting('enrolment.ageCutOff'))}`;
    const minAge = valueOf(county.setting('enrolment.minAge'));
    expect(fullYears('2020-08-30', on) >= minAge).toBe(true);
    expect(fullYears('2020-08-31', on) >= minAge).toBe(true);
    expect(fullYears('2020-09-01', on) >= minAge).toBe(false);
  });

  it('papers and match keys', () => {
    expect(valueOf(guizhou.setting('noHousehold.papers.required'))).toEqual(['noHouseholdCertificate']);
    expect(valueOf(guizhou.setting('noHousehold.guardianRequired'))).toBe(true);
    expect(valueOf(guizhou.setting('transfer.form.seals'))).toEqual(['schoolSeal', 'recordSeal']);
    expect(valueOf(changzhi.setting('duplicate.keys')).map(({ fields, effect }) => [fields.join('+'), effect])).toEqual(
      [
        ['idNumber', 'refuse'],
        ['name+birthDate+guardian', 'refuse'],
      ],
    );
    expect(valueOf(guizhou.setting('duplicate.keys')).map(({ fields, effect }) => [fields.join('+'), effect])).toEqual([
      ['idNumber', 'refuse'],
      ['name+sex+birthDate', 'report'],
    ]);
    expect(valueOf(changzhi.setting('enrolment.beforeFormal'))).toHaveLength(6);
  });
});
