import { registryEvents, transferEvents } from '#libs/contracts';
import { built, OwnProcess, until } from '#libs/testing';
import { House, offices, pathOf } from './house';

jest.setTimeout(120_000);

const { county, province } = offices;
let house: House;
let notify: OwnProcess;

beforeAll(async () => {
  house = await House.build();
  house.moveTo('2026-09-28T09:00');
  notify = await OwnProcess.start({
    name: `notify-${house.corner.runId}`,
    entry: 'apps/notify/src/main.ts',
    env: {
      ...house.environment,
      XUEJI_CLOCK_MODULE: built('libs/testing/src/moved-clock.ts'),
      XUEJI_LOG_LEVEL: 'info',
    },
  });
  house.speakTo(notify.url);
  await house.registry.say(registryEvents.officeOpened, county, {
    kind: 'county',
    name: '白云区教育局',
    path: pathOf(county),
  });
  await house.appoint('p-county', 'officer-1', 'officer', county);
  await house.appoint('p-operator', 'operator-1', 'operator', province);
  await until(async () => (await house.call('officer-1', 'GET', '/inbox')).status === 200, { message: 'the post' });
  await until(async () => (await house.call('operator-1', 'GET', '/deliveries')).status === 200, {
    message: 'operator',
  });
  await house.call('officer-1', 'PUT', '/contacts', { email: 'officer-1@edu.example' });
});

afterAll(async () => {
  await notify?.kill();
  await house?.close();
});

let cases = 0;
const openStep = async (): Promise<string> => {
  const caseId = `case-${++cases}`;
  await house.transfer.say(transferEvents.transferStepOpened, caseId, {
    step: 'outAuthority',
    act: 'review',
    office: county,
    path: pathOf(county),
    line: 'guizhou',
    arrivedOn: '2026-09-28',
    dueOn: '2026-09-30',
  });
  return caseId;
};
const mailsOf = (caseId: string) => house.mailbox.mails.filter(({ text }) => text.includes(`/transfers/${caseId}`));
/** The lease of a dead sender ends by real time; the test does not wait for it, the store is told that it has. */
const letLeaseEnd = () =>
  house.store
    .collection('deliveries')
    .updateMany({ state: 'sending' }, { $set: { 'lease.until': new Date(Date.now() - 1) } });

describe('a sender killed with -9', () => {
  it('before the server took the mail: it is sent once', async () => {
    house.mailbox.answerTo = () => 'silence';
    const caseId = await openStep();
    await until(() => house.mailbox.asked.length === 1, { message: 'the server is asked', within: 20_000 });
    await notify.kill();
    house.mailbox.answerTo = () => 'take';
    await notify.restart();
    expect(mailsOf(caseId)).toEqual([]);
    await letLeaseEnd();
    await house.deliveriesWhen('sent', ({ sent, sending }) => sent === 1 && sending === 0);
    expect(mailsOf(caseId)).toHaveLength(1);
  });

  it('after the server took it and before that was noted: a second copy, under the same Message-ID', async () => {
    let taken: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => (taken = resolve));
    // The server has the mail and does not say so any more.
    house.mailbox.onTaken = async () => {
      taken();
      await notify.ended(20_000);
    };
    const caseId = await openStep();
    await accepted;
    await notify.kill();
    house.mailbox.onTaken = () => undefined;
    await notify.restart();
    await letLeaseEnd();
    await house.deliveriesWhen('sent', ({ sent, sending }) => sent === 2 && sending === 0);
    const copies = mailsOf(caseId);
    expect(copies).toHaveLength(2);
    expect(new Set(copies.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('with a mail armed for later: it is sent when its time has come', async () => {
    house.mailbox.answerTo = () => 451;
    const caseId = await openStep();
    await house.deliveriesWhen('failed', ({ failed }) => failed === 1);
    await notify.kill();
    house.mailbox.answerTo = () => 'take';
    house.moveTo('2026-09-28T09:05');
    await notify.restart();
    await house.deliveriesWhen('sent', ({ sent, failed }) => sent === 3 && failed === 0);
    expect(mailsOf(caseId)).toHaveLength(1);
  });
});

describe('a running notify', () => {
  it('writes no address and no account of a holder to its log', async () => {
    const log = notify.output();
    expect(log).toContain('listening');
    expect(log).not.toContain('edu.example');
    expect(log).not.toContain('officer-1');
  });

  it('ends by SIGTERM by itself, with a mail server that does not answer', async () => {
    house.mailbox.answerTo = () => 'silence';
    const before = house.mailbox.asked.length;
    await openStep();
    await until(() => house.mailbox.asked.length > before, { message: 'the server is asked', within: 20_000 });
    expect((await notify.stop(12_000)).signal).not.toBe('SIGKILL');
    house.mailbox.answerTo = () => 'take';
    await notify.restart();
    await letLeaseEnd();
    await house.deliveriesWhen('sent', ({ sent, sending, due }) => sent === 4 && sending + due === 0);
  });

  it('does not start with half of its settings, and says which are missing without repeating a password', async () => {
    const program = OwnProcess.start({
      name: `notify-bad-${house.corner.runId}`,
      entry: 'apps/notify/src/main.ts',
      env: { ...house.environment, XUEJI_SMTP_URL: 'http://user:secret-word@mail', XUEJI_MAIL_FROM: 'nobody' },
    });
    const fault = await program.catch((error: Error) => error.message);
    expect(fault).toContain('XUEJI_SMTP_URL');
    expect(fault).toContain('XUEJI_MAIL_FROM');
    expect(fault).not.toContain('secret-word');
  });
});
