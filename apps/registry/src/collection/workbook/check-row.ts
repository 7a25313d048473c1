import type { Citation, ProblemItem, Text } from '#libs/contracts';
import {
  type ValueProblem,
  checkCharacter,
  checkName,
  checkPhone,
  checkResidentId,
  childrenAt,
  codeOf,
  divisionAt,
  divisionPath,
  hasFullWidthDigits,
  isDate,
  isPermitNumber,
  periodsOf,
  type GuardianRelation,
  type HouseholdKind,
  type IdDocumentType,
  type NoHouseholdCertificate,
  type ResidentId,
  type Sex,
} from '#libs/codes';
import { type Cell, type Cells, isFault, looksLikeFormula, textOf } from './cell';
import type { ChildEntry } from './child-entry';
import { type CollectionFormat, type Column, type ColumnKey, codeLists } from './format';

/** What a row is checked against. No clock and no store: the caller states the day and the classes. */
export interface RowContext {
  format: CollectionFormat;
  /** Legal date of the check. */
  today: string;
  /** Classes that the school has open. A cell may hold the name or the id. */
  classes: readonly { id: string; name: string }[];
  /** Finds the article of a rule in the pack that judges; a rule that the pack does not have gives none. */
  cite?: (rule: string) => Citation | undefined;
  /** How `field` names an item: by the header of the column, or by its key (HTTP form). Default `header`. */
  fields?: 'header' | 'key';
}

export interface CheckedRow {
  /** Present exactly when there are no problems. */
  child?: ChildEntry;
  problems: ProblemItem[];
  warnings: ProblemItem[];
}

/** What has no article of its own rests on these: every row is checked, and its errors come back row by row. */
const everyRowIsChecked = ['GZ-CL4', 'SCH10-EN2'];

/** No false information; the first of these that the judging pack has is cited. */
const noFalseInformation = ['CZ-EN12', 'GZ-EN7', 'NAT-EN4'];

/**
 * Checks one row by itself and turns it into an entry. Everything wrong is told at once. What needs other rows or the
 * register (duplicates, age, caps) is not judged here.
 */
