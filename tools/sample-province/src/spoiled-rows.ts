import { children, residentNumber, type ChildrenOptions, type SampleChild } from './children';
import { rowOf, type SheetRow } from './rows';

/** A wrong row, and what must be found in it. */
export interface SpoiledRow {
  /** What was done to it, for people. */
  what: string;
  row: SheetRow;
  /** Codes of the problems that must be told, each at least once and no other. */
  expect: string[];
  /** `row`: wrong by itself. `file`: wrong because of another row of the workbook. */
  judgedBy: 'row' | 'file';
}

type Spoil = [what: string, expect: string | string[], spoil: (row: SheetRow, child: SampleChild) => SheetRow];

const without = (row: SheetRow, ...headers: string[]): SheetRow =>
  Object.fromEntries(Object.entries(row).filter(([header]) => !headers.includes(header)));

const number = (row: SheetRow) => String(row['证件号码']);
const fullWidth = (text: string) => text.replace(/\d/g, (d) => String.fromCharCode(d.charCodeAt(0) + 0xfee0));
/** The next digit, so that the check digit no longer fits. */
const turned = (text: string, at: number) =>
  text.slice(0, at) + String((Number(text[at]) + 1) % 10) + text.slice(at + 1);
/** The number of another birth date, lawful in itself. */
const bornOn = (text: string, date: string) => residentNumber(text.slice(0, 6), date, Number(text.slice(14, 17)));

const noHousehold = (row: SheetRow): SheetRow => ({
  ...without(row, '证件号码', '户口所在地'),
  证件类型: '无证件',
  户口类别: '无户口',
  无户证明: '社区（村）无户证明',
  预防接种证: '是',
  保健手册: '是',
  暂住证: '是',
  监护人姓名: '张大山',
  监护人关系: '父亲',
  监护人电话: '13800000001',
});

