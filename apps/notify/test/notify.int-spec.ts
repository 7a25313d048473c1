import { NestFastifyApplication } from '@nestjs/platform-fastify';
import { registryEvents, transferEvents } from '#libs/contracts';
import { MessagingStore } from '#libs/messaging';
import { until } from '#libs/testing';
import { IntakeConsumer } from '../src/intake/intake.consumer';
import { House, offices, pathOf } from './house';

jest.setTimeout(120_000);

let house: House;
let app: NestFastifyApplication;
const { province, city, county, otherCounty, school, otherSchool } = offices;

beforeAll(async () => {
  house = await House.build();
  house.moveTo('2026-09-28T09:00');
  app = await house.start();
  const { registry } = house;
  for (const [office, name] of [
    [city, '贵阳市教育局'],
    [county, '白云区教育局'],
    [otherCounty, '红花岗区教育局'],
    [school, '白云区第一小学'],
  ] as const)
    await registry.say(registryEvents.officeOpened, office, { kind: 'county', name, path: pathOf(office) });
  await house.appoint('p-clerk', 'clerk-1', 'clerk', school);
  await house.appoint('p-clerk-b', 'clerk-2', 'clerk', otherSchool);
  await house.appoint('p-county', 'officer-1', 'officer', county);
  await house.appoint('p-other', 'officer-2', 'officer', otherCounty);
  await house.appoint('p-city', 'officer-3', 'officer', city);
  await house.appoint('p-operator', 'operator-1', 'operator', province);
  for (const account of ['clerk-1', 'clerk-2', 'officer-1', 'officer-2', 'officer-3'])
    await until(async () => (await house.call(account, 'GET', '/inbox')).status === 200, {
      message: `post of ${account}`,
    });
  await until(async () => (await house.call('operator-1', 'GET', '/deliveries')).status === 200, {
    message: 'operator',
  });
});

afterAll(async () => {
  await app?.close();
  await house?.close();
});

let cases = 0;
/** A case between the two schools, with a step opened at an office. */
const openStep = async (office: string, step: string, dueOn: string): Promise<string> => {
  const caseId = `case-${++cases}`;
  const { transfer } = house;
  await transfer.say(transferEvents.transferFiled, caseId, {
    student: `student-${cases}`,
    from: { school, path: pathOf(school) },
    to: { school: otherSchool, path: pathOf(otherSchool), class: 'class-1' },
    stage: 'primary',
    filedBy: 'clerk-2',
    overrides: [],
  });
  await transfer.say(transferEvents.transferStepOpened, caseId, {
    step,
    act: 'review',
    office,
    path: pathOf(office),
    line: 'guizhou',
    arrivedOn: '2026-09-28',
    dueOn,
  });
  return caseId;
};
const act = (caseId: string, step: string, office: string, outcome: 'agreed' | 'refused' = 'agreed') =>
  house.transfer.say(transferEvents.transferStepActed, caseId, {
    step,
    act: 'review',
    outcome,
    office,
    account: 'somebody',
    late: false,
  });

