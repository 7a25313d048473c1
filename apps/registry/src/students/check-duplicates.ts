import { Injectable } from '@nestjs/common';
import { Actor } from '#libs/access';
import { MatchKey, Pack } from '#libs/policy';
import { Clock } from '#libs/service-kit';
import { Policies } from '../policies';
import { StudentRecord } from './record';
import { StudentRepository } from './student.repository';

export interface DuplicateGroup {
  /** Fields that agree, and the rule that names them. */
  fields: string[];
  rule: string;
  effect: string;
  /** Records in the caller's scope. */
  students: string[];
  /** Records elsewhere in the province that agree; whose they are is not told. */
  elsewhere: number;
}

type Compared = Pick<StudentRecord, '_id' | 'path' | 'sex' | 'index'>;

const valueOf = (record: Compared, key: MatchKey): string | undefined => {
  if (key.fields.includes('idNumber')) return record.index.idNumber;
  const { fields } = key;
  const guardian = fields.includes('guardian') ? record.index.match : '';
  return JSON.stringify([record.index.alike, fields.includes('sex') ? record.sex : '', guardian]);
};

/** The duplicate search that a school and its authority can run at any time; match keys are pack data (NAT-NO4). */
@Injectable()
export class CheckDuplicates {
  constructor(
    private readonly students: StudentRepository,
    private readonly policies: Policies,
    private readonly clock: Clock,
  ) {}

  async run(actor: Actor, schoolPath: string): Promise<DuplicateGroup[]> {
    actor.postAt(schoolPath);
    const pack: Pack = await this.policies.packFor(schoolPath, this.clock.today());
    const keys = pack.setting<MatchKey[]>('duplicate.keys');
    if (!keys.configured) return [];
    const projection = { path: 1, sex: 1, index: 1 };
    const open = { registration: { $ne: 'undone' as const } };
    const own = await this.students.students.find({ path: schoolPath, ...open }, { projection }).toArray();
    const alike = { 'index.alike': { $in: own.map((record) => record.index.alike) } };
    const all: Compared[] = await this.students.students.find({ ...alike, ...open }, { projection }).toArray();
    const groups: DuplicateGroup[] = [];
    for (const key of keys.value) {
      groups.push(...groupsOf(all, key, actor));
    }
    return groups;
  }
}

const groupsOf = (records: Compared[], key: MatchKey, actor: Actor): DuplicateGroup[] => {
  const byValue = new Map<string, Compared[]>();
  for (const record of records) {
    const value = valueOf(record, key);
    if (value) byValue.set(value, [...(byValue.get(value) ?? []), record]);
  }
  return [...byValue.values()].flatMap((same) => {
    const mine = same.filter((record) => actor.covers(record.path));
    if (same.length < 2 || mine.length === 0) return [];
    return [
      {
        fields: key.fields,
        rule: key.rule,
        effect: key.effect,
        students: mine.map((record) => record._id),
        elsewhere: same.length - mine.length,
      },
    ];
  });
};
