import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock, moveClock } from './moved-clock';
import { until } from './wait';

describe('the moved clock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  const file = (name: string) => join(folder, name);
  const apart = (one: Date, other: Date) => Math.abs(one.getTime() - other.getTime());

  afterAll(() => rmSync(folder, { recursive: true }));

  it('is real time until it is moved', () => {
    expect(apart(createClock(file('still')).now(), new Date())).toBeLessThan(1000);
  });

  it('shows a move at once to every clock of the file, also to one made later', () => {
    const before = createClock(file('moved'));
    const instants = ['2026-09-28T01:00:00Z', '2026-10-12T01:00:00Z'].map((text) => new Date(text));
    for (const instant of instants) {
      moveClock(file('moved'), instant);
      expect(apart(before.now(), instant)).toBeLessThan(1000);
    }
    expect(apart(createClock(file('moved')).now(), new Date('2026-10-12T01:00:00Z'))).toBeLessThan(1000);
  });

  it('calls back once for a move', async () => {
    const clock = createClock(file('heard'));
    let moves = 0;
    clock.onMove(() => moves++);
    moveClock(file('heard'), new Date('2026-10-01T00:00:00Z'));
    await until(() => moves === 1, { within: 2000, message: 'one call for the first move' });
    moveClock(file('heard'), new Date('2026-10-08T00:00:00Z'));
    await until(() => moves === 2, { within: 2000, message: 'one call for the second move' });
  });

  it('refuses a file without an offset, no file, and no instant', () => {
    writeFileSync(file('broken'), '{"offset":"tomorrow"}');
    expect(() => createClock(file('broken'))).toThrow('holds no offset');
    expect(() => createClock('')).toThrow('XUEJI_CLOCK_FILE');
    expect(() => moveClock(file('x'), new Date('nonsense'))).toThrow('instant');
  });
});