describe('a step of a transfer', () => {
  it('waits in the inbox of the office that must act, with its days, until it acts', async () => {
    const caseId = await openStep(county, 'outAuthority', '2026-10-08');
    const { items, asOf } = await house.inboxWhen('officer-1', 'the step', ({ items }) => items.length === 1);
    expect(asOf).toBe('2026-09-28');
    expect(items[0]).toMatchObject({
      kind: 'step',
      task: true,
      office: { id: county, name: '白云区教育局', role: 'officer' },
      content: { caseId, step: 'outAuthority', act: 'review' },
      link: `/transfers/${caseId}`,
      dueOn: '2026-10-08',
      workingDaysLeft: 3,
      overdue: false,
      read: false,
    });
    expect(items[0].text.zh).toContain(caseId);
    for (const other of ['clerk-1', 'officer-2', 'officer-3']) expect((await house.inbox(other)).items).toEqual([]);

    await act(caseId, 'outAuthority', county);
    await house.inboxWhen('officer-1', 'empty', ({ items }) => items.length === 0);
  });

  it('is reminded, overdue and escalated; days are those of the day of reading', async () => {
    const caseId = await openStep(county, 'outAuthority', '2026-10-10');
    const [item] = (await house.inboxWhen('officer-1', 'the step', ({ items }) => items.length === 1)).items;
    expect((await house.call('officer-1', 'POST', `/inbox/${item.id}/read`)).status).toBe(204);
    expect((await house.inbox('officer-1')).items[0].read).toBe(true);
    expect((await house.inbox('officer-1', '?unread=true')).items).toEqual([]);

    house.moveTo('2026-10-10T09:00');
    await house.transfer.say(transferEvents.transferStepReminded, caseId, {
      step: 'outAuthority',
      office: county,
      dueOn: '2026-10-10',
    });
    const reminded = await house.inboxWhen('officer-1', 'unread again', ({ items }) => items[0]?.read === false);
    expect(reminded.items[0]).toMatchObject({ remindedOn: '2026-10-10', workingDaysLeft: 0, overdue: false });

    house.moveTo('2026-10-11T00:00');
    await house.transfer.say(transferEvents.transferStepOverdue, caseId, {
      step: 'outAuthority',
      office: county,
      dueOn: '2026-10-10',
      escalatedTo: city,
    });
    const above = await house.inboxWhen('officer-3', 'the escalation', ({ items }) => items.length === 1);
    expect(above.items[0]).toMatchObject({ kind: 'overdue', overdue: true, content: { caseId, lateOffice: county } });
    expect(above.items[0].text.zh).toContain('白云区教育局');
    expect((await house.inbox('officer-1')).items[0]).toMatchObject({ overdue: true, workingDaysLeft: 0 });

    house.moveTo('2026-10-12T09:00');
    expect((await house.inbox('officer-1')).items[0]).toMatchObject({ overdue: true, workingDaysLeft: -1 });
    await act(caseId, 'outAuthority', county);
    await house.inboxWhen('officer-1', 'empty', ({ items }) => items.length === 0);
    await house.inboxWhen('officer-3', 'empty', ({ items }) => items.length === 0);
    house.moveTo('2026-09-28T09:00');
  });

  it('that the case no longer needs is withdrawn; both schools learn how it ended', async () => {
    const caseId = await openStep(county, 'outAuthority', '2026-10-08');
    await house.inboxWhen('officer-1', 'the step', ({ items }) => items.length === 1);
    await house.transfer.say(transferEvents.transferEnded, caseId, { student: 's', outcome: 'withdrawn' });
    await house.inboxWhen('officer-1', 'empty', ({ items }) => items.length === 0);
    for (const clerk of ['clerk-1', 'clerk-2']) {
      const { items } = await house.inboxWhen(clerk, 'the news', ({ items }) => items.length === 1);
      expect(items[0]).toMatchObject({ kind: 'ended', task: false, content: { caseId, outcome: 'withdrawn' } });
    }
    const item = await house.store
      .collection<{ _id: string }>('items')
      .findOne({ 'content.caseId': caseId, office: county });
    expect(item).toMatchObject({ state: 'withdrawn' });
  });

  it('refused on a ground that does not hold is listed at the office above', async () => {
    const caseId = await openStep(otherCounty, 'inAuthority', '2026-10-08');
    await house.inboxWhen('officer-2', 'the step', ({ items }) => items.length === 1);
    await house.transfer.say(transferEvents.transferRefusalListed, caseId, {
      step: 'inAuthority',
      office: otherCounty,
      account: 'officer-2',
      ground: 'classFull',
      listedAt: city,
    });
    const { items } = await house.inboxWhen('officer-3', 'the listing', ({ items }) => items.length === 1);
    expect(items[0]).toMatchObject({ kind: 'refusalListed', content: { ground: 'classFull', refusedBy: otherCounty } });
    expect((await house.inbox('officer-2')).items).toHaveLength(1);
    await house.transfer.say(transferEvents.transferStepOverdue, caseId, {
      step: 'outSchool',
      office: school,
      dueOn: '2026-09-25',
      escalatedTo: county,
      clock: 'handover',
    });
    const late = await house.inboxWhen('officer-1', 'the handover', ({ items }) => items.length === 1);
    expect(late.items[0]).toMatchObject({ kind: 'handoverOverdue', overdue: true, content: { lateOffice: school } });

    // The case ends; the refusal is still to be looked into, until it has been.
    await house.transfer.say(transferEvents.transferCompleted, caseId, { student: 's', movedOn: '2026-09-28' });
    for (const officer of ['officer-1', 'officer-2'])
      await house.inboxWhen(officer, 'empty', ({ items }) => items.length === 0);
    expect((await house.inbox('officer-3')).items).toHaveLength(1);
    await house.transfer.say(transferEvents.transferRefusalReviewed, caseId, {
      step: 'inAuthority',
      office: otherCounty,
      ground: 'classFull',
      finding: 'unfounded',
      reviewedBy: city,
      account: 'officer-3',
    });
    await house.inboxWhen('officer-3', 'empty', ({ items }) => items.length === 0);
  });
});

