import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, createConnection } from 'mongoose';
import { Corner, freePort, ownCorner, OwnProcess, root } from '#libs/testing';
import { Operator } from '../src/operator';

const services = ['gateway', 'registry', 'transfer'] as const;
export type Service = (typeof services)[number];

/** Gateway, registry and transfer as real processes on real engines, with their stores open to plant what is wrong. */
export class SmallSystem {
  private readonly processes = new Map<Service, OwnProcess>();
  private readonly stores = new Map<Service, Connection>();

  private constructor(
    private readonly corner: Corner,
    private readonly folder: string,
    readonly url: string,
    readonly secrets: Record<string, string>,
  ) {}

  static async start(accounts: string[]): Promise<SmallSystem> {
    const ports = Object.fromEntries(
      await Promise.all(services.map(async (name) => [name, await freePort()] as const)),
    );
    const url = (name: Service) => `http://127.0.0.1:${ports[name]}`;
    const corner = ownCorner();
    const folder = mkdtempSync(join(tmpdir(), 'ops-'));
    const file = join(folder, 'accounts.json');
    const made = execFileSync(process.execPath, [join(root, 'scripts/accounts.mjs'), file, ...accounts], {
      encoding: 'utf8',
    });
    const secrets = Object.fromEntries(
      made
        .trim()
        .split('\n')
        .map((line) => line.split('\t')),
    ) as Record<string, string>;
    const system = new SmallSystem(corner, folder, url('gateway'), secrets);
    const common = {
      XUEJI_GATEWAY_URL: url('gateway'),
      XUEJI_SERVICES: JSON.stringify(Object.fromEntries(services.map((name) => [name, url(name)]))),
      XUEJI_LOG_LEVEL: 'warn',
      XUEJI_ACCOUNTS_FILE: file,
      XUEJI_ROOT_ACCOUNT: accounts[0],
      // Nobody is confirmed here, so nobody asks for a number.
      XUEJI_NATIONAL_URL: 'http://127.0.0.1:9',
    };
    const begin = async (name: Service) => {
      const env = { ...corner.environment(name), ...common };
      const own = await OwnProcess.start({
        name: `${name}-${corner.runId}`,
        entry: `apps/${name}/src/main.ts`,
        port: ports[name],
        env,
        within: 90_000,
      });
      system.processes.set(name, own);
    };
    const begun = await Promise.allSettled(services.map(begin));
    const fault = begun.find((one) => one.status === 'rejected');
    if (fault) {
      // A process left behind would keep the test from ending.
      await system.stop();
      throw fault.reason;
    }
    for (const name of ['registry', 'transfer'] as const)
      system.stores.set(name, await createConnection(corner.mongoUrl(name)).asPromise());
    return system;
  }

  operator(account = 'operator'): Operator {
    return new Operator({ gateway: this.url, account, secret: this.secrets[account] });
  }

  collection(service: Service, name: string) {
    const store = this.stores.get(service);
    if (!store) throw new Error(`the store of ${service} is not open`);
    return store.collection<{ _id: string } & Record<string, unknown>>(name);
  }

  process(service: Service): OwnProcess {
    const own = this.processes.get(service);
    if (!own) throw new Error(`${service} does not run`);
    return own;
  }

  async stop(): Promise<void> {
    for (const own of this.processes.values()) await own.kill();
    for (const store of this.stores.values()) await store.close();
    await this.corner.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
