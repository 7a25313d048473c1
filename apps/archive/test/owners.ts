import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Connection, createConnection } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataOf, EventDefinition, registryEvents as registry } from '#libs/contracts';
import { MessagingStore, Outbox } from '#libs/messaging';
import { Files, Keyring } from '#libs/protection';
import type { Settings } from '#libs/service-kit';
import { Corner, freePort, ownCorner, OwnProcess, WithoutLine } from '#libs/testing';

export const school = '2152010301';
const path = '/520000/520100/520103/2152010301/';
const names = ['registry', 'transfer', 'attendance', 'archive'] as const;
/** For the negative control, used where `without-line` is loaded: leaves are written outside the transaction of the seal. */
const leafOutsideTransaction: WithoutLine = {
  file: 'apps/archive/src/log/log.repository.ts',
  line: '_id: before\\.size \\+ i\\s*\\}\\)\\),\\s*\\{\\s*session,\\s*ordered: false\\s*\\}',
  instead: '_id: before.size + i })), { ordered: false }',
};

export type Service = (typeof names)[number];

/** Registry, transfer, attendance and archive as real processes; what they hold is put into their stores by the test. */
export class Owners {
  private readonly processes = new Map<Service, OwnProcess>();
  private readonly stores = new Map<Service, Connection>();
  private readonly seqs = new Map<string, number>();

  private constructor(
    readonly corner: Corner,
    private readonly issuer: Server,
    private readonly ports: Record<Service, number>,
    private readonly sign: (account: string) => Promise<string>,
  ) {}