describe('an inbox', () => {
  it('is paged by place, nothing twice and nothing left out, what is due first at the top', async () => {
    const days = ['2026-10-10', '2026-09-30', '2026-10-08', '2026-09-25', '2026-10-09'];
    for (const day of days) await openStep(otherCounty, 'inAuthority', day);
    await house.inboxWhen('officer-2', 'five', ({ items }) => items.length === 5);
    const seen: (string | undefined)[] = [];
    let next = '';
    do {
      const page = await house.inbox('officer-2', `?limit=2${next && `&after=${next}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ dueOn }) => dueOn));
      next = page.next ?? '';
    } while (next);
    expect(seen).toEqual([...days].sort());
    expect((await house.inbox('officer-2')).items[0].overdue).toBe(true);
  });

  it('belongs to the post: a new holder finds the work there, the old one no longer', async () => {
    await house.appoint('p-other-2', 'officer-9', 'officer', otherCounty);
    const { items } = await house.inboxWhen('officer-9', 'the work of the office', ({ items }) => items.length === 5);
    expect(items.every(({ read }) => !read)).toBe(true);
    await house.registry.say(registryEvents.postEnded, 'p-other', { to: '2026-09-27' });
    await until(async () => (await house.call('officer-2', 'GET', '/inbox')).status === 403, {
      message: 'the post ended',
    });
  });

  it('gives nothing away of other inboxes, and refuses what is malformed', async () => {
    const [theirs] = (await house.inbox('officer-9')).items;
    expect((await house.call('clerk-1', 'POST', `/inbox/${theirs.id}/read`)).status).toBe(404);
    expect((await house.call('clerk-1', 'POST', `/inbox/step:none/read`)).status).toBe(404);
    for (const query of ['?after=%00', '?after=e30', '?limit=0', '?limit=x', '?unread=maybe', '?school=1'])
      expect([query, (await house.call('clerk-1', 'GET', `/inbox${query}`)).status]).toEqual([query, 400]);
    expect((await house.call('operator-1', 'GET', '/inbox')).status).toBe(403);
    expect((await house.call('clerk-1', 'GET', '/deliveries')).status).toBe(403);
  });
});