const spoils: Spoil[] = [
  [
    'last character of the number wrong',
    'id-check-digit',
    (row) => ({
      ...row,
      证件号码:
        number(row).slice(0, 17) +
        (number(row)[17] === 'X' ? '0' : number(row)[17] === '9' ? 'X' : turned(number(row), 17)[17]),
    }),
  ],
  [
    'a digit of the sequence wrong',
    'id-check-digit',
    (row) => ({ ...row, 证件号码: turned(turned(number(row), 15), 15) }),
  ],
  ['a digit lost', 'id-length', (row) => ({ ...row, 证件号码: number(row).slice(0, 16) })],
  ['a digit too many', 'id-length', (row) => ({ ...row, 证件号码: `${number(row).slice(0, 17)}11` })],
  [
    'the letter O for zero',
    'id-characters',
    (row) => ({ ...row, 证件号码: `${number(row).slice(0, 6)}2O${number(row).slice(8)}` }),
  ],
  ['full-width digits', 'id-full-width', (row) => ({ ...row, 证件号码: fullWidth(number(row)) })],
  [
    'one full-width digit',
    'id-full-width',
    (row) => ({ ...row, 证件号码: fullWidth(number(row)[0]) + number(row).slice(1) }),
  ],
  [
    'the old 15-digit form',
    'id-old-form',
    (row) => ({ ...row, 证件号码: number(row).slice(0, 6) + number(row).slice(8, 17) }),
  ],
  [
    '30 February in the number',
    'id-date-impossible',
    (row) => ({ ...row, 证件号码: bornOn(number(row), '2020-02-30') }),
  ],
  ['month 13 in the number', 'id-date-impossible', (row) => ({ ...row, 证件号码: bornOn(number(row), '2019-13-01') })],
  [
    'a birth date to come in the number',
    'id-date-future',
    (row) => ({ ...row, 证件号码: bornOn(number(row), '2062-05-05') }),
  ],
  [
    'born in the 18th century by the number',
    'id-date-too-early',
    (row) => ({ ...row, 证件号码: bornOn(number(row), '1795-05-05') }),
  ],
  [
    'the number stored as a number',
    'id-stored-as-number',
    (row) => ({ ...row, 证件号码: Number(number(row).slice(0, 17)) * 10 }),
  ],
  [
    'the number of a permit under resident ID',
    'id-is-permit',
    (row, child) => ({
      ...row,
      证件号码: residentNumber('810000', child.birthDate, Number(number(row).slice(14, 17))),
    }),
  ],
  ['a resident ID number under permit', 'id-is-no-permit', (row) => ({ ...row, 证件类型: '港澳台居民居住证' })],
  [
    'Chinese text as passport number',
    'document-number-form',
    (row) => ({ ...row, 证件类型: '护照', 证件号码: '护照丢失' }),
  ],
  ['sex against the number', 'sex-contradicts-id', (row) => ({ ...row, 性别: row['性别'] === '男' ? '女' : '男' })],
  [
    'birth date against the number',
    'birth-date-contradicts-id',
    (row, child) => ({ ...row, 出生日期: child.birthDate === '2020-01-01' ? '2020-01-02' : '2020-01-01' }),
  ],
  [
    'both against the number',
    ['sex-contradicts-id', 'birth-date-contradicts-id'],
    (row, child) => ({
      ...row,
      性别: row['性别'] === '男' ? '女' : '男',
      出生日期: child.birthDate === '2020-01-01' ? '2020-01-02' : '2020-01-01',
    }),
  ],
  ['no name', 'required', (row) => without(row, '姓名')],
  ['no class', 'required', (row) => without(row, '班级')],
  ['no number', 'required', (row) => without(row, '证件号码')],
  ['no address', 'required', (row) => without(row, '现住址')],
  ['no household place', 'required', (row) => without(row, '户口所在地')],
  ['a name with a question mark', 'name-characters', (row) => ({ ...row, 姓名: '王?' })],
  ['a name with digits', 'name-characters', (row) => ({ ...row, 姓名: '李明2' })],
  ['a name in a self-made character', 'name-private-character', (row) => ({ ...row, 姓名: '\uE863小丽' })],
  ['a name that ends in a dot', 'name-dot', (row) => ({ ...row, 姓名: '阿依·' })],
  ['a name that is too long', 'name-length', (row) => ({ ...row, 姓名: '长'.repeat(51) })],
  ['a name that begins like a formula', 'name-characters', (row) => ({ ...row, 姓名: '=HYPERLINK("x")' })],
  ['an address that begins like a formula', 'text-formula', (row) => ({ ...row, 现住址: '=cmd|calc' })],
  ['an address beyond all length', 'text-length', (row) => ({ ...row, 现住址: '路'.repeat(201) })],
  ['an unknown sex', 'code-unknown', (row) => ({ ...row, 性别: '未知' })],
  ['an unknown ethnic group', 'code-unknown', (row) => ({ ...row, 民族: '外星族' })],
  ['an unknown household kind', 'code-unknown', (row) => ({ ...row, 户口类别: '农业' })],
  ['a class that is not', 'class-unknown', (row) => ({ ...row, 班级: '一年级99班' })],
  [
    'a text date with Chinese words',
    'date-form',
    (row, child) => ({ ...row, 出生日期: child.birthDate.replace(/(\d+)-0?(\d+)-0?(\d+)/, '$1年$2月$3日') }),
  ],
  [
    'a text date with slashes',
    'date-form',
    (row, child) => ({ ...row, 出生日期: child.birthDate.replace(/(\d+)-0?(\d+)-0?(\d+)/, '$1/$2/$3') }),
  ],
  [
    'a text date the other way round',
    'date-form',
    (row, child) => ({ ...row, 出生日期: child.birthDate.replace(/(\d+)-0?(\d+)-0?(\d+)/, '$3.$2.$1') }),
  ],
  [
    'a date in full-width digits',
    'date-full-width',
    (row, child) => ({ ...row, 出生日期: fullWidth(child.birthDate) }),
  ],
  ['a date that does not exist', 'date-impossible', (row) => ({ ...row, 出生日期: '2020-02-30' })],
  ['a day count instead of a date', 'date-number', (row) => ({ ...row, 出生日期: 43_900 })],
  [
    'a birth date to come',
    ['birth-date-future', 'entry-before-birth'],
    (row) => ({ ...noHousehold(row), 出生日期: '2062-01-01' }),
  ],
  ['entry before birth', 'entry-before-birth', (row) => ({ ...row, 入学日期: '2019-01-01' })],
  ['a place by name only', 'division-form', (row) => ({ ...row, 户口所在地: '云岩区' })],
  ['a place that is a whole city', 'division-not-county', (row) => ({ ...row, 户口所在地: '520100 贵州省贵阳市' })],
  [
    'a formula as birth date',
    'cell-formula',
    (row) => ({ ...row, 出生日期: { formula: 'TODAY()-2300', shown: '2020-06-01' } }),
  ],
  ['a formula as name', 'cell-formula', (row, child) => ({ ...row, 姓名: { formula: 'B2', shown: child.name } })],
  [
    'no household registration, but a number',
    ['id-without-household', 'must-be-empty'],
    (row) => ({ ...row, 户口类别: '无户口', 监护人姓名: '张大山', 监护人关系: '父亲', 监护人电话: '13800000001' }),
  ],
  [
    'registered, but without a number',
    'household-without-id',
    (row) => ({ ...without(row, '证件号码'), 证件类型: '无证件' }),
  ],
  ['no document, but a number', ['household-without-id', 'must-be-empty'], (row) => ({ ...row, 证件类型: '无证件' })],
  [
    'without registration and without guardian',
    'required',
    (row) => without(noHousehold(row), '监护人姓名', '监护人关系', '监护人电话'),
  ],
  ['without registration and without certificate', 'required', (row) => without(noHousehold(row), '无户证明')],
  ['papers missing without a reason', 'required', (row) => ({ ...noHousehold(row), 保健手册: '否' })],
  [
    'half a guardian',
    'guardian-incomplete',
    (row) => ({ ...without(row, '监护人关系'), 监护人姓名: '张大山', 监护人电话: '13800000001' }),
  ],
  [
    'a telephone number with a digit too few',
    'phone-form',
    (row) => ({ ...row, 监护人姓名: '张大山', 监护人关系: '母亲', 监护人电话: '1380000000' }),
  ],
  ['a form not yet reviewed', 'form-not-reviewed', (row) => ({ ...row, 采集表已审核: '否' })],
];

