import { randomUUID } from 'node:crypto';
import { durably } from '#libs/messaging';
import { Refused } from '#libs/service-kit';
import { SchoolClass } from './class';
import { ClassRepository } from './class.repository';
import { Places, startPlaces } from '../../test/registry-of-places';

describe('seats of a class', () => {
  let places: Places;
  let classes: ClassRepository;

  beforeAll(async () => {
    places = await startPlaces();
    classes = places.app.get(ClassRepository);
  });

  afterAll(() => places.stop());

  const inTransaction = <T>(act: Parameters<typeof places.connection.transaction<T>>[0]) =>
    places.connection.transaction<T>(act, durably);

  const open = async (): Promise<string> => {
    const _id = randomUUID();
    const opened: SchoolClass = {
      _id,
      school: '2152002001',
      path: '/520000/520100/520103/2152002001/',
      stage: 'primary',
      entryYear: 2026,
      grade: 1,
      name: _id,
      schoolYear: '2026',
      version: 1,
      seats: { taken: 0, reserved: 0 },
    };
    await inTransaction((session) => classes.insert(session, [opened]));
    return _id;
  };

  const seats = async (id: string) => (await classes.find(id))?.seats;

  it('are never more than the cap, taken and reserved together, when fifty ask at once', async () => {
    const id = await open();
    const cap = 31;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        inTransaction(async (session) => {
          if (i % 2) return classes.reserve(session, id, cap);
          await classes.take(session, id, 1, cap);
          return true;
        }).catch((fault: unknown) => {
          if (fault instanceof Refused && fault.refusal.slug === 'class-full') return false;
          throw fault;
        }),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(cap);
    const { taken, reserved } = (await seats(id))!;
    expect(taken + reserved).toBe(cap);
  });

  it('for a whole list are taken together or not at all', async () => {
    const id = await open();
    await inTransaction((session) => classes.take(session, id, 48, 50));
    await expect(inTransaction((session) => classes.take(session, id, 3, 50))).rejects.toMatchObject({
      refusal: { slug: 'class-full', status: 409, facts: { cap: 50 } },
    });
    await inTransaction((session) => classes.take(session, id, 2, 50));
    expect(await seats(id)).toEqual({ taken: 50, reserved: 0 });
  });

  it('in many classes are taken together or not at all', async () => {
    const [one, other] = [await open(), await open()];
    await inTransaction((session) =>
      classes.takeAll(session, [
        { class: one, n: 30, cap: 50 },
        { class: other, n: 49, cap: 50 },
      ]),
    );
    const tooMany = inTransaction((session) =>
      classes.takeAll(session, [
        { class: one, n: 1, cap: 50 },
        { class: other, n: 2, cap: 50 },
      ]),
    );
    await expect(tooMany).rejects.toMatchObject({ refusal: { slug: 'class-full', status: 409 } });
    expect(await seats(one)).toEqual({ taken: 30, reserved: 0 });
    expect(await seats(other)).toEqual({ taken: 49, reserved: 0 });
    await inTransaction((session) => classes.takeAll(session, []));
  });

  it('have no limit where none is configured', async () => {
    const id = await open();
    await inTransaction((session) => classes.take(session, id, 200));
    expect(await inTransaction((session) => classes.reserve(session, id))).toBe(true);
    expect(await seats(id)).toEqual({ taken: 200, reserved: 1 });
  });

  it('kept for a movement become taken with the move, or free without it', async () => {
    const id = await open();
    await inTransaction(async (session) => {
      expect(await classes.reserve(session, id, 2)).toBe(true);
      expect(await classes.reserve(session, id, 2)).toBe(true);
      expect(await classes.reserve(session, id, 2)).toBe(false);
      await classes.settle(session, id);
      await classes.release(session, id);
    });
    expect(await seats(id)).toEqual({ taken: 1, reserved: 0 });
    await inTransaction((session) => classes.free(session, id, 1));
    expect(await seats(id)).toEqual({ taken: 0, reserved: 0 });
  });

  it('are not given back twice', async () => {
    const id = await open();
    await expect(inTransaction((session) => classes.release(session, id))).rejects.toThrow('not 1 reserved seats');
    await expect(inTransaction((session) => classes.settle(session, id))).rejects.toThrow('not 1 reserved seats');
    await expect(inTransaction((session) => classes.free(session, id, 1))).rejects.toThrow('not 1 taken seats');
    expect(await seats(id)).toEqual({ taken: 0, reserved: 0 });
  });

  it('change hands only with the change that they belong to', async () => {
    const id = await open();
    await expect(
      inTransaction(async (session) => {
        await classes.take(session, id, 1, 50);
        throw new Error('the entry failed');
      }),
    ).rejects.toThrow('the entry failed');
    expect(await seats(id)).toEqual({ taken: 0, reserved: 0 });
    const session = await places.connection.startSession();
    await expect(classes.take(session, id, 1, 50)).rejects.toThrow('inside a transaction');
    await session.endSession();
    await expect(inTransaction((inside) => classes.take(inside, id, 0, 50))).rejects.toThrow(RangeError);
    await expect(inTransaction((inside) => classes.take(inside, id, -1, 50))).rejects.toThrow(RangeError);
  });

  it('of a class that is not there cannot be taken', async () => {
    expect(await inTransaction((session) => classes.reserve(session, 'none', 50))).toBe(false);
    await expect(inTransaction((session) => classes.take(session, 'none', 1))).rejects.toBeInstanceOf(Refused);
  });
});