describe('the intake of a school', () => {
  it('is one item per day, counted, while its children come and go', async () => {
    const { registry } = house;
    const children = Array.from({ length: 30 }, (_, n) => `child-${n}`);
    const submit = (list: string[]) =>
      registry.tell(
        ...list.map(
          (child) => registry.fact(registryEvents.studentSubmitted, child, { authority: county, school }) as never,
        ),
      );
    await submit(children);
    const { items } = await house.inboxWhen('officer-1', '30 children', ({ items }) => items[0]?.count === 30);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ kind: 'intakeSubmitted', content: { school, day: '2026-09-28' }, task: true });
    expect(items[0].text.zh).toContain('白云区第一小学');

    const decide = (name: 'studentReturned' | 'studentConfirmed', child: string) =>
      registry.say(registryEvents[name], child, { authority: county, school });
    for (const child of children.slice(0, 2)) await decide('studentReturned', child);
    for (const child of children.slice(2, 29)) await decide('studentConfirmed', child);
    await house.inboxWhen('officer-1', 'one left', ({ items }) => items[0]?.count === 1);
    const back = await house.inboxWhen('clerk-1', 'two returned', ({ items }) => items[0]?.count === 2);
    expect(back.items[0]).toMatchObject({ kind: 'intakeReturned', content: { authority: county } });

    await registry.say(registryEvents.studentEntryUndone, children[0], { school, class: 'class-1' });
    await submit([children[1]]);
    await house.inboxWhen('officer-1', 'two wait', ({ items }) => items[0]?.count === 2);
    await house.inboxWhen('clerk-1', 'none returned', ({ items }) =>
      items.every(({ kind }) => kind !== 'intakeReturned'),
    );

    for (const child of [children[1], children[29]]) await decide('studentConfirmed', child);
    await house.inboxWhen('officer-1', 'empty', ({ items }) => items.length === 0);
  });

  it('that is all decided leaves the inbox for good once its day is past', async () => {
    const open = () => house.store.collection('items').countDocuments({ 'content.kind': /^intake/, state: 'open' });
    expect(await open()).toBeGreaterThan(0);
    house.moveTo('2026-09-30T09:00');
    for (const account of ['officer-1', 'clerk-1']) await house.inbox(account);
    expect(await open()).toBe(0);
    house.moveTo('2026-09-28T09:00');
  });

  it('reminds the school of files that are due, and tells its authority too when they are late, once a day', async () => {
    const cohort = { school, path: pathOf(school), stage: 'primary' as const, entryYear: 2026 };
    const files = `files.${school}/primary/2026`;
    await house.registry.say(registryEvents.filesDueSoon, files, { ...cohort, dueOn: '2026-10-01' });
    const has = (kind: string) => (page: { items: { kind: string }[] }) =>
      page.items.some((item) => item.kind === kind);
    const reminded = await house.inboxWhen('clerk-1', 'the reminder', has('filesDueSoon'));
    expect(reminded.items.find(({ kind }) => kind === 'filesDueSoon')!.text.zh).toContain('2026-10-01');
    expect(has('filesDueSoon')(await house.inbox('officer-1'))).toBe(false);

    const late = { ...cohort, authority: county };
    await house.registry.say(registryEvents.filesLate, files, { ...late, dueOn: '2026-10-01', emptyClasses: 2 });
    await house.registry.say(registryEvents.filesLate, files, { ...late, madeLate: 3 });
    for (const account of ['clerk-1', 'officer-1']) {
      const { items } = await house.inboxWhen(account, 'the files are late', has('filesLate'));
      expect(items.filter(({ kind }) => kind === 'filesLate')).toHaveLength(1);
      const item = items.find(({ kind }) => kind === 'filesLate')!;
      expect(item).toMatchObject({ task: false, content: { school, stage: 'primary' } });
      expect(item.text.zh).toContain('白云区第一小学');
    }
  });

  it('tells the school that a batch is written, and takes it back with the batch', async () => {
    const written = { school, entered: 48, corrected: 1, unchanged: 2 };
    await house.registry.say(registryEvents.collectionCommitted, 'batch-1', written);
    const isBatch = ({ kind }: { kind: string }) => kind === 'collectionCommitted';
    const { items } = await house.inboxWhen('clerk-1', 'the batch', ({ items }) => items.some(isBatch));
    expect(items.find(isBatch)!.text.zh).toContain('新增 48 人');
    await house.registry.say(registryEvents.collectionUndone, 'batch-1', { school, undone: 48 });
    await house.inboxWhen('clerk-1', 'without the batch', ({ items }) => !items.some(isBatch));
  });
});

