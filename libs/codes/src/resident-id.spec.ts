import * as fc from 'fast-check';
import { checkCharacter, checkResidentId, isPermitNumber, readResidentId } from './resident-id';

const today = '2026-09-10';
const codes = (text: string) => checkResidentId(text, today).problems.map((p) => p.code);

const date = fc
  .date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2026-09-10T00:00:00Z'), noInvalidDate: true })
  .map((d) => d.toISOString().slice(0, 10));
const lawful = fc
  .tuple(fc.constantFrom('520103', '140406', '110101', '520221', '999999'), date, fc.integer({ min: 0, max: 999 }))
  .map(([division, born, sequence]) => {
    const first17 = `${division}${born.replace(/-/g, '')}${String(sequence).padStart(3, '0')}`;
    return { number: first17 + checkCharacter(first17), born, sequence };
  });

describe('a resident ID number', () => {
  it('is taken when it is lawful, and says birth date and sex', () => {
    fc.assert(
      fc.property(lawful, ({ number, born, sequence }) => {
        const { value, problems } = checkResidentId(number, today);
        expect(problems).toEqual([]);
        expect(value).toMatchObject({ number, birthDate: born, sex: sequence % 2 === 1 ? '1' : '2' });
      }),
    );
  });

  it('is refused with any one character wrong', () => {
    fc.assert(
      fc.property(lawful, fc.nat(17), fc.integer({ min: 1, max: 9 }), ({ number }, at, by) => {
        const digit = number[at] === 'X' ? '0' : String((Number(number[at]) + by) % 10);
        expect(codes(number.slice(0, at) + digit + number.slice(at + 1)).length).toBeGreaterThan(0);
      }),
    );
  });

  it('is refused with two neighbouring digits exchanged', () => {
    fc.assert(
      fc.property(lawful, fc.nat(15), ({ number }, at) => {
        fc.pre(number[at] !== number[at + 1]);
        const exchanged = number.slice(0, at) + number[at + 1] + number[at] + number.slice(at + 2);
        expect(codes(exchanged).length).toBeGreaterThan(0);
      }),
    );
  });

  it('is never offered in a corrected form', () => {
    fc.assert(
      fc.property(lawful, ({ number }) => {
        const wrong = number.slice(0, 17) + (number[17] === '0' ? '1' : '0');
        const answer = checkResidentId(wrong, today);
        expect(answer.value).toBeUndefined();
        expect(JSON.stringify(answer)).not.toContain(number);
      }),
    );
  });

  it('has its known check characters', () => {
    // Worked example of the standard, and one whose check character is X.
    expect(checkCharacter('11010519491231002')).toBe('X');
    expect(checkCharacter('44052418800101001')).toBe('4');
  });

  it('takes a lower-case x and blanks around it, nothing else', () => {
    expect(checkResidentId(' 11010519491231002x ', today).value?.number).toBe('11010519491231002X');
    expect(codes('110105 19491231002X')).toEqual(['id-characters']);
  });

  it.each([
    ['id-length', '1101051949123100'],
    ['id-old-form', '110105491231002'],
    ['id-characters', '1101051949123100ZX'],
    ['id-characters', 'X10105194912310021'],
    ['id-full-width', '１１０１０５１９４９１２３１００２X'],
    ['id-full-width', '11010519491231002Ｘ'],
    ['id-date-impossible', '110105202302290000'],
    ['id-date-future', '110105202609110000'],
    ['id-date-too-early', '110105189912310000'],
    ['id-check-digit', '110105194912310021'],
  ])('tells %s', (code, text) => {
    expect(codes(text)).toContain(code);
  });

  it('takes a birth date of today and refuses the day after', () => {
    const on = (day: string) => `520103${day}001` + checkCharacter(`520103${day}001`);
    expect(codes(on('20260910'))).toEqual([]);
    expect(codes(on('20260911'))).toEqual(['id-date-future']);
  });

  it('says all that is wrong at once', () => {
    expect(codes('110105202302290000')).toEqual(['id-date-impossible', 'id-check-digit']);
  });
});

describe('the division in a number', () => {
  const warnings = (division: string, day: string) => {
    const first17 = `${division}${day}001`;
    return checkResidentId(first17 + checkCharacter(first17), today).warnings.map((w) => w.code);
  };

  it('may be retired, if it stood at birth', () => {
    expect(warnings('520221', '20191105')).toEqual([]); // 水城县, a district since 2020
    expect(warnings('140481', '20150101')).toEqual([]); // 潞城市, a district since 2018
  });

  it('is remarked when it stood at another time, and when nobody knows it', () => {
    expect(warnings('520221', '20220101')).toEqual(['id-division-not-then']);
    expect(warnings('520204', '20100101')).toEqual(['id-division-not-then']);
    expect(warnings('529999', '20191105')).toEqual(['id-division-unknown']);
  });

  it('stands for Hong Kong, Macao or Taiwan in a residence permit', () => {
    expect(warnings('810000', '20191105')).toEqual([]);
    expect(warnings('830000', '20191105')).toEqual([]);
    expect(isPermitNumber('83000020191105001X')).toBe(true);
    expect(isPermitNumber('71000020191105001X')).toBe(false);
  });
});

it('reads a number without judging it', () => {
  expect(readResidentId('520103202003070024')).toEqual({
    number: '520103202003070024',
    division: '520103',
    birthDate: '2020-03-07',
    sex: '2',
  });
});