  static async start(): Promise<Owners> {
    const corner = ownCorner();
    const { publicKey, privateKey } = await generateKeyPair('EdDSA');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'EdDSA' }] });
    const issuer = createServer((_, reply) => reply.setHeader('content-type', 'application/json').end(keys));
    await new Promise<void>((ready) => issuer.listen(0, '127.0.0.1', ready));
    const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()])));
    const sign = (account: string) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'EdDSA', kid: 'test' })
        .setIssuer('xueji')
        .setAudience('xueji')
        .setSubject(account)
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(privateKey);
    const owners = new Owners(corner, issuer, ports as Record<Service, number>, sign);
    for (const name of names) {
      const store = await createConnection(corner.mongoUrl(name)).asPromise();
      owners.stores.set(name, store);
    }
    for (const name of names) await owners.run(name);
    await owners.openPlaces();
    return owners;
  }

  private async run(name: Service): Promise<void> {
    const services = Object.fromEntries(names.map((one) => [one, `http://127.0.0.1:${this.ports[one]}`]));
    const process = await OwnProcess.start({
      name,
      port: this.ports[name],
      within: 120_000,
      env: {
        ...this.corner.environment(name),
        XUEJI_GATEWAY_URL: `http://127.0.0.1:${(this.issuer.address() as AddressInfo).port}`,
        XUEJI_SERVICES: JSON.stringify(services),
        XUEJI_NATIONAL_URL: 'http://127.0.0.1:9',
        XUEJI_CRASH_FILE: this.crashFile,
        ...(name === 'archive' && { XUEJI_WITHOUT_LINE: JSON.stringify(leafOutsideTransaction) }),
      },
    });
    this.processes.set(name, process);
  }

  /** The archive anew, with other crash points. */
  async restartArchive(points: string[]): Promise<void> {
    await this.process('archive').stop();
    await this.corner.endLeftTransactions();
    await this.process('archive').restart(points.map((point) => `libs/testing/src/crash-points/${point}.ts`));
  }

  private get crashFile(): string {
    return join(tmpdir(), `${this.corner.runId}.crash`);
  }

  /** From now on the process that has this crash point and meets this moment dies of it. */
  arm(where: string, after = 0): void {
    writeFileSync(this.crashFile, JSON.stringify({ where, after }));
  }

  process(name: Service): OwnProcess {
    return this.processes.get(name)!;
  }

  store(name: Service): Connection {
    return this.stores.get(name)!;
  }

  collection<T extends object = Record<string, unknown>>(name: Service, of: string) {
    return this.store(name).collection<T & { _id: string }>(of);
  }

  /** An event of the registry, written into its journal as its own commands do. */
  async tell<E extends EventDefinition>(definition: E, aggregateId: string, data: DataOf<E>): Promise<number> {
    const seq = (this.seqs.get(aggregateId) ?? 0) + 1;
    this.seqs.set(aggregateId, seq);
    const store = new MessagingStore(this.store('registry'));
    const outbox = new Outbox(store, { owner: 'registry', consumes: [] });
    const recordedAt = new Date();
    await store.transaction((session) =>
      outbox.add(session, [{ definition, aggregateId, seq, effectiveOn: '2026-09-01', recordedAt, data }]),
    );
    return seq;
  }

  /** Puts a paper into the file store of a service. @returns its digest */
  async keep(name: Service, bytes: Buffer): Promise<string> {
    const { files } = await this.protection(name);
    return (await files.put(bytes, '520103')).digest;
  }

  async protection(name: Service): Promise<{ keyring: Keyring; files: Files }> {
    const settings = { masterKeyFile: process.env.XUEJI_MASTER_KEY_FILE } as Settings;
    const keyring = new Keyring(this.store(name), settings);
    await keyring.onModuleInit();
    await keyring.ready('520103');
    return { keyring, files: new Files(this.store(name), keyring) };
  }

  private async openPlaces(): Promise<void> {
    await this.tell(registry.officeOpened, '520000', {
      kind: 'province',
      name: '贵州',
      path: '/520000/',
      line: 'guizhou',
    });
    await this.tell(registry.officeOpened, '520100', {
      kind: 'city',
      name: '贵阳',
      path: '/520000/520100/',
      parent: '520000',
    });
    const county = { kind: 'county' as const, name: '云岩', path: '/520000/520100/520103/', parent: '520100' };
    await this.tell(registry.officeOpened, '520103', county);
    await this.tell(registry.officeOpened, school, {
      kind: 'school',
      name: '小学',
      parent: '520103',
      path,
      school: { type: 'primary', operator: 'government', stages: ['primary'], managedBy: '520103' },
    });
    for (const role of ['clerk', 'archiveKeeper', 'auditor'] as const) {
      const post = { account: role, role, office: school, path, from: '2014-03-01' };
      await this.tell(registry.postHeld, `post-${role}`, post);
    }
  }

  /** A child with one thing in each service. @returns the student, and the digests of the things */
  async child(): Promise<{ student: string; digests: Record<'registry' | 'transfer' | 'attendance', string> }> {
    const student = randomUUID();
    const pdf = (text: string) => Buffer.from(`%PDF-1.4\n% ${text} ${student}\n%%EOF\n`);
    const digests = {
      registry: await this.keep('registry', pdf('photo')),
      transfer: await this.keep('transfer', pdf('contact form')),
      attendance: await this.keep('attendance', pdf('leave')),
    };
    const { keyring } = await this.protection('registry');
    const idNumber = keyring.seal('520103201501011234', '520103', {
      collection: 'students',
      id: student,
      field: 'idNumber',
    });
    const at = new Date('2026-09-01T01:00:00Z');
    await this.collection('registry', 'students').insertOne({
      _id: student,
      version: 2,
      ...{ school, path, class: 'class-1', stage: 'primary', entryYear: 2021, seatSince: '2021-09-01' },
      ...{ registration: 'confirmed', marks: [], name: '王㛃', sex: '1', birthDate: '2015-01-01', ethnic: '01' },
      ...{ entryDate: '2021-09-01', sealed: { idNumber }, documentType: '1', hasHousehold: true },
      dossier: { photo: digests.registry },
      index: { match: student, alike: student, numbers: [] },
      ...{ content: '', numbers: [], facts: [], keyCounty: '520103', enteredBy: 'clerk', enteredAt: at },
    });
    const transfer = await this.protection('transfer');
    const wordsId = randomUUID();
    await this.collection('transfer', 'words').insertOne({
      _id: wordsId,
      case: `case-${student}`,
      what: 'ground',
      text: transfer.keyring.seal('随父母搬迁', '520103', { collection: 'words', id: wordsId, field: 'text' }),
      account: 'clerk',
      at,
    });
    await this.collection('transfer', 'transfers').insertOne({
      _id: `case-${student}`,
      version: 1,
      ...{ state: 'closed', student, filing: { at }, log: [{ what: 'filed', at }] },
      application: { papers: [{ kind: 'contactForm', digest: digests.transfer }] },
    });
    await this.collection('attendance', 'leaves').insertOne({
      _id: randomUUID(),
      version: 1,
      ...{ student, school, path, from: '2026-09-02', to: '2026-09-03', reason: 'sick', state: 'granted' },
      papers: [digests.attendance],
      asked: { account: 'clerk', on: '2026-09-01', at },
    });
    const seat = { school, path, class: 'class-1', stage: 'primary' as const, entryYear: 2021 };
    const entered = { ...seat, sex: '1' as const, birthMonth: '2015-01', hasIdNumber: true, marks: [] };
    await this.tell(registry.studentEntered, student, entered);
    await this.tell(registry.studentEnded, student, { ...seat, ending: 'graduation', completion: 'c-1' });
    return { student, digests };
  }

  async call<T = Record<string, unknown>>(
    account: string,
    method: 'GET' | 'POST',
    at: string,
    body?: unknown,
  ): Promise<{ status: number; body: T; raw: Buffer }> {
    const reply = await fetch(`${this.process('archive').url}/api/archive/v1/${at}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.sign(account)}`,
        ...(method === 'POST' && { 'idempotency-key': randomUUID(), 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const raw = Buffer.from(await reply.arrayBuffer());
    const json = /json/.test(reply.headers.get('content-type') ?? '');
    return { status: reply.status, body: (json ? JSON.parse(raw.toString()) : {}) as T, raw };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map((one) => one.stop()));
    this.issuer.close();
    this.issuer.closeAllConnections();
    await Promise.all([...this.stores.values()].map((one) => one.close()));
    await this.corner.drop();
    for (const file of [this.crashFile, `${this.crashFile}.went-off`]) rmSync(file, { force: true });
  }
}
