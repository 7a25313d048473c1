import { loadCalendar } from '#libs/policy';
import { Content, meaning, newItem, standing } from './item';
import { pathOf, wordingOf } from './wording';

const since = new Date('2026-09-28T02:00:00Z');
const step: Content = { kind: 'step', caseId: 'c1', step: 'outSchool', act: 'review', arrivedOn: '2026-09-28' };
const every: Content[] = [
  step,
  { kind: 'overdue', caseId: 'c1', step: 'outAuthority', lateOffice: '520103' },
  { kind: 'handoverOverdue', caseId: 'c1', step: 'inSchool', lateOffice: '2152010301' },
  { kind: 'refusalListed', caseId: 'c1', step: 'inAuthority', refusedBy: '520302', ground: 'classFull' },
  { kind: 'completed', caseId: 'c1', movedOn: '2026-10-12' },
  { kind: 'rollCallMissing', class: 'k1', day: '2026-09-08' },
  { kind: 'homeVisit', watch: 'w1', suspectedOn: '2026-09-10' },
  { kind: 'reportSuspicion', watch: 'w1' },
  { kind: 'dropoutProposed', watch: 'w1', lastDay: '2026-09-21' },
  { kind: 'letterToSend', watch: 'w1', no: 's-2026-0002', to: 'township', about: 'suspicion', on: '2026-09-11' },
  { kind: 'suspicionReported', watch: 'w1', school: '2152010301', no: 's-2026-0001', on: '2026-09-11' },
  { kind: 'dropoutReported', watch: 'w1', school: '2152010301', no: 's-2026-0005', on: '2026-09-22' },
  {
    ...{ kind: 'reportWithdrawn', watch: 'w1', school: '2152010301', no: 's-2026-0007', withdraws: 's-2026-0001' },
    on: '2026-09-25',
  },
  { kind: 'ended', caseId: 'c1', outcome: 'withdrawn' },
  { kind: 'intakeSubmitted', school: '2152010301', day: '2026-09-01' },
  { kind: 'intakeReturned', authority: '520103', day: '2026-09-01' },
  { kind: 'filesDueSoon', stage: 'primary', entryYear: 2026, lastDay: '2026-10-01' },
  { kind: 'filesLate', school: '2152010301', stage: 'primary', entryYear: 2026, on: '2026-10-02' },
  { kind: 'collectionCommitted', batch: 'b1', entered: 3, corrected: 2, unchanged: 1 },
];

describe('working days left, over the National Day holiday of 2026', () => {
  const calendar = loadCalendar();
  const at = (today: string, dueOn: string) =>
    standing(dueOn, today, (from, to) => calendar.workingDaysBetween(from, to));

  it.each([
    ['2026-09-28', '2026-09-30', 2, false],
    ['2026-09-29', '2026-10-08', 2, false],
    ['2026-09-30', '2026-09-30', 0, false],
    ['2026-10-08', '2026-10-10', 2, false],
    ['2026-10-10', '2026-10-10', 0, false],
    ['2026-10-11', '2026-10-10', 0, true],
    ['2026-10-12', '2026-10-10', -1, true],
  ])('on %s of what is due on %s: %i, overdue %s', (today, dueOn, left, overdue) =>
    expect(at(today, dueOn)).toEqual({ left, overdue }),
  );
});

describe('the order of an inbox', () => {
  it('is: what was due first, then tasks without a day by age, then news, the newest first', () => {
    const hour = 3_600_000;
    const items = [
      newItem('o', { kind: 'completed', caseId: 'c9', movedOn: '2026-09-01' }, new Date(since.getTime() - 2 * hour)),
      newItem('o', { kind: 'intakeSubmitted', school: 's', day: '2026-09-02' }, new Date(since.getTime() + hour)),
      newItem('o', { kind: 'ended', caseId: 'c8', outcome: 'refused' }, since),
      newItem('o', { ...step, caseId: 'c2' }, since, { dueOn: '2026-10-10' }),
      newItem('o', { kind: 'intakeSubmitted', school: 's', day: '2026-09-01' }, since),
      newItem('o', { ...step, caseId: 'c3' }, since, { dueOn: '2026-09-25' }),
    ];
    const sorted = [...items].sort((a, b) => (a.order < b.order ? -1 : 1));
    expect(
      sorted.map(({ content }) => ('caseId' in content ? content.caseId : 'day' in content && content.day)),
    ).toEqual(['c3', 'c2', '2026-09-01', '2026-09-02', 'c8', 'c9']);
  });
});

describe('what an item means', () => {
  it('names it: the same again is the same item, anything else another', () => {
    const one = newItem('520103', step, since);
    expect(newItem('520103', { ...step, arrivedOn: '2026-10-01' }, new Date())._id).toBe(one._id);
    const others = [newItem('520100', step, since), newItem('520103', { ...step, step: 'inSchool' }, since)];
    for (const other of others) expect(other._id).not.toBe(one._id);
    expect(new Set(every.map((content) => newItem('o', content, since)._id)).size).toBe(every.length);
  });

  it('keeps parts apart, whatever signs they hold', () => {
    expect(meaning('a:b', 'c')).not.toBe(meaning('a', 'b:c'));
    expect(meaning('a b/c', '学')).toMatch(/^[\w.:~-]+$/);
  });
});

describe('the words of an item', () => {
  it.each(every.map((content) => [content.kind, content] as const))(
    '%s stand in both languages, with a place to go',
    (_, content) => {
      const { title, text } = wordingOf(content, (id) => `«${id}»`, 7);
      for (const { zh, en } of [title, text]) {
        expect(zh).toMatch(/[\u4e00-\u9fff]/);
        expect(en).toMatch(/^[^\u4e00-\u9fff]+$/);
        expect(`${zh}${en}`).not.toMatch(/undefined|\[object/);
      }
      expect(pathOf(content)).toMatch(/^\/[\w/-]+$/);
    },
  );
});
