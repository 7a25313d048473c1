import { firstDifference, isCalled, staysOf } from './membership';
import { openEnd, type Seat, type StudyPlace } from './student';

const seat = (classId: string | undefined, from: string, seq: number): Seat => ({
  from,
  seq,
  stage: 'primary',
  ...(classId && { class: classId, school: `s-${classId}`, path: `/1/s-${classId}/` }),
});
const study = (classId: string | undefined, from: string, seq: number): StudyPlace => ({
  from,
  seq,
  ...(classId && { class: classId, school: `s-${classId}`, path: `/1/s-${classId}/` }),
});
const shown = (facts: Parameters<typeof staysOf>[0]) =>
  staysOf(facts).map(({ class: classId, from, to }) => `${classId} ${from}..${to === openEnd ? '' : to}`);
const none = { study: [], marks: [] };

describe('where a child is to be called', () => {
  it('follows its seat, by the legal date of each move, whenever it became known', () => {
    const seats = [seat('a', '2026-09-01', 1), seat('c', '2026-10-01', 2), seat('b', '2026-09-15', 3)];
    expect(shown({ seats, ...none })).toEqual([
      ...['a 2026-09-01..2026-09-14', 'b 2026-09-15..2026-09-30', 'c 2026-10-01..'],
    ]);
  });

  it('is the class in which it studies, while it studies elsewhere [NAT-SP1] [D5-09]', () => {
    const places = [study('x', '2026-09-10', 2), study(undefined, '2026-11-01', 3)];
    expect(shown({ seats: [seat('a', '2026-09-01', 1)], study: places, marks: [] })).toEqual([
      ...['a 2026-09-01..2026-09-09', 'x 2026-09-10..2026-10-31', 'a 2026-11-01..'],
    ]);
  });

  it('is nowhere while it is taught at home; a mark that never held hides nothing [NAT-SP2] [R5-11]', () => {
    const home = (from: string, to?: string) => ({ mark: 'homeTeaching', from, ...(to && { to }) });
    const seats = [seat('a', '2026-09-01', 1)];
    expect(shown({ seats, study: [], marks: [home('2026-09-10', '2026-09-20')] })).toEqual([
      ...['a 2026-09-01..2026-09-09', 'a 2026-09-21..'],
    ]);
    expect(shown({ seats, study: [], marks: [home('2026-09-10', '2026-09-09')] })).toEqual(['a 2026-09-01..']);
    expect(shown({ seats, study: [], marks: [{ mark: 'leftBehind', from: '2026-09-01' }] })).toEqual([
      'a 2026-09-01..',
    ]);
  });

  it('ends with the seat', () => {
    expect(shown({ seats: [seat('a', '2026-09-01', 1), seat(undefined, '2027-07-10', 2)], ...none })).toEqual([
      'a 2026-09-01..2027-07-09',
    ]);
  });

  it('tells from which day on a later fact changes anything', () => {
    const before = staysOf({ seats: [seat('a', '2026-09-01', 1)], ...none });
    const after = staysOf({ seats: [seat('a', '2026-09-01', 1), seat('b', '2026-09-15', 2)], ...none });
    expect(firstDifference(before, after)).toBe('2026-09-15');
    expect(firstDifference(after, after)).toBeUndefined();
  });

  it('leaves out who has dropped out, until the day of the return', () => {
    const stays = staysOf({ seats: [seat('a', '2026-09-01', 1)], ...none });
    const dropouts = [{ watch: 'w', reportedOn: '2026-09-11', on: '2026-09-22', until: '2026-10-12' }];
    expect(
      ['2026-09-21', '2026-09-22', '2026-10-11', '2026-10-12'].map((day) => isCalled({ stays, dropouts }, day)),
    ).toEqual([...[true, false, false, true]]);
  });
});