export const checkRow = (cells: Cells, context: RowContext): CheckedRow => {
  const problems: ProblemItem[] = [];
  const warnings: ProblemItem[] = [];
  const columns = columnsOf(context.format);
  const english = context.fields === 'key';
  const nameOf = (key: ColumnKey) => (english ? key : columns[key].header.zh);
  const citation = (rules: readonly string[]): Citation | undefined => {
    for (const rule of rules) {
      const found = context.cite?.(rule);
      if (found) return found;
    }
    return undefined;
  };
  const tell = (list: ProblemItem[], key: ColumnKey, found: ValueProblem, rules: readonly string[] = []) => {
    const cited = citation(list === problems ? [...rules, ...everyRowIsChecked] : rules);
    list.push({ field: nameOf(key), ...found, ...(cited && { citation: cited }) });
  };
  const wrong = (
    key: ColumnKey,
    code: string,
    message: Text,
    remedy?: Text,
    more: { facts?: Record<string, unknown>; rules?: readonly string[] } = {},
  ) =>
    tell(
      problems,
      key,
      { code, message, ...(remedy && { remedy }), ...(more.facts && { facts: more.facts }) },
      more.rules,
    );

  const texts = {} as Record<ColumnKey, string>;
  const faulty = new Set<ColumnKey>();
  for (const column of context.format.columns) {
    const cell = cells[column.key];
    texts[column.key] = textOf(cell);
    if (!isFault(cell)) continue;
    faulty.add(column.key);
    if (cell.fault === 'formula') {
      wrong(
        column.key,
        'cell-formula',
        { zh: '单元格是公式，不接受公式。', en: 'The cell is a formula; formulas are not taken.' },
        { zh: '请直接录入值，或复制后“选择性粘贴—数值”。', en: 'Enter the value, or paste it as a value.' },
      );
    } else {
      wrong(
        column.key,
        'cell-error',
        { zh: `单元格是错误值 ${cell.shown}。`, en: `The cell holds the error ${cell.shown}.` },
        { zh: '请重新录入。', en: 'Enter the value again.' },
      );
    }
  }
  /** Text of a cell, or nothing when it is empty or already told to be wrong. */
  const given = (key: ColumnKey): string | undefined => (faulty.has(key) || texts[key] === '' ? undefined : texts[key]);

  const code = <C extends string>(key: ColumnKey): C | undefined => {
    const text = given(key);
    if (text === undefined) return undefined;
    const values = codeLists[columns[key].codes!];
    const found = codeOf(values, text);
    if (found !== undefined) return found as C;
    const few = values.length <= 12 ? values.map((v) => v.zh) : undefined;
    wrong(
      key,
      'code-unknown',
      { zh: `“${text}”不是可选值。`, en: `"${text}" is not one of the values.` },
      few
        ? {
            zh: `请从下拉列表选择：${few.join('、')}。`,
            en: `Choose one of: ${values.map((v) => `${v.zh} (${v.en})`).join(', ')}.`,
          }
        : { zh: '请从下拉列表选择，或填代码。', en: 'Choose from the list, or give the code.' },
      { facts: { given: text, ...(few && { allowed: few }) } },
    );
    faulty.add(key);
    return undefined;
  };
  const date = (key: ColumnKey): string | undefined => {
    if (faulty.has(key) || texts[key] === '') return undefined;
    const read = readDate(cells[key]!);
    if ('date' in read) return read.date;
    tell(problems, key, read.problem);
    faulty.add(key);
    return undefined;
  };
  const checked = <T>(
    key: ColumnKey,
    check: (text: string) => { value?: T; problems: ValueProblem[]; warnings: ValueProblem[] },
  ) => {
    const text = given(key);
    if (text === undefined) return undefined;
    const result = check(text);
    for (const found of result.problems) tell(problems, key, found);
    for (const found of result.warnings) tell(warnings, key, found);
    if (result.problems.length > 0) faulty.add(key);
    return result.value;
  };
  const freeText = (key: ColumnKey): string | undefined => {
    const text = given(key)?.replace(/\s+/g, ' ');
    if (text === undefined) return undefined;
    const longest = columns[key].maxLength ?? 200;
    if (looksLikeFormula(text)) {
      wrong(
        key,
        'text-formula',
        { zh: '内容以公式符号（= + - @）开头。', en: 'The text begins like a formula (= + - @).' },
        { zh: '请去掉开头的符号。', en: 'Take the first character away.' },
      );
    } else if (/\p{Cc}|\p{Cs}|\uFFFD/u.test(text)) {
      wrong(
        key,
        'text-characters',
        { zh: '内容中有无法显示的字符（乱码）。', en: 'The text holds characters that cannot be shown.' },
        { zh: '请重新录入。', en: 'Enter the text again.' },
      );
    } else if ([...text].length > longest) {
      wrong(
        key,
        'text-length',
        {
          zh: `内容有${[...text].length}个字，最多${longest}个。`,
          en: `The text has ${[...text].length} characters, at most ${longest}.`,
        },
        undefined,
        { facts: { length: [...text].length, longest } },
      );
    } else {
      return text;
    }
    faulty.add(key);
    return undefined;
  };

  const name = checked('name', checkName);
  const sex = code<Sex>('sex');
  const birthDate = date('birthDate');
  const documentType = code<IdDocumentType>('documentType');
  const householdKind = code<HouseholdKind>('householdKind');
  const ethnic = code('ethnic');
  const entryDate = date('entryDate');

  if (birthDate && birthDate > context.today) {
    wrong(
      'birthDate',
      'birth-date-future',
      { zh: `出生日期 ${birthDate} 尚未到来。`, en: `The birth date ${birthDate} is to come.` },
      { zh: '请核对出生日期。', en: 'Look at the birth date again.' },
    );
  } else if (birthDate && birthDate < '1900-01-01') {
    wrong(
      'birthDate',
      'birth-date-too-early',
      { zh: `出生日期 ${birthDate} 早于1900年。`, en: `The birth date ${birthDate} is before 1900.` },
      { zh: '请核对出生日期。', en: 'Look at the birth date again.' },
    );
  }
  if (birthDate && entryDate && entryDate <= birthDate) {
    wrong(
      'entryDate',
      'entry-before-birth',
      {
        zh: `入学日期 ${entryDate} 不晚于出生日期 ${birthDate}。`,
        en: `The day of entry ${entryDate} is not after the birth date ${birthDate}.`,
      },
      { zh: '请核对两个日期。', en: 'Look at both dates again.' },
    );
  }

  const number = documentNumber();

  const classText = given('class');
  const classId = classText === undefined ? undefined : classOf(classText);

  const place = division();
  const registered = householdKind === undefined ? undefined : householdKind !== 'none';
  const withoutAny = registered === false && documentType === 'none';
  if (registered === false && documentType === 'residentId') {
    wrong(
      'documentNumber',
      'id-without-household',
      {
        zh: '有居民身份号码的学生都有户口，与“无户口”矛盾。',
        en: 'A child with a resident ID number has a registration; "无户口" contradicts it.',
      },
      {
        zh: '有户口：请改户口类别并填户口所在地。无户口：证件类型选“无证件”，清空号码，填写无户证明。',
        en: 'With a registration: correct the household and give its place. Without: choose 无证件, clear the number, fill in the certificate.',
      },
      { rules: ['GZ-EN2'] },
    );
  }
  if (registered === true && documentType === 'none') {
    wrong(
      'documentType',
      'household-without-id',
      {
        zh: '有户口的学生都有居民身份号码，与“无证件”矛盾。',
        en: 'A registered child has a resident ID number; "无证件" contradicts it.',
      },
      {
        zh: '请按户口簿填写身份号码；确无户口的，户口类别选“无户口”。',
        en: 'Enter the number from the household book; if there is no registration choose 无户口.',
      },
    );
  }

  const certificate = code<NoHouseholdCertificate>('certificate');
  const papers = {
    vaccination: yes('vaccination'),
    healthBooklet: yes('healthBooklet'),
    residencePermit: yes('residencePermit'),
  };
  const whyMissing = freeText('missingPapers');
  const address = freeText('address');
  const guardian = {
    name: checked('guardianName', checkName),
    relation: code<GuardianRelation>('guardianRelation'),
    phone: checked('guardianPhone', checkPhone),
  };
  const form = { reviewed: yes('formReviewed'), signed: yes('formSigned'), photo: yes('photo') };
  if (form.reviewed === false) {
    wrong(
      'formReviewed',
      'form-not-reviewed',
      { zh: '采集表尚未审核，不能录入。', en: 'The form is not yet reviewed and may not be entered.' },
      { zh: '请学校先审核采集表。', en: 'Let the school review the form first.' },
      { rules: ['GZ-CL3'] },
    );
  }

  const guardianKeys = ['guardianName', 'guardianRelation', 'guardianPhone'] as const;
  const guardianTouched = guardianKeys.some((key) => texts[key] !== '');
  const papersMissing = withoutAny && Object.values(papers).includes(false);
  const due: Record<Exclude<Column['required'], true>, boolean> = {
    hasDocument: documentType !== undefined && documentType !== 'none',
    hasHousehold: registered === true,
    noHousehold: registered === false,
    noHouseholdNoDocument: withoutAny,
    papersMissing,
  };
  for (const column of context.format.columns) {
    if (texts[column.key] !== '' || faulty.has(column.key)) continue;
    if (column.required === true || due[column.required]) {
      wrong(
        column.key,
        'required',
        required[column.required === true ? 'always' : column.required](columns[column.key].header),
        { zh: column.help.zh, en: column.help.en },
        { ...(column.rule && { rules: [column.rule] }) },
      );
    } else if (guardianTouched && (guardianKeys as readonly string[]).includes(column.key)) {
      wrong(
        column.key,
        'guardian-incomplete',
        { zh: '监护人姓名、关系、电话须同时填写。', en: 'Name, relation and telephone of the guardian go together.' },
        { zh: '请补齐，或三项都清空。', en: 'Fill in all three or clear all three.' },
      );
    }
  }
  for (const [key, empty] of [
    ['documentNumber', documentType === 'none'],
    ['householdPlace', registered === false],
  ] as const) {
    if (!empty || texts[key] === '') continue;
    const because = key === 'documentNumber' ? '证件类型选了“无证件”' : '户口类别选了“无户口”';
    const becauseEn =
      key === 'documentNumber' ? 'the document is 无证件 (none)' : 'the household is 无户口 (not registered)';
    wrong(
      key,
      'must-be-empty',
      { zh: `${because}，此项应为空。`, en: `This must be empty, because ${becauseEn}.` },
      { zh: '请清空，或更正前一项。', en: 'Clear it, or correct the other item.' },
      { rules: ['GZ-EN2'] },
    );
  }

  if (problems.length > 0) return { problems: inOrder(problems, context, nameOf), warnings };
  const child: ChildEntry = {
    name: name!,
    sex: sex!,
    birthDate: birthDate!,
    idDocument: { type: documentType!, ...(number && { number }) },
    ethnic: ethnic!,
    class: classId!,
    entryDate: entryDate!,
    household: {
      registered: registered!,
      kind: householdKind!,
      ...(place && { place }),
      ...(withoutAny && {
        certificate: certificate!,
        papers: {
          vaccination: papers.vaccination!,
          healthBooklet: papers.healthBooklet!,
          residencePermit: papers.residencePermit!,
          ...(papersMissing && { whyMissing: whyMissing! }),
        },
      }),
    },
    ...(guardian.name && guardian.relation && guardian.phone
      ? { guardian: { name: guardian.name, relation: guardian.relation, phone: guardian.phone } }
      : {}),
    address: address!,
    form: { reviewed: form.reviewed!, signed: form.signed!, photo: form.photo! },
  };
  return { child, problems, warnings };

  function yes(key: ColumnKey): boolean | undefined {
    const answer = code<'yes' | 'no'>(key);
    return answer === undefined ? undefined : answer === 'yes';
  }

  function documentNumber(): string | undefined {
    const cell = cells.documentNumber;
    if (faulty.has('documentNumber') || texts.documentNumber === '' || documentType === 'none') return undefined;
    const fail = (code: string, message: Text, remedy: Text, rules?: readonly string[]) => {
      wrong('documentNumber', code, message, remedy, { rules });
      faulty.add('documentNumber');
    };
    if (typeof cell === 'number') {
      fail(
        'id-stored-as-number',
        {
          zh: '证件号码被存成了数字，末几位可能已丢失。',
          en: 'The number is stored as a numeric value; its last digits may be lost.',
        },
        {
          zh: '请把该列设为“文本”格式后，对照证件重新录入（不能只改格式）。',
          en: 'Set the column to text, then type the number again from the document (changing the format alone does not bring the digits back).',
        },
      );
      return undefined;
    }
    if (documentType === 'residentId' || documentType === 'hmtResidencePermit') {
      const id = checked('documentNumber', (text) => checkResidentId(text, context.today));
      if (!id) return undefined;
      const permit = isPermitNumber(id.number);
      if (permit !== (documentType === 'hmtResidencePermit')) {
        fail(
          permit ? 'id-is-permit' : 'id-is-no-permit',
          permit
            ? {
                zh: '这是港澳台居民居住证号码。',
                en: 'This is the number of a residence permit for Hong Kong, Macao or Taiwan residents.',
              }
            : {
                zh: '港澳台居民居住证号码以810000、820000或830000开头。',
                en: 'A residence permit number begins with 810000, 820000 or 830000.',
              },
          permit
            ? { zh: '请把证件类型改为“港澳台居民居住证”。', en: 'Choose 港澳台居民居住证 as the document.' }
            : { zh: '请核对证件类型和号码。', en: 'Look at the document and the number again.' },
        );
        return undefined;
      }
      contradictions(id);
      return id.number;
    }
    const text = texts.documentNumber.toUpperCase();
    const shape = documentType === undefined ? undefined : numberShapes[documentType];
    if (!shape) return text;
    const checkDigitOff =
      documentType === 'foreignResidentCard' && text.length === 18 && checkCharacter(text) !== text[17];
    if (!shape.test(text) || checkDigitOff) {
      fail(
        'document-number-form',
        {
          zh: `“${texts.documentNumber}”不是这种证件的号码。`,
          en: `"${texts.documentNumber}" is not a number of this kind of document.`,
        },
        {
          zh: '请核对证件类型和号码；只用半角字母和数字。',
          en: 'Look at the document and the number again; half-width letters and digits only.',
        },
      );
      return undefined;
    }
    return text;
  }

  function contradictions(id: ResidentId) {
    if (sex && sex !== id.sex) {
      const [zh, en] = id.sex === '1' ? ['男', 'male'] : ['女', 'female'];
      wrong(
        'sex',
        'sex-contradicts-id',
        { zh: `性别与证件号码矛盾：号码表示${zh}。`, en: `The sex contradicts the ID number, which says ${en}.` },
        { zh: '请对照户口簿更正性别或号码。', en: 'Correct the sex or the number from the household book.' },
        { facts: { sex, sexInNumber: id.sex }, rules: noFalseInformation },
      );
    }
    if (birthDate && birthDate !== id.birthDate) {
      wrong(
        'birthDate',
        'birth-date-contradicts-id',
        {
          zh: `出生日期 ${birthDate} 与证件号码中的 ${id.birthDate} 矛盾。`,
          en: `The birth date ${birthDate} contradicts the ID number, which says ${id.birthDate}.`,
        },
        { zh: '请对照户口簿更正日期或号码。', en: 'Correct the date or the number from the household book.' },
        { facts: { birthDate, birthDateInNumber: id.birthDate }, rules: noFalseInformation },
      );
    }
  }

  function classOf(text: string): string | undefined {
    const plain = text.replace(/\s/g, '');
    const found = context.classes.find((c) => c.id === text || c.name === text || c.name.replace(/\s/g, '') === plain);
    if (found) return found.id;
    const names = context.classes.map((c) => c.name);
    wrong(
      'class',
      'class-unknown',
      { zh: `本校没有班级“${text}”。`, en: `The school has no class "${text}".` },
      names.length > 0
        ? {
            zh: `请从下拉列表选择：${names.slice(0, 40).join('、')}。`,
            en: `Choose one of: ${names.slice(0, 40).join(', ')}.`,
          }
        : { zh: '请先在系统中建立班级。', en: 'Open the class in the system first.' },
      { facts: { given: text } },
    );
    faulty.add('class');
    return undefined;
  }

  function division(): string | undefined {
    const text = given('householdPlace');
    if (text === undefined || householdKind === 'none') return undefined;
    const given6 = /^\d{6}(?!\d)/.exec(text)?.[0];
    const known = given6 !== undefined && divisionAt(given6, context.today);
    if (given6 === undefined) {
      wrong(
        'householdPlace',
        'division-form',
        { zh: `“${text}”不以6位区划代码开头。`, en: `"${text}" does not begin with a 6-digit division code.` },
        {
          zh: '请从下拉列表选择；省外的填6位县级区划代码。',
          en: 'Choose from the list, or give the 6-digit county code of a place outside the province.',
        },
        { facts: { given: text } },
      );
      faulty.add('householdPlace');
      return undefined;
    }
    if (known && known.level !== 'county' && childrenAt(given6, context.today).length > 0) {
      wrong(
        'householdPlace',
        'division-not-county',
        {
          zh: `${given6} 是${divisionPath(given6, context.today)}，户口所在地须到县（区）。`,
          en: `${given6} is ${divisionPath(given6, context.today)}; the household place is given down to the county.`,
        },
        { zh: '请填县级区划代码。', en: 'Give the code of the county.' },
        { facts: { given: given6 } },
      );
      faulty.add('householdPlace');
      return undefined;
    }
    if (!known) {
      const past = periodsOf(given6).at(-1);
      tell(warnings, 'householdPlace', {
        code: past ? 'division-retired' : 'division-unknown',
        message: past
          ? { zh: `${given6}（${past.name}）已停用。`, en: `${given6} (${past.name}) is no longer in use.` }
          : { zh: `${given6} 不在已知的行政区划代码中。`, en: `${given6} is in no known list of divisions.` },
        remedy: { zh: '请核对；户口簿如此记载的不必改动。', en: 'Look again; leave it if the household book says so.' },
        facts: { given: given6 },
      });
    }
    return given6;
  }
};

