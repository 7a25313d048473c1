import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { createConnection } from 'mongoose';
import { built, OwnProcess, ownCorner, root, until } from '#libs/testing';

jest.setTimeout(60_000);

const corner = ownCorner();
const folder = mkdtempSync(join(tmpdir(), 'processes-'));
const crashFile = join(folder, 'crash.json');
const plan = {
  name: `program-${corner.runId}`,
  entry: 'libs/testing/test/program.ts',
  env: { ...corner.environment('reports'), XUEJI_CRASH_FILE: crashFile },
};
const running: OwnProcess[] = [];
const start = async (more: Partial<Parameters<typeof OwnProcess.start>[0]> = {}): Promise<OwnProcess> => {
  const program = await OwnProcess.start({ ...plan, ...more });
  running.push(program);
  return program;
};
const post = (program: OwnProcess, path: string) => fetch(program.url + path, { method: 'POST' });
const count = async (collection: string): Promise<number> => {
  const connection = await createConnection(corner.mongoUrl('reports')).asPromise();
  const found = await connection.collection(collection).countDocuments();
  await connection.close();
  return found;
};
/** As the server counts them, of this corner's programs. */
const openTransactions = async (): Promise<number> => {
  const connection = await createConnection(corner.mongoUrl()).asPromise();
  const sessions = connection
    .getClient()
    .db('admin')
    .aggregate([
      { $currentOp: { idleSessions: true } },
      { $match: { transaction: { $exists: true }, appName: corner.runId } },
    ]);
  const open = await sessions.toArray();
  await connection.close();
  return open.length;
};
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

afterEach(async () => {
  for (const program of running.splice(0)) {
    await program.kill();
    rmSync(program.log, { force: true });
  }
});
afterAll(async () => {
  await corner.drop();
  rmSync(folder, { recursive: true });
});

describe('an own process', () => {
  it('is ready, ends by SIGTERM by itself, and comes back on the same port', async () => {
    const program = await start();
    expect((await post(program, '/things')).status).toBe(200);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
    await expect(post(program, '/things')).rejects.toThrow();
    await program.restart();
    expect((await post(program, '/things')).status).toBe(200);
    await program.kill();
    expect(program.pid).toBeUndefined();
  });

  it('tells why a program did not start', async () => {
    await expect(start({ env: { ...plan.env, REFUSE_START: 'yes' } })).rejects.toThrow('told not to start');
  });

  it('dies with the process that started it, even by kill -9', async () => {
    const script = `
      const { OwnProcess } = require(${JSON.stringify(built('libs/testing/src/index.ts'))});
      OwnProcess.start(${JSON.stringify(plan)}).then((program) => console.log(program.pid));`;
    const starter = spawn(process.execPath, ['-e', script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number(
      await new Promise<string>((resolve) => starter.stdout.once('data', (part) => resolve(`${part}`))),
    );
    expect(isAlive(pid)).toBe(true);
    starter.kill('SIGKILL');
    await until(() => !isAlive(pid), { message: `the end of ${pid}` });
  });
});

describe('a crash point', () => {
  const arm = (trigger: object) => writeFileSync(crashFile, JSON.stringify(trigger));
  const at = (point: string) => start({ preload: [`libs/testing/src/crash-points/${point}.ts`] });

  it('after the commit leaves the whole transaction and no answer, once', async () => {
    const program = await at('after-commit');
    const before = await count('things');
    arm({ where: 'notes' });
    await expect(post(program, '/things')).rejects.toThrow();
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await count('things')).toBe(before + 1);
    expect(existsSync(crashFile)).toBe(false);

    await program.restart();
    expect((await post(program, '/things')).status).toBe(200);
  });

  it('before the commit leaves nothing of the transaction', async () => {
    const program = await at('before-commit');
    const before = [await count('things'), await count('notes')];
    arm({ where: 'things' });
    await expect(post(program, '/things')).rejects.toThrow();
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await openTransactions()).toBe(1);
    expect([await count('things'), await count('notes')]).toEqual(before);
    await corner.endLeftTransactions();
    expect(await openTransactions()).toBe(0);
  });

  it('waits for its collection and for its turn', async () => {
    const program = await at('after-commit');
    arm({ where: 'elsewhere' });
    expect((await post(program, '/things')).status).toBe(200);
    arm({ where: 'things', after: 1 });
    expect((await post(program, '/things')).status).toBe(200);
    await expect(post(program, '/things')).rejects.toThrow();
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('after producing dies with the message in the topic', async () => {
    const program = await at('after-produce');
    arm({ where: 'xueji.registry.v1' });
    expect((await post(program, '/messages')).status).toBe(200);
    arm({ where: 'xueji.reports.v1' });
    await expect(post(program, '/messages')).rejects.toThrow();
    expect(await program.ended()).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
