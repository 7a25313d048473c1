import { Global, Module } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Connection } from 'mongoose';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessModule, Actor, Post } from '#libs/access';
import { AuditModule } from '#libs/audit';
import { gradesOfStage, Role, Stage } from '#libs/contracts';
import { DeadlinesModule } from '#libs/deadlines';
import { MessagingStore, Once, Outbox } from '#libs/messaging';
import { ProtectionModule } from '#libs/protection';
import { Clock, Refused, ServiceModule } from '#libs/service-kit';
import { ownCorner, root, until } from '#libs/testing';
import { BatchRepository } from '../src/collection/batch.repository';
import { Batch } from '../src/collection/batch';
import { RunBatch } from '../src/collection/run-batch';
import { Cells } from '../src/collection/workbook';
import { currentFormat } from '../src/collection/workbook';
import { layWorkbook } from '../src/collection/workbook/lay-workbook';
import { Authorities } from '../src/enrolment/authorities';
import { EnterChild } from '../src/enrolment/enter-child';
import { EntryResult } from '../src/enrolment/enter-children';
import { ReviewIntake } from '../src/enrolment/review-intake';
import { SubmitIntake } from '../src/enrolment/submit-intake';
import { ClerkPace } from '../src/numbers/number-clerk';
import { NationalPort } from '../src/numbers/national-port';
import { ClassRepository, OfficeRepository, PlacesModule } from '../src/places';
import { OpenClass } from '../src/places/open-class';
import { OpenOffice } from '../src/places/open-office';
import { OpenSchool } from '../src/places/open-school';
import { PoliciesModule } from '../src/policies';
import { RegistrySettingsModule } from '../src/registry-settings.module';
import { RecordsModule } from '../src/records.module';
import { AttachPaper, DossierItem } from '../src/students/attach-paper';
import { StudentRecord } from '../src/students/record';
import { Ministry } from './ministry';

/** The journal and the commands without a relay: what is written is read in the store. */
@Global()
@Module({
  providers: [
    {
      provide: MessagingStore,
      useFactory: (connection: Connection) => new MessagingStore(connection).prepare(),
      inject: [getConnectionToken()],
    },
    {
      provide: Outbox,
      useFactory: (store: MessagingStore) => new Outbox(store, { owner: 'registry', consumes: [] }),
      inject: [MessagingStore],
    },
    Once,
  ],
  exports: [MessagingStore, Outbox, Once],
})
class Journal {}

class SetClock extends Clock {
  private instant = new Date('2026-09-10T09:00:00+08:00');

  now(): Date {
    return this.instant;
  }

  onMove(): void {}

  /** Nine in the morning of a legal date, Asia/Shanghai. */
  set(day: string, time = '09:00'): void {
    this.instant = new Date(`${day}T${time}:00+08:00`);
  }
}

/** Offices of the test: Guizhou with two counties, Changzhi with Lucheng, and places under lines made for tests. */
export const offices = {
  guizhou: '/520000/',
  guiyang: '/520000/520100/',
  yunyan: '/520000/520100/520103/',
  xifeng: '/520000/520100/520122/',
  changzhi: '/140400/',
  lucheng: '/140400/140406/',
  xiangyuan: '/140400/140423/',
} as const;

/** The registry in this process, on a database of its own: only the clock and the national system are played. */
export class RegistryCorner {
  private schools = 0;

  private constructor(
    readonly app: NestFastifyApplication,
    readonly connection: Connection,
    readonly clock: SetClock,
    readonly ministry: Ministry,
    readonly pace: ClerkPace,
    private readonly drop: () => Promise<void>,
  ) {}

