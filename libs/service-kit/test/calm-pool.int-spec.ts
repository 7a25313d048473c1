import { createConnection } from 'mongoose';
import { ownCorner, until } from '#libs/testing';
import { calmPool, poolLook } from '../src/calm-pool';

describe('the pool of an idle store', () => {
  const corner = ownCorner();
  afterAll(() => corner.drop());

  it('is looked at every few seconds instead of ten times a second, and still serves', async () => {
    const connection = calmPool(await createConnection(corner.mongoUrl()).asPromise());
    const { topology } = connection.getClient() as unknown as {
      topology: { s: { servers: Map<string, { pool: { minPoolSizeTimer?: { _idleTimeout: number } } }> } };
    };
    const [{ pool }] = topology.s.servers.values();
    await until(() => pool.minPoolSizeTimer?._idleTimeout === poolLook, { message: 'the next look is far' });
    expect((await connection.db?.command({ ping: 1 }))?.ok).toBe(1);
    await connection.close();
  });

  it('does not fit a driver that has changed, and says so', () => {
    expect(() => calmPool({ getClient: () => ({}) } as never)).toThrow('has changed');
  });
});
