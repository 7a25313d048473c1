import { DataOf, EventDefinition, ReceivedEvent, registryEvents as registry } from '#libs/contracts';
import { RunningTransfer } from './running-transfer';

jest.setTimeout(60_000);

const school = '2152010301';
const path = `/520000/520100/520103/${school}/`;
const pupils = Array.from({ length: 12 }, (_, n) => `pupil-${n}`);

type Step = { definition: EventDefinition; aggregateId: string; data: object }[];
const step = <E extends EventDefinition>(
  definition: E,
  ids: string[],
  data: (n: number, id: string) => DataOf<E>,
): Step => ids.map((aggregateId, n) => ({ definition, aggregateId, data: data(n, aggregateId) as object }));

/** What an import and its review bring: crowds of one type, with what else happens to some of the children between. */
const story = (): Step[] => [
  step(registry.officeOpened, ['520103'], () => ({
    ...{ kind: 'county' as const, name: 'county', path: '/520000/520100/520103/' },
  })),
  step(registry.officeOpened, [school, 'school-2'], (_, id) => ({
    ...{ kind: 'school' as const, name: `school ${id}`, parent: '520103', path, line: 'guizhou' },
    school: {
      type: 'primary' as const,
      operator: 'government' as const,
      stages: ['primary' as const],
      managedBy: '520103',
    },
  })),
  step(registry.officeLineSet, [school], () => ({ line: 'national' })),
  step(registry.classOpened, ['class-1', 'class-2', 'class-3'], (n) => ({
    ...{ school, path, stage: 'primary' as const, entryYear: 2024 + n, grade: 1, name: `${n}班`, schoolYear: '2026' },
  })),
  step(registry.postHeld, ['post-1', 'post-2', 'post-3'], (n) => ({
    ...{ account: `clerk-${n % 2}`, role: 'clerk' as const, office: school, path, from: '2026-01-01' },
  })),
  step(registry.studentEntered, pupils, (n) => ({
    ...{ school, path, class: `class-${n % 3}`, stage: 'primary' as const, entryYear: 2026 },
    ...{ sex: '1' as const, birthMonth: '2020-01', hasIdNumber: n % 2 === 0, marks: n % 4 ? [] : ['leftBehind'] },
  })),
  step(registry.studentMarked, pupils.slice(0, 2), () => ({ mark: 'lateEntry', from: '2026-09-02' })),
  step(registry.studentCorrected, pupils.slice(2, 6), (n) => ({
    fields: ['class'],
    ...(n % 2 && { class: 'class-9' }),
  })),
  step(registry.studentSubmitted, pupils, () => ({ authority: '520103', school })),
  step(registry.studentReturned, pupils.slice(0, 4), () => ({ authority: '520103', school })),
  // The same child twice in one row: what was said last stands.
  step(registry.studentCorrected, [...pupils.slice(0, 4), 'pupil-1'], (n) => ({
    ...{ fields: ['class'], class: `class-again-${n}` },
  })),
  step(registry.studentSubmitted, pupils.slice(0, 4), () => ({ authority: '520103', school })),
  step(registry.studentConfirmed, pupils.slice(0, 10), () => ({ authority: '520103', school })),
  step(registry.studentEntryUndone, pupils.slice(10), () => ({ school, class: 'class-1' })),
];

const copies = ['offices', 'classes', 'posts', 'students'];

describe('read copies built from crowds of events', () => {
  let service: RunningTransfer;

  beforeAll(async () => {
    service = await RunningTransfer.start('2026-09-28');
  });
  afterAll(() => service.stop());

  /** Every step as one row, or as rows of one event. @returns what the copies hold then */
  const told = async (inRows: boolean): Promise<Record<string, unknown[]>> => {
    for (const name of copies) await service.collection(name).deleteMany({});
    const seqs = new Map<string, number>();
    for (const facts of story()) {
      const row = facts.map(({ definition, aggregateId, data }): ReceivedEvent => {
        const seq = (seqs.get(aggregateId) ?? 0) + 1;
        seqs.set(aggregateId, seq);
        const recordedAt = new Date(Date.UTC(2026, 8, 1, 0, seq));
        const source = 'registry' as const;
        const id = `${aggregateId}:${seq}`;
        return { id, type: definition.type, source, aggregateId, seq, effectiveOn: '2026-09-01', recordedAt, data };
      });
      if (inRows) await service.applyRow(row);
      else for (const event of row) await service.apply(event);
    }
    const held: Record<string, unknown[]> = {};
    for (const name of copies) held[name] = await service.collection(name).find().sort({ _id: 1 }).toArray();
    return held;
  };

  it('are the same as from one event after another', async () => {
    const singly = await told(false);
    expect(singly.students).toHaveLength(pupils.length);
    expect(singly.students).toContainEqual(
      expect.objectContaining({ _id: 'pupil-1', class: 'class-again-4', registration: 'confirmed' }),
    );
    expect(singly.students.filter((one) => (one as { registration: string }).registration === 'undone')).toHaveLength(
      2,
    );
    expect(singly.posts).toHaveLength(3);
    expect(singly.classes).toHaveLength(3);
    expect(singly.offices).toContainEqual(
      expect.objectContaining({ _id: school, lines: [expect.anything(), expect.anything()] }),
    );
    expect(await told(true)).toEqual(singly);
  });
});
