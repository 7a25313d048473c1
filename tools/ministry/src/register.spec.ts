import fc from 'fast-check';
import { checkCharacter } from '#libs/codes';
import { Register } from './register';
import { NumberRequest } from './request';

const usual = { refuseDuplicates: true, unknownSchools: [] as string[] };

/** An invented, well-formed number of the nth child of a day. */
const idOf = (n: number, birthDate = '2020-03-04'): string => {
  const first17 = `520103${birthDate.replaceAll('-', '')}${String(n * 2 + 1).padStart(3, '0')}`;
  return first17 + checkCharacter(first17);
};

const child = (requestId: string, over: Partial<NumberRequest> = {}): NumberRequest => ({
  requestId,
  kind: 'issue-G',
  idNumber: idOf(1),
  birthDate: '2020-03-04',
  sex: '1',
  divisionCode: '520103',
  schoolCode: '2152000001',
  ...over,
});

const temporary = (requestId: string, over: Partial<NumberRequest> = {}) =>
  child(requestId, { kind: 'issue-L', idNumber: undefined, ...over });

describe('official numbers', () => {
  it('are G and the ID number', () => {
    expect(new Register().decide(child('a'), usual)).toEqual({ outcome: 'issued', number: `G${idOf(1)}` });
  });

  it('a person asked for under another id is refused, or has the same number once more', () => {
    const register = new Register();
    register.decide(child('a'), usual);
    expect(register.decide(child('b'), usual)).toEqual({ outcome: 'refused', reason: 'duplicate' });
    expect(register.decide(child('c'), { ...usual, refuseDuplicates: false })).toEqual({
      outcome: 'issued',
      number: `G${idOf(1)}`,
    });
    expect(register.issued).toBe(1);
  });

  it.each([
    ['no-id-number', { idNumber: undefined }],
    ['id-number-invalid', { idNumber: `${idOf(1).slice(0, 17)}${idOf(1)[17] === '0' ? '1' : '0'}` }],
    ['id-number-differs', { birthDate: '2020-03-05' }],
    ['id-number-differs', { sex: '2' }],
    ['malformed-birthDate', { birthDate: '2020-02-30' }],
    ['malformed-sex', { sex: 'm' }],
    ['malformed-divisionCode', { divisionCode: '52' }],
    ['malformed-schoolCode', { schoolCode: 'x' }],
    ['malformed-kind', { kind: 'issue-X' as 'issue-G' }],
    ['has-id-number', { kind: 'issue-L' as const }],
  ])('refused as %s', (reason, over) => {
    expect(new Register().decide(child('a', over), usual)).toEqual({ outcome: 'refused', reason });
  });

  it('of a school that is not known are refused', () => {
    expect(new Register().decide(child('a'), { ...usual, unknownSchools: ['2152000001'] })).toEqual({
      outcome: 'refused',
      reason: 'unknown-school',
    });
  });
});

describe('temporary numbers', () => {
  it('are L, division, birth date and a serial that counts within both', () => {
    const register = new Register();
    const numbers = [
      temporary('a'),
      temporary('b'),
      temporary('c', { birthDate: '2020-03-05' }),
      temporary('d', { divisionCode: '520102' }),
    ].map((request) => register.decide(request, usual));
    expect(numbers.map((decision) => 'number' in decision && decision.number)).toEqual([
      'L520103202003040001',
      'L520103202003040002',
      'L520103202003050001',
      'L520102202003040001',
    ]);
  });

  it('become official, once, by the number named', () => {
    const register = new Register();
    register.decide(temporary('a'), usual);
    const convert = (requestId: string, idNumber: string, fromNumber = 'L520103202003040001') =>
      register.decide(child(requestId, { kind: 'convert-to-G', idNumber, fromNumber }), usual);
    expect(convert('x', idOf(1), 'L520103202003049999')).toEqual({ outcome: 'refused', reason: 'unknown-number' });
    expect(convert('b', idOf(1))).toEqual({ outcome: 'issued', number: `G${idOf(1)}` });
    expect(convert('c', idOf(2))).toEqual({ outcome: 'refused', reason: 'already-converted' });
  });

  it('end after 9,999 of one day and place', () => {
    const register = new Register();
    for (let n = 1; n <= 9_999; n++) register.decide(temporary(`r${n}`), usual);
    expect(register.decide(temporary('last'), usual)).toEqual({ outcome: 'refused', reason: 'serials-exhausted' });
    expect(register.issued).toBe(9_999);
  });
});

it('whatever is asked, in whatever order: no number goes to two, and no person has two', () => {
  const kind = fc.constantFrom<NumberRequest['kind']>('issue-G', 'issue-L', 'convert-to-G');
  const wish = fc.record({ kind, who: fc.nat(5), refuseDuplicates: fc.boolean() });
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 40 }), (wishes) => {
      const register = new Register();
      const persons = new Map<string, string>();
      for (const [n, { kind, who, refuseDuplicates }] of wishes.entries()) {
        const idNumber = kind === 'issue-L' ? undefined : idOf(who);
        const decision = register.decide(child(`r${n}`, { kind, idNumber }), { ...usual, refuseDuplicates });
        if (decision.outcome === 'refused') continue;
        const person = idNumber ?? `r${n}`;
        const holders = [...persons].filter(([, number]) => number === decision.number).map(([one]) => one);
        if (holders.some((one) => one !== person)) return false;
        if ((persons.get(person) ?? decision.number) !== decision.number) return false;
        persons.set(person, decision.number);
      }
      return true;
    }),
  );
});