  /** With the packs of the demo and of the tests beside those in force. */
  static async start(): Promise<RegistryCorner> {
    const corner = ownCorner();
    const packs = mkdtempSync(join(tmpdir(), 'packs-'));
    for (const folder of ['demo-packs', 'test-packs'])
      cpSync(join(root, 'libs/policy', folder), packs, { recursive: true });
    Object.assign(process.env, corner.environment('registry'), {
      XUEJI_EXTRA_PACKS_DIR: packs,
      XUEJI_GATEWAY_URL: 'http://127.0.0.1:1',
      XUEJI_NATIONAL_URL: 'http://127.0.0.1:1',
      XUEJI_LOG_LEVEL: 'error',
      XUEJI_SWEEP_SECONDS: '1',
    });
    const clock = new SetClock();
    const ministry = new Ministry();
    // Rounds are made by the test; the timer is never due.
    const pace: ClerkPace = { every: 3_600_000, askAgainAfter: 3_600_000 };
    const testing = await Test.createTestingModule({
      imports: [
        ServiceModule.forRoot('registry'),
        AccessModule.forRoot({ copy: false }),
        ProtectionModule,
        AuditModule,
        Journal,
        DeadlinesModule.forRoot({ owner: 'registry', timing: { sweepEveryMs: 500 } }),
        RegistrySettingsModule,
        PlacesModule,
        PoliciesModule,
        RecordsModule,
      ],
    })
      .overrideProvider(Clock)
      .useValue(clock)
      .overrideProvider(NationalPort)
      .useValue(ministry)
      .overrideProvider(ClerkPace)
      .useValue(pace)
      .compile();
    const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    await app.init();
    rmSync(packs, { recursive: true });
    const connection = app.get<Connection>(getConnectionToken());
    const registry = new RegistryCorner(app, connection, clock, ministry, pace, () => corner.drop());
    await registry.openOffices();
    return registry;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.drop();
  }

  /** Somebody with one post, as the guard would hand them over. */
  actor(role: Role, path: string, account = `${role}-${randomUUID()}`): Actor {
    const office = path.split('/').filter(Boolean).pop() ?? '/';
    const post: Post = { _id: randomUUID(), account, role, office, path, from: '2014-03-01', version: 1 };
    return new Actor(account, [post]);
  }

  private async openOffices(): Promise<void> {
    await this.app.get(OpenOffice).run(this.actor('administrator', '/'), randomUUID(), [
      { id: '520000', kind: 'province', name: '贵州省教育厅', line: 'guizhou', from: '2014-03-01' },
      { id: '520100', kind: 'city', name: '贵阳市教育局', parent: '520000', from: '2014-03-01' },
      { id: '520103', kind: 'county', name: '云岩区教育局', parent: '520100', from: '2014-03-01' },
      { id: '520122', kind: 'county', name: '息烽县教育局', parent: '520100', from: '2014-03-01' },
      { id: '140400', kind: 'city', name: '长治市教育局', from: '2013-09-01' },
      {
        id: '140406',
        kind: 'county',
        name: '潞城区教育局',
        parent: '140400',
        line: 'changzhi-lucheng',
        from: '2019-09-01',
      },
      { id: '140423', kind: 'county', name: '襄垣县教育局', parent: '140400', from: '2013-09-01' },
    ]);
  }

  /** A new school at an office, with its first class, of a cohort that enters in 2026 unless said otherwise. */
  async school(
    at: keyof typeof offices,
    wish: { stage?: Stage; line?: string; entryYear?: number; managedBy?: string } = {},
  ): Promise<TestSchool> {
    const stage = wish.stage ?? 'primary';
    const path = offices[at];
    const parent = path.split('/').filter(Boolean).pop()!;
    const serial = String(++this.schools).padStart(6, '0');
    const code = `${{ primary: '21', junior: '31', senior: '34' }[stage]}${parent.slice(0, 2)}${serial}`;
    const root = this.actor('administrator', '/');
    await this.app.get(OpenSchool).run(root, randomUUID(), [
      {
        code,
        name: `学校${serial}`,
        parent,
        type: stage,
        operator: 'government',
        stages: [stage],
        from: '2019-09-01',
        ...(wish.line && { line: wish.line }),
        ...(wish.managedBy && { managedBy: wish.managedBy }),
        ...(stage === 'senior' && { grade: 'ordinary' as const }),
      },
    ]);
    const school = new TestSchool(this, code, `${path}${code}/`, stage, this.actor('clerk', `${path}${code}/`));
    school.classId = await school.openClass('1班', wish.entryYear ?? 2026);
    return school;
  }

  students(filter: object = {}): Promise<StudentRecord[]> {
    return this.connection.collection<StudentRecord>('students').find(filter).sort({ _id: 1 }).toArray();
  }

  async student(id: string): Promise<StudentRecord> {
    const record = await this.connection.collection<StudentRecord>('students').findOne({ _id: id });
    if (!record) throw new Error(`there is no student ${id}`);
    return record;
  }