/**
 * About sixty wrong rows, every kind at least once. They are made of children of their own; only the last ones repeat
 * children of `good`, so these must stand above them in the same workbook.
 * @param options as for the good ones, with `from` beyond them
 */
export const spoiledRows = (good: readonly SampleChild[], options: ChildrenOptions): SpoiledRow[] => {
  const own = children(spoils.length, { ...options, withoutHousehold: 0 }).map((child) =>
    child.idDocument.type === 'residentId' ? child : registered(child, options.county),
  );
  const rows = spoils.map(([what, expect, spoil], i): SpoiledRow => ({
    what,
    row: spoil(rowOf(own[i]), own[i]),
    expect: [expect].flat(),
    judgedBy: 'row',
  }));
  const numbered = good.filter((child) => child.idDocument.number);
  const twice: [string, SheetRow][] = numbered.length
    ? [
        ['the same row twice', rowOf(numbered[0])],
        ['the same number under another name', { ...rowOf(numbered[1 % numbered.length]), 姓名: '另一个' }],
        [
          'the same child in another spelling',
          { ...rowOf(numbered[2 % numbered.length]), 姓名: ` ${[...numbered[2 % numbered.length].name].join(' ')} ` },
        ],
      ]
    : [];
  return [
    ...rows,
    ...twice.map(([what, row]): SpoiledRow => ({ what, row, expect: ['duplicate-in-file'], judgedBy: 'file' })),
  ];
};

/** The child with a resident ID number in place of what it had. */
const registered = (child: SampleChild, county: string): SampleChild => ({
  ...child,
  idDocument: { type: 'residentId', number: residentNumber('520103', child.birthDate, child.sex === '1' ? 997 : 998) },
  household: { registered: true, kind: 'family', place: county },
});
