import type { Connection } from 'mongoose';

/** Milliseconds between two looks of a pool at its connections. */
export const poolLook = 5_000;

interface Pool {
  options: { minPoolSize: number };
  minPoolSizeTimer?: NodeJS.Timeout;
  ensureMinPoolSize(): void;
}

const patched = Symbol.for('xueji.mongodb.calm-pool');

/**
 * The driver's pool looks ten times a second, for ever, whether it holds its smallest number of connections and none is
 * too old: most of what wakes an idle service. Ours has neither bound, so it looks now and then. No option sets this.
 * @param connection open; what is done to its pool is done to every pool of this process
 * @throws Error when the driver has changed, so that an upgrade cannot lose the patch in silence
 */
export const calmPool = <C extends Connection>(connection: C): C => {
  const { topology } = connection.getClient() as unknown as {
    topology?: { s?: { servers?: Map<string, { pool?: Pool }> } };
  };
  const pool = [...(topology?.s?.servers?.values() ?? [])].find((server) => server.pool)?.pool;
  const all = pool && (Object.getPrototypeOf(pool) as Pool & { [patched]?: true });
  if (typeof all?.ensureMinPoolSize !== 'function') throw new Error('the MongoDB driver has changed: no pool to calm');
  if (all[patched]) return connection;
  const look = all.ensureMinPoolSize;
  all.ensureMinPoolSize = function lookLessOften() {
    look.call(this);
    if (this.options.minPoolSize > 0 || !this.minPoolSizeTimer) return;
    clearTimeout(this.minPoolSizeTimer);
    this.minPoolSizeTimer = setTimeout(() => this.ensureMinPoolSize(), poolLook);
  };
  all[patched] = true;
  return connection;
};
