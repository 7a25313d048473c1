import { randomUUID } from 'node:crypto';
import { archiveEvents, registryEvents } from '#libs/contracts';
import { until } from '#libs/testing';
import { SealCopies } from '../src/copies/seal-copies';
import { HandOverCustody } from '../src/custody/hand-over-custody';
import { RunningArchive, School } from './running-archive';

jest.setTimeout(120_000);

const out = '2152010301';
const into = '2152030201';

describe('custody', () => {
  let archive: RunningArchive;
  beforeAll(async () => (archive = await RunningArchive.start('2027-07-06')));
  afterAll(() => archive.stop());

  const closing = async (kind: 'closure' | 'merger', school: School, keeper: string, path: string, unit = false) => {
    const id = randomUUID();
    await archive.hear(
      registryEvents.closingCustodyAsked,
      id,
      { school, kind, keeper, keeperKind: unit ? 'unit' : 'school', keeperPath: path },
      { effectiveOn: '2027-08-31', pack: 'guizhou-2014', rules: ['R5-27'] },
    );
    return until(
      async () => (await archive.told(archiveEvents.custodyHandedOver)).find(({ data }) => data.closing === id)?.data,
      { within: 20_000, message: 'custody is handed over' },
    );
  };

  it('[NAT-MG1] [R5-27] a merger hands over every copy, former pupils’ too, counted and digested; chains resolve and the old code still answers', async () => {
    const former = await archive.sealPermanent({}, out, '2025-07-05');
    const { copy: left } = await archive.move(await archive.enter(), '2026-10-12');
    await archive.freeze(left);
    await archive.becomes(left, 'sealed');
    const recent = await archive.sealPermanent();
    const first = await closing('merger', out, into, '/520000/520300/520302/2152030201/');
    expect(first).toMatchObject({ from: out, to: into, copies: 3 });
    const found = async (account: string) =>
      (await archive.call<{ copies: { id: string }[] }>(account, 'GET', `copies?school=${out}`)).body.copies
        .map(({ id }) => id)
        .sort();
    expect(await found(`archiveKeeper-${into}`)).toEqual([former, left, recent].sort());
    expect(await found(`archiveKeeper-${out}`)).toEqual([]);
    // Merged again: those of the first school go on with those of the second.
    const own = await archive.sealPermanent({}, into);
    const second = await closing('merger', into, '2152010302', '/520000/520100/520103/2152010302/');
    expect(second.copies).toBe(4);
    await archive.openSchool('2152010302', '/520000/520100/520103/2152010302/', '520103');
    expect(await found('archiveKeeper-2152010302')).toEqual([former, left, recent].sort());
    const { body } = await archive.call<{ formerCustody: { keeper: string }[]; custody: object }>(
      'archiveKeeper-2152010302',
      'GET',
      `copies/${former}`,
    );
    expect(body.formerCustody.map(({ keeper }) => keeper)).toEqual([out, into]);
    expect(body.custody).toMatchObject({ keeper: '2152010302', since: '2027-08-31' });
    expect((await archive.call('archiveKeeper-2152010302', 'GET', `copies/${own}`)).status).toBe(200);
    expect((await archive.verify()).findings).toEqual([]);
  });

  it('[NAT-MG2] [R5-27] at a closure the keeper may be a unit that is no school', async () => {
    const id = await archive.sealPermanent({}, '2114000001');
    const handed = await closing('closure', '2114000001', '140400', '/140000/140400/', true);
    expect(handed).toMatchObject({ to: '140400', copies: 1 });
    expect((await archive.call('keeper-140400', 'GET', `copies/${id}`)).body).toMatchObject({
      custody: { keeper: '140400', kind: 'unit' },
    });
    expect((await archive.call('clerk-2114000001', 'GET', `copies/${id}`)).status).toBe(404);
  });

  it('taken up again after a death between the passing and the telling, it ends the same, told once', async () => {
    const id = await archive.sealPermanent({}, '2114040601');
    const first = await closing('closure', '2114040601', '140406', '/140000/140400/140406/', true);
    const handovers = archive.collection<{ state: string }>('custody_handovers');
    await archive.collection('outbox').deleteOne({ aggregateId: `custody.${first.closing}` });
    await handovers.updateOne({ _id: first.closing }, { $set: { state: 'running' } });
    const again = await until(
      async () => {
        archive.app.get(SealCopies).wake();
        return (await archive.told(archiveEvents.custodyHandedOver)).find(({ data }) => data.closing === first.closing);
      },
      { message: 'told again' },
    );
    expect(again.data).toEqual(first);
    expect((await archive.copy(id))?.formerCustody).toHaveLength(1);
  });

  it('copies that do not add up stop it: nothing is told', async () => {
    await archive.sealPermanent({}, '2152030201');
    const id = randomUUID();
    const custody = { from: '2152030201', on: '2027-08-31', rules: [], copies: 99, digest: 'x', state: 'running' };
    const to = { keeper: '520302', kind: 'unit', path: '/520000/520300/520302/' };
    await archive.collection('custody_handovers').insertOne({ _id: id, ...custody, to });
    await expect(archive.app.get(HandOverCustody).run()).rejects.toThrow('99 copies on the list');
    expect((await archive.told(archiveEvents.custodyHandedOver)).some(({ data }) => data.closing === id)).toBe(false);
    await archive.collection('custody_handovers').deleteOne({ _id: id });
  });
});
