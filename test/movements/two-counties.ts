import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { mongo } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { built, Corner, freePort, moveClock, ownCorner, OwnProcess, root, until, WithoutLine } from '#libs/testing';
import { children, SampleChild } from '../../tools/sample-province/src';
import { Seen, SeenSeat, violations } from './movement-checker';

/** Limit of every wait: the machine may be busy with other work. */
const patience = 120_000;

export type Service = 'registry' | 'transfer';

/** Schools of three counties; a transfer goes from the first to one of the others. */
export const schools = { old: '2152000001', here: '2152000002', there: '2152000003' } as const;
export type SchoolName = keyof typeof schools;
const counties: Record<SchoolName, string> = { old: '520103', here: '520302', there: '520102' };

/** The parties of a transfer by step, each with the account that acts for it. */
export const officers = {
  outSchool: () => `clerk-${schools.old}`,
  outAuthority: () => `officer-${counties.old}`,
  inAuthority: (to: SchoolName) => `officer-${counties[to]}`,
};
export type Step = keyof typeof officers;

export interface Answer<T = Record<string, unknown>> {
  status: number;
  body: T;
}

interface Acted {
  type: string;
  seq: number;
}

/** Line of the test: all parties act beside each other, so that both sides of a transfer can act at once. */
const parallel = {
  id: 'guizhou-parallel-test',
  line: 'guizhou-parallel',
  title: { zh: '各方并行办理（测试用，虚构）', en: 'All parties at once, invented for a test' },
  document: '各方并行办理（测试用，虚构）',
  invented: 'Made up for a test: no such text exists. The texts name the parties of a transfer and give no order.',
  from: '2026-01-01',
  extends: 'guizhou',
  place: '520000',
  rules: { 'TEST-TR1': { article: '第1条', strength: 'MUST' } },
  values: {
    'transfer.route.primary': {
      value: {
        order: 'parallel',
        filing: { party: 'inSchool', act: 'confirm', rule: 'TEST-TR1' },
        steps: (['outSchool', 'outAuthority', 'inAuthority'] as const).map((party) => ({
          party,
          act: 'review',
          rule: 'TEST-TR1',
        })),
      },
      rule: 'TEST-TR1',
    },
  },
};

/** Registry and transfer as real processes, with schools and pupils, seen from outside: HTTP and the stores. */
export class TwoCounties {
  readonly classes = {} as Record<SchoolName, string>;
  readonly pupils: string[] = [];

  private constructor(
    readonly corner: Corner,
    readonly processes: Record<Service, OwnProcess>,
    private readonly client: mongo.MongoClient,
    private readonly issuer: Server,
    private readonly sign: (account: string) => Promise<string>,
    private readonly folder: string,
  ) {}