/** Forms of other documents' numbers, as far as they are fixed. */
const numberShapes: Partial<Record<IdDocumentType, RegExp>> = {
  hmtTravelPermit: /^([HM]\d{8}(\d{2})?|\d{8}(\d{2})?)$/,
  passport: /^(?=.*\d)[A-Z0-9]{5,17}$/,
  foreignResidentCard: /^([A-Z]{3}\d{12}|9\d{16}[\dX])$/,
};

const required: Record<'always' | Exclude<Column['required'], true>, (header: Text) => Text> = {
  always: (h) => ({ zh: `“${h.zh}”必须填写。`, en: `"${h.en}" is required.` }),
  hasDocument: (h) => ({
    zh: `有证件的学生，“${h.zh}”必须填写。`,
    en: `"${h.en}" is required for a child with a document.`,
  }),
  hasHousehold: (h) => ({
    zh: `有户口的学生，“${h.zh}”必须填写。`,
    en: `"${h.en}" is required for a registered child.`,
  }),
  noHousehold: (h) => ({
    zh: `无户口的学生，“${h.zh}”必须填写。`,
    en: `"${h.en}" is required for a child without household registration.`,
  }),
  noHouseholdNoDocument: (h) => ({
    zh: `无户口的学生，“${h.zh}”必须填写。`,
    en: `"${h.en}" is required for a child without household registration.`,
  }),
  papersMissing: (h) => ({ zh: `材料有缺，“${h.zh}”必须填写。`, en: `Papers are missing, so "${h.en}" is required.` }),
};

