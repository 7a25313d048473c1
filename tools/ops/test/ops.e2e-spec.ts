import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { root, until } from '#libs/testing';
import { children, classes, guizhouSchools, offices, SampleChild, terms } from '../../sample-province/src';
import { reconcile, Report } from '../src/reconcile';
import { Service, SmallSystem } from './small-system';

// Real processes on engines that others use: a slow minute is no failure.
jest.setTimeout(240_000);

const school = guizhouSchools().find(({ stages, managedBy }) => stages.includes('primary') && !managedBy)!;

const clerk = `clerk-${school.code}`;
const pupils = 3;
/** Offices from the province down to the county of the school. */
const above = ['520000', `${school.parent.slice(0, 4)}00`, school.parent];

const formOf = (child: SampleChild): Record<string, string> => ({
  name: child.name,
  sex: child.sex,
  birthDate: child.birthDate,
  documentType: child.idDocument.type,
  ...(child.idDocument.number && { documentNumber: child.idDocument.number }),
  ethnic: child.ethnic,
  class: child.class,
  entryDate: child.entryDate,
  householdKind: child.household.kind,
  ...(child.household.place && { householdPlace: child.household.place }),
  address: child.address,
  ...(child.guardian && {
    guardianName: child.guardian.name,
    guardianRelation: child.guardian.relation,
    guardianPhone: child.guardian.phone,
  }),
  formReviewed: 'yes',
  formSigned: 'yes',
  photo: 'yes',
});

