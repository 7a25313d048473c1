import { until } from '#libs/testing';
import { PlayedRegistry } from './played-registry';
import { pdf, RunningTransfer } from './running-transfer';

jest.setTimeout(90_000);

const out = '2152010301';
const into = '2152030201';
const clerkIn = `clerk-${into}`;

describe('a transfer through Kafka', () => {
  let service: RunningTransfer;
  let registry: PlayedRegistry;
  let form: string;

  beforeAll(async () => {
    service = await RunningTransfer.start('2026-09-28', { hears: true });
    registry = await PlayedRegistry.start(service.corner);
    service.teller = (definition, id, data) => registry.say(definition, id, data);
    await service.openPlaces();
    await service.openClass('class-out', out);
    await service.openClass('class-in', into);
    await until(async () => (await service.collection('posts').countDocuments()) >= 22, {
      within: 30_000,
      message: async () => `the posts have arrived, there are ${await service.collection('posts').countDocuments()}`,
    });
    form = (await service.upload(clerkIn, into, pdf('form'))).body.digest;
  });
  afterAll(async () => {
    await registry.stop();
    await service.stop();
  });

  const arrived = async (): Promise<string> => {
    const student = await service.enter('class-out', out);
    await until(async () => service.collection('students').findOne({ _id: student, registration: 'confirmed' }), {
      message: 'the student has arrived',
    });
    return student;
  };
  const file = async (student: string): Promise<string> => {
    const body = {
      student,
      class: 'class-in',
      ground: 'homeOrWorkMoved',
      facts: { homeOrWorkMoved: true, newHomeOrWorkOutsideCatchment: true },
      consentOn: '2026-09-28',
      form: { guardianSigned: true, seal: 'recordSeal', factsChecked: true },
      papers: [{ kind: 'contactForm', digest: form }],
    };
    const filed = await service.call<{ id: string }>(clerkIn, 'POST', 'transfers', { body });
    expect(filed.status).toBe(201);
    return filed.body.id;
  };
  const view = async (id: string) =>
    (
      await service.call<{ state: string; version: number; outcome?: { kind: string; code?: string } }>(
        clerkIn,
        'GET',
        `transfers/${id}`,
      )
    ).body;
  const becomes = (id: string, state: string) =>
    until(async () => (await view(id)).state === state, {
      message: async () => `${state}, it is ${(await view(id)).state}`,
    });

  it('is held, reviewed, moved and completed', async () => {
    const student = await arrived();
    const id = await file(student);
    await becomes(id, 'inReview');
    for (const [account, step] of [
      [`clerk-${out}`, 'outSchool'],
      ['officer-520103', 'outAuthority'],
      ['officer-520302', 'inAuthority'],
    ]) {
      const { version } = await view(id);
      const acted = await service.call(account, 'POST', `transfers/${id}/acts`, {
        body: { step, answer: 'agree' },
        version,
      });
      expect(acted).toMatchObject({ status: 200 });
    }
    await becomes(id, 'completed');
    expect(await service.collection('students').findOne({ _id: student })).toMatchObject({
      school: into,
      class: 'class-in',
    });
  });

  it('of one student twice: one is held, the other refused; withdrawn, the record is free again', async () => {
    const student = await arrived();
    const ids = await Promise.all([file(student), file(student)]);
    await until(async () => (await Promise.all(ids.map(view))).every(({ state }) => state !== 'filed'), {
      message: 'both are answered',
    });
    const views = await Promise.all(ids.map(view));
    expect(views.map(({ state }) => state).sort()).toEqual(['ended', 'inReview']);
    expect(views.find(({ state }) => state === 'ended')?.outcome).toMatchObject({ kind: 'holdRefused', code: 'held' });
    const holder = ids[views.findIndex(({ state }) => state === 'inReview')];
    const { version } = await view(holder);
    await service.call(clerkIn, 'POST', `transfers/${holder}/withdraw`, { body: { reason: '撤回' }, version });
    await until(
      async () =>
        (await service.collection<{ held?: object }>('students').findOne({ _id: student }))?.held === undefined,
      { message: 'the record is released' },
    );
    const again = await file(student);
    await becomes(again, 'inReview');
  });
});