/**
 * Reads a date: an Excel date, or text `2020-08-31` or `20200831`. Other ways of writing are understood well enough to say
 * how to write them, but not taken: 8/9/2020 means two days.
 */
const readDate = (cell: Cell): { date: string } | { problem: ValueProblem } => {
  const text = textOf(cell);
  const howTo = (example = '2020-08-31'): Text => ({
    zh: `请写成 ${example} 或 ${example.replace(/-/g, '')}，或设为Excel日期。`,
    en: `Write ${example} or ${example.replace(/-/g, '')}, or use an Excel date.`,
  });
  const impossible = (shown: string): { problem: ValueProblem } => ({
    problem: {
      code: 'date-impossible',
      message: { zh: `日期 ${shown} 不存在。`, en: `The date ${shown} does not exist.` },
      remedy: { zh: '请核对日期。', en: 'Look at the date again.' },
      facts: { given: shown },
    },
  });
  if (cell instanceof Date) return isDate(text) ? { date: text } : impossible(text);
  const [, year, month, day] = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text) ?? [];
  if (year && (/^\d{8}$/.test(text) || /^\d{4}-\d{2}-\d{2}$/.test(text))) {
    const date = `${year}-${month}-${day}`;
    return isDate(date) ? { date } : impossible(text);
  }
  if (hasFullWidthDigits(text)) {
    return {
      problem: {
        code: 'date-full-width',
        message: { zh: `日期“${text}”中有全角数字。`, en: `The date "${text}" holds full-width digits.` },
        remedy: howTo(),
        facts: { given: text },
      },
    };
  }
  if (typeof cell === 'number') {
    return {
      problem: {
        code: 'date-number',
        message: { zh: `${text} 是数字，不是日期。`, en: `${text} is a number, not a date.` },
        remedy: howTo(),
        facts: { given: text },
      },
    };
  }
  const parts = /^(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?$/.exec(text);
  const meant = parts && `${parts[1]}-${parts[2].padStart(2, '0')}-${parts[3].padStart(2, '0')}`;
  return {
    problem: {
      code: 'date-form',
      message: { zh: `“${text}”不是可接受的日期写法。`, en: `"${text}" is not an accepted way to write a date.` },
      remedy: howTo(meant && isDate(meant) ? meant : undefined),
      facts: { given: text },
    },
  };
};

const columnCache = new WeakMap<CollectionFormat, Record<ColumnKey, Column>>();
const columnsOf = (format: CollectionFormat): Record<ColumnKey, Column> => {
  let columns = columnCache.get(format);
  if (!columns) {
    columns = Object.fromEntries(format.columns.map((c) => [c.key, c])) as Record<ColumnKey, Column>;
    columnCache.set(format, columns);
  }
  return columns;
};

/** Problems in the order of the columns, as a person reads the row. */
const inOrder = (problems: ProblemItem[], context: RowContext, nameOf: (key: ColumnKey) => string): ProblemItem[] => {
  const place = new Map(context.format.columns.map((c, i) => [nameOf(c.key), i]));
  return problems.sort((a, b) => place.get(a.field!)! - place.get(b.field!)!);
};