describe('mail', () => {
  const addressOf = (account: string) => `${account}@edu.example`;
  const quiet = () =>
    house.deliveriesWhen('nothing on its way', ({ pending, due, sending }) => pending + due + sending === 0);
  const setAddress = async (account: string) =>
    expect((await house.call(account, 'PUT', '/contacts', { email: addressOf(account) })).status).toBe(204);

  it('goes nowhere while nobody has left an address; addresses are kept sealed', async () => {
    await quiet();
    expect(house.mailbox.mails).toEqual([]);
    expect((await house.deliveries()).noAddress).toBeGreaterThan(0);
    for (const email of ['nobody', 'a@b', 'a@edu.example\r\nBcc: c@edu.example', 7, undefined])
      expect((await house.call('clerk-1', 'PUT', '/contacts', { email })).status).toBe(400);
    for (const account of ['officer-1', 'officer-3', 'officer-9', 'clerk-1']) await setAddress(account);
    const contacts = await house.store.collection('contacts').find().toArray();
    expect(contacts).toHaveLength(4);
    expect(JSON.stringify(contacts)).not.toContain('edu.example');
    expect(contacts.map(({ email }) => (email as { k: string }).k).sort()).toEqual([
      '520100/1',
      '520103/1',
      '520103/1',
      '520302/1',
    ]);
    const audited = await house.store.collection('audit').find({ act: 'notify.contact.set' }).toArray();
    expect(audited).toHaveLength(4);
    expect(JSON.stringify(audited)).not.toContain('edu.example');
  });

  it('tells the holder what to do, until when and where, once, and names no child', async () => {
    const caseId = await openStep(county, 'outAuthority', '2026-10-08');
    await until(() => house.mailbox.to(addressOf('officer-1')).length === 1, { message: 'a mail', within: 20_000 });
    const [{ text, messageId }] = house.mailbox.mails;
    for (const part of [
      '转学待审核',
      '白云区教育局',
      caseId,
      '2026-10-08',
      `https://xueji.example/transfers/${caseId}`,
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('student-');
    expect(messageId).toMatch(/@xueji\.example>$/);
    await quiet();
    expect(house.mailbox.mails).toHaveLength(1);
    expect((await house.deliveries()).sent).toBe(1);
  });

  it('that the server cannot take now is tried again when its time has come, and arrives once', async () => {
    house.mailbox.answerTo = () => 451;
    const before = house.mailbox.asked.length;
    await openStep(county, 'outAuthority', '2026-10-09');
    await house.deliveriesWhen('a failed one', ({ failed }) => failed === 1);
    expect(house.mailbox.asked).toHaveLength(before + 1);
    const row = await house.store.collection('deliveries').findOne({ state: 'failed' });
    expect(row).toMatchObject({ tries: 1, reason: 'EENVELOPE 451' });

    house.moveTo('2026-09-28T09:10');
    await until(() => house.mailbox.asked.length === before + 2, { message: 'the second try', within: 20_000 });
    await house.deliveriesWhen('failed again', ({ failed }) => failed === 1);
    house.mailbox.answerTo = () => 'take';
    house.moveTo('2026-09-28T09:30');
    await house.deliveriesWhen('sent', ({ failed, sent }) => failed === 0 && sent === 2);
    expect(house.mailbox.to(addressOf('officer-1'))).toHaveLength(2);
  });

  it('that the server refuses for good is given up at once, and an operator sees it', async () => {
    house.mailbox.answerTo = (recipient) => (recipient === addressOf('officer-3') ? 550 : 'take');
    const caseId = await openStep(city, 'inAuthority', '2026-10-09');
    await house.deliveriesWhen('one given up', ({ givenUp }) => givenUp === 1);
    const row = await house.store.collection('deliveries').findOne({ state: 'givenUp' });
    expect(row).toMatchObject({ tries: 1, reason: 'EENVELOPE 550', content: { caseId } });
    expect(JSON.stringify(row)).not.toContain('edu.example');
    house.mailbox.answerTo = () => 'take';
  });

  it('whose office has two holders goes to both, each once, though one had to be tried again', async () => {
    await house.appoint('p-county-2', 'officer-5', 'officer', county);
    await until(async () => (await house.call('officer-5', 'GET', '/inbox')).status === 200, { message: 'the post' });
    await setAddress('officer-5');
    const before = house.mailbox.to(addressOf('officer-1')).length;
    house.mailbox.answerTo = (recipient) => (recipient === addressOf('officer-5') ? 450 : 'take');
    await openStep(county, 'outAuthority', '2026-10-12');
    await house.deliveriesWhen('a failed one', ({ failed }) => failed === 1);
    house.mailbox.answerTo = () => 'take';
    house.moveTo('2026-09-28T09:40');
    await until(() => house.mailbox.to(addressOf('officer-5')).length === 1, { message: 'the second', within: 20_000 });
    await quiet();
    expect(house.mailbox.to(addressOf('officer-1'))).toHaveLength(before + 1);
    const ids = house.mailbox.mails.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('goes to who holds the post when it is sent, not when it was written', async () => {
    house.mailbox.answerTo = () => 451;
    await openStep(otherCounty, 'inAuthority', '2026-10-13');
    await house.deliveriesWhen('a failed one', ({ failed }) => failed === 1);
    await house.registry.say(registryEvents.postEnded, 'p-other-2', { to: '2026-09-27' });
    await house.appoint('p-other-3', 'officer-10', 'officer', otherCounty);
    await until(async () => (await house.call('officer-10', 'GET', '/inbox')).status === 200, { message: 'the post' });
    await until(async () => (await house.call('officer-9', 'GET', '/inbox')).status === 403, {
      message: 'the old one',
    });
    await setAddress('officer-10');
    house.mailbox.answerTo = () => 'take';
    house.moveTo('2026-09-28T09:50');
    await until(() => house.mailbox.to(addressOf('officer-10')).length === 1, { message: 'the mail', within: 20_000 });
    await quiet();
    expect(house.mailbox.to(addressOf('officer-9'))).toEqual([]);
  });

  it('about what was settled before it could be sent is withdrawn, with its alarm', async () => {
    house.mailbox.answerTo = () => 451;
    const caseId = await openStep(county, 'outAuthority', '2026-10-14');
    await house.deliveriesWhen('a failed one', ({ failed }) => failed === 1);
    await act(caseId, 'outAuthority', county);
    await house.deliveriesWhen('withdrawn', ({ failed, withdrawn }) => failed === 0 && withdrawn > 0);
    const asked = house.mailbox.asked.length;
    const armed = await house.store.collection('deadlines').countDocuments({ state: 'armed' });
    expect(armed).toBe(0);
    house.mailbox.answerTo = () => 'take';
    house.moveTo('2026-09-28T12:00');
    await openStep(county, 'outAuthority', '2026-10-15');
    await until(() => house.mailbox.asked.length > asked, { message: 'a later mail', within: 20_000 });
    await quiet();
    expect(house.mailbox.mails.filter(({ text }) => text.includes(`/transfers/${caseId}`))).toEqual([]);
  });

  it('is not sent to who wants none any more', async () => {
    expect((await house.call('clerk-1', 'PUT', '/contacts', { email: null })).status).toBe(204);
    expect(await house.store.collection<{ _id: string }>('contacts').findOne({ _id: 'clerk-1' })).toBeNull();
  });
});

describe('the interface', () => {
  it('is described completely', async () => {
    const reply = await fetch(`${await app.getUrl()}/api/notify/openapi.json`);
    const { paths } = (await reply.json()) as { paths: Record<string, Record<string, { responses: object }>> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/api/notify/v1/inbox',
        '/api/notify/v1/inbox/{id}/read',
        '/api/notify/v1/contacts',
        '/api/notify/v1/deliveries',
      ]),
    );
    expect(Object.keys(paths['/api/notify/v1/inbox'].get.responses)).toEqual(
      expect.arrayContaining(['200', '400', '401', '403']),
    );
  });
});

describe('the intake of many schools', () => {
  it('heard by the row is the same as heard one child after another', async () => {
    const consumer = app.get(IntakeConsumer);
    const store = app.get(MessagingStore);
    /** Two schools under two authorities; `own` stands in every id. @returns what is kept for them, without `own` */
    const heard = async (own: string, inRows: boolean): Promise<unknown> => {
      const seqs = new Map<string, number>();
      const play = async (name: 'submitted' | 'returned' | 'confirmed' | 'undone', numbers: number[]) => {
        const row = numbers.map((n) => {
          const aggregateId = `pupil-${n}-${own}`;
          const seq = (seqs.get(aggregateId) ?? 0) + 1;
          seqs.set(aggregateId, seq);
          const data = { authority: `county-${n % 3 ? 1 : 2}-${own}`, school: `school-${n % 2}-${own}`, class: 'c' };
          const recordedAt = new Date(Date.UTC(2026, 8, 28, 1, seq, n));
          return { id: `${aggregateId}:${seq}`, aggregateId, seq, recordedAt, data } as never;
        });
        for (const events of inRows ? [row] : row.map((event) => [event]))
          await store.transaction((session) => consumer[name](events, session));
      };
      await play('submitted', [0, 1, 2, 3, 4, 5, 6, 7]);
      await play('returned', [1, 4, 2]);
      await play('submitted', [2, 1, 2]);
      await play('confirmed', [0, 2]);
      await play('undone', [4, 5]);
      const kept = await Promise.all([
        house.store
          .collection('items')
          .find({ office: new RegExp(`${own}$`) }, { sort: { _id: 1 } })
          .toArray(),
        house.store
          .collection<{ _id: string }>('waiting_children')
          .find({ _id: new RegExp(`${own}$`) }, { sort: { _id: 1 } })
          .toArray(),
        house.store
          .collection('deliveries')
          .find({ office: new RegExp(`${own}$`) }, { sort: { _id: 1 }, projection: { item: 1 } })
          .toArray(),
      ]);
      return JSON.parse(JSON.stringify(kept).replaceAll(own, ''));
    };
    const singly = (await heard('own1', false)) as unknown[][];
    expect(singly.map((list) => list.length)).toEqual([6, 4, 2]);
    expect(await heard('own2', true)).toEqual(singly);
  });
});
