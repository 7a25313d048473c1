import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { ClientSession, Connection } from 'mongoose';
import { Actor } from '#libs/access';
import { Audit } from '#libs/audit';
import { checkResidentId } from '#libs/codes';
import { registryEvents } from '#libs/contracts';
import { Outbox } from '#libs/messaging';
import { Sealed } from '#libs/protection';
import { Clock, invalidInput, notFound, refuse, staleVersion, wrongState } from '#libs/service-kit';
import { OfficeRepository } from '../places';
import { Policies } from '../policies';
import { ChildVault } from '../students/child-vault';
import { StudentRecord } from '../students/record';
import { Moment, withFacts } from '../students/student';
import { StudentRepository } from '../students/student.repository';
import { NumberRequests } from './number-requests';

/** entered by the school → approved by the province → issued by the ministry (GZ-NO5, GZ-RO4). */
export interface Conversion {
  /** Id of the student. */
  _id: string;
  /** Path of the record school; follows the student. */
  path: string;
  state: 'entered' | 'approved' | 'issued';
  idNumber: Sealed;
  household: Sealed;
  keyCounty: string;
  enteredBy: string;
  enteredOn: string;
  approvedBy?: string;
  version: number;
}

export interface Household {
  idNumber: string;
  kind: 'family' | 'collective';
  /** County-level division code. */
  place: string;
}

/** A temporary number becomes an official one when the household registration has been obtained. */
@Injectable()
export class Conversions {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly students: StudentRepository,
    private readonly offices: OfficeRepository,
    private readonly policies: Policies,
    private readonly requests: NumberRequests,
    private readonly vault: ChildVault,
    private readonly outbox: Outbox,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  get conversions() {
    return this.connection.collection<Conversion>('conversions');
  }

  /** The school enters the registration. The identity is claimed now, so that nobody else can register it meanwhile. */
  async enter(actor: Actor, studentId: string, household: Household): Promise<Conversion> {
    const record = await this.students.find(studentId);
    if (!record || record.registration === 'undone') throw notFound();
    const post = actor.postOf(record.school);
    if (record.numbers.at(-1)?.kind !== 'L') {
      throw wrongState(
        { zh: '该学生没有临时学籍号。', en: 'The student has no temporary number.' },
        { zh: '只有临时学籍号需要转为正式学籍号。', en: 'Only a temporary number becomes an official one.' },
      );
    }
    const checked = checkResidentId(household.idNumber, this.clock.today());
    const facts = checked.value;
    const problems = [...checked.problems];
    if (facts && (facts.birthDate !== record.birthDate || facts.sex !== record.sex)) {
      problems.push({
        code: 'id-against-record',
        message: {
          zh: '身份证号与学籍中的出生日期或性别不符。',
          en: 'The number contradicts birth date or sex of the record.',
        },
        remedy: {
          zh: '请核对户口簿；学籍有误的先办理更正。',
          en: 'Check the household book; correct the record first.',
        },
      });
    }
    if (problems.length) throw invalidInput(problems.map((problem) => ({ field: 'idNumber', ...problem })));
    if (!record.dossier.householdProof) {
      throw refuse('paper-lacking', {
        status: 422,
        title: { zh: '缺少户籍证明', en: 'Proof of registration is missing' },
        detail: { zh: '请先上传户口簿扫描件。', en: 'The scan of the household book is not in the dossier.' },
        remedy: { zh: '上传材料“householdProof”后再提交。', en: 'File the paper `householdProof`, then submit.' },
      });
    }
    const conversion: Conversion = {
      _id: studentId,
      path: record.path,
      state: 'entered',
      idNumber: this.vault.seal(household.idNumber.toUpperCase(), record, 'conversion.idNumber'),
      household: this.vault.seal(
        JSON.stringify({ registered: true, kind: household.kind, place: household.place }),
        record,
        'conversion.household',
      ),
      keyCounty: record.keyCounty,
      enteredBy: actor.account,
      enteredOn: this.clock.today(),
      version: 1,
    };
    const key = { kind: 'id' as const, index: this.vault.idIndex(household.idNumber) };
    await this.connection.transaction(async (session) => {
      const existing = await this.conversions.findOne({ _id: studentId }, { session });
      if (existing) {
        throw wrongState(
          { zh: '该学生已提交转正申请。', en: 'The conversion of this student is already under way.' },
          { zh: '请等待省级审批和部级赋号。', en: 'Wait for the province and the ministry.' },
        );
      }
      const holder = this.students.holderOf(await this.students.holders([key], session), key);
      if (holder && holder !== studentId) {
        throw refuse('registered-elsewhere', {
          status: 409,
          title: { zh: '该身份证号已有学籍', en: 'This identity already has a record' },
          detail: { zh: '一人一籍：该身份证号已被另一学籍使用。', en: 'Another record already has this ID number.' },
          remedy: { zh: '请查重，按问题学籍处理。', en: 'Run the duplicate check and handle it as a problem record.' },
        });
      }
      await this.students.claim(session, [{ key, student: studentId }]);
      await this.conversions.insertOne(conversion, { session });
      await this.note(session, conversion, actor.account, post._id, 'entered');
    });
    return conversion;
  }

