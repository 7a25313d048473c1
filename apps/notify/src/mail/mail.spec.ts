import { newItem } from '../inbox/item';
import { allowedTries, newDelivery, nextTryAfter, verdictOf } from './delivery';
import { writeMail } from './write-mail';

const now = new Date('2026-09-28T02:00:00Z');
const item = newItem(
  '520103',
  { kind: 'step', caseId: 'c1', step: 'outAuthority', act: 'approve', arrivedOn: '2026-09-29' },
  now,
  { dueOn: '2026-10-08' },
);
const delivery = newDelivery(item, { reminder: false, day: '2026-09-29', now });
const to = {
  account: 'a1',
  nameOf: () => '白云区教育局',
  from: 'no-reply@edu.example',
  publicUrl: 'https://xueji.example',
};

describe('the next try', () => {
  it('comes after 1 minute, 5, 30, 2 hours, 12 hours, and then never', () => {
    const minutes = [1, 2, 3, 4, 5].map((tries) => (nextTryAfter(tries, now)!.getTime() - now.getTime()) / 60_000);
    expect(minutes).toEqual([1, 5, 30, 120, 720]);
    expect(nextTryAfter(allowedTries, now)).toBeUndefined();
  });
});

describe('what the server says', () => {
  it.each([
    [{ code: 'EENVELOPE', responseCode: 550, command: 'RCPT TO' }, true],
    [{ code: 'EMESSAGE', responseCode: 554, command: 'DATA' }, true],
    [{ code: 'EENVELOPE', responseCode: 450, command: 'RCPT TO' }, false],
    [{ code: 'EENVELOPE', responseCode: 550, command: 'MAIL FROM' }, false],
    [{ code: 'EAUTH', responseCode: 535 }, false],
    [{ code: 'ECONNECTION' }, false],
    [new TypeError('x'), false],
    [undefined, false],
  ])('%p is for good: %p', (fault, permanent) => expect(verdictOf(fault).permanent).toBe(permanent));

  it('is kept as codes, never in its own words', () => {
    const fault = Object.assign(new Error('550 <wang@edu.example> unknown'), { code: 'EENVELOPE', responseCode: 550 });
    expect(verdictOf(fault).reason).toBe('EENVELOPE 550');
  });
});

describe('a mail', () => {
  it('says who, what, until when and where, in both languages', () => {
    const { subject, text } = writeMail(delivery, to);
    expect(subject).toBe('【学籍】转学待批准（2026-10-08 前） / Transfer to decide on by 2026-10-08');
    for (const part of ['白云区教育局（520103）', 'c1', '2026-10-08（当日24时止）', 'to the end of the day'])
      expect(text).toContain(part);
    expect(text.split('https://xueji.example/transfers/c1')).toHaveLength(3);
  });

  it('of a reminder says so', () => {
    const { subject } = writeMail({ ...delivery, reminder: true }, to);
    expect(subject).toContain('催办：转学待批准');
    expect(subject).toContain('Reminder: Transfer');
  });

  it('has one id per delivery and account, on the domain it comes from', () => {
    const idOf = (id: string, account: string) => writeMail({ ...delivery, _id: id }, { ...to, account }).messageId;
    expect(idOf('d1', 'a1')).toBe(idOf('d1', 'a1'));
    expect(new Set([idOf('d1', 'a1'), idOf('d1', 'a2'), idOf('d2', 'a1')]).size).toBe(3);
    expect(idOf('d1', 'a1')).toMatch(/^<[0-9a-f]{40}@edu\.example>$/);
  });
});

describe('a delivery', () => {
  it('is named by what it means: another day or a reminder is another one', () => {
    const again = newDelivery(item, { reminder: false, day: '2026-09-30', now: new Date() });
    expect(again._id).toBe(delivery._id);
    expect(newDelivery(item, { reminder: true, day: '2026-09-29', now })._id).not.toBe(delivery._id);
    expect(newDelivery({ ...item, dueOn: '2026-10-09' }, { reminder: false, day: '2026-09-29', now })._id).not.toBe(
      delivery._id,
    );
  });
});
