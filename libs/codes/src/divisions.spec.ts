import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenAt, countiesAt, divisionAt, divisionPath, periodsOf, wasEver } from './divisions';
import { isDate } from './dates';

const today = '2026-09-10';

describe('divisions', () => {
  it('are those of Guizhou: 9 prefectures, 88 counties', () => {
    const prefectures = childrenAt('520000', today);
    expect(prefectures).toHaveLength(9);
    expect(prefectures.flatMap((p) => childrenAt(p.code, today))).toHaveLength(88);
    expect(countiesAt('520000', today)).toHaveLength(88);
  });

  it('are 34 provinces, all of whose parts stand', () => {
    const rows = readFileSync(join(__dirname, '../data/divisions.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const now = rows.map((row) => row.split(',')).filter((row) => row[4] === '');
    expect(now.filter(([code]) => code.endsWith('0000'))).toHaveLength(34);
    const standing = new Set(now.map(([code]) => code));
    expect(now.filter(([code, , parent]) => !code.endsWith('0000') && !standing.has(parent))).toEqual([]);
  });

  it('have well-formed, ordered, separate periods', () => {
    const rows = readFileSync(join(__dirname, '../data/divisions.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const codes = [...new Set(rows.map((row) => row.slice(0, 6)))];
    const faults = codes.flatMap((code) => {
      const periods = periodsOf(code);
      return periods.flatMap((period, i) => {
        const { validFrom = '0000-00-00', validTo = '9999-99-99' } = period;
        const dates = [period.validFrom, period.validTo].filter((d) => d !== undefined);
        const before = periods[i - 1]?.validTo;
        const apart = i === 0 || (before !== undefined && (before < validFrom || periods[i - 1].name === period.name));
        return dates.every(isDate) && validFrom <= validTo && apart ? [] : [{ code, period }];
      });
    });
    expect(faults).toEqual([]);
  });

  it('know the changes of our places', () => {
    expect(divisionAt('520581', today)?.name).toBe('黔西市');
    expect(divisionAt('520581', '2020-12-31')).toBeUndefined();
    expect(divisionAt('520522', '2020-12-31')?.name).toBe('黔西县');
    expect(divisionAt('520522', today)).toBeUndefined();
    expect(wasEver('520522')).toBe(true);
    expect(childrenAt('140400', today).map((d) => d.code)).toEqual(
      expect.arrayContaining(['140404', '140405', '140406', '140423']),
    );
    expect(divisionAt('140406', '2017-12-31')).toBeUndefined();
    expect(divisionAt('140406', '2019-01-01')?.name).toBe('潞城区');
    expect(divisionAt('140481', '2017-01-01')?.name).toBe('潞城市');
  });

  it('keep a name for its time', () => {
    expect(divisionAt('522300', '1980-12-31')?.name).toBe('兴义地区');
    expect(divisionAt('522300', today)?.name).toBe('黔西南布依族苗族自治州');
  });

  it('never were, when no list has them', () => {
    expect(wasEver('529999')).toBe(false);
    expect(periodsOf('529999')).toEqual([]);
  });

  it('have a full name', () => {
    expect(divisionPath('520103', today)).toBe('贵州省贵阳市云岩区');
    expect(divisionPath('659001', today)).toBe('新疆维吾尔自治区石河子市');
  });
});