describe('npm run ops', () => {
  let system: SmallSystem;

  const ops = (args: string[], account = 'operator'): Record<'status' | 'stdout' | 'stderr', unknown> => {
    const who = {
      XUEJI_GATEWAY_URL: system.url,
      XUEJI_OPS_ACCOUNT: account,
      XUEJI_OPS_SECRET: system.secrets[account],
    };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/ops.mjs'), ...args], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ...who, NODE_OPTIONS: '' },
    });
    return { status, stdout, stderr };
  };
  /** What is broken and stays so while it is looked at again. */
  const reconciled = async (seconds = 0.05): Promise<{ broken: string[]; report: Report }> => {
    const report = await reconcile(system.operator().ask, { seconds, every: 100 });
    return { broken: report.findings.flatMap((finding) => finding.broken), report };
  };
  const collection = (service: Service, name: string) => system.collection(service, name);
  const change = (service: Service, name: string, _id: string, update: object) =>
    collection(service, name).updateOne({ _id }, update);
  const aStudent = async () =>
    (await collection('registry', 'students').findOne()) as unknown as { _id: string; class: string };

  beforeAll(async () => {
    system = await SmallSystem.start(['root', 'operator', clerk]);
    const register = (path: string, body: unknown, account = 'root') =>
      system.operator(account).order(`/api/registry/v1/${path}`, body, { 'idempotency-key': randomUUID() });
    await register('posts', { posts: [{ account: 'operator', role: 'operator', office: '/' }] });
    await register('offices', { offices: offices().filter(({ id }) => above.includes(id)) });
    await register('schools', { schools: [school] });
    await register('terms', { terms: terms().filter(({ office }) => office === '520000') });
    await register('classes', { classes: classes(school) });
    await register('posts', { posts: [{ account: clerk, role: 'clerk', office: school.code }] });
    const [{ name }] = classes(school).filter(({ grade }) => grade === 1);
    const wish = { seed: 3, classes: [name], county: school.parent, withoutHousehold: 0 };
    for (const child of children(pupils, wish))
      await register(`schools/${school.code}/students`, { items: formOf(child) }, clerk);
    expect(await collection('registry', 'students').countDocuments()).toBe(pupils);
    // The gateway knows the operator by an event.
    await until(() => system.operator().ask('/api/gateway/v1/status'), {
      within: 60_000,
      message: 'the operator is known',
    });
  });

  afterAll(() => system?.stop());

  it('says how it is used, and who may not ask', () => {
    expect(ops([])).toMatchObject({ status: 2, stderr: expect.stringContaining('reconcile') as unknown });
    expect(ops(['redrive', 'transfer', 'no-key'])).toMatchObject({ status: 2 });
    expect(ops(['reconcile'], clerk)).toMatchObject({ status: 2, stderr: expect.stringContaining('403') as unknown });
  });

  it('reconcile finds nothing where every promise is kept, and says what it counted', async () => {
    const { report, broken } = await reconciled(30);
    expect(broken).toEqual([]);
    expect(report.holds).toBe(true);
    const counted = Object.fromEntries(report.findings.map((finding) => [finding.promise, finding.counted]));
    expect(counted['every record has one seat, and no number or identity is in two']).toBe(pupils);
    expect(counted['a class counts the records seated and held in it']).toBe(classes(school).length);
    const events = await collection('registry', 'outbox').countDocuments();
    expect(counted['no journal has a gap']).toBe(events);
    // Transfer and gateway hear the registry.
    expect(counted['what an owner published has been heard']).toBe(2 * events);
    const { status, stdout } = ops(['reconcile']);
    expect(stdout).toMatch(/✓ {2}no journal has a gap +\d+ +0/);
    expect(status).toBe(0);
  });

  it('reconcile finds a counter that is not what the records say', async () => {
    const { class: id } = await aStudent();
    await change('registry', 'classes', id, { $inc: { 'seats.taken': 1 } });
    const { status, stdout } = ops(['reconcile', '--json', '--patience', '0']);
    expect(status).toBe(1);
    const { holds, findings } = JSON.parse(stdout as string) as Report;
    expect(holds).toBe(false);
    expect(findings.flatMap(({ broken }) => broken)).toEqual([expect.stringContaining(`class ${id}: `)]);
    expect(ops(['reconcile', '--patience', '0']).stdout).toContain(`✗ class ${id}: `);
    await change('registry', 'classes', id, { $inc: { 'seats.taken': -1 } });
  });

  it('reconcile finds a record without a seat, and a number or identity that stands in two', async () => {
    const [one, other] = (await collection('registry', 'students').find().limit(2).toArray()) as unknown as {
      _id: string;
      class: string;
      index: { idNumber: string };
    }[];
    const students = collection('registry', 'students');
    await students.updateOne({ _id: one._id }, { $set: { class: 'nowhere' } });
    await students.updateOne(
      { _id: other._id },
      { $set: { 'index.idNumber': one.index.idNumber, 'index.numbers': ['of-nobody'] } },
    );
    const { broken } = await reconciled();
    expect(broken).toEqual([
      expect.stringMatching(`^class ${one.class}: `),
      ...[
        [one._id, 'its class is none'],
        [other._id, 'a number in it'],
        [other._id, 'the identity in it'],
      ]
        .toSorted()
        .map(([id, what]) => expect.stringMatching(`^record ${id}: ${what}`)),
    ]);
    await students.updateOne({ _id: one._id }, { $set: { class: one.class } });
    await students.updateOne(
      { _id: other._id },
      { $set: { 'index.idNumber': other.index.idNumber, 'index.numbers': [] } },
    );
  });

  it('reconcile finds a hold without a case and a case without a hold', async () => {
    const { _id, class: toClass } = await aStudent();
    const hold = { case: 'case-of-nobody', toClass, since: new Date() };
    await change('registry', 'students', _id, { $set: { hold } });
    await change('registry', 'classes', toClass, { $inc: { 'seats.reserved': 1 } });
    const planted = { _id: 'case-alone', state: 'inReview', student: _id, to: { class: toClass } };
    await collection('transfer', 'transfers').insertOne(planted);
    expect((await reconciled()).broken).toEqual([
      `record ${_id} is held by case case-of-nobody, which is not under way`,
      `case case-alone is inReview and does not hold the record of ${_id}`,
    ]);
    await collection('transfer', 'transfers').deleteOne({ _id: 'case-alone' });
    const ofAnother = { ...planted, _id: 'case-of-nobody', student: 'another' };
    await collection('transfer', 'transfers').insertOne(ofAnother);
    expect((await reconciled()).broken).toEqual([
      `record ${_id} is held by case case-of-nobody, which is about another`,
    ]);
    await collection('transfer', 'transfers').deleteOne({ _id: 'case-of-nobody' });
    await change('registry', 'students', _id, { $unset: { hold: 1 } });
    await change('registry', 'classes', toClass, { $inc: { 'seats.reserved': -1 } });
  });

  it('parked shows a key that waits; reconcile finds it and what was not heard; redrive heals it, also with a slash', async () => {
    const key = 'registry/520000/2026/1';
    const fault = { kind: 'handler', detail: 'planted', seq: 1, type: 'x', since: new Date(), triedAt: new Date() };
    const inbox = collection('transfer', 'inbox');
    expect(await inbox.countDocuments({ _id: key })).toBe(1);
    await inbox.updateOne({ _id: key }, { $set: { seq: 0, parked: { ...fault, tries: 3, upTo: 1 } } });
    expect(ops(['parked', 'transfer']).stdout).toMatch(/transfer +registry\/520000\/2026\/1 .*handler: planted/);
    expect((await reconciled()).broken).toEqual([
      expect.stringMatching('^transfer: 1 parked'),
      expect.stringMatching(/^transfer has heard \d+ of \d+ events of registry/),
    ]);
    expect(ops(['redrive', 'transfer', key])).toMatchObject({ status: 0, stdout: expect.stringContaining('healed') });
    expect(ops(['parked']).stdout).toContain('no key is parked');
    expect(ops(['redrive', 'transfer', 'nobody/x'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('404'),
    });
  });

  it('reconcile finds a deadline that is due and does not fire, and one that its handler refuses', async () => {
    const due = { kind: 'transfer.step-overdue', subject: 'x', key: 'y', version: 1, tries: 0, alarmAt: new Date(0) };
    const timers = collection('transfer', 'deadlines');
    await timers.insertOne({ ...due, _id: 'transfer.step-overdue/x/y', state: 'failed' });
    expect((await reconciled()).broken).toEqual(['transfer: 1 refused by their handler']);
    await timers.deleteOne({ _id: 'transfer.step-overdue/x/y' });
    expect(ops(['rebuild-timers', 'transfer'])).toMatchObject({ status: 0, stdout: 'transfer: 0 alarms set anew\n' });
    expect(ops(['rebuild-timers', 'gateway'])).toMatchObject({ status: 2 });
  });

  it('reconcile finds a gap in a journal, and an owner that has forgotten what it told', async () => {
    const { _id } = await aStudent();
    const outbox = collection('registry', 'outbox');
    const told = (await outbox.findOne({ _id: `${_id}:00000001` }))!;
    await outbox.deleteOne({ _id: told._id });
    await outbox.insertOne({ ...told, _id: `${_id}:00000002`, seq: 2 });
    expect((await reconciled()).broken).toEqual([`registry: sequence of ${_id} has a gap`]);
    await outbox.deleteOne({ _id: `${_id}:00000002` });
    const { broken } = await reconciled();
    expect(broken).toContainEqual(expect.stringMatching(/^registry: 1 positions are nobody's/));
    for (const service of ['transfer', 'gateway'])
      expect(broken).toContainEqual(
        expect.stringMatching(new RegExp(`^${service} has heard \\d+ events of registry, whose`)),
      );
    await outbox.insertOne(told);
  });

  it('reconcile names a service that does not answer', async () => {
    await system.process('transfer').kill();
    const { broken } = await reconciled();
    expect(broken).toContain('transfer is away');
    await system.process('transfer').restart();
    expect((await reconciled(30)).broken).toEqual([]);
  });
});