  /** @param without a line of one of the services that shall be missing */
  static async open(pupils: number, without?: WithoutLine): Promise<TwoCounties> {
    const corner = ownCorner();
    mkdirSync(join(root, '.run/tmp'), { recursive: true });
    const folder = mkdtempSync(join(root, '.run/tmp/counties-'));
    moveClock(join(folder, 'clock.json'), new Date('2026-09-10T09:00:00+08:00'));
    mkdirSync(join(folder, 'packs'));
    writeFileSync(join(folder, 'packs', 'parallel.json'), JSON.stringify(parallel));
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] });
    const issuer = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(keys));
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    const sign = (account: string) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
        .setIssuer('xueji')
        .setAudience('xueji')
        .setSubject(account)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(privateKey);
    const ports = { registry: await freePort(), transfer: await freePort() };
    const urls = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}`]));
    const start = (service: Service): Promise<OwnProcess> =>
      OwnProcess.start({
        name: `${service}-${corner.runId}`,
        within: patience,
        entry: `apps/${service}/src/main.ts`,
        port: ports[service],
        env: {
          ...corner.environment(service),
          XUEJI_GATEWAY_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`,
          XUEJI_SERVICES: JSON.stringify(urls),
          XUEJI_CLOCK_MODULE: built('libs/testing/src/moved-clock.ts'),
          XUEJI_CLOCK_FILE: join(folder, 'clock.json'),
          XUEJI_EXTRA_PACKS_DIR: join(folder, 'packs'),
          XUEJI_ROOT_ACCOUNT: 'root',
          // Nobody gives numbers here, and nobody is asked.
          XUEJI_NATIONAL_URL: 'http://127.0.0.1:9',
          XUEJI_NATIONAL_EVERY_MS: '3600000',
          XUEJI_SWEEP_SECONDS: '1',
          XUEJI_LOG_LEVEL: 'warn',
          ...(without?.file.startsWith(`apps/${service}/`) && { XUEJI_WITHOUT_LINE: JSON.stringify(without) }),
        },
        preload: ['libs/testing/src/crash-points/without-line.ts'],
      });
    const [registry, transfer, client] = await Promise.all([
      start('registry'),
      start('transfer'),
      new mongo.MongoClient(corner.mongoUrl()).connect(),
    ]);
    const world = new TwoCounties(corner, { registry, transfer }, client, issuer, sign, folder);
    await world.settleIn(pupils);
    return world;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.processes).map((process) => process.stop()));
    await this.client.close();
    await new Promise((resolve) => this.issuer.close(resolve));
    await this.corner.drop();
    rmSync(this.folder, { recursive: true });
  }

  /** Business time, in the morning of a day. */
  moveTo(day: string): void {
    moveClock(join(this.folder, 'clock.json'), new Date(`${day}T09:00:00+08:00`));
  }

  async call<T = Record<string, unknown>>(
    account: string,
    service: Service,
    method: 'GET' | 'POST',
    path: string,
    { body, version }: { body?: unknown; version?: number } = {},
  ): Promise<Answer<T>> {
    const form = body instanceof FormData;
    const response = await fetch(`${this.processes[service].url}/api/${service}/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.sign(account)}`,
        ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
        ...(version !== undefined && { 'if-match': `"${version}"` }),
        ...(body !== undefined && !form && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as T };
  }

  /** @throws Error unless it is done */
  async must<T = Record<string, unknown>>(...args: Parameters<TwoCounties['call']>): Promise<T> {
    const { status, body } = await this.call<T>(...args);
    if (status >= 300) throw new Error(`${args.slice(0, 4).join(' ')}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The receiving school files for a pupil. @returns the case's id */
  async file(student: string, to: SchoolName): Promise<string> {
    const clerk = `clerk-${schools[to]}`;
    const form = new FormData();
    form.append('file', new Blob(['%PDF-1.4\n% form\n%%EOF\n'], { type: 'application/pdf' }), '联系表.pdf');
    const { digest } = await this.must<{ digest: string }>(
      clerk,
      'transfer',
      'POST',
      `evidence?school=${schools[to]}`,
      { body: form },
    );
    const { id } = await this.must<{ id: string }>(clerk, 'transfer', 'POST', 'transfers', {
      body: {
        student,
        class: this.classes[to],
        ground: 'homeOrWorkMoved',
        facts: { homeOrWorkMoved: true, newHomeOrWorkOutsideCatchment: true },
        consentOn: '2026-09-10',
        form: { guardianSigned: true, seal: 'recordSeal', factsChecked: true },
        papers: [{ kind: 'contactForm', digest }],
      },
    });
    return id;
  }

  /** Answers "agree" for a party; who comes too late for the version it saw looks again, until it is clear. */
  agree(id: string, step: Step, to: SchoolName): Promise<Answer> {
    const account = officers[step](to);
    return this.insist(account, id, (version) =>
      this.call(account, 'transfer', 'POST', `transfers/${id}/acts`, { body: { step, answer: 'agree' }, version }),
    );
  }

  withdraw(id: string, to: SchoolName): Promise<Answer> {
    const account = `clerk-${schools[to]}`;
    return this.insist(account, id, (version) =>
      this.call(account, 'transfer', 'POST', `transfers/${id}/withdraw`, { body: { reason: '家长撤回' }, version }),
    );
  }

  private async insist(account: string, id: string, act: (version: number) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const { version } = await this.must<{ version: number }>(account, 'transfer', 'GET', `transfers/${id}`);
      const answer = await act(version);
      if (answer.status !== 412 && !String(answer.body.type).endsWith('stale-version')) return answer;
    }
  }

  async states(): Promise<Map<string, string>> {
    const cases = await this.store('transfer').collection<{ _id: string; state: string }>('transfers').find().toArray();
    return new Map(cases.map(({ _id, state }) => [_id, state]));
  }

  /** Waits until none of the cases waits for the registry any more. */
  async answered(): Promise<void> {
    await until(async () => [...(await this.states()).values()].every((one) => one !== 'filed' && one !== 'moving'), {
      within: patience,
      message: async () => `an answer of the registry; ${JSON.stringify([...(await this.states())])}`,
    });
  }

  /** Everything published and heard in both services. */
  async quiet(within = patience): Promise<void> {
    let last: unknown;
    let calm = 0;
    const isQuiet = async () => {
      const figures = await Promise.all(
        (['registry', 'transfer'] as const).map((service) =>
          this.must<{ outboxPending: number; lag: Record<string, number> }>(
            'operator',
            service,
            'GET',
            'operator/status',
          ),
        ),
      );
      last = figures;
      const busy = figures.flatMap(({ outboxPending, lag }) => [outboxPending, ...Object.values(lag)]);
      calm = busy.every((count) => count === 0) ? calm + 1 : 0;
      return calm >= 2;
    };
    await until(isQuiet, { within, every: 100, message: () => `all quiet; ${JSON.stringify(last)}` });
  }

  /** What the data of both services say is wrong. */
  async violations(): Promise<string[]> {
    return violations(await this.seen());
  }

  async seen(): Promise<Seen> {
    const [registry, transfer] = [this.store('registry'), this.store('transfer')];
    const all = <T extends { _id: string }>(db: mongo.Db, name: string): Promise<T[]> =>
      db.collection<{ _id: string }>(name).find().toArray() as unknown as Promise<T[]>;
    const rows = (db: mongo.Db, ...types: string[]) =>
      db
        .collection<Acted & { aggregateId: string; data: Record<string, unknown> }>('outbox')
        .find({ type: { $in: types } })
        .sort({ aggregateId: 1, seq: 1 })
        .toArray();
    const [entered, moved] = ['student-entered', 'student-moved'].map((name) => `cn.xueji.registry.${name}.v1`);
    const seats = (await rows(registry, entered, moved)).map(({ type, aggregateId, data }): SeenSeat => {
      if (type === entered) return { student: aggregateId, to: data.class as string };
      const { from, to, case: by } = data as { from: { class: string }; to: { class: string }; case: string };
      return { student: aggregateId, from: from.class, to: to.class, case: by };
    });
    const acts = await rows(transfer, 'cn.xueji.transfer.transfer-step-acted.v1');
    return {
      cases: await all(transfer, 'transfers'),
      records: await all(registry, 'students'),
      classes: await all(registry, 'classes'),
      copies: await all(transfer, 'students'),
      seats,
      acted: acts.map(({ aggregateId, data }) => ({ case: aggregateId, step: data.step as string })),
    };
  }

  private store(service: Service): mongo.Db {
    return this.client.db(this.corner.database(service));
  }

  /** Offices, schools, classes, posts, and pupils whose records are confirmed. */
  private async settleIn(pupils: number): Promise<void> {
    const asRoot = <T>(path: string, body: unknown) => this.must<T>('root', 'registry', 'POST', path, { body });
    const from = '2026-07-01';
    const office = (id: string, kind: string, parent: string) => ({ id, kind, name: id, parent, from });
    await asRoot('offices', {
      offices: [
        { id: '520000', kind: 'province', name: '520000', line: 'guizhou-parallel', from },
        office('520100', 'city', '520000'),
        office('520300', 'city', '520000'),
        office('520103', 'county', '520100'),
        office('520102', 'county', '520100'),
        office('520302', 'county', '520300'),
      ],
    });
    const names = Object.keys(schools) as SchoolName[];
    await asRoot('schools', {
      schools: names.map((name) => ({
        code: schools[name],
        name: schools[name],
        parent: counties[name],
        type: 'primary',
        operator: 'government',
        stages: ['primary'],
        from,
      })),
    });
    await asRoot('terms', {
      terms: [
        {
          office: '520000',
          schoolYear: '2026',
          term: '1',
          firstDay: '2026-09-01',
          lastDay: '2027-01-22',
          closed: [],
          makeUp: [],
        },
      ],
    });
    const year = { stage: 'primary', entryYear: 2026, grade: 1, schoolYear: '2026' };
    const opened = await asRoot<{ classes: { id: string; school: string }[] }>('classes', {
      classes: names.map((name) => ({ ...year, school: schools[name], name: '1班' })),
    });
    for (const name of names) this.classes[name] = opened.classes.find((one) => one.school === schools[name])!.id;
    await asRoot('posts', {
      posts: [
        { account: 'operator', role: 'operator', office: '/' },
        { account: 'deputy', role: 'deputyHead', office: schools.old },
        ...names.flatMap((name) => [
          { account: `clerk-${schools[name]}`, role: 'clerk', office: schools[name] },
          { account: `officer-${counties[name]}`, role: 'officer', office: counties[name] },
        ]),
      ],
    });
    await this.enter(pupils);
    await until(async () => (await this.store('transfer').collection('posts').countDocuments()) >= 9, {
      within: patience,
      message: 'the posts have been heard of',
    });
    await this.quiet();
  }

  private async enter(count: number): Promise<void> {
    const made = children(count, { seed: 24, classes: ['1班'], county: counties.old, withoutHousehold: 0 });
    for (const child of made) {
      const { student } = await this.must<{ student: string }>(
        officers.outSchool(),
        'registry',
        'POST',
        `schools/${schools.old}/students`,
        { body: { items: formOf(child) } },
      );
      this.pupils.push(student);
    }
    await this.must('deputy', 'registry', 'POST', `schools/${schools.old}/intake/submit`, { body: {} });
    const body = { confirm: 'all' };
    await this.must(officers.outAuthority(), 'registry', 'POST', `schools/${schools.old}/intake/review`, { body });
  }
}

const formOf = ({ guardian, household, idDocument, form: _form, ...child }: SampleChild): Record<string, string> => ({
  ...child,
  documentType: idDocument.type,
  ...(idDocument.number && { documentNumber: idDocument.number }),
  householdKind: household.kind,
  ...(household.place && { householdPlace: household.place }),
  ...(guardian && {
    guardianName: guardian.name,
    guardianRelation: guardian.relation,
    guardianPhone: guardian.phone,
  }),
  formReviewed: 'yes',
  formSigned: 'yes',
  photo: 'yes',
});