  /** Types of the events of an aggregate, in order, without prefix and version. */
  async eventsOf(aggregateId: string): Promise<string[]> {
    const rows = await this.app.get(MessagingStore).outbox.find({ aggregateId }).sort({ seq: 1 }).toArray();
    return rows.map((row) => row.type.replace(/^cn\.xueji\.registry\.(.*)\.v1$/, '$1'));
  }

  async lastEvent(aggregateId: string) {
    const [row] = await this.app.get(MessagingStore).outbox.find({ aggregateId }).sort({ seq: -1 }).limit(1).toArray();
    return row;
  }

  async seats(classId: string): Promise<{ taken: number; reserved: number }> {
    const found = await this.app.get(ClassRepository).find(classId);
    if (!found) throw new Error(`there is no class ${classId}`);
    return found.seats;
  }

  async office(id: string) {
    const office = await this.app.get(OfficeRepository).find(id);
    if (!office) throw new Error(`there is no office ${id}`);
    return office;
  }

  batch(id: string): Promise<Batch> {
    return this.app
      .get(BatchRepository)
      .batches.findOne({ _id: id })
      .then((found) => found!);
  }

  /** Waits until a collection has come to a state. */
  async batchIn(id: string, state: Batch['state']): Promise<Batch> {
    return until(
      async () => {
        this.app.get(RunBatch).wake();
        const found = await this.batch(id);
        return found.state === state ? found : undefined;
      },
      { within: 60_000, message: async () => `batch in ${state}; it is ${JSON.stringify(await this.batch(id))}` },
    );
  }
}

const scan = Buffer.from('%PDF-1.4 scan');

export class TestSchool {
  classId: string;

  constructor(
    private readonly registry: RegistryCorner,
    readonly code: string,
    readonly path: string,
    readonly stage: Stage,
    readonly clerk: Actor,
  ) {}

  async openClass(name: string, entryYear: number): Promise<string> {
    const { classes } = await this.registry.app
      .get(OpenClass)
      .run(this.registry.actor('administrator', '/'), randomUUID(), [
        {
          school: this.code,
          stage: this.stage,
          entryYear,
          grade: gradesOfStage[this.stage].first + 2026 - entryYear,
          name,
          schoolYear: '2026',
        },
      ]);
    return classes[0].id;
  }

  enter(cells: Cells, actor = this.clerk, key: string = randomUUID()): Promise<EntryResult> {
    return this.registry.app.get(EnterChild).run(actor, key, this.code, cells as Record<string, string>);
  }

  /** Files a scan as each of the items. */
  async file(student: string, ...items: DossierItem[]): Promise<void> {
    for (const item of items) await this.registry.app.get(AttachPaper).run(this.clerk, student, item, scan);
  }

  /** Enters a child and has it checked, reviewed by the authority in charge and confirmed. */
  async registered(cells: Cells, ...papers: DossierItem[]): Promise<string> {
    const { student } = await this.enter(cells);
    await this.file(student!, ...papers);
    await this.registry.app.get(SubmitIntake).run(this.registry.actor('deputyHead', this.path), this.code, [student!]);
    const office = await this.registry.app.get(Authorities).of(this.code, this.stage, this.registry.clock.today());
    const reviewed = await this.registry.app
      .get(ReviewIntake)
      .run(this.registry.actor('officer', office.path), { school: this.code, confirm: [student!], sendBack: [] });
    if (reviewed.confirmed !== 1) throw new Error(`not confirmed: ${JSON.stringify(reviewed)}`);
    return student!;
  }

  /** A workbook of the school as a clerk would fill it in, one row per child. */
  async workbook(rows: Cells[]): Promise<Buffer> {
    const office = await this.registry.office(this.code);
    const classes = await this.registry.app.get(ClassRepository).ofSchool(this.code);
    const names = new Map(classes.map((one) => [one._id, one.name]));
    const bytes = await layWorkbook({
      school: { code: this.code, name: office.name },
      classes: classes.map((one) => ({ id: one._id, name: one.name })),
      format: currentFormat,
      today: this.registry.clock.today(),
      rows: rows.map((cells) => ({ cells: { ...cells, class: names.get(String(cells.class)) ?? cells.class } })),
    });
    return Buffer.from(bytes);
  }
}

/** What was refused, by slug, and its items by code. Fails when nothing was. */
export const refusalOf = async (answer: Promise<unknown>) => {
  const fault = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(fault instanceof Refused)) {
    throw fault instanceof Error ? fault : new Error(`not refused: ${JSON.stringify(fault)}`);
  }
  return fault.refusal;
};
