import { randomUUID } from 'node:crypto';
import { Audit } from '#libs/audit';
import { until } from '#libs/testing';
import { DecideBatch } from '../src/collection/decide-batch';
import { batchView, ReadBatch } from '../src/collection/read-batch';
import { UploadWorkbook } from '../src/collection/upload-workbook';
import { Cells } from '../src/collection/workbook';
import { child } from './children';
import { refusalOf, RegistryCorner, TestSchool } from './registry-corner';

// Real engines on a machine that others use: a slow minute is no failure.
jest.setTimeout(120_000);

describe('the workbook of a collection', () => {
  let registry: RegistryCorner;

  beforeAll(async () => {
    registry = await RegistryCorner.start();
  });

  afterAll(() => registry.stop());
  beforeEach(() => registry.clock.set('2026-09-10'));

  const rowsOf = (school: TestSchool, n: number): Cells[] => Array.from({ length: n }, () => child(school));
  const upload = async (school: TestSchool, bytes: Buffer) => {
    const { id } = await registry.app.get(UploadWorkbook).run(school.clerk, randomUUID(), school.code, 'a.xlsx', bytes);
    return registry.batchIn(id, 'checked');
  };
  const commit = async (school: TestSchool, id: string) => {
    await registry.app.get(DecideBatch).commit(school.clerk, randomUUID(), id, true);
    return registry.batchIn(id, 'committed');
  };
  const deadline = (batch: string) =>
    registry.connection.collection('deadlines').findOne({ subject: batch, kind: 'registry.workbook-kept' });
  /** The file of a digest, and chunks that belong to it or to no file at all. */
  const stored = async (digest: string) => {
    const rows = await registry.connection.collection('files.files').find().toArray();
    const own = rows.filter(({ filename }) => filename === digest).map(({ _id }) => _id);
    const others = rows.map(({ _id }) => _id).filter((id) => !own.includes(id));
    const parts = await registry.connection.collection('files.chunks').countDocuments({ files_id: { $nin: others } });
    return { files: own.length, parts };
  };
  const gone = (batch: string) =>
    until(async () => (await registry.batch(batch)).workbookGoneOn, {
      within: 60_000,
      message: async () => `the workbook is gone; ${JSON.stringify(await deadline(batch))}`,
    });

  it('goes with its bad rows after the days set, counted from the end of the work; counts and digest stay', async () => {
    const school = await registry.school('yunyan');
    const [good, bad] = rowsOf(school, 2);
    const batch = await upload(school, await school.workbook([good, { ...bad, birthDate: '2020年' }]));
    expect(await deadline(batch._id)).toMatchObject({ state: 'armed', dueOn: '2026-12-09' });
    registry.clock.set('2026-09-20');
    await commit(school, batch._id);
    expect(await deadline(batch._id)).toMatchObject({ state: 'armed', dueOn: '2026-12-19' });
    expect(await stored(batch.file)).toEqual({ files: 1, parts: 1 });
    const read = registry.app.get(ReadBatch);
    expect((await read.badRows(school.clerk, batch._id, 0, 10)).items).toHaveLength(1);

    registry.clock.set('2026-12-20', '00:01');
    expect(await gone(batch._id)).toBe('2026-12-20');
    expect(await stored(batch.file)).toEqual({ files: 0, parts: 0 });
    expect(await registry.connection.collection('collection_bad_rows').countDocuments({ batch: batch._id })).toBe(0);
    const left = await read.one(school.clerk, batch._id);
    expect(left.file).toBe(batch.file);
    expect(batchView(left)).toMatchObject({ state: 'committed', written: { new: 1 }, workbookGoneOn: '2026-12-20' });
    const refusal = { slug: 'workbook-gone', status: 410, facts: { digest: batch.file, goneOn: '2026-12-20' } };
    expect(await refusalOf(read.marked(school.clerk, batch._id))).toMatchObject(refusal);
    expect(await refusalOf(read.badRows(school.clerk, batch._id, 0, 10))).toMatchObject(refusal);
    expect((await registry.app.get(Audit).of(batch._id)).at(-1)).toMatchObject({
      act: 'registry.collection.forget-workbook',
      account: 'system',
    });
    // What was entered does not hang on the workbook: it can still be taken back as a whole.
    await registry.app.get(DecideBatch).undo(school.clerk, randomUUID(), batch._id);
    expect(await registry.batchIn(batch._id, 'undone')).toMatchObject({ undone: 1 });
  });

  it('that nobody has decided on goes too; then it cannot be written, and may be uploaded again', async () => {
    const school = await registry.school('yunyan');
    const bytes = await school.workbook(rowsOf(school, 1));
    const batch = await upload(school, bytes);
    registry.clock.set('2026-12-10');
    await gone(batch._id);
    expect(await refusalOf(commit(school, batch._id))).toMatchObject({ slug: 'workbook-gone', status: 410 });
    const again = await upload(school, bytes);
    expect(again.file).toBe(batch.file);
    expect((await commit(school, again._id)).written).toMatchObject({ new: 1 });
  });

  it('stays while another batch of the same bytes has it', async () => {
    const school = await registry.school('yunyan');
    const bytes = await school.workbook(rowsOf(school, 1));
    const first = await upload(school, bytes);
    registry.clock.set('2026-11-01');
    const second = await upload(school, bytes);
    registry.clock.set('2026-12-10');
    await gone(first._id);
    expect(await stored(first.file)).toMatchObject({ files: 1 });
    expect((await commit(school, second._id)).written).toMatchObject({ new: 1 });
    registry.clock.set('2027-06-01');
    await gone(second._id);
    expect(await stored(first.file)).toEqual({ files: 0, parts: 0 });
  });
});
