import * as fc from 'fast-check';
import { codeOf, ethnicGroups, sexes } from './code-sets';
import { isDate } from './dates';
import { checkName, normaliseName, rareCharacters } from './names';
import { checkPhone } from './phones';
import { checkSchoolCode } from './school-code';

describe('a name', () => {
  it.each([
    ['张 三', '张三'],
    ['　张三　', '张三'],
    ['阿依•古丽', '阿依·古丽'],
    ['阿依・古丽', '阿依·古丽'],
    ['买买提．艾力', '买买提·艾力'],
    ['买买提.艾力', '买买提·艾力'],
    ['扎西 · 卓玛', '扎西·卓玛'],
    ['Ｍａｒｙ　Smith', 'Mary Smith'],
    ['Mary   Smith', 'Mary Smith'],
    ['e\u0301', '\u00e9'],
  ])('%s is written %s', (text, name) => {
    expect(normaliseName(text)).toBe(name);
  });

  it('is written the same when written again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'张三阿依古丽䶮𠮷·•・．. 　Aｂ') }), (text) => {
        expect(normaliseName(normaliseName(text))).toBe(normaliseName(text));
      }),
    );
  });

  it('may hold characters of every plane', () => {
    for (const name of ['王䶮', '李𠮷', '陈𬱖', '周𫖯', '㛃', '郑㐂', '黄\u{2E9F5}', '林\u{30000}', '〇一'])
      expect(checkName(name)).toMatchObject({ value: name, problems: [] });
    expect(rareCharacters('王䶮𠮷〇')).toEqual(['䶮', '𠮷']);
  });

  it.each([
    ['name-empty', ' '],
    ['name-characters', '王?'],
    ['name-characters', '李明2'],
    ['name-characters', '李明２'],
    ['name-characters', '=1+1'],
    ['name-characters', '-张三'],
    ['name-characters', '张三\u0000'],
    ['name-characters', '王□'],
    ['name-private-character', '王\uE863'],
    ['name-dot', '阿依·'],
    ['name-dot', '·古丽'],
    ['name-dot', '阿依··古丽'],
    ['name-length', '长'.repeat(51)],
  ])('tells %s of "%s"', (code, text) => {
    expect(checkName(text).problems.map((p) => p.code)).toEqual([code]);
    expect(checkName(text).value).toBeUndefined();
  });
});

describe('a telephone number', () => {
  it.each([
    ['13812345678', '13812345678'],
    ['138 1234 5678', '13812345678'],
    ['+86-138-1234-5678', '13812345678'],
    ['１３８１２３４５６７８', '13812345678'],
    ['0851-12345678', '0851-12345678'],
    ['（0851）12345678', '0851-12345678'],
    ['01012345678', '010-12345678'],
    ['0851-1234567转802', '0851-1234567-802'],
  ])('%s is %s', (text, phone) => {
    expect(checkPhone(text)).toEqual({ value: phone, problems: [], warnings: [] });
  });

  it.each(['1381234567', '12812345678', '12345678', '0851', 'abc', ''])('"%s" is none', (text) => {
    expect(checkPhone(text).problems.map((p) => p.code)).toEqual(['phone-form']);
  });
});

describe('a school code [FJ-SC1, GZ-SC2]', () => {
  it('has type, province and serial', () => {
    expect(checkSchoolCode('2152000001', 'primary').value).toEqual({
      code: '2152000001',
      type: '21',
      province: '520000',
      serial: '000001',
    });
  });

  it.each([
    ['school-code-form', 'GY-0001'],
    ['school-code-form', '215200001'],
    ['school-code-form', '２１５２００００01'],
    ['school-code-type', '9952000001'],
    ['school-code-province', '2199000001'],
    ['school-code-not-covered', '1152000001'],
    ['school-code-not-covered', '3652000001'],
  ])('tells %s of %s', (code, text) => {
    expect(checkSchoolCode(text).problems.map((p) => p.code)).toEqual([code]);
  });

  it('stands for the types that it can stand for', () => {
    expect(checkSchoolCode('3152000001', 'nineYear').problems).toEqual([]);
    expect(checkSchoolCode('3452000001', 'complete').problems).toEqual([]);
    expect(checkSchoolCode('3752000001', 'reform').problems).toEqual([]);
    expect(checkSchoolCode('5152000001', 'special').problems).toEqual([]);
    expect(checkSchoolCode('2152000001', 'senior').problems.map((p) => p.code)).toEqual(['school-code-other-type']);
  });
});

describe('code sets', () => {
  it('hold 56 ethnic groups as two digits, and two in common use beyond the standard', () => {
    const standard = ethnicGroups.filter((g) => !g.beyondStandard);
    expect(standard.map((g) => g.code)).toEqual(Array.from({ length: 56 }, (_, i) => String(i + 1).padStart(2, '0')));
    expect(ethnicGroups.filter((g) => g.beyondStandard).map((g) => g.code)).toEqual(['97', '98']);
    expect(new Set(ethnicGroups.map((g) => g.zh)).size).toBe(58);
  });

  it('are read by code or exact name', () => {
    expect(codeOf(ethnicGroups, '苗族')).toBe('06');
    expect(codeOf(ethnicGroups, '06')).toBe('06');
    expect(codeOf(ethnicGroups, '6')).toBeUndefined();
    expect(codeOf(sexes, '男 ')).toBeUndefined();
  });
});

it('a date is a day of the calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1800, max: 2200 }), fc.nat(13), fc.nat(32), (year, month, day) => {
      const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
      const parsed = new Date(`${text}T00:00:00Z`);
      expect(isDate(text)).toBe(!Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text));
    }),
  );
  expect(isDate('2020-2-3')).toBe(false);
});
