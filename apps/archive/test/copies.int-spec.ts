import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveEvents, registryEvents } from '#libs/contracts';
import { sha256 } from '#libs/proofs';
import { root } from '#libs/testing';
import { pdf, RunningArchive } from './running-archive';

jest.setTimeout(120_000);

const school = '2152010301';
const changzhi = '2114040601';

describe('permanent copies', () => {
  let archive: RunningArchive;
  const folder = mkdtempSync(join(tmpdir(), 'copies-'));
  beforeAll(async () => (archive = await RunningArchive.start('2027-07-06')));
  afterAll(async () => {
    await archive.stop();
    rmSync(folder, { recursive: true });
  });

  const stranger = (zip: Buffer, head: unknown) => {
    const [copy, published] = [join(folder, 'copy.zip'), join(folder, 'head.json')];
    writeFileSync(copy, zip);
    writeFileSync(published, JSON.stringify(head));
    const verifier = join(root, 'tools/verify-copy/verify-copy.mjs');
    const run = spawnSync(process.execPath, [verifier, copy, published], { encoding: 'utf8' });
    return { status: run.status, out: run.stdout + run.stderr };
  };

  it('[GZ-AR1] [CZ-AR4] [NAT-AR2] the end of a stage asks for one, by the article that holds at the school', async () => {
    for (const [of, rules] of [
      [school, ['GZ-AR1']],
      [changzhi, ['CZ-AR4']],
      ['2114000001', ['NAT-AR2']],
    ] as const) {
      const id = await archive.end(await archive.enter(of), of);
      const copy = await archive.becomes(id, 'asked');
      expect(copy).toMatchObject({ kind: 'permanent', reason: 'stageEnd', school: of, ending: 'graduation' });
      expect(copy.citations.map(({ rule }) => rule)).toEqual(rules);
      const asked = (await archive.told(archiveEvents.copyAsked)).find(({ aggregateId }) => aggregateId === id);
      expect(asked?.rules).toEqual(rules);
      expect(asked?.data).toMatchObject({ parts: ['registry', 'transfer'], asOf: '2027-07-05T08:00:00.000Z' });
    }
  });

  it('[SCH3-AR1] what the file lacks is listed before it is sealed, and who has not looked at it is refused', async () => {
    const paper = { owner: 'registry' as const, name: 'endingCertificate', bytes: pdf('certificate') };
    const lost = { owner: 'transfer' as const, name: 'contactForm', bytes: pdf('lost'), lost: true };
    const id = await archive.end(await archive.enter());
    await archive.freeze(id, { papers: [paper, lost] });
    await archive.becomes(id, 'inReview');
    const { body } = await archive.call<{ missing: { item: string; citation?: { rule: string } }[] }>(
      `clerk-${school}`,
      'GET',
      `copies/${id}`,
    );
    expect(body.missing.map(({ item }) => item)).toEqual(['results', 'awards', 'punishments', 'paper:contactForm']);
    expect(body.missing[0].citation?.rule).toBe('SCH3-AR1');
    const review = (missingSeen: string[]) =>
      archive.call(`clerk-${school}`, 'POST', 'copies/reviews', { body: { school, copies: [id], missingSeen } });
    expect(await review(['results', 'awards'])).toMatchObject({
      status: 422,
      body: {
        type: 'urn:xueji:problem:missing-not-seen',
        citation: { rule: 'SCH3-AR1' },
        facts: { items: ['paper:contactForm', 'punishments'] },
      },
    });
    expect((await review(['results', 'awards', 'punishments', 'paper:contactForm'])).status).toBe(200);
    await archive.becomes(id, 'sealed');
  });

  it('[SCH3-AR2] nothing is archived before the producing office has recorded its review; the archive keeper cannot', async () => {
    const id = await archive.end(await archive.enter());
    await archive.freeze(id);
    const copy = await archive.becomes(id, 'inReview');
    expect(copy.review?.required.rule).toBe('SCH3-AR2');
    const body = { school, copies: [id], missingSeen: copy.missing.map(({ item }) => item) };
    expect((await archive.call(`archiveKeeper-${school}`, 'POST', 'copies/reviews', { body })).status).toBe(403);
    expect((await archive.call(`clerk-${changzhi}`, 'POST', 'copies/reviews', { body })).status).toBe(404);
    expect((await archive.copy(id))?.state).toBe('inReview');
    expect((await archive.call(`deputyHead-${school}`, 'POST', 'copies/reviews', { body })).status).toBe(200);
    const sealed = await archive.becomes(id, 'sealed');
    expect(sealed.review?.done).toMatchObject({ account: `deputyHead-${school}`, on: '2027-07-06' });
  });

  it('[SCH3-AR3] on filing the keeper has it, with day and count, and the producing office only reads', async () => {
    const id = await archive.sealPermanent();
    const { body } = await archive.call(`archiveKeeper-${school}`, 'GET', `custody?school=${school}`);
    const copies = await archive.collection('copies').countDocuments({ school, state: 'sealed' });
    expect(body.custody).toEqual([{ keeper: school, kind: 'school', copy: 'permanent', since: '2027-07-06', copies }]);
    expect((await archive.call(`clerk-${school}`, 'GET', `copies/${id}`)).body).toMatchObject({
      readOnly: true,
      custodySince: '2027-07-06',
      filing: { rule: 'SCH3-AR3' },
    });
    const again = { school, copies: [id], missingSeen: [] };
    expect((await archive.call(`clerk-${school}`, 'POST', 'copies/reviews', { body: again })).body).toMatchObject({
      type: 'urn:xueji:problem:not-in-review',
    });
  });

  it('[NAT-AR2] [GZ-AR1] deleting is refused by the article, whoever asks', async () => {
    const id = await archive.sealPermanent();
    for (const account of [`clerk-${school}`, `archiveKeeper-${school}`, 'officer-520000'])
      expect(await archive.call(account, 'DELETE', `copies/${id}`)).toMatchObject({
        status: 409,
        body: {
          type: 'urn:xueji:problem:kept-for-ever',
          citation: { rule: 'NAT-AR2' },
          facts: { articles: ['GZ-AR1'] },
        },
      });
    expect((await archive.copy(id))?.state).toBe('sealed');
  });

  it('is exported with its proof, and a stranger finds it genuine; the reading is recorded', async () => {
    const paper = { owner: 'registry' as const, name: 'photo', bytes: pdf('photo') };
    const id = await archive.sealPermanent({ papers: [paper] });
    await archive.signed();
    const exported = await archive.call(`archiveKeeper-${school}`, 'GET', `copies/${id}/export`);
    expect(exported.status).toBe(200);
    const head = await archive.call(undefined, 'GET', 'log/heads/2027-07-06');
    expect(stranger(exported.raw, head.body)).toMatchObject({ status: 0, out: expect.stringContaining('genuine') });
    expect(exported.raw.includes(paper.bytes)).toBe(true);
    expect((await archive.call(`archiveKeeper-${school}`, 'GET', `copies/${id}/export`)).raw).toEqual(exported.raw);
    expect(await archive.collection('audit').countDocuments({ act: 'archive.copy.export', 'subject.id': id })).toBe(2);
  });

  it('proves against every head signed after it, and not against one before', async () => {
    const first = await archive.sealPermanent();
    const size = await archive.signed();
    const second = await archive.sealPermanent();
    const later = await archive.signed();
    const newest = (await archive.call(undefined, 'GET', 'log/heads/newest')).body;
    const daily = (await archive.call(undefined, 'GET', 'log/heads/2027-07-06')).body;
    for (const [query, published] of [
      ['', newest],
      [`?size=${size}`, daily],
      [`?size=${later}`, daily],
    ] as const) {
      const exported = await archive.call(`archiveKeeper-${school}`, 'GET', `copies/${first}/export${query}`);
      expect(stranger(exported.raw, published)).toMatchObject({ status: 0 });
    }
    const early = await archive.call(`archiveKeeper-${school}`, 'GET', `copies/${second}/proof?size=${size}`);
    expect(early.status).toBe(409);
    const consistent = await archive.call(undefined, 'GET', `log/consistency?from=${size}&to=${later}`);
    expect(consistent).toMatchObject({ status: 200, body: { from: { size }, to: { size: later } } });
  });

  it('lies encrypted: neither name nor paper can be read in the store', async () => {
    const id = await archive.sealPermanent({
      registry: { basicInfo: { name: '诸葛㛃㛃' }, events: [{}] },
      papers: [{ owner: 'registry', name: 'photo', bytes: pdf('secret photo') }],
    });
    const hidden = ['诸葛', 'secret photo'].map((text) => Buffer.from(text));
    for (const { name } of await archive.connection.db!.listCollections().toArray())
      for await (const row of archive.connection.collection(name).find({}, { raw: true }))
        for (const text of hidden) expect((row as unknown as Buffer).includes(text)).toBe(false);
    const paper = `files/${sha256(pdf('secret photo'))}`;
    expect((await archive.copy(id))?.files.map(({ path }) => path)).toContain(paper);
  });

  it('is read as PDF; a name that no font can write is named, and the bag is exported all the same', async () => {
    const id = await archive.sealPermanent();
    const pdfOf = (copy: string) => archive.call(`archiveKeeper-${school}`, 'GET', `copies/${copy}/pdf`);
    const read = await pdfOf(id);
    expect(read.status).toBe(200);
    expect(read.raw.subarray(0, 5).toString()).toBe('%PDF-');
    const rare = await archive.sealPermanent({ registry: { basicInfo: { name: '𠮷' }, events: [{}] } });
    expect(await pdfOf(rare)).toMatchObject({
      status: 422,
      body: { type: 'urn:xueji:problem:missing-glyph', facts: { characters: ['𠮷'] } },
    });
    await archive.signed();
    expect((await archive.call(`archiveKeeper-${school}`, 'GET', `copies/${rare}/export`)).status).toBe(200);
  });

  it('waits for owners that are away, and goes on when they are back', async () => {
    const id = await archive.end(await archive.enter());
    await archive.becomes(id, 'asked');
    archive.ownersAway = true;
    await archive.freeze(id);
    await archive.becomes(id, 'pulling');
    archive.ownersAway = false;
    await archive.becomes(id, 'inReview');
  });

  it('is seen by those in whose care it is and the offices above, and by nobody else', async () => {
    const id = await archive.sealPermanent();
    for (const account of [`clerk-${school}`, 'officer-520103', 'officer-520100', 'keeper-520000'])
      expect((await archive.call(account, 'GET', `copies/${id}`)).status).toBe(200);
    for (const account of ['clerk-2152030201', 'officer-520302', 'keeper-140406', `archiveKeeper-${changzhi}`]) {
      for (const path of [`copies/${id}`, `copies/${id}/export`, `copies/${id}/proof`])
        expect((await archive.call(account, 'GET', path)).status).toBe(404);
      expect((await archive.call(account, 'DELETE', `copies/${id}`)).status).toBe(404);
    }
    const listed = await archive.call(`archiveKeeper-${changzhi}`, 'GET', `copies?school=${school}`);
    expect(listed.body.copies).toEqual([]);
  });

  it('the same news twice is one copy', async () => {
    const student = await archive.enter();
    const ended = await archive.hear(registryEvents.studentEnded, student, {
      ...archive.seat(school),
      stage: 'primary',
      entryYear: 2021,
      ending: 'graduation',
      completion: 'c-1',
    });
    await archive.becomes(`${student}.permanent.${ended.seq}`, 'asked');
    await archive.apply(ended);
    expect(await archive.collection('copies').countDocuments({ student })).toBe(1);
    const told = await archive.told(archiveEvents.copyAsked);
    expect(told.filter(({ data }) => data.student === student)).toHaveLength(1);
  });
});
