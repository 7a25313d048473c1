import type { Mark } from '../students/record';
import { whenConfirmed, whenReturned, whenSuspected, whenWithdrawn } from './dropout-marks';

describe('marks of a dropout', () => {
  /** Spans by mark and first day, as a record keeps them. */
  const after = (...told: Mark[]): Mark[] =>
    told.reduce<Mark[]>(
      (marks, one) => [...marks.filter(({ mark, from }) => mark !== one.mark || from !== one.from), one],
      [],
    );
  const held = (marks: Mark[]) => marks.filter(({ from, to }) => to === undefined || from <= to);

  it('begin with the suspicion and end the day before the child is back [GZ-DO8]', () => {
    const marks = after(
      ...whenSuspected('2026-09-10'),
      ...whenWithdrawn({ reason: 'returned', on: '2026-09-14', suspectedOn: '2026-09-10' }),
    );
    expect(held(marks)).toEqual([{ mark: 'suspectedDropout', from: '2026-09-10', to: '2026-09-13' }]);
  });

  it('pass from suspicion to dropout on one day, and end with the return', () => {
    const suspected = after(...whenSuspected('2026-09-10'));
    const marks = after(
      ...suspected,
      ...whenConfirmed(suspected, '2026-09-22'),
      ...whenReturned('2026-10-12', '2026-09-22'),
    );
    expect(held(marks)).toEqual([
      { mark: 'suspectedDropout', from: '2026-09-10', to: '2026-09-21' },
      { mark: 'dropout', from: '2026-09-22', to: '2026-10-11' },
    ]);
  });

  it('never held where the roll calls were corrected, a dropout on top of them included', () => {
    const suspected = after(...whenSuspected('2026-09-10'));
    const marks = after(
      ...suspected,
      ...whenConfirmed(suspected, '2026-09-22'),
      ...whenWithdrawn({ reason: 'corrected', on: '2026-10-01', suspectedOn: '2026-09-10', dropoutOn: '2026-09-22' }),
    );
    expect(held(marks)).toEqual([]);
    expect(marks).toHaveLength(2);
  });

  it('move with a correction that moves the day', () => {
    const marks = after(...whenSuspected('2026-09-10'), ...whenSuspected('2026-09-09', '2026-09-10'));
    expect(held(marks)).toEqual([{ mark: 'suspectedDropout', from: '2026-09-09' }]);
  });

  it('end for who is on no roll any more', () => {
    const suspected = after(...whenSuspected('2026-09-10'));
    const marks = after(
      ...suspected,
      ...whenConfirmed(suspected, '2026-09-22'),
      ...whenWithdrawn({ reason: 'offRoll', on: '2026-12-01', suspectedOn: '2026-09-10', dropoutOn: '2026-09-22' }),
    );
    expect(held(marks)).toContainEqual({ mark: 'dropout', from: '2026-09-22', to: '2026-11-30' });
  });
});
