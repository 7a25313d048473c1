import { divisionAt, periodsOf } from '#libs/codes';
import type { OfficeKind, ProblemItem, Text } from '#libs/contracts';
import type { LocalDate, Policy } from '#libs/policy';
import { idsOn, Office, pathUnder, standsOn } from './office';

/** Authorities that can be opened; a school has rules of its own, the ministry is not ours to open. */
export const authorityKinds = ['province', 'city', 'county', 'township'] as const;
export type AuthorityKind = (typeof authorityKinds)[number];

export interface AuthorityToOpen {
  /** Division code. */
  id: string;
  kind: AuthorityKind;
  name: string;
  /** Absent at a root. */
  parent?: string;
  line?: string;
  from: LocalDate;
}

const codeForms: Record<AuthorityKind, { form: RegExp; zh: string; en: string }> = {
  province: { form: /^[1-9]\d0000$/, zh: '省级为6位，后四位是0000', en: 'a province has 6 digits ending in 0000' },
  city: { form: /^[1-9]\d(?!00)\d\d00$/, zh: '市级为6位，后两位是00', en: 'a city has 6 digits ending in 00' },
  county: {
    form: /^[1-9]\d{3}(?!00)\d\d$/,
    zh: '县级为6位，后两位不是00',
    en: 'a county has 6 digits not ending in 00',
  },
  township: { form: /^[1-9]\d{8}$/, zh: '乡级为9位', en: 'a township has 9 digits' },
};

const heights: Record<OfficeKind, number> = { ministry: 5, province: 4, city: 3, county: 2, township: 1, school: 0 };

const problem = (field: string, code: string, message: Text, remedy?: Text, facts?: Record<string, unknown>) => ({
  field,
  code,
  message,
  ...(remedy && { remedy }),
  ...(facts && { facts }),
});

/**
 * What is wrong with an authority to be opened.
 * @param above its parent; undefined at a root
 */
export const problemsOfAuthority = (
  wanted: AuthorityToOpen,
  above: Office | undefined,
  policy: Policy,
): ProblemItem[] => {
  const { form, zh, en } = codeForms[wanted.kind];
  if (!form.test(wanted.id)) {
    return [
      problem('id', 'division-code-form', {
        zh: `“${wanted.id}”不是这一级的区划代码：${zh}。`,
        en: `"${wanted.id}" is no division code of this level: ${en}.`,
      }),
    ];
  }
  return [
    ...problemsOfDivision(wanted, above),
    ...(above ? problemsOfParent(wanted, above) : problemsOfRoot(wanted)),
    ...problemsOfLine(wanted.line, pathUnder(above, wanted.id), policy),
  ];
};

/** A code that the lists do not know may be younger than they are; one that they know holds in its own time and place. */
const problemsOfDivision = ({ id, kind, from }: AuthorityToOpen, above: Office | undefined): ProblemItem[] => {
  if (kind === 'township') {
    return above && !idsOn(above.path).includes(id.slice(0, 6))
      ? [
          problem('parent', 'division-elsewhere', {
            zh: `${id}属于县级区划${id.slice(0, 6)}。`,
            en: `${id} lies in the county ${id.slice(0, 6)}.`,
          }),
        ]
      : [];
  }
  const periods = periodsOf(id);
  if (periods.length === 0) return [];
  const division = divisionAt(id, from);
  if (!division) {
    return [
      problem(
        'from',
        'division-of-another-time',
        {
          zh: `${from}没有区划代码${id}（${periods.map((one) => one.name).join('、')}）。`,
          en: `The division code ${id} did not stand on ${from}.`,
        },
        { zh: '请使用当日有效的区划代码。', en: 'Use the code in force on that day.' },
        { periods: periods.map(({ name, validFrom, validTo }) => ({ name, validFrom, validTo })) },
      ),
    ];
  }
  return above && division.parent && !idsOn(above.path).includes(division.parent)
    ? [
        problem(
          'parent',
          'division-elsewhere',
          { zh: `${division.name}属于${division.parent}。`, en: `${id} lies in ${division.parent}.` },
          undefined,
          { parent: division.parent },
        ),
      ]
    : [];
};

const problemsOfParent = ({ kind, from }: AuthorityToOpen, above: Office): ProblemItem[] => {
  const found: ProblemItem[] = [];
  if (heights[above.kind] <= heights[kind]) {
    found.push(
      problem('parent', 'parent-not-above', {
        zh: `${above.name}不是上级机构。`,
        en: `${above._id} is not of a higher level.`,
      }),
    );
  }
  if (!standsOn(above, from)) found.push(notStanding(above, from));
  return found;
};

const problemsOfRoot = ({ kind }: AuthorityToOpen): ProblemItem[] =>
  kind === 'township'
    ? [problem('parent', 'parent-needed', { zh: '乡级机构须有上级。', en: 'A township has an office above it.' })]
    : [];

export const notStanding = (above: Office, on: LocalDate, field = 'parent'): ProblemItem =>
  problem(
    field,
    'office-not-standing',
    { zh: `${above.name}在${on}不存在。`, en: `${above._id} does not exist on ${on}.` },
    { zh: '请核对日期。', en: 'Check the date.' },
    { from: above.from, ...(above.to && { to: above.to }) },
  );

/** A line of a place holds in and under that place alone (R5-34). */
export const problemsOfLine = (line: string | undefined, path: string, policy: Policy): ProblemItem[] => {
  if (line === undefined) return [];
  if (!policy.hasLine(line)) {
    const lines = policy.lines().map((one) => one.line);
    return [
      problem(
        'line',
        'unknown-line',
        { zh: `没有名为“${line}”的规则线。`, en: `There is no line "${line}".` },
        { zh: '请先装入其规则包，或选择已有的规则线。', en: 'Load its packs first, or choose one there is.' },
        { lines },
      ),
    ];
  }
  if (policy.appliesAt(line, path)) return [];
  const place = policy.lines().find((one) => one.line === line)?.place;
  return [
    problem(
      'line',
      'line-of-another-place',
      { zh: `规则线“${line}”只适用于${place}。`, en: `The line "${line}" holds in ${place} alone.` },
      { zh: '请选择适用于本地的规则线。', en: 'Choose a line that holds here.' },
      { place },
    ),
  ];
};