  /** The office that the pack names approves; then the ministry is asked (GZ-RO4). */
  async approve(actor: Actor, studentId: string): Promise<void> {
    const conversion = await this.conversions.findOne({ _id: studentId });
    if (!conversion || !actor.covers(conversion.path)) throw notFound();
    const pack = await this.policies.packFor(conversion.path, this.clock.today());
    const chain = pack.setting('number.conversion');
    if (!chain.configured) {
      throw refuse('not-configured', {
        status: 422,
        title: { zh: '规则未配置', en: 'Not configured' },
        detail: {
          zh: '当前规则没有规定临时学籍号转正的审批层级。',
          en: 'The pack does not say who approves a conversion.',
        },
        remedy: { zh: '请由有权机关配置。', en: 'The office in charge must set it.' },
        ...(chain.citation && { citation: chain.citation }),
      });
    }
    const level = chain.value.steps.find((step) => step.act === 'approve')?.office;
    const office = (await this.offices.on(conversion.path)).find(({ kind }) => kind === level);
    if (!office) throw notFound();
    const post = actor.postOf(office._id);
    if (conversion.state !== 'entered') {
      throw wrongState(
        { zh: '该申请已审批。', en: 'It is already approved.' },
        { zh: '请等待部级赋号。', en: 'Wait for the ministry.' },
      );
    }
    await this.connection.transaction(async (session) => {
      const change = { state: 'approved' as const, approvedBy: actor.account, version: 2 };
      // Only what changes is written: the student may have moved meanwhile.
      const { matchedCount } = await this.conversions.updateOne(
        { _id: studentId, version: 1, path: conversion.path },
        { $set: change },
        { session },
      );
      if (matchedCount !== 1) throw staleVersion(1, 2);
      await this.requests.add(session, [{ student: studentId, kind: 'convert-to-G' }]);
      await this.note(session, { ...conversion, ...change }, actor.account, post._id, 'approved');
    });
  }

  /** The student has moved: the offices over the new school go on with it. */
  async move(session: ClientSession, studentId: string, path: string): Promise<void> {
    await this.conversions.updateOne({ _id: studentId, state: { $ne: 'issued' } }, { $set: { path } }, { session });
  }

  list(actor: Actor, limit = 100): Promise<Conversion[]> {
    return this.conversions
      .find({ $and: [actor.scope('path'), { state: { $ne: 'issued' } }] })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  async idNumberOf(record: StudentRecord): Promise<string> {
    const conversion = await this.conversions.findOne({ _id: record._id });
    if (!conversion) throw new Error('a conversion is asked for that nobody entered');
    return this.vault.open(conversion.idNumber, record._id, 'conversion.idNumber');
  }

  /** The ministry has issued: identity and household of the record become what the school entered. */
  async complete(session: ClientSession, record: StudentRecord, moment: Moment): Promise<StudentRecord> {
    const conversion = await this.conversions.findOne({ _id: record._id }, { session });
    if (!conversion) throw new Error('a conversion ended that nobody entered');
    const idNumber = await this.vault.open(conversion.idNumber, record._id, 'conversion.idNumber');
    const household = await this.vault.open(conversion.household, record._id, 'conversion.household');
    const issued: Conversion = { ...conversion, state: 'issued', version: conversion.version + 1 };
    await this.conversions.replaceOne({ _id: record._id, version: conversion.version }, issued, { session });
    await this.note(session, issued, moment.by, undefined, 'issued');
    const sealed = {
      ...record.sealed,
      idNumber: this.vault.seal(idNumber, record, 'idNumber'),
      household: this.vault.seal(household, record, 'household'),
    };
    return {
      ...record,
      sealed,
      documentType: 'residentId',
      hasHousehold: true,
      index: { ...record.index, idNumber: this.vault.idIndex(idNumber) },
      marks: record.marks.map((mark) =>
        mark.mark === 'noHousehold' && mark.to === undefined ? { ...mark, to: moment.on } : mark,
      ),
      facts: withFacts(
        record,
        (['idNumber', 'household'] as const).map((item) => ({
          item,
          before: record.sealed[item],
          after: sealed[item],
        })),
        moment,
      ),
    };
  }

  private async note(
    session: ClientSession,
    conversion: Conversion,
    account: string,
    post: string | undefined,
    step: 'entered' | 'approved' | 'issued',
  ): Promise<void> {
    await this.outbox.add(session, [
      {
        definition: registryEvents.numberConversion,
        aggregateId: `conversion.${conversion._id}`,
        seq: conversion.version,
        effectiveOn: this.clock.today(),
        recordedAt: this.clock.now(),
        data: { student: conversion._id, step },
        rules: ['GZ-NO5', 'GZ-RO4'],
      },
    ]);
    await this.audit.write(
      [
        {
          act: `registry.conversion.${step}`,
          account,
          ...(post && { post }),
          subject: { kind: 'conversion', id: conversion._id, version: conversion.version },
          at: this.clock.now(),
        },
      ],
      session,
    );
  }
}
